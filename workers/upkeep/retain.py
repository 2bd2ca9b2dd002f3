"""Lets the time of what is kept run out, each kind by its own number of days."""

from backend.platform.jobs.runner import Completion
from backend.platform.jobs.types import LeasedJob
from workers.parts import Parts


async def handle(parts: Parts, job: LeasedJob, completion: Completion) -> None:
    """Remove whatever was kept long enough."""
    removed = await parts.retention.run()
    async with parts.database.transaction() as tx:
        await completion.commit(tx, removed)
