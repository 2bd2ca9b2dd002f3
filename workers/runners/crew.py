"""The hands of one process: how many jobs it runs at a time, and of which family."""

import asyncio
from collections import Counter
from collections.abc import Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.exc import DBAPIError

from backend.kernel.errors import RingbackError
from backend.platform.jobs.ledger import Ledger
from backend.platform.jobs.runner import Handful, JobRunner
from backend.platform.jobs.types import LeasedJob
from backend.platform.telemetry.logs import get_logger
from workers.runners.holders import is_dead

# A hand takes as many jobs at once as it will have done in so long: to take some costs as much as
# several small jobs, and the looks that follow as much again.
HANDFUL_S = 0.2
HANDFUL_MAX = 64
TURN_S = 5.0  # after so long a hand is free for whoever rings next
TAIL_S = 0.5  # what has waited longer behind a slow job goes to another hand
REST_S = 0.1  # before another look at what is due, but at its limit or just being taken
SLOWER = 0.3  # how much the last handful says about the next

_log = get_logger("workers")

TROUBLES = (RingbackError, DBAPIError)  # of the database; what was leased is freed by the sweep


@dataclass(frozen=True, slots=True)
class FamilyLimits:
    """How many jobs of one family run at the same time."""

    hands: int | None = None  # in one process; None: as many as of any family
    together: int | None = None  # in the whole instance; None: no bound of its own


@dataclass(frozen=True, slots=True)
class CrewLimits:
    """How much one process takes on, and how often it looks."""

    concurrency: int = 2  # of each family: one that is long must not hold up the others
    lease_s: float = 12.0
    poll_s: float = 5.0  # a signal may be lost
    sweep_s: float = 3.0
    families: Mapping[str, FamilyLimits] = field(default_factory=dict)

    def of(self, family: str) -> FamilyLimits:
        """Return what holds for one family."""
        return self.families.get(family, FamilyLimits())

    def hands_of(self, family: str) -> int:
        """Return how many jobs of a family this process runs at a time."""
        hands = self.of(family).hands
        return self.concurrency if hands is None else hands


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
        self._clock = runner.clock
        self._busy: Counter[str] = Counter()
        self._rests_until: dict[str, float] = {}
        self._pace_s: dict[str, float] = {}  # what a job of a family takes
        self._in_hand: dict[int, tuple[str, float, Handful]] = {}

    @property
    def ledger(self) -> Ledger:
        """Return where jobs come from."""
        return self.runner.ledger

    @property
    def names(self) -> frozenset[str]:
        """Return every job that this crew can run."""
        return frozenset().union(*self.families.values())

    @property
    def wanted(self) -> dict[str, frozenset[str]]:
        """Return the families that have hands free, each with its jobs."""
        return {family: names for family, names in self.families.items() if self.has_hands(family)}

    @property
    def is_resting(self) -> bool:
        """Say whether a family is looked at again in a moment."""
        now = self._clock.monotonic()
        return any(until > now for until in self._rests_until.values())

    def has_hands(self, family: str) -> bool:
        """Say whether one more hand can begin with a family now."""
        is_free = self._busy[family] < self.limits.hands_of(family)
        return is_free and self._clock.monotonic() >= self._rests_until.get(family, 0.0)

    def take(self, family: str) -> Coroutine[Any, Any, None]:
        """Reserve a hand, and return what runs the jobs of a family until none is due."""
        self._busy[family] += 1
        return self._work(family)

    async def sweep(self) -> None:
        """Free the jobs of workers that fell silent."""
        try:
            if await self.ledger.sweep(is_dead):
                self.news.set()
        except TROUBLES as trouble:
            _log.warning("sweep_failed", failure=trouble)

    async def tend(self) -> None:
        """See to it for ever that nothing waits long behind a slow job."""
        while True:
            await self._clock.sleep(TAIL_S)
            await self.give_back()

    async def give_back(self) -> None:
        """Give back what waits in a hand behind a job that turned out to be slow."""
        for family, since, handful in list(self._in_hand.values()):
            is_held_up = self._clock.monotonic() - since > TAIL_S
            if is_held_up and (handful.waiting or handful.ended):
                self._pace_s[family] = TAIL_S
                try:
                    await self.runner.let_go(handful)
                except TROUBLES as trouble:
                    _log.warning("handful_kept", family=family, failure=trouble)
                self.news.set()

    async def _work(self, family: str) -> None:
        has_worked = False
        ends_at = self._clock.monotonic() + TURN_S
        try:
            while self._clock.monotonic() < ends_at:
                jobs = await self._lease(family)
                if not jobs:
                    break
                has_worked = True
                self.news.set()  # there may be more: for another hand
                await self._run(family, jobs)
        except TROUBLES as trouble:
            _log.error("jobs_given_up", family=family, failure=trouble)
        finally:
            self._busy[family] -= 1
            if not has_worked and not self._busy[family]:  # else it was one of our own hands
                self._rests_until[family] = self._clock.monotonic() + REST_S
            self.news.set()

    async def _lease(self, family: str) -> Sequence[LeasedJob]:
        pace_s = self._pace_s.get(family, HANDFUL_S)
        handful = min(max(int(HANDFUL_S / max(pace_s, 1e-6)), 1), HANDFUL_MAX)
        return await self.ledger.lease(
            self.holder,
            self.families[family],
            handful,
            self.limits.lease_s,
            self.limits.of(family).together,
        )

    async def _run(self, family: str, jobs: Sequence[LeasedJob]) -> None:
        handful, began = Handful(jobs), self._clock.monotonic()
        self._in_hand[id(handful)] = (family, began, handful)
        try:
            await self.runner.run_all(handful)
        finally:
            del self._in_hand[id(handful)]
        took_s = (self._clock.monotonic() - began) / len(jobs)
        known_s = self._pace_s.get(family, took_s)
        # A slow one counts at once, quick ones little by little.
        self._pace_s[family] = max(took_s, known_s + SLOWER * (took_s - known_s))
