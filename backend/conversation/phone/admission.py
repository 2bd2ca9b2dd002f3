"""Whether a caller may come in now: how many calls, how many minutes, how much money a day.

Strangers get less than those we know. Nobody is cut off in a call for it: what was used is counted
when the telephone rings, and how long one call may be is limited there and then.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.kernel.clock import DAY, HOUR, MINUTE, Instant, later
from backend.platform.database.engine import Database
from backend.platform.database.tables import conversations, turns

BUSY = "All lines are busy right now. Please try again in a moment."
BUSY_WITH_YOU = "You are on the line with me already. Please hang up there first."
TOO_OFTEN = "You have called many times in the last hour. Please try again a little later."
ENOUGH_TODAY = "We have talked a lot today. Please call again tomorrow."
ENOUGH_FOR_ALL = "I have talked a lot today and need a rest. Please call again tomorrow."
NO_STRANGERS = "I only talk to people whom I know. Goodbye."

CALL_MAX = 2 * HOUR  # a call whose end was never written down counts as no more than this
MICROS_PER_DOLLAR = 1_000_000


@dataclass(frozen=True, slots=True)
class Allowance:
    """What one number may use."""

    calls: int = 2  # at the same time
    calls_hourly: int = 30
    minutes_daily: int = 240
    cost_daily: float = 0.0  # dollars; 0: no limit of its own


@dataclass(frozen=True, slots=True)
class AdmissionRules:
    """What everybody together may use, and each."""

    calls_max: int = 32
    strangers_max: int = 4  # calls of unknown numbers at the same time; 0: none is taken
    minutes_daily: int = 1440
    known: Allowance = field(default_factory=Allowance)
    stranger: Allowance = field(default_factory=lambda: Allowance(1, 6, 20))
    is_capped: bool = True  # False, with dummy engines only: a race is not to be stopped


@dataclass(frozen=True, slots=True)
class Incoming:
    """Who rings, as far as admission cares."""

    number: str
    is_stranger: bool


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether somebody may come in: the words of a refusal, or how long their call may be."""

    refusal: str = ""
    minutes: float | None = None  # None: as long as any call

    @property
    def is_admitted(self) -> bool:
        """Say whether they may come in."""
        return not self.refusal


class Admission:
    """Counts what is used, in this process and in the truth."""

    def __init__(self, *, database: Database, rules: AdmissionRules) -> None:
        self._database, self._rules = database, rules

    def room(self, caller: Incoming, live: Mapping[str, Incoming]) -> str:
        """Return why there is no line left for this caller; empty when there is one."""
        rules = self._rules
        if not rules.is_capped:
            return ""
        if len(live) >= rules.calls_max:
            return BUSY
        if caller.is_stranger and not rules.strangers_max:
            return NO_STRANGERS
        if caller.is_stranger and _strangers(live) >= rules.strangers_max:
            return BUSY
        theirs = Counter(other.number for other in live.values())[caller.number]
        return BUSY_WITH_YOU if theirs >= self._allowance(caller).calls else ""

    async def weigh(self, caller: Incoming, *, at: Instant) -> Verdict:
        """Say whether this caller has anything left of the hour and of the day."""
        if not self._rules.is_capped:
            return Verdict()
        allowance, day = self._allowance(caller), later(at, -DAY)
        by_phone = conversations.c.carrier == "phone"
        theirs = by_phone & (conversations.c.remote == caller.number)
        async with self._database.reading() as connection:
            lately = await connection.scalar(
                select(func.count()).where(theirs, conversations.c.started_at >= later(at, -HOUR))
            )
            used = await _sum(connection, _talked(theirs, since=day, at=at))
            used_by_all = await _sum(connection, _talked(by_phone, since=day, at=at))
            cost = await _sum(connection, _cost(theirs, since=day))
        minutes = allowance.minutes_daily - used / MINUTE
        minutes_of_all = self._rules.minutes_daily - used_by_all / MINUTE
        if int(lately or 0) >= allowance.calls_hourly:
            return Verdict(TOO_OFTEN)
        if minutes_of_all <= 0:
            return Verdict(ENOUGH_FOR_ALL)
        if minutes <= 0 or _is_spent(cost, allowance.cost_daily):
            return Verdict(ENOUGH_TODAY)
        return Verdict(minutes=min(minutes, minutes_of_all))

    def _allowance(self, caller: Incoming) -> Allowance:
        return self._rules.stranger if caller.is_stranger else self._rules.known


def _strangers(live: Mapping[str, Incoming]) -> int:
    return sum(other.is_stranger for other in live.values())


async def _sum(connection: AsyncConnection, query: Select[Any]) -> int:  # Any: one sum
    return int((await connection.execute(query)).scalar() or 0)


def _is_spent(micros: int, dollars: float) -> bool:
    return dollars > 0 and micros >= dollars * MICROS_PER_DOLLAR


def _talked(which: ColumnElement[bool], *, since: Instant, at: Instant) -> Select[Any]:
    length = func.coalesce(conversations.c.ended_at, at) - conversations.c.started_at
    bounded = case((length > CALL_MAX, CALL_MAX), else_=length)
    return select(func.sum(bounded)).where(which, conversations.c.started_at >= since)


def _cost(which: ColumnElement[bool], *, since: Instant) -> Select[Any]:
    return (
        select(func.sum(turns.c.cost_micros))
        .join(conversations, conversations.c.id == turns.c.conversation_id)
        .where(which, turns.c.started_at >= since)
    )
