"""Puts what messages name into the graph."""

from backend.platform.jobs.runner import Completion
from backend.platform.jobs.types import LeasedJob
from workers.parts import Parts


async def handle(parts: Parts, job: LeasedJob, completion: Completion) -> None:
    """Relate the names in the messages."""
    await parts.memory.relate_messages(job.payload["message_ids"], completion.commit)
