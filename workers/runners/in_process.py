"""Runs the ledger's jobs in this process: the runner of one machine."""

import asyncio

from backend.kernel.clock import SECOND, Clock, Instant
from backend.platform.jobs.types import TOPIC
from backend.platform.signals.port import Signals
from backend.platform.telemetry.logs import get_logger
from workers.runners.crew import TROUBLES, Crew

WAIT_MIN_S = 0.05  # before another look at a job that is due, which somebody is just taking
DUE_MAX = 64  # jobs looked at together

_log = get_logger("workers")


class InProcessRunner:
    """Looks for work whenever it is rung, a hand is free, a job falls due, or time has passed."""

    def __init__(self, *, crew: Crew, signals: Signals, clock: Clock) -> None:
        self._crew, self._signals, self._clock = crew, signals, clock

    async def run(self) -> None:
        """Run jobs until cancelled; what is in hand then goes back to the ledger."""
        async with asyncio.TaskGroup() as group:
            group.create_task(listen(self._crew, self._signals))
            group.create_task(sweep(self._crew, self._clock))
            while True:
                self._crew.news.clear()
                await self.take_due(group)
                await wait_for_work(self._crew, self._clock)

    async def take_due(self, group: asyncio.TaskGroup) -> None:
        """Begin what is due, as far as there are hands."""
        crew = self._crew
        try:
            due = await crew.ledger.due(crew.wanted, DUE_MAX)
        except TROUBLES as trouble:
            _log.warning("ledger_unread", failure=trouble)
            return
        for row in due:
            if crew.has_hands(row.family) and not crew.holds(row.id):
                group.create_task(crew.take(row.id, row.family))


async def listen(crew: Crew, signals: Signals) -> None:
    """Wake the crew whenever a job is promised."""
    async with signals.subscribe(TOPIC) as rung:
        async for _ in rung:
            crew.news.set()


async def sweep(crew: Crew, clock: Clock) -> None:
    """Free lost jobs for ever: whatever rang for them may be gone as well."""
    while True:
        await crew.sweep()
        await clock.sleep(crew.limits.sweep_s)


async def wait_for_work(crew: Crew, clock: Clock) -> None:
    """Return when there is news, when the next job falls due, or after a while."""
    try:
        due_at = await crew.ledger.next_due(crew.wanted)
    except TROUBLES:
        due_at = None
    try:
        async with asyncio.timeout(_patience_s(crew, clock.now(), due_at)):
            await crew.news.wait()
    except TimeoutError:
        return


def _patience_s(crew: Crew, now: Instant, due_at: Instant | None) -> float:
    if due_at is None:
        return crew.limits.poll_s
    return min(max((due_at - now) / SECOND, WAIT_MIN_S), crew.limits.poll_s)
