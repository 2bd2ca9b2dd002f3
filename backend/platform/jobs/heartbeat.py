"""The sign of life of every job in hand: one statement for all, some times in each lease."""

import asyncio
from collections.abc import Iterable
from enum import StrEnum

from sqlalchemy.exc import DBAPIError

from backend.kernel.clock import Clock
from backend.kernel.errors import Busy, Unavailable
from backend.kernel.ids import JobId
from backend.platform.jobs.ledger import Ledger
from backend.platform.jobs.types import LeasedJob
from backend.platform.tasks import until

BEATS_PER_LEASE = 4


class Verdict(StrEnum):
    """Why a job in hand must be let go."""

    LOST = "lost"  # somebody else may have it now
    CALLED_OFF = "called off"


class InHand:
    """One job that this process holds; its handler is stopped when there is a verdict."""

    def __init__(self, job: LeasedJob, held_until: float) -> None:
        self.job, self.held_until = job, held_until
        self.verdict: Verdict | None = None
        self.is_done = False
        self.progress: float | None = None  # what was told since the last beat
        self.limit: asyncio.Timeout | None = None  # while its handler runs

    def end(self, verdict: Verdict) -> None:
        """Stop the handler, if it runs: its deadline is now."""
        self.verdict = verdict
        if self.limit is not None and not self.limit.expired():
            self.limit.reschedule(asyncio.get_running_loop().time())


class Heartbeat:
    """Renews the leases of everything in hand, and hears what was lost or called off."""

    def __init__(self, ledger: Ledger, clock: Clock, lease_s: float) -> None:
        self._ledger, self._clock, self._lease_s = ledger, clock, lease_s
        self._in_hand: dict[JobId, InHand] = {}
        self._asked = asyncio.Event()

    def hold(self, jobs: Iterable[LeasedJob]) -> None:
        """Begin to renew these."""
        held_until = self._clock.monotonic() + self._lease_s
        for job in jobs:
            self._in_hand[job.id] = InHand(job, held_until)

    def of(self, job: LeasedJob) -> InHand:
        """Return what is known of a job in hand; it is held from now on, if it was not."""
        if job.id not in self._in_hand:
            self.hold([job])
        return self._in_hand[job.id]

    def let_go(self, job: LeasedJob) -> None:
        """Renew this no more."""
        self._in_hand.pop(job.id, None)

    def ask(self) -> None:
        """Have the next beat now: something may have been called off."""
        self._asked.set()

    async def run(self) -> None:
        """Beat until cancelled."""
        while True:
            self._asked.clear()
            await until(self._asked, self._clock, self._lease_s / BEATS_PER_LEASE)
            await self.beat()

    async def beat(self) -> None:
        """Renew everything in hand, and end what is not ours any more or is not wanted."""
        held = dict(self._in_hand)
        if not held:
            return
        told = {job_id: one.progress for job_id, one in held.items() if one.progress is not None}
        asked_at = self._clock.monotonic()
        try:
            alive = await self._ledger.renew_all(
                [one.job for one in held.values()], self._lease_s, told
            )
        except (Busy, Unavailable, DBAPIError):
            for one in held.values():
                if self._clock.monotonic() >= one.held_until:
                    one.end(Verdict.LOST)
            return
        for job_id, one in held.items():
            if one.is_done or self._in_hand.get(job_id) is not one:
                continue  # it ended meanwhile
            if job_id not in alive:
                one.end(Verdict.LOST)
                continue
            one.held_until = asked_at + self._lease_s
            if one.progress == told.get(job_id):
                one.progress = None
            if alive[job_id].is_called_off:
                one.end(Verdict.CALLED_OFF)
