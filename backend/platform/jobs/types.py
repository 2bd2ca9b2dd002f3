"""What a job is, from its promise to its end."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from backend.kernel.clock import Instant
from backend.kernel.errors import Invalid
from backend.kernel.ids import JobId, OwnerId

ATTEMPTS_MAX = 5
TOPIC = "jobs"  # signalled when there may be work

# The room before a job's dot → which family of workers runs it.
FAMILIES: Mapping[str, str] = {
    "memory": "memory",
    "growth": "growth",
    "mind": "mind",
    "voice": "voice",
    "delivery": "delivery",
    "documents": "upkeep",
    "backup": "upkeep",
    "upkeep": "upkeep",
}


class JobState(StrEnum):
    """Where a job stands."""

    WAITING = "waiting"
    LEASED = "leased"
    DONE = "done"
    DEAD = "dead"  # every attempt was used, or it can never succeed
    CANCELLED = "cancelled"


ENDED_BADLY = (JobState.DEAD, JobState.CANCELLED)
# What follows from words, and nothing but its job says that it is still to be done. So a job of
# these that ended badly stays, and is given a new life every night.
KEPT_PROMISES = ("memory.relate", "memory.learn", "memory.mirror", "documents.project")


class ErrorKind(StrEnum):
    """Why an attempt came to nothing; what follows from each is in `backoff.py`."""

    REFUSED = "refused"  # it would be refused again: dead at once
    BUSY = "busy"  # a limit of rate: it waits, and the attempt does not count
    UNAVAILABLE = "unavailable"  # a server is away: it waits, and the attempt does not count
    BROKEN = "broken"  # our own mistake, or nobody foresaw it
    TIMEOUT = "timeout"  # it took longer than it may
    LOST = "lost"  # its worker fell silent


@dataclass(frozen=True, slots=True)
class Backlog:
    """What is due and waits for a hand."""

    count: int
    oldest_s: float


@dataclass(frozen=True, slots=True)
class NewJob:
    """A job to be promised."""

    name: str  # room.verb
    payload: Mapping[str, Any]  # Any: JSON; its shape belongs to the name
    key: str  # the same key is the same job, however often it is added
    owner_id: OwnerId | None = None
    priority: int = 0
    not_before: Instant | None = None
    attempts_max: int = ATTEMPTS_MAX
    trace_id: str = ""

    @property
    def family(self) -> str:
        """Return which workers run it."""
        return family_of(self.name)


@dataclass(frozen=True, slots=True)
class LeasedJob:
    """A job in somebody's hands, until the lease runs out."""

    id: JobId
    name: str
    family: str
    payload: Mapping[str, Any]  # Any: JSON
    key: str
    owner_id: OwnerId | None
    holder: str
    lease_until: Instant
    attempt: int  # 1 for the first
    attempts_max: int
    leased_at: Instant  # with holder and attempt it names this lease and no other
    trace_id: str = ""
    fault: str = ""  # why what was stored can't be run at all
    history: Sequence[Any] = ()  # Any: JSON; earlier lives, each ended by a replay


@dataclass(frozen=True, slots=True)
class Failure:
    """Why an attempt came to nothing, and when the next may begin; without a wait never."""

    kind: ErrorKind
    error: str  # ours: the words of others may repeat what somebody said
    retry_in_s: float | None
    counts: bool = True


@dataclass(frozen=True, slots=True)
class JobRow:
    """A job as people look at it."""

    id: JobId
    owner_id: OwnerId | None
    name: str
    family: str
    key: str
    state: JobState
    attempts: int
    attempts_max: int
    progress: float
    lease_holder: str
    lease_until: Instant | None
    error: str
    not_before: Instant
    created_at: Instant
    started_at: Instant | None
    finished_at: Instant | None
    result: Mapping[str, Any] | None = field(default=None)  # Any: JSON
    error_kind: str = ""
    cancel_asked_at: Instant | None = None
    trace_id: str = ""
    priority: int = 0


def family_of(name: str) -> str:
    """Return which workers run jobs of this name."""
    room, dot, verb = name.partition(".")
    if not (dot and verb) or room not in FAMILIES:
        raise Invalid(f"No family runs jobs named {name}.")
    return FAMILIES[room]
