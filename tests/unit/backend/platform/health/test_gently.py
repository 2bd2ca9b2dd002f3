"""What is dear to ask is asked seldom while it is well, and soon again when it is not."""

import asyncio
from dataclasses import dataclass, field

import pytest

from backend.kernel.errors import Unavailable
from backend.platform.health import Check
from backend.platform.health.gently import SICK_S, WELL_S, Gently
from tests.fakes.clock import FakeClock

EVERY_S = 3.0


@dataclass
class Asking:
    """A dear question and a cheap one, whose answers a test decides."""

    clock: FakeClock = field(default_factory=FakeClock)
    is_ok: bool = True
    is_reached: bool = True
    trouble: str = ""
    asked: int = 0

    def __post_init__(self) -> None:
        self.gently = Gently(
            self._ask,
            clock=self.clock,
            between=self._reach,
            trouble=lambda: self.trouble,
            within_s=0.01,
        )

    async def look(self, seconds: float) -> list[bool]:
        """Look as the monitor does, for so long."""
        seen = []
        for _ in range(int(seconds / EVERY_S)):
            seen.append((await self.gently.pulse()).ok)
            self.clock.advance(EVERY_S)
        return seen

    async def _ask(self) -> Check:
        self.asked += 1
        return Check(ok=self.is_ok, detail="as told")

    async def _reach(self) -> Check:
        return Check(ok=self.is_reached, detail="reached")


async def test_what_is_well_is_asked_once_a_minute() -> None:
    asking = Asking()
    await asking.look(10 * WELL_S)
    assert asking.asked <= 11


async def test_what_is_broken_is_asked_again_soon() -> None:
    asking = Asking(is_ok=False)
    assert not any(await asking.look(60))
    assert 60 / (SICK_S + EVERY_S) <= asking.asked <= 60 / SICK_S + 1


async def test_one_miss_is_asked_again_at_the_next_look() -> None:
    asking = Asking()
    await asking.look(WELL_S)
    asking.is_ok = False
    while (await asking.gently.pulse()).ok:
        asking.clock.advance(EVERY_S)
    asking.is_ok = True
    asking.clock.advance(EVERY_S)
    assert (await asking.gently.pulse()).ok


async def test_an_address_that_nobody_takes_is_found_between_two_questions() -> None:
    asking = Asking()
    await asking.look(EVERY_S * 2)
    asking.is_reached = False
    assert await asking.look(EVERY_S * 2) == [False, False]
    asking.is_reached = True
    assert await asking.look(EVERY_S) == [True]
    assert asking.asked == 2


async def test_while_its_users_fail_nobody_believes_that_it_is_well() -> None:
    asking = Asking()
    await asking.look(EVERY_S * 2)
    asking.trouble = "it failed too often"
    assert await asking.look(9) == [False, False, False]
    assert (await asking.gently.pulse()).detail == "it failed too often"
    assert asking.asked > 2  # soon again, although its last answer was good
    asking.trouble = ""
    assert await asking.look(EVERY_S) == [True]


async def test_whoever_wants_to_know_exactly_is_told_of_now() -> None:
    asking = Asking()
    await asking.look(EVERY_S * 2)
    asking.is_ok = False
    assert not (await asking.gently.check()).ok


@pytest.mark.parametrize("is_silent", [True, False])
async def test_silence_and_failures_are_answers_that_are_remembered(is_silent: bool) -> None:
    async def ask() -> Check:
        if is_silent:
            await asyncio.Event().wait()
        raise Unavailable("It is away.", cure="wait")

    clock = FakeClock()
    gently = Gently(ask, clock=clock, within_s=0.01)
    assert not (await gently.pulse()).ok
    found = await gently.pulse()
    assert found.detail == ("no answer within 0.01 s" if is_silent else "It is away.")
