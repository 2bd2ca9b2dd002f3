"""Whatever becomes of the mind, a caller is never left in silence, and never without a way out."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from backend.conversation import wording
from backend.conversation.exchange.talking import TURN_S_MAX
from backend.kernel.events import TurnEnded
from backend.platform.compute import Compute
from backend.platform.database.engine import Database
from tests.contract.phone.ground import ground_over
from tests.contract.phone.house import House
from tests.contract.phone.talk import Talk, spoken, talking
from tests.fakes.clock import FakeClock
from tests.fakes.line import FakeLine

STEP_S = 0.05
ASKED = "Tell me about the sea."


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'ringback.db'}"


@dataclass
class Wait:
    """A caller who waits for a mind, on a clock that goes as far as it is told."""

    clock: FakeClock
    talk: Talk

    async def pass_until(self, is_so: Callable[[], bool]) -> float:
        """Let time pass, a step at a time; return how much it was."""
        began = self.clock.monotonic()
        while not is_so():
            self.clock.advance(STEP_S)
            await asyncio.sleep(0.001)  # noqa: TID251 -- the database works beside this clock
        return self.clock.monotonic() - began

    async def pass_until_it_sounds(self) -> float:
        """Let time pass until something new is played, and is over."""
        played = self.talk.line.played
        played.clear()
        return await self.pass_until(lambda: bool(played))


@asynccontextmanager
async def a_mind_that_never_answers(
    database: Database, compute: Compute, folder: Path
) -> AsyncIterator[Wait]:
    clock = FakeClock()
    house = House(ground_over(database, clock, folder, compute))
    await house.settle()
    await house.conductor.rehearse()
    house.transcriber.texts = [ASKED, "Thank you."]
    house.mind.may_answer.clear()
    async with asyncio.timeout(30), talking(house, FakeLine()) as talk:
        wait = Wait(clock, talk)
        await wait.pass_until_it_sounds()
        await wait.pass_until(lambda: bool(talk.line.marks))
        talk.line.played.clear()
        talk.line.speak()
        await wait.pass_until(lambda: bool(house.mind.contexts))
        yield wait


async def test_a_wait_is_bridged_twice_and_ends_with_an_apology_that_names_a_way_out(
    database: Database, compute: Compute, tmp_path: Path
) -> None:
    async with a_mind_that_never_answers(database, compute, tmp_path / "objects") as wait:
        line, asked_at = wait.talk.line, wait.clock.monotonic()
        filler_s = await wait.pass_until_it_sounds()
        hedge_s = filler_s + await wait.pass_until_it_sounds()
        assert filler_s < hedge_s < TURN_S_MAX / 2
        assert line.all_told(TurnEnded) == []  # and nobody has given up yet
        await wait.pass_until(lambda: wording.TAKES_TOO_LONG in " ".join(spoken(line)))
        apology_s = wait.clock.monotonic() - asked_at
        assert TURN_S_MAX - 2 <= apology_s <= TURN_S_MAX + 2
        assert "Ask me again" in wording.TAKES_TOO_LONG
        await wait.pass_until(lambda: bool(line.all_told(TurnEnded)))
        assert line.all_told(TurnEnded)[0].heard == ASKED


async def test_after_the_apology_the_next_turn_is_answered(
    database: Database, compute: Compute, tmp_path: Path
) -> None:
    async with a_mind_that_never_answers(database, compute, tmp_path / "objects") as wait:
        house, line = wait.talk.house, wait.talk.line
        await wait.pass_until(lambda: bool(line.all_told(TurnEnded)))
        house.mind.may_answer.set()
        line.speak()
        await wait.pass_until(lambda: len(line.all_told(TurnEnded)) == 2)
        assert line.all_told(TurnEnded)[1].said == house.mind.words
        assert house.mind.words.endswith(spoken(line)[-1])
