"""Whatever happens on a line and whenever: the whole reply is accounted for, and all of it ends."""

import asyncio
from pathlib import Path

import pytest

from backend.conversation.carriers import Answered, KeyPressed, LineDropped, LineReturned
from backend.kernel.events import Said, Spoken, TurnEnded
from backend.platform.database.tables import messages
from tests.contract.phone.house import House
from tests.contract.phone.talk import talking
from tests.fakes.line import FakeLine

WORDS = "One two three four five six, seven eight nine ten. Eleven twelve thirteen fourteen."
ORDERS = (
    (),
    ("voice",),
    ("voice", "voice"),
    ("drop", "return"),
    ("drop",),
    ("cough", "drop", "return", "voice"),
    ("drop", "voice", "return"),
    ("key", "cough", "answered", "voice"),
)


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'ringback.db'}"


def happen(line: FakeLine, what: str) -> None:
    match what:
        case "voice":
            line.speak()
        case "cough":
            line.speak(voice_ms=100, silence_ms=400)
        case "drop":
            line.come(LineDropped())
        case "return":
            line.come(LineReturned())
        case "key":
            line.come(KeyPressed("5"))
        case "answered":
            line.come(Answered("human"))


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("after_s", [0.0, 0.15, 0.7])
async def test_the_whole_reply_is_accounted_for_and_nothing_is_left_running(
    house: House, order: tuple[str, ...], after_s: float
) -> None:
    house.voice.phrase_ms = 600
    house.mind.words = WORDS
    house.transcriber.texts = ["Count for me.", "Stop it.", "Thank you."]
    before = len(asyncio.all_tasks())
    async with talking(house, FakeLine(hears_at_once=False)) as talk:
        line = talk.line
        await line.until(Said)
        line.speak()
        await line.until(TurnEnded)
        for what in order:
            await house.clock.sleep(after_s)
            happen(line, what)
        await house.clock.sleep(after_s)
        row = await talk.hang_up()
        assert row["ended_by"] == "caller"
    assert len(asyncio.all_tasks()) == before
    said = [row for row in await house.rows(messages) if row["role"] == "companion"]
    told = {spoken.turn_id: spoken for spoken in line.all_told(Spoken)[1:]}
    assert said
    for row in said:
        assert f"{row['text']} {row['unheard']}".split() == WORDS.split()
        spoken = told[row["turn_id"]]
        assert (row["text"], row["unheard"]) == (spoken.heard, spoken.unheard)
