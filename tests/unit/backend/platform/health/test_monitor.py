"""The monitor tells each break once and each recovery once, in time, and damps what flaps."""

import asyncio
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.kernel.clock import SECOND, Instant
from backend.platform.health import Check, Health
from backend.platform.health.monitor import Monitor, MonitorRules
from backend.platform.health.types import Change
from backend.platform.settings import HealthSettings
from tests.fakes.clock import START, FakeClock

EVERY_S = 3.0


@dataclass
class Watch:
    """A monitor over one part whose answers a test decides."""

    clock: FakeClock = field(default_factory=FakeClock)
    changes: list[Change] = field(default_factory=list)
    is_ok: bool = True
    hangs: bool = False

    def __post_init__(self) -> None:
        self.health = Health()
        self.health.add("part", self._check)
        self.monitor = self.new()

    def new(self, rules: MonitorRules | None = None) -> Monitor:
        self.monitor = Monitor(
            self.health,
            clock=self.clock,
            on_change=self.changes.append,
            rules=rules or MonitorRules(every_s=EVERY_S),
        )
        return self.monitor

    async def look(self, *answers: bool) -> None:
        for answer in answers:
            self.is_ok = answer
            await self.monitor.look("part")
            self.clock.advance(EVERY_S)

    @property
    def told(self) -> list[bool]:
        return [change.is_ok for change in self.changes if not change.is_first]

    async def _check(self) -> Check:
        if self.hangs:
            await asyncio.Event().wait()
        return Check(ok=self.is_ok, detail="as told", cure="mend it")


async def test_a_break_is_told_once_however_long_it_lasts() -> None:
    watch = Watch()
    await watch.look(True, False, False, False, False)
    assert watch.told == [False]
    await watch.look(True, True, True)
    assert watch.told == [False, True]


async def test_a_break_is_dated_from_the_first_look_that_saw_it() -> None:
    watch = Watch()
    await watch.look(True, False, False)
    assert watch.changes[-1].at == START + round(EVERY_S * SECOND)


async def test_a_single_miss_is_no_break() -> None:
    watch = Watch()
    await watch.look(True, False, True, False, True)
    assert watch.told == []


async def test_a_part_that_flaps_is_told_less_and_less() -> None:
    watch = Watch()
    await watch.look(True)
    for _ in range(20):
        await watch.look(False, False, True, True)
    assert len(watch.told) <= 4
    await watch.look(*[True] * 110)  # five minutes: more than it ever has to prove
    assert watch.told[-1] is True


def test_a_part_that_hangs_is_found_broken_within_ten_seconds() -> None:
    rules, wanted = MonitorRules(), HealthSettings()
    assert (rules.every_s, rules.look_s) == (wanted.every_s, wanted.look_s)
    assert rules.every_s + rules.looks_broken * rules.look_s < 10


async def test_how_a_part_was_when_we_stopped_is_not_told_again() -> None:
    watch = Watch()
    watch.monitor.remember({"part": (False, Instant(5))})
    await watch.look(False, False, False)
    assert watch.changes == []
    await watch.look(True, True)
    assert watch.told == [True]


async def test_a_part_that_broke_while_we_were_stopped_is_told() -> None:
    watch = Watch()
    watch.monitor.remember({"part": (True, Instant(5))})
    await watch.look(False, False)
    assert watch.told == [False]


async def test_a_part_that_hangs_is_broken_and_delays_no_other() -> None:
    watch = Watch()
    watch.health.add("other", watch._check)
    monitor = watch.new(MonitorRules(every_s=0.01, look_s=0.01, first_look_s=0.01))
    watch.hangs = True
    await asyncio.gather(monitor.look("part"), monitor.look("part"))
    await monitor.look("part")
    assert monitor.states["part"] is False


async def test_it_looks_at_every_part_again_and_again() -> None:
    watch = Watch()
    running = asyncio.ensure_future(watch.monitor.run())
    for _ in range(3):
        await watch.clock.until_somebody_sleeps()
        watch.clock.advance(EVERY_S)
        await asyncio.sleep(0)  # noqa: TID251 (gives the loop its turn)
    assert watch.monitor.findings["part"].ok
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running


async def test_ready_is_asked_for_until_there_was_a_look_and_again_when_looks_are_old() -> None:
    watch = Watch(is_ok=False)
    assert [found.name for found in await watch.monitor.not_ready()] == ["part"]
    await watch.look(True)
    watch.is_ok = False
    assert await watch.monitor.not_ready() == []  # from the last look
    watch.clock.advance(60)
    assert [found.name for found in await watch.monitor.not_ready()] == ["part"]


@given(st.lists(st.booleans(), max_size=60))
async def test_what_is_told_alternates_and_ends_as_the_part_is(answers: list[bool]) -> None:
    watch = Watch()
    await watch.look(True, *answers)
    assert all(one != other for one, other in zip(watch.told, watch.told[1:], strict=False))
    assert watch.told[:1] in ([], [False])
    if len(answers) >= 2 and answers[-2:] == [False, False]:
        assert watch.monitor.states["part"] is False


async def test_a_part_that_cannot_even_be_left_in_time_is_broken_all_the_same() -> None:
    health, changes = Health(), list[Change]()
    is_hanging, released = [False], asyncio.Event()

    async def check() -> Check:
        if is_hanging[0]:
            try:
                await asyncio.Event().wait()
            finally:
                await released.wait()  # as a driver does whose server is frozen
        return Check(ok=True, detail="")

    health.add("part", check)
    rules = MonitorRules(look_s=0.01)
    monitor = Monitor(health, clock=FakeClock(), on_change=changes.append, rules=rules)
    await monitor.look("part")
    is_hanging[0] = True
    await monitor.look("part")
    await monitor.look("part")
    assert [change.is_ok for change in changes] == [True, False]
    is_hanging[0] = False
    released.set()
    for _ in range(3):  # the first of them ends the question that was left
        await monitor.look("part")
    assert [change.is_ok for change in changes] == [True, False, True]
