"""Tells the graph what became of facts."""

from backend.platform.jobs.runner import Completion
from backend.platform.jobs.types import LeasedJob
from workers.parts import Parts


async def handle(parts: Parts, job: LeasedJob, completion: Completion) -> None:
    """Mirror the facts as they are now."""
    await parts.mirror.mirror(job.payload["fact_ids"], completion.commit)
