"""The job ledger: work that was promised together with the truth that needs it.

A room adds a `NewJob` in its own transaction; a worker leases it, runs its handler by `JobRunner`,
and its end is committed together with what the handler wrote, or not at all.
"""

from backend.platform.jobs.ledger import Ledger
from backend.platform.jobs.payloads import PAYLOADS, Payloads
from backend.platform.jobs.runner import Completion, Handler, JobRunner, RunLimits
from backend.platform.jobs.types import ErrorKind, JobRow, JobState, LeasedJob, NewJob

__all__ = [
    "PAYLOADS",
    "Completion",
    "ErrorKind",
    "Handler",
    "JobRow",
    "JobRunner",
    "JobState",
    "LeasedJob",
    "Ledger",
    "NewJob",
    "Payloads",
    "RunLimits",
]
