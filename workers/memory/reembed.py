"""Brings messages to another model of meaning, and removes what an old one left."""

from backend.platform.jobs.runner import Completion
from backend.platform.jobs.types import LeasedJob
from workers.parts import Parts


async def handle(parts: Parts, job: LeasedJob, completion: Completion) -> None:
    """Embed some of what is missing; the last of them tries it all and cuts over."""
    await parts.meaning.step(job.payload["run"], completion.commit)


async def retire(parts: Parts, job: LeasedJob, completion: Completion) -> None:
    """Remove the vectors of models that nobody will go back to."""
    await parts.meaning.retire(completion.commit)
