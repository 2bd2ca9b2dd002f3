"""The hands of one process: how many jobs it runs at a time, and of which family."""

import asyncio
from collections import Counter
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.exc import DBAPIError

from backend.kernel.errors import RingbackError
from backend.platform.jobs.ledger import Ledger
from backend.platform.jobs.runner import JobRunner
from backend.platform.telemetry.logs import get_logger

_log = get_logger("workers")

TROUBLES = (RingbackError, DBAPIError)  # of the database; what was leased is freed by the sweep


@dataclass(frozen=True, slots=True)
class CrewLimits:
    """How much one process takes on, and how often it looks."""

    concurrency: int = 2  # of each family: one that is long must not hold up the others
    lease_s: float = 20.0
    poll_s: float = 5.0  # a signal may be lost
    sweep_s: float = 10.0


class Crew:
    """Leases jobs and runs them, no more of a family at a time than it may."""

    def __init__(
        self,
        *,
        runner: JobRunner,
        holder: str,
        families: Mapping[str, frozenset[str]],
        limits: CrewLimits,
    ) -> None:
        self.runner, self.holder, self.limits = runner, holder, limits
        self.families = families
        self.news = asyncio.Event()  # there may be work, or hands for it
        self._busy: Counter[str] = Counter()
        self._in_hand: set[str] = set()

    @property
    def ledger(self) -> Ledger:
        """Return where jobs come from."""
        return self.runner.ledger

    @property
    def names(self) -> frozenset[str]:
        """Return every job that this crew can run."""
        return frozenset().union(*self.families.values())

    @property
    def wanted(self) -> frozenset[str]:
        """Return the jobs of families that have hands free."""
        return frozenset().union(
            *(names for family, names in self.families.items() if self.has_hands(family))
        )

    def has_hands(self, family: str) -> bool:
        """Say whether one more of a family can be run now."""
        return self._busy[family] < self.limits.concurrency

    def holds(self, job_id: str) -> bool:
        """Say whether this job is in hand here."""
        return job_id in self._in_hand

    def take(self, job_id: str, family: str) -> Coroutine[Any, Any, None]:
        """Reserve a hand, and return what leases the job and runs it to its end."""
        self._busy[family] += 1
        self._in_hand.add(job_id)
        return self._take(job_id, family)

    async def sweep(self) -> None:
        """Free the jobs of workers that fell silent."""
        try:
            if await self.ledger.sweep():
                self.news.set()
        except TROUBLES as trouble:
            _log.warning("sweep_failed", failure=trouble)

    async def _take(self, job_id: str, family: str) -> None:
        try:
            job = await self.ledger.lease_one(self.holder, job_id, self.limits.lease_s)
            if job is not None:
                await self.runner.run(job)
        except TROUBLES as trouble:
            _log.error("job_given_up", job_id=job_id, failure=trouble)
        finally:
            self._busy[family] -= 1
            self._in_hand.discard(job_id)
            self.news.set()
