"""Learns what messages say: facts, from their words."""

from backend.platform.jobs.runner import Completion
from backend.platform.jobs.types import LeasedJob
from workers.parts import Parts


async def handle(parts: Parts, job: LeasedJob, completion: Completion) -> None:
    """Read the messages and believe what they say, in the transaction that ends the job."""
    await parts.learner.learn(
        job.payload["message_ids"],
        completion.commit,
        asks_model=job.payload.get("asks_model", False),
    )
