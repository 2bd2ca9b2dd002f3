"""What the suites of the ledger promise, lease and end."""

from backend.kernel.ids import JobId
from backend.platform.database.engine import Database
from backend.platform.jobs.ledger import Ledger
from backend.platform.jobs.types import ErrorKind, Failure, LeasedJob, NewJob

NAME = "memory.embed"


def job(key: str = "k", **changes: object) -> NewJob:
    return NewJob(name=NAME, payload={"message_ids": ["m"]}, key=key, **changes)  # type: ignore[arg-type]


async def add(database: Database, ledger: Ledger, *jobs: NewJob) -> list[JobId]:
    async with database.transaction() as tx:
        return [await ledger.add(tx, new) for new in jobs]


async def lease(ledger: Ledger, holder: str = "worker", limit: int = 10) -> list[LeasedJob]:
    return await ledger.lease(holder, [NAME], limit, 20)


def broken(retry_in_s: float) -> Failure:
    return Failure(ErrorKind.BROKEN, "ValueError", retry_in_s)


REFUSED = Failure(ErrorKind.REFUSED, "Invalid", None)
AWAY = Failure(ErrorKind.UNAVAILABLE, "Unavailable", 5, counts=False)


async def complete(database: Database, ledger: Ledger, leased: LeasedJob) -> None:
    async with database.transaction() as tx:
        await ledger.complete(tx, leased, {"done": True})
