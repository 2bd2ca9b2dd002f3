"""What follows a failure, by its kind: how long a job waits, and whether the attempt counts."""

from collections.abc import Mapping
from dataclasses import dataclass

from backend.kernel.errors import Busy, Refused, RingbackError, Unavailable
from backend.kernel.ids import Chance
from backend.platform.jobs.types import ErrorKind, Failure, LeasedJob


@dataclass(frozen=True, slots=True)
class Backoff:
    """How a kind of failure is waited out: doubling, from the first wait to the longest."""

    first_s: float
    last_s: float
    counts: bool = True


BACKOFF: Mapping[ErrorKind, Backoff] = {
    # A server that is away for hours is not the job's fault: the job waits for it, looking often
    # enough to catch up within a minute of its return.
    ErrorKind.UNAVAILABLE: Backoff(1.0, 60.0, counts=False),
    ErrorKind.BUSY: Backoff(2.0, 300.0, counts=False),
    ErrorKind.BROKEN: Backoff(1.0, 300.0),
    ErrorKind.TIMEOUT: Backoff(5.0, 600.0),
}


def failure_of(problem: Exception, job: LeasedJob, chance: Chance) -> Failure:
    """Return what a job's failure means for it."""
    kind = kind_of(problem)
    rule = BACKOFF.get(kind)
    wait_s = None
    if rule is not None:
        wait_s = min(rule.first_s * 2.0 ** min(job.attempt - 1, 32), rule.last_s)
        # Jitter: jobs that failed together must not come back together.
        wait_s *= 0.5 + chance.fraction() / 2
        if isinstance(problem, Busy):
            wait_s = max(wait_s, problem.retry_after_s)
    return Failure(kind, described(problem), wait_s, counts=rule is None or rule.counts)


def kind_of(problem: Exception) -> ErrorKind:
    """Return the kind of a handler's failure."""
    if isinstance(problem, Refused):
        return ErrorKind.REFUSED
    if isinstance(problem, Busy):
        return ErrorKind.BUSY
    if isinstance(problem, Unavailable) and problem.retryable:
        return ErrorKind.UNAVAILABLE
    if isinstance(problem, TimeoutError):
        return ErrorKind.TIMEOUT
    return ErrorKind.BROKEN


def described(problem: Exception) -> str:
    """Return the kind, and the text only where it is ours: others' may repeat what was said."""
    if isinstance(problem, RingbackError):
        return f"{type(problem).__name__}: {problem.message}"
    return type(problem).__name__
