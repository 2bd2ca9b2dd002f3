"""Takes away what is over for long: jobs, one-use credentials, health that no window reaches."""

from backend.kernel.clock import DAY, later
from backend.platform.jobs.pruning import prune_jobs
from backend.platform.jobs.runner import Completion
from backend.platform.jobs.types import LeasedJob
from workers.parts import Parts


async def prune(parts: Parts, job: LeasedJob, completion: Completion) -> None:
    """Delete what nobody can use or ask for any more."""
    now, wanted = parts.clock.now(), parts.settings.jobs
    removed = await prune_jobs(
        parts.database,
        over_before=later(now, -int(wanted.kept_days * DAY)),
        dead_before=later(now, -int(wanted.dead_days * DAY)),
    )
    async with parts.database.transaction() as tx:
        await parts.identity.prune(tx)
        await parts.uptimes.prune(tx)
        await completion.commit(tx, {"jobs": removed})
