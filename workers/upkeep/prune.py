"""Takes away what is dead for long: spent one-use credentials."""

from backend.platform.jobs.runner import Completion
from backend.platform.jobs.types import LeasedJob
from workers.parts import Parts


async def prune(parts: Parts, job: LeasedJob, completion: Completion) -> None:
    """Delete credentials that nobody can use any more."""
    async with parts.database.transaction() as tx:
        await parts.identity.prune(tx)
        await completion.commit(tx)
