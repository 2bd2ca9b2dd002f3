"""Brings in what was uploaded: our own export, and other programs' files."""

from backend.kernel.errors import Missing
from backend.platform.jobs.runner import Completion
from backend.platform.jobs.types import LeasedJob
from workers.parts import Parts


async def handle(parts: Parts, job: LeasedJob, completion: Completion) -> None:
    """Write what is not here yet; what a killed worker had written is passed over."""
    if job.owner_id is None:
        raise Missing("Nobody's file can't be brought in.")
    await parts.porting.run(
        job.owner_id,
        job.payload["import_id"],
        progress=completion.progress,
        end=completion.commit,
    )
