"""Runs the ledger's jobs in this process: the runner of one machine."""

import asyncio

from backend.kernel.clock import SECOND, Clock, Instant
from backend.platform.jobs.ledger import CANCELLING
from backend.platform.jobs.types import TOPIC
from backend.platform.signals.port import Signals
from backend.platform.telemetry.logs import get_logger
from workers.runners.crew import REST_S, TROUBLES, Crew

_log = get_logger("workers")


class InProcessRunner:
    """Looks for work whenever it is rung, a hand is free, a job falls due, or time has passed."""

    def __init__(self, *, crew: Crew, signals: Signals, clock: Clock) -> None:
        self._crew, self._signals, self._clock = crew, signals, clock

    async def run(self) -> None:
        """Run jobs until cancelled; what is in hand then goes back to the ledger."""
        async with asyncio.TaskGroup() as group:
            attend(group, self._crew, self._signals, self._clock)
            while True:
                self._crew.news.clear()
                await self.take_due(group)
                await wait_for_work(self._crew, self._clock)

    async def take_due(self, group: asyncio.TaskGroup) -> None:
        """Begin what is due, as far as there are hands."""
        crew = self._crew
        try:
            due = await crew.ledger.due_families(crew.wanted)
        except TROUBLES as trouble:
            _log.warning("ledger_unread", failure=trouble)
            return
        for family in due:
            group.create_task(crew.take(family))


def attend(group: asyncio.TaskGroup, crew: Crew, signals: Signals, clock: Clock) -> None:
    """Start what every runner does beside its work: listen, sweep, give signs of life."""
    group.create_task(listen(crew, signals))
    group.create_task(sweep(crew, clock))
    group.create_task(crew.runner.heartbeat.run())
    group.create_task(crew.tend())


async def listen(crew: Crew, signals: Signals) -> None:
    """Wake the crew whenever a job is promised, or called off."""
    async with signals.subscribe(TOPIC) as rung:
        async for message in rung:
            if message == CANCELLING:
                crew.runner.heartbeat.ask()
            else:
                crew.news.set()


async def sweep(crew: Crew, clock: Clock) -> None:
    """Free lost jobs for ever: whatever rang for them may be gone as well."""
    while True:
        await crew.sweep()
        await clock.sleep(crew.limits.sweep_s)


async def wait_for_work(crew: Crew, clock: Clock) -> None:
    """Return when there is news, when the next job falls due, or after a while."""
    wanted = frozenset().union(*crew.wanted.values())
    try:
        due_at = await crew.ledger.next_due(wanted)
    except TROUBLES:
        due_at = None
    try:
        async with asyncio.timeout(_patience_s(crew, clock.now(), due_at)):
            await crew.news.wait()
    except TimeoutError:
        return


def _patience_s(crew: Crew, now: Instant, due_at: Instant | None) -> float:
    longest_s = REST_S if crew.is_resting else crew.limits.poll_s
    if due_at is None:
        return longest_s
    return min(max((due_at - now) / SECOND, REST_S), longest_s)
