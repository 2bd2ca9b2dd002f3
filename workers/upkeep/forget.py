"""Forgets what lies outside the database, and looks whether anything is left."""

from backend.platform.jobs.runner import Completion
from backend.platform.jobs.types import LeasedJob
from workers.parts import Parts


async def handle(parts: Parts, job: LeasedJob, completion: Completion) -> None:
    """Carry a wish to forget to its end; the receipt is written with the job's."""
    wish = job.payload["forgetting_id"]
    await parts.carrying.carry_out(wish, completion.commit, completion.progress)
