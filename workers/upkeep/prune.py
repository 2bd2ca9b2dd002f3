"""Takes away what is dead for long: spent one-use credentials, health that no window reaches."""

from backend.platform.jobs.runner import Completion
from backend.platform.jobs.types import LeasedJob
from workers.parts import Parts


async def prune(parts: Parts, job: LeasedJob, completion: Completion) -> None:
    """Delete what nobody can use or ask for any more."""
    async with parts.database.transaction() as tx:
        await parts.identity.prune(tx)
        await parts.uptimes.prune(tx)
        await completion.commit(tx)
