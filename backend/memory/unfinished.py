"""What was said and has no meaning yet, though nobody is about to give it one.

A job may have been called off, or come from a backup that is older than the message. What has no
vector of the live model, and is in no job that makes one, is promised anew.
"""

from dataclasses import dataclass

from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.kernel.ids import OwnerId
from backend.platform.database.tables import jobs, messages, vectors
from backend.platform.jobs.types import JobState

EMBED, CATCH_UP = "memory.embed", "memory.reembed"
OPEN = (JobState.WAITING.value, JobState.LEASED.value)
_GOING = select(jobs.c.name, jobs.c.payload).where(
    jobs.c.name.in_([EMBED, CATCH_UP]), jobs.c.state.in_(OPEN)
)


@dataclass(frozen=True, slots=True)
class Unfinished:
    """One message that nobody carries on."""

    message_id: str
    owner_id: OwnerId


async def without_vector(connection: AsyncConnection, model: str) -> list[Unfinished]:
    """Return the messages without a vector of a model that no job is going to embed."""
    has_vector = exists().where(vectors.c.message_id == messages.c.id, vectors.c.model == model)
    lacking = (
        select(messages.c.id, messages.c.owner_id)
        .where(messages.c.is_recallable, ~has_vector)
        .order_by(messages.c.owner_id, messages.c.id)
    )
    found = (await connection.execute(lacking)).all()
    if not found:
        return []
    going = (await connection.execute(_GOING)).all()
    if any(job.name == CATCH_UP for job in going):  # it looks for whatever is missing by itself
        return []
    promised = {each for job in going for each in job.payload.get("message_ids", ())}
    return [Unfinished(row.id, OwnerId(row.owner_id)) for row in found if row.id not in promised]
