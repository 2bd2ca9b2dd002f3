"""Where everything of a user lies, how much of it, and for how long: what a user may ask for."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Table, func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.kernel.clock import Clock, Instant
from backend.kernel.ids import OwnerId
from backend.platform.database.engine import Database
from backend.platform.database.tables import metadata

BY_WISH = "a wish"
BY_WISH_AND_TIME = "a wish, or its time"
BY_ITS_OWN = "its own command"
BY_TIME = "its time"

# Table → what it holds, which setting says for how long, how it is forgotten.
KNOWN: Final[Mapping[str, tuple[str, str, str]]] = {
    "messages": ("what was said, word for word", "messages", BY_WISH_AND_TIME),
    "memories": ("what was to be kept in mind", "messages", BY_WISH_AND_TIME),
    "vectors": ("the meaning of what was said", "messages", BY_WISH_AND_TIME),
    "facts": ("what is held to be true", "messages", BY_WISH_AND_TIME),
    "sources": ("the words that facts are known from", "messages", BY_WISH_AND_TIME),
    "fact_changes": ("what became of facts", "messages", BY_WISH_AND_TIME),
    "concepts": ("names of people, places and things", "messages", BY_WISH_AND_TIME),
    "mentions": ("which message names whom", "messages", BY_WISH_AND_TIME),
    "relations": ("who belongs to whom", "messages", BY_WISH_AND_TIME),
    "merges": ("names that turned out to be one", "messages", BY_WISH_AND_TIME),
    "vault": ("secrets, sealed", "messages", BY_WISH_AND_TIME),
    "short_term": ("what was on the companion's mind", "short term", BY_WISH_AND_TIME),
    "conversations": ("calls and threads: when, with which number", "messages", BY_WISH_AND_TIME),
    "turns": ("how long each stage of a turn took", "traces", BY_WISH_AND_TIME),
    "deliveries": ("calls and texts that went out", "deliveries", BY_WISH_AND_TIME),
    "ai_model_usage": ("what models cost, without a word", "", BY_WISH),
    "documents": ("shared documents, as they are", "", BY_WISH),
    "document_updates": ("the changes of shared documents", "", BY_WISH),
    "sticky_notes": ("notes", "", BY_WISH),
    "events": ("what happened, by ids only", "events", BY_TIME),
    "jobs": ("work that was promised, by ids only", "", BY_TIME),
    "audit": ("what was decided, in a chain", "audit", BY_TIME),
    "tombstones": ("ids of what was forgotten", "", "never: they keep it gone"),
    "forgettings": ("receipts of forgettings", "", "never: they prove it"),
    "people": ("who is enrolled", "", "ringback people remove"),
    "numbers": ("their telephone numbers", "", "ringback people remove"),
    "credentials": ("sessions, devices, tokens, without their secrets", "", BY_ITS_OWN),
    "personality_settings": ("how the companion is to be", "", BY_ITS_OWN),
    "imports": ("files that are being brought in, by counts only", "", BY_WISH),
}

Count = Callable[[OwnerId], Awaitable[int]]


@dataclass(frozen=True, slots=True)
class Outside:
    """A store beside the database."""

    store: str
    holds: str
    rule: str  # of retention; empty: none
    forgotten_by: str
    count: Count


@dataclass(frozen=True, slots=True)
class StoreLine:
    """One store, and how much of a user it holds."""

    store: str
    holds: str
    count: int
    days: float | None
    forgotten_by: str


@dataclass(frozen=True, slots=True)
class ReportOfStores:
    """All of them at one moment."""

    owner_id: OwnerId
    at: Instant
    stores: Sequence[StoreLine]
    forgettings: int


class Reporting:
    """Counts; it changes nothing and shows no words."""

    def __init__(
        self,
        *,
        database: Database,
        clock: Clock,
        days: Mapping[str, float],
        outside: Sequence[Outside],
    ) -> None:
        self._database, self._clock = database, clock
        self._days, self._outside = dict(days), tuple(outside)

    async def report(self, owner_id: OwnerId) -> ReportOfStores:
        """Return every store with what it holds of one user; an empty one is named as well."""
        async with self._database.reading() as connection:
            lines = [
                await self._line(connection, owner_id, table)
                for table in metadata.tables.values()
                if "owner_id" in table.columns and table.name != "freshness"
            ]
            lines.append(await self._full_text(connection, owner_id))
        for each in self._outside:
            count = await each.count(owner_id)
            days = self._days.get(each.rule) if each.rule else None
            lines.append(StoreLine(each.store, each.holds, count, days, each.forgotten_by))
        receipts = next(line.count for line in lines if line.store == "forgettings")
        return ReportOfStores(owner_id, self._clock.now(), lines, receipts)

    async def _line(
        self, connection: AsyncConnection, owner_id: OwnerId, table: Table
    ) -> StoreLine:
        holds, rule, by = KNOWN.get(table.name, ("rows", "", BY_WISH))
        query = select(func.count()).select_from(table).where(table.c.owner_id == owner_id)
        count = int((await connection.execute(query)).scalar_one())
        return StoreLine(table.name, holds, count, self._days.get(rule) if rule else None, by)

    async def _full_text(self, connection: AsyncConnection, owner_id: OwnerId) -> StoreLine:
        table = "message_search_rows" if connection.dialect.name == "sqlite" else "message_search"
        query = text(f"SELECT count(*) FROM {table} WHERE owner_id = :owner")  # noqa: S608 - ours
        count = int((await connection.execute(query, {"owner": owner_id})).scalar_one())
        holds = "the words of what was said, to be found by"
        days = self._days.get("messages")
        return StoreLine("full text", holds, count, days, BY_WISH_AND_TIME)
