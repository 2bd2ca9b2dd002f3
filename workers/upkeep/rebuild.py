"""Makes a projection again from the truth: `ringback rebuild vectors|graph|search|…`."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import Select, select

from backend.kernel.errors import Invalid
from backend.kernel.ids import OwnerId
from backend.platform.database import search_repair
from backend.platform.database.tables import facts, messages
from backend.platform.jobs.runner import Completion
from backend.platform.jobs.types import LeasedJob, NewJob
from workers.parts import Parts

BATCH = 64  # messages or facts that one job carries on
_SAID = (
    select(messages.c.id, messages.c.owner_id)
    .where(messages.c.is_recallable)
    .order_by(messages.c.owner_id, messages.c.id)
)
_BELIEVED = select(facts.c.id, facts.c.owner_id).order_by(facts.c.owner_id, facts.c.id)


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


async def _vectors(parts: Parts, job: LeasedJob) -> int:
    """Fill the index from the rows, and have the rows made that are not there."""
    made = await parts.memory.rebuild_vectors()
    if await parts.mirrors.has_stray_vectors():  # it knows what is gone: filled from nothing
        await parts.mirrors.clear_vectors()
        made = await parts.memory.rebuild_vectors()
    lacking = [(each.message_id, each.owner_id) for each in await parts.mirrors.without_vector()]
    return made + await _promised(parts, job, "memory.embed", "message_ids", lacking)


async def _unfinished(parts: Parts, _: LeasedJob) -> int:
    return await parts.jobs.keep_promises()


async def _search(parts: Parts, _: LeasedJob) -> int:
    return await search_repair.rebuild(parts.database)


async def _graph(parts: Parts, job: LeasedJob) -> int:
    """Have every message related again, and every fact told of: twice does no harm."""
    await parts.mirrors.drop_stray_relations()
    related = await _again(parts, job, "memory.relate", "message_ids", _SAID)
    return related + await _again(parts, job, "memory.mirror", "fact_ids", _BELIEVED)


async def _facts(parts: Parts, job: LeasedJob) -> int:
    """Have every message learnt from that never was: those from before facts were."""
    return await _again(parts, job, "memory.learn", "message_ids", _SAID)


async def _again(
    parts: Parts,
    job: LeasedJob,
    name: str,
    field: str,
    wanted: Select[Any],  # Any: an id and its owner
) -> int:
    """Promise a job for everything that is wanted, a few at a time and each owner's apart."""
    async with parts.database.reading() as connection:
        found = [(row.id, row.owner_id) for row in await connection.execute(wanted)]
    return await _promised(parts, job, name, field, found)


async def _promised(
    parts: Parts, job: LeasedJob, name: str, field: str, found: Sequence[tuple[str, str]]
) -> int:
    by_owner: dict[str, list[str]] = {}
    for row_id, owner_id in found:
        by_owner.setdefault(owner_id, []).append(row_id)
    async with parts.database.transaction() as tx:
        for owner_id, row_ids in by_owner.items():
            for start in range(0, len(row_ids), BATCH):
                await parts.jobs.add(
                    tx,
                    NewJob(
                        name=name,
                        payload={field: row_ids[start : start + BATCH]},
                        key=f"{name}:{job.id}:{owner_id}:{start}",
                        owner_id=OwnerId(owner_id),
                    ),
                )
    return len(found)


_REBUILD: Mapping[str, Callable[[Parts, LeasedJob], Awaitable[int]]] = {
    "facts": _facts,
    "graph": _graph,
    "notes": _notes,
    "search": _search,
    "unfinished": _unfinished,
    "vectors": _vectors,
}
