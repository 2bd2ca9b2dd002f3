"""Everything of the instance, into one sealed archive."""

from backend.platform.jobs.runner import Completion
from backend.platform.jobs.types import LeasedJob
from workers.parts import Parts


async def handle(parts: Parts, job: LeasedJob, completion: Completion) -> None:
    """Make the backup of this job: a second attempt proves the first one's, if it got so far."""
    info = await parts.backups.make(job.id)
    async with parts.database.transaction() as tx:
        await completion.commit(tx, {"id": info.id, "key": info.key, "size": info.size})
