"""Who rings when, and what a way that hangs keeps from ringing: nothing."""

import asyncio

import pytest

from backend.console.watch.alarms import RINGING_MAX, Alarms
from backend.kernel.clock import Instant
from backend.platform.health.types import Change, Check
from tests.fakes.clock import FakeClock


class Way:
    """Rings at once, except for parts that it was told to hang with."""

    def __init__(self, name: str, *hangs: str) -> None:
        self.name, self._hangs = name, hangs
        self.may_go_on = asyncio.Event()
        self.began: list[str] = []
        self.rung: list[tuple[str, bool]] = []

    async def ring(self, change: Change) -> None:
        self.began.append(change.part)
        if change.part in self._hangs:
            await self.may_go_on.wait()
        self.rung.append((change.part, change.is_ok))

    async def check(self) -> Check:
        return Check(ok=not self._hangs, detail="as told", cure="mend it")


def change(part: str, *, is_ok: bool = False) -> Change:
    return Change(part, is_ok, "", "", Instant(0))


async def turns() -> None:
    for _ in range(10):
        await asyncio.sleep(0)  # noqa: TID251 -- the loop's own turn, no time passes


async def test_a_change_that_hangs_delays_no_other() -> None:
    way = Way("webhook", "graph")
    alarms = Alarms([way], clock=FakeClock())
    async with asyncio.TaskGroup() as group:
        group.create_task(alarms.ring(change("graph")))
        group.create_task(alarms.ring(change("signals")))
        await turns()
        assert way.rung == [("signals", False)]
        way.may_go_on.set()


async def test_a_recovery_never_overtakes_its_break() -> None:
    way = Way("webhook", "graph")
    alarms = Alarms([way], clock=FakeClock())
    async with asyncio.TaskGroup() as group:
        group.create_task(alarms.ring(change("graph")))
        group.create_task(alarms.ring(change("graph", is_ok=True)))
        await turns()
        assert way.rung == []
        way.may_go_on.set()
    assert way.rung == [("graph", False), ("graph", True)]


@pytest.mark.parametrize("more", [0, 3])
async def test_a_way_rings_for_so_many_at_once_and_holds_up_no_other_way(more: int) -> None:
    parts = [str(number) for number in range(RINGING_MAX + more)]
    hanging, well = Way("webhook", *parts), Way("text")
    alarms = Alarms([hanging, well], clock=FakeClock())
    async with asyncio.TaskGroup() as group:
        for part in parts:
            group.create_task(alarms.ring(change(part)))
        await turns()
        assert len(hanging.began) == RINGING_MAX
        assert len(well.rung) == len(parts)
        hanging.may_go_on.set()


async def test_a_way_that_could_not_ring_is_named_and_none_is_rung() -> None:
    ways = [Way("webhook", "graph"), Way("text")]
    found = await Alarms(ways, clock=FakeClock()).check()
    assert (found.ok, found.detail, found.cure) == (False, "webhook: as told", "mend it")
    assert (await Alarms(ways[1:], clock=FakeClock()).check()).detail == "text"
    assert all(way.rung == [] for way in ways)
