"""Whether the projections agree with the truth: what `ringback doctor --integrity` asks."""

from typing import Any

from sqlalchemy import exists, func, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql import Select

from backend.platform.database import Database, search
from backend.platform.database.tables import (
    documents,
    jobs,
    messages,
    sticky_notes,
    stream_heads,
    vectors,
)
from backend.platform.health import Check, Finding
from backend.platform.jobs.types import JobState
from backend.trust import Trust

OPEN = (JobState.WAITING.value, JobState.LEASED.value)


class Integrity:
    """Compares; it changes nothing."""

    def __init__(self, *, database: Database, trust: Trust, model: str) -> None:
        self._database, self._trust, self._model = database, trust, model

    async def examine(self) -> list[Finding]:
        """Return one finding for each projection, and one for the audit chain."""
        async with self._database.reading() as snapshot:
            recallable = await _one(snapshot, _counted_recallable())
            findings = {
                "full text agrees": await self._full_text(snapshot, recallable),
                "vectors agree": await self._vectors(snapshot),
                "notes agree": await self._notes(snapshot),
            }
        findings["audit chain holds"] = await self._audit()
        return [
            Finding(name, check.ok, check.detail, check.cure, is_vital=True)
            for name, check in findings.items()
        ]

    async def _full_text(self, snapshot: AsyncConnection, recallable: int) -> Check:
        indexed = await search.count(snapshot)
        detail = f"{indexed} of {recallable} messages are indexed"
        return Check(indexed == recallable, detail, "ringback rebuild search")

    async def _vectors(self, snapshot: AsyncConnection) -> Check:
        has_vector = exists().where(
            vectors.c.message_id == messages.c.id, vectors.c.model == self._model
        )
        missing = await _one(snapshot, _counted_recallable().where(~has_vector))
        waiting = await _open_jobs(snapshot, "memory.embed")
        detail = f"{missing} messages have no vector, {waiting} jobs will make some"
        return Check(missing == 0 or waiting > 0, detail, "ringback jobs list --state dead")

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

    async def _audit(self) -> Check:
        verified = await self._trust.verify_audit()
        cure = "" if verified.holds else "keep this home as it is and restore a backup elsewhere"
        return Check(verified.holds, "unbroken" if verified.holds else "broken", cure)


def _counted_recallable() -> Select[Any]:
    return select(func.count()).select_from(messages).where(messages.c.is_recallable)


async def _open_jobs(snapshot: AsyncConnection, name: str) -> int:
    return await _one(
        snapshot,
        select(func.count()).select_from(jobs).where(jobs.c.name == name, jobs.c.state.in_(OPEN)),
    )


async def _one(snapshot: AsyncConnection, query: Select[Any]) -> int:
    return int((await snapshot.execute(query)).scalar_one())
