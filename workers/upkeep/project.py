"""Documents: their rows made to follow them, their logs kept short."""

from backend.memory import follow_notes
from backend.platform.jobs.runner import Completion
from backend.platform.jobs.types import LeasedJob
from workers.parts import Parts


async def project(parts: Parts, job: LeasedJob, completion: Completion) -> None:
    """Make a document's rows equal to the document, as it is now."""
    found = await parts.documents.projection(job.payload["document_id"])
    async with parts.database.transaction() as tx:
        touched = await parts.documents.project(tx, found)
        if touched:
            await follow_notes(tx, parts.memory, found)
        await completion.commit(tx, {"cursor": found.cursor, "rows": touched})


async def compact(parts: Parts, job: LeasedJob, completion: Completion) -> None:
    """Put a snapshot in the place of a document's log."""
    document_id = job.payload["document_id"]
    whole, kept = await parts.documents.snapshot(document_id)
    async with parts.database.transaction() as tx:
        is_newer = await parts.documents.compact(tx, document_id, whole, kept)
        await completion.commit(tx, {"cursor": whole.cursor, "is_newer": is_newer})
