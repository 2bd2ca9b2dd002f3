"""What whoever watches a call is told of a turn, once its reply is over."""

from pathlib import Path

import pytest

from backend.kernel.events import Happening, LineClosed, Said, Spoken, TurnClosed, TurnEnded
from backend.platform.database.tables import turns
from tests.contract.phone.house import House
from tests.contract.phone.talk import talking
from tests.fakes.line import FakeLine


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'ringback.db'}"


def place(told: list[Happening], kind: type[Happening]) -> int:
    return [type(happening) for happening in told].index(kind)


async def test_a_turn_is_told_whole_as_it_is_kept(house: House) -> None:
    house.transcriber.texts = ["What time is it?"]
    async with talking(house, FakeLine()) as talk:
        await talk.line.until(Said)
        talk.line.speak()
        await talk.line.until(TurnClosed)
        await talk.hang_up()
    told = talk.line.told
    closed = told[place(told, TurnClosed)]
    assert isinstance(closed, TurnClosed)
    assert place(told, TurnEnded) < place(told, TurnClosed)
    assert any(isinstance(one, Spoken) and one.turn_id == closed.turn_id for one in told)
    [kept] = [row for row in await house.rows(turns) if row["id"] == closed.turn_id]
    assert closed.spans == kept["timeline"]
    assert closed.details == kept["details"]
    assert closed.cost_micros == kept["cost_micros"]
    assert {"end_of_turn", "first_sound", "speaking"} <= closed.spans.keys()


async def test_the_last_turn_is_told_before_the_line_closes(house: House) -> None:
    house.transcriber.texts = ["Goodbye."]
    async with talking(house, FakeLine()) as talk:
        await talk.line.until(Said)
        talk.line.speak()
        await talk.line.until(LineClosed)
        await talk.hang_up()
    assert place(talk.line.told, TurnClosed) < place(talk.line.told, LineClosed)
