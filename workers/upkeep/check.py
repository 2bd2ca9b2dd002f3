"""Compares what follows from the truth with it, and has made anew what does not agree."""

from backend.platform.jobs.runner import Completion
from backend.platform.jobs.types import LeasedJob
from workers.parts import Parts


async def handle(parts: Parts, job: LeasedJob, completion: Completion) -> None:
    """Compare everything; the result is what health tells until the next time."""
    examined = await parts.nightly.look()
    async with parts.database.transaction() as tx:
        await completion.commit(tx, await parts.nightly.conclude(tx, job, examined))
