"""Makes a projection again from the truth: `ringback rebuild vectors|graph|search|notes`."""

from collections.abc import Awaitable, Callable, Mapping

from sqlalchemy import select

from backend.kernel.errors import Invalid
from backend.kernel.ids import OwnerId
from backend.platform.database import search_repair
from backend.platform.database.tables import messages
from backend.platform.jobs.runner import Completion
from backend.platform.jobs.types import LeasedJob, NewJob
from workers.parts import Parts

BATCH = 64  # messages that one job relates


async def rebuild(parts: Parts, job: LeasedJob, completion: Completion) -> None:
    """Rebuild what the payload names."""
    what = str(job.payload.get("projection", ""))
    if what not in _REBUILD:
        raise Invalid(f"There is no projection named {what}.", cure=", ".join(_REBUILD))
    made = await _REBUILD[what](parts, job)
    async with parts.database.transaction() as tx:
        await completion.commit(tx, {"projection": what, "made": made})


async def _notes(parts: Parts, _: LeasedJob) -> int:
    made = 0
    for document_id in await parts.documents.projected_ids():
        found = await parts.documents.projection(document_id)
        async with parts.database.transaction() as tx:
            made += await parts.documents.reproject(tx, found)
    return made


async def _vectors(parts: Parts, _: LeasedJob) -> int:
    return await parts.memory.rebuild_vectors()


async def _search(parts: Parts, _: LeasedJob) -> int:
    return await search_repair.rebuild(parts.database)


async def _graph(parts: Parts, job: LeasedJob) -> int:
    """Have every message related again, a few at a time: relating twice does no harm."""
    wanted = select(messages.c.id, messages.c.owner_id).where(messages.c.is_recallable)
    async with parts.database.reading() as connection:
        found = list(await connection.execute(wanted.order_by(messages.c.owner_id, messages.c.id)))
    by_owner: dict[str, list[str]] = {}
    for message_id, owner_id in found:
        by_owner.setdefault(owner_id, []).append(message_id)
    async with parts.database.transaction() as tx:
        for owner_id, message_ids in by_owner.items():
            for start in range(0, len(message_ids), BATCH):
                await parts.jobs.add(
                    tx,
                    NewJob(
                        name="memory.relate",
                        payload={"message_ids": message_ids[start : start + BATCH]},
                        key=f"memory.relate:{job.id}:{owner_id}:{start}",
                        owner_id=OwnerId(owner_id),
                    ),
                )
    return len(found)


_REBUILD: Mapping[str, Callable[[Parts, LeasedJob], Awaitable[int]]] = {
    "graph": _graph,
    "notes": _notes,
    "search": _search,
    "vectors": _vectors,
}
