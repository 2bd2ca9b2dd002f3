"""Whether what follows from the truth agrees with it: `ringback doctor --integrity`, every night.

Each finding that a rebuild helps names its projection: the nightly job has that made anew.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, FromClause, exists, func, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql import Select

from backend.kernel.clock import HOUR, Clock
from backend.kernel.errors import RingbackError, Unavailable
from backend.memory.mirrors import Difference, Mirrors
from backend.memory.unfinished import without_vector
from backend.platform.database import Database, search_check
from backend.platform.database.search import SearchDamaged
from backend.platform.database.tables import (
    concepts,
    conversations,
    documents,
    events,
    facts,
    jobs,
    mentions,
    messages,
    relations,
    sources,
    sticky_notes,
    stream_heads,
    vector_models,
    vectors,
)
from backend.platform.health import Check, Finding
from backend.platform.jobs.types import ENDED_BADLY, KEPT_PROMISES, JobState
from backend.platform.objects.port import Objects
from backend.trust import Trust

OPEN = (JobState.WAITING.value, JobState.LEASED.value)
LIVE = "live"
RECORDINGS = "recordings/"
YOUNG = HOUR  # a recording that goes on has objects before its call has their key

Examine = Callable[[AsyncConnection], Awaitable[Check]]


@dataclass(frozen=True, slots=True)
class Examined:
    """What was found, and which projections a rebuild would mend."""

    findings: tuple[Finding, ...]
    broken: tuple[str, ...]

    @property
    def ok(self) -> bool:
        """Say whether everything agrees."""
        return all(finding.ok for finding in self.findings)


class Integrity:
    """Compares; it changes nothing."""

    def __init__(
        self,
        *,
        database: Database,
        trust: Trust,
        model: str,
        objects: Objects | None = None,
        clock: Clock | None = None,
        mirrors: Mirrors | None = None,
    ) -> None:
        self._database, self._trust, self._model = database, trust, model
        self._objects, self._clock, self._mirrors = objects, clock, mirrors

    async def examine(self) -> list[Finding]:
        """Return one finding for each thing that is compared."""
        return list((await self.examine_all()).findings)

    async def examine_all(self) -> Examined:
        """Compare everything; what can't be compared is a finding and stops nothing else."""
        projections: Mapping[str, tuple[str, Examine]] = {
            "full text agrees": ("search", self._full_text),
            "vectors agree": ("vectors", self._vectors),
            "promises are kept": ("unfinished", self._promises),
            "graph agrees": ("graph", self._graph),
            "vector server agrees": ("vectors", self._vector_server),
            "graph server agrees": ("graph", self._graph_server),
            "notes agree": ("notes", self._notes),
            "messages have their exchange": ("", self._exchanges),
            "facts have sources": ("", self._facts),
            "events are in order": ("", self._events),
        }
        findings: list[Finding] = []
        broken: list[str] = []
        for name, (projection, examine) in projections.items():
            check = await self._seen(examine)
            findings.append(_finding(name, check))
            if projection and not check.ok:
                broken.append(projection)
        if self._objects is not None:
            findings.append(_finding("recordings agree", await self._recordings(self._objects)))
        findings.append(_finding("audit chain holds", await self._audit()))
        return Examined(tuple(findings), tuple(dict.fromkeys(broken)))

    async def _seen(self, examine: Examine) -> Check:
        try:
            async with self._database.reading() as snapshot:
                return await examine(snapshot)
        except RingbackError as failure:
            return Check(ok=False, detail=failure.message, cure=failure.cure)

    # ── projections ──────────────────────────────────────────────────────────────────────────
    async def _full_text(self, snapshot: AsyncConnection) -> Check:
        cure = "ringback rebuild search"
        try:
            missing, strays = await search_check.differences(snapshot)
        except SearchDamaged as damage:
            return Check(ok=False, detail=damage.message, cure=cure)
        total = await _one(snapshot, _counted_recallable())
        detail = f"{total - missing} of {total} messages are indexed"
        if strays:
            detail += f", {strays} that are gone still are"
        return Check(not missing and not strays, detail, cure)

    async def _vectors(self, snapshot: AsyncConnection) -> Check:
        query = select(vector_models.c.model).where(vector_models.c.state == LIVE)
        model = (await snapshot.execute(query.limit(1))).scalar_one_or_none() or self._model
        has_vector = exists().where(vectors.c.message_id == messages.c.id, vectors.c.model == model)
        missing = await _one(snapshot, _counted_recallable().where(~has_vector))
        strays = await _count(snapshot, vectors, ~_exists(messages.c.id == vectors.c.message_id))
        waiting = await _open_jobs(snapshot, "memory.embed")
        detail = f"{missing} messages have no vector, {waiting} jobs will make some"
        if strays:
            detail += f"; {strays} vectors belong to no message"
        is_ok = not strays and not (missing and await without_vector(snapshot, model))
        return Check(is_ok, detail, "ringback rebuild vectors")

    async def _promises(self, snapshot: AsyncConnection) -> Check:
        """What follows from words is promised with them: the ledger knows what came to nothing."""
        broken = await _one(
            snapshot,
            select(func.count())
            .select_from(jobs)
            .where(jobs.c.name.in_(KEPT_PROMISES), jobs.c.state.in_(ENDED_BADLY)),
        )
        detail = f"{broken} jobs that relate, learn or mirror died or were called off"
        return Check(broken == 0, detail, "ringback rebuild unfinished")

    async def _graph(self, snapshot: AsyncConnection) -> Check:
        lost = await _count(
            snapshot,
            mentions,
            ~_exists(messages.c.id == mentions.c.message_id)
            | ~_exists(concepts.c.id == mentions.c.concept_id),
        )
        lost += await _count(
            snapshot,
            relations,
            ~_exists(concepts.c.id == relations.c.subject_id)
            | ~_exists(concepts.c.id == relations.c.object_id),
        )
        known = await _one(snapshot, select(func.count()).select_from(concepts))
        detail = f"{known} concepts; {lost} edges hang in the air"
        return Check(lost == 0, detail, "ringback rebuild graph")

    async def _notes(self, snapshot: AsyncConnection) -> Check:
        stream = "document:" + documents.c.id
        behind = await _one(
            snapshot,
            select(func.count())
            .select_from(documents.join(stream_heads, stream_heads.c.stream == stream))
            .where(
                documents.c.kind == "notes",
                documents.c.projected_cursor < stream_heads.c.cursor,
            ),
        )
        rows = await _one(snapshot, select(func.count()).select_from(sticky_notes))
        waiting = await _open_jobs(snapshot, "documents.project")
        detail = f"{rows} notes; {behind} documents are ahead of their rows"
        return Check(behind == 0 or waiting > 0, detail, "ringback rebuild notes")

    async def _vector_server(self, snapshot: AsyncConnection) -> Check:
        asked = self._mirrors.vectors(snapshot) if self._mirrors else None
        return await _mirrored(snapshot, asked, ("memory.embed", "upkeep.forget"), "vectors")

    async def _graph_server(self, snapshot: AsyncConnection) -> Check:
        asked = self._mirrors.graph(snapshot) if self._mirrors else None
        on_the_way = ("memory.relate", "memory.mirror", "upkeep.forget")
        return await _mirrored(snapshot, asked, on_the_way, "graph")

    # ── the truth itself ─────────────────────────────────────────────────────────────────────
    async def _exchanges(self, snapshot: AsyncConnection) -> Check:
        """Without its exchange nobody knows who spoke, and forgetting by a call misses it."""
        lost = await _count(
            snapshot,
            messages,
            (messages.c.conversation_id != "")
            & ~_exists(conversations.c.id == messages.c.conversation_id),
        )
        detail = f"{lost} messages belong to an exchange that is gone"
        return Check(lost == 0, detail, "keep this home as it is and restore a backup elsewhere")

    async def _facts(self, snapshot: AsyncConnection) -> Check:
        """What is pinned outlives its message; everything else is known from one."""
        bare = await _count(snapshot, facts, ~_exists(sources.c.fact_id == facts.c.id))
        lost = await _one(
            snapshot,
            select(func.count())
            .select_from(sources.join(facts, facts.c.id == sources.c.fact_id))
            .where(
                sources.c.message_id != "",
                ~facts.c.is_pinned,
                ~_exists(messages.c.id == sources.c.message_id),
            ),
        )
        known = await _one(snapshot, select(func.count()).select_from(facts))
        detail = f"{known} facts; {bare} have no source, {lost} sources lack their message"
        cure = "see which: ringback facts list; what nobody said can be forgotten"
        return Check(bare == 0 and lost == 0, detail, cure)

    async def _events(self, snapshot: AsyncConnection) -> Check:
        newest = (
            select(events.c.stream, func.max(events.c.cursor).label("cursor"))
            .group_by(events.c.stream)
            .subquery()
        )
        joined = newest.outerjoin(stream_heads, stream_heads.c.stream == newest.c.stream)
        ahead = await _one(
            snapshot,
            select(func.count())
            .select_from(joined)
            .where(newest.c.cursor > func.coalesce(stream_heads.c.cursor, 0)),
        )
        streams = await _one(snapshot, select(func.count()).select_from(stream_heads))
        detail = f"{streams} streams; {ahead} have events behind their end"
        return Check(ahead == 0, detail, "keep this home as it is and restore a backup elsewhere")

    async def _recordings(self, objects: Objects) -> Check:
        try:
            kept = await objects.list(RECORDINGS)
        except RingbackError as failure:
            return Check(ok=False, detail=failure.message, cure=failure.cure)
        begun = self._clock.now() - YOUNG if self._clock is not None else None
        old = {_call_of(info.key) for info in kept if begun is None or info.at < begun}
        kept_calls = {_call_of(info.key) for info in kept}
        async with self._database.reading() as snapshot:
            query = select(conversations.c.id, conversations.c.recording)
            rows = list(await snapshot.execute(query))
        orphans = old - {row.id for row in rows}
        told = {_call_of(row.recording) for row in rows if row.recording.startswith(RECORDINGS)}
        missing = told - kept_calls
        detail = (
            f"{len(kept_calls)} recordings; {len(orphans)} belong to no call, "
            f"{len(missing)} are missing"
        )
        cure = "ringback restore, from a backup that has them" if missing else "ringback logs"
        return Check(not orphans and not missing, detail, cure)

    async def _audit(self) -> Check:
        verified = await self._trust.verify_audit()
        cure = "" if verified.holds else "keep this home as it is and restore a backup elsewhere"
        return Check(verified.holds, "unbroken" if verified.holds else "broken", cure)


async def _mirrored(
    snapshot: AsyncConnection,
    asked: Awaitable[Difference | None] | None,
    on_the_way: Sequence[str],
    projection: str,
) -> Check:
    """Judge a server by its difference from the truth, less what jobs are about to tell it."""
    try:
        found = await asked if asked is not None else None
    except Unavailable as away:  # health says so; what it misses meanwhile waits as jobs
        return Check(ok=True, detail=f"{away.message} It is compared when it is back.")
    if found is None:
        return Check(ok=True, detail="none: the database itself is asked")
    waiting = sum([await _open_jobs(snapshot, name) for name in on_the_way])
    detail = (
        f"{found.engine}: {found.kept} known; {found.missing} missing, {found.strays} gone since, "
        f"{waiting} jobs on the way"
    )
    return Check(found.is_none or waiting > 0, detail, f"ringback rebuild {projection}")


def _finding(name: str, check: Check) -> Finding:
    return Finding(name, check.ok, check.detail, "" if check.ok else check.cure, is_vital=True)


def _call_of(key: str) -> str:
    return key.removeprefix(RECORDINGS).partition("/")[0]


def _counted_recallable() -> Select[Any]:
    return select(func.count()).select_from(messages).where(messages.c.is_recallable)


def _exists(is_same: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(is_same)


async def _count(snapshot: AsyncConnection, of: FromClause, where: ColumnElement[bool]) -> int:
    return await _one(snapshot, select(func.count()).select_from(of).where(where))


async def _open_jobs(snapshot: AsyncConnection, name: str) -> int:
    return await _one(
        snapshot,
        select(func.count()).select_from(jobs).where(jobs.c.name == name, jobs.c.state.in_(OPEN)),
    )


async def _one(snapshot: AsyncConnection, query: Select[Any]) -> int:
    return int((await snapshot.execute(query)).scalar_one())
