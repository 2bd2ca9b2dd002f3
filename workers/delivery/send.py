"""Hands a promised call or text to the carrier, and asks what became of it."""

from backend.platform.jobs.runner import Completion
from backend.platform.jobs.types import LeasedJob
from workers.parts import Parts


async def carry(parts: Parts, job: LeasedJob, _: Completion) -> None:
    """Take a delivery one step on; the job comes again while nobody knows what became of it."""
    await parts.sending.carry(str(job.payload["delivery_id"]))


async def look(parts: Parts, job: LeasedJob, _: Completion) -> None:
    """Ask how a delivery stands: its reports may have been lost on the way to us."""
    await parts.sending.look(str(job.payload["delivery_id"]), int(job.payload["attempt"]))
