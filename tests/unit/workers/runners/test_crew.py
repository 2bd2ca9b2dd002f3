"""The hands of a process: how much they take at once, and when they let go of it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import pytest

from backend.platform.chance import SystemIds
from backend.platform.database.engine import Database
from backend.platform.database.migrate import migrate
from backend.platform.jobs import Completion, JobRunner, JobState, LeasedJob, Ledger
from backend.platform.jobs.runner import Handler
from backend.platform.signals.engines.in_process import InProcessSignals
from tests.fakes.chance import FakeChance
from tests.fakes.clock import FakeClock
from workers.registry import families
from workers.runners.crew import REST_S, TAIL_S, Crew, CrewLimits, FamilyLimits

NAME = "memory.embed"


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
async def ledger(tmp_path: Path, clock: FakeClock) -> AsyncIterator[Ledger]:
    database = Database(f"sqlite:///{tmp_path / 'ringback.db'}", clock=clock)
    await migrate(database)
    yield Ledger(database, clock, SystemIds(clock), InProcessSignals())
    await database.stop()


def crew_of(ledger: Ledger, clock: FakeClock, handler: Handler, **of: FamilyLimits) -> Crew:
    runner = JobRunner(ledger, clock, {NAME: handler}, chance=FakeChance())
    limits = CrewLimits(concurrency=2, families=of)
    return Crew(runner=runner, holder="w", families=families(runner.names), limits=limits)


async def promise(ledger: Ledger, count: int) -> None:
    for number in range(count):
        await ledger.promise(NAME, {"number": number})


async def states(ledger: Ledger) -> list[JobState]:
    return sorted(row.state for row in await ledger.list())


async def test_a_hand_works_until_nothing_is_due(ledger: Ledger, clock: FakeClock) -> None:
    sizes: list[int] = []

    async def handle(job: LeasedJob, completion: Completion) -> None:
        sizes.append(len(await ledger.list(state=JobState.LEASED)))

    await promise(ledger, 20)
    await crew_of(ledger, clock, handle).take("memory")
    assert await states(ledger) == [JobState.DONE] * 20
    assert sizes[0] == 1  # nothing is known yet of how long such a job takes
    assert max(sizes) > 4  # they are quick


async def test_a_family_has_no_more_hands_than_it_may(ledger: Ledger, clock: FakeClock) -> None:
    async def handle(job: LeasedJob, completion: Completion) -> None:
        """Nothing."""

    crew = crew_of(ledger, clock, handle, memory=FamilyLimits(hands=1))
    hand = crew.take("memory")
    assert not crew.has_hands("memory")
    assert crew.wanted == {}
    await hand
    assert crew.is_resting  # it found nothing: no look after look
    clock.advance(REST_S)
    assert crew.has_hands("memory")


async def test_what_waits_behind_a_slow_job_goes_back(ledger: Ledger, clock: FakeClock) -> None:
    is_slow, go_on = asyncio.Event(), asyncio.Event()
    seen: list[int] = []

    async def handle(job: LeasedJob, completion: Completion) -> None:
        seen.append(job.payload["number"])
        if len(seen) == 4:
            is_slow.set()
            await go_on.wait()

    await promise(ledger, 12)
    crew = crew_of(ledger, clock, handle)
    first = asyncio.ensure_future(crew.take("memory"))
    await is_slow.wait()
    assert len(await ledger.list(state=JobState.LEASED)) > 1
    await crew.give_back()
    assert len(await ledger.list(state=JobState.LEASED)) > 1  # it may be over in a moment
    clock.advance(2 * TAIL_S)
    await crew.give_back()
    assert len(await ledger.list(state=JobState.LEASED)) == 1
    assert {row.attempts for row in await ledger.list(state=JobState.WAITING)} == {0}
    await crew.take("memory")  # another hand does them
    go_on.set()
    await first
    assert sorted(seen) == list(range(12))
    assert await states(ledger) == [JobState.DONE] * 12


async def test_a_stop_hands_back_the_whole_handful(ledger: Ledger, clock: FakeClock) -> None:
    is_holding = asyncio.Event()
    seen: list[str] = []

    async def handle(job: LeasedJob, completion: Completion) -> None:
        seen.append(job.id)
        if len(seen) == 6:
            is_holding.set()
            await asyncio.Event().wait()

    await promise(ledger, 40)
    hand = asyncio.ensure_future(crew_of(ledger, clock, handle).take("memory"))
    await is_holding.wait()
    hand.cancel()
    with suppress(asyncio.CancelledError):
        await hand
    assert await states(ledger) == [JobState.DONE] * 5 + [JobState.WAITING] * 35
    assert {row.attempts for row in await ledger.list(state=JobState.WAITING)} == {0}
