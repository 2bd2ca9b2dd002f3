"""Gives messages their meaning, so that they are found by it."""

from backend.platform.jobs.runner import Completion
from backend.platform.jobs.types import LeasedJob
from workers.parts import Parts


async def handle(parts: Parts, job: LeasedJob, completion: Completion) -> None:
    """Embed the messages and put their vectors into the index."""
    await parts.memory.embed_messages(job.payload["message_ids"], completion.commit)
