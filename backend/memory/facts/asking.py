"""Tells what is held, since when, and from whose words; what is over only when it is asked for."""

import re
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, Table, and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.kernel.clock import Clock, Instant
from backend.kernel.errors import Conflict, Missing
from backend.kernel.ids import OwnerId
from backend.kernel.people import Assurance
from backend.memory.archive.store import batches
from backend.memory.facts.moments import During, at_moment, likeliest, was_so
from backend.memory.facts.sameness import object_key
from backend.memory.facts.seconds import Stretch, seconds_of
from backend.memory.facts.store import change_of, own_names
from backend.memory.facts.types import (
    ONESELF,
    FactChange,
    FactView,
    Retraction,
    SaidBy,
    SourceView,
)
from backend.memory.graph.types import folded
from backend.platform.cache import Cache, Wanted
from backend.platform.cache.engines.in_process import InProcessCache
from backend.platform.database.engine import Database
from backend.platform.database.tables import (
    conversations,
    fact_changes,
    facts,
    messages,
    sources,
    turns,
)
from backend.platform.forgetting.hiding import is_shown

LIST_MAX = 200
ID_CHARACTERS = 36
ENDING = re.compile(r"[0-9a-f-]{6,35}")
SOURCES_MAX = 20  # of one fact, the newest: enough to say how we know
CHANGES_MAX = 200
NEVER_TRUE = (  # what was taken back is no history: it never was so
    Retraction.CORRECTED.value,
    Retraction.DENIED.value,
    Retraction.MERGED.value,
    Retraction.REFUSED.value,
    Retraction.WITHDRAWN.value,
)
_WITH_SOUND = (
    select(
        sources,
        conversations.c.recording,
        conversations.c.recording_from_ms,
        turns.c.details.label("turn_details"),
    )
    .outerjoin(
        conversations,
        and_(
            conversations.c.id == sources.c.conversation_id,
            conversations.c.owner_id == sources.c.owner_id,
        ),
    )
    .outerjoin(
        messages,
        and_(messages.c.id == sources.c.message_id, messages.c.owner_id == sources.c.owner_id),
    )
    .outerjoin(
        turns, and_(turns.c.id == messages.c.turn_id, turns.c.owner_id == sources.c.owner_id)
    )
)

Cursor = tuple[int, str]  # when a fact was learnt, and its id


class Asking:
    """Reads facts; nothing here changes any."""

    def __init__(self, database: Database, clock: Clock, cache: Cache | None = None) -> None:
        self._database, self._clock = database, clock
        self._cache = InProcessCache(database=database, clock=clock) if cache is None else cache

    async def about(  # noqa: PLR0913 - what can be asked of facts, each named
        self,
        owner_id: OwnerId,
        namespace: str = "",
        *,
        names: Sequence[str],
        predicates: Sequence[str] = (),
        at: Instant | During | None = None,
        with_history: bool = False,
        limit: int = 20,
    ) -> Sequence[FactView]:
        """Return what is known of names ("" is the owner), pinned facts first.

        Only what holds now, or what held at a moment or within a day, a month, a year; with history
        also what is over, the newest first. What was never true is never told.
        """
        own = await self._own(owner_id)
        conditions = [_is_named({"" if folded(name) in own else name for name in names})]
        if predicates:
            conditions.append(facts.c.predicate.in_(list(predicates)))
        found = await self._found(
            owner_id, namespace, [*conditions, *self._true(at, with_history)], limit
        )
        return found if at is None else likeliest(found)

    async def pinned(self, owner_id: OwnerId, namespace: str = "") -> Sequence[FactView]:
        """Return what is always at hand."""
        wanted = Wanted("pinned", (owner_id, namespace), ("facts",), owner_id)
        load = partial(self._pinned, owner_id=owner_id, namespace=namespace)
        now = self._clock.now()
        return [
            fact
            for fact in await self._cache.get(wanted, load)
            if fact.valid_from <= now and (fact.valid_to is None or fact.valid_to > now)
        ]

    async def _pinned(
        self, connection: AsyncConnection, owner_id: OwnerId, namespace: str
    ) -> tuple[FactView, ...]:
        """Read what is pinned, with what is over or still to come: both change without a write."""
        conditions = [facts.c.is_pinned, *self._true(None, with_history=True)]
        return await self._found_in(connection, owner_id, namespace, conditions)

    async def list(
        self,
        owner_id: OwnerId,
        namespace: str = "",
        *,
        at: Instant | None = None,
        with_history: bool = False,
        before: Cursor | None = None,
        limit: int = 50,
    ) -> Sequence[FactView]:
        """Return facts, those that were learnt last first; `before` is the last one's cursor."""
        conditions = [*self._true(at, with_history)]
        if before is not None:
            learnt_at, fact_id = before
            same_moment = and_(facts.c.learnt_at == learnt_at, facts.c.id < fact_id)
            conditions.append(or_(facts.c.learnt_at < learnt_at, same_moment))
        return await self._found(owner_id, namespace, conditions, limit, by_pin=False)

    async def count(
        self, owner_id: OwnerId, namespace: str = "", *, name: str | None = None
    ) -> int:
        """Return how many facts hold now; of a name alone when there is one ("" is the owner)."""
        conditions = [facts.c.owner_id == owner_id, facts.c.namespace == namespace]
        if name is not None:
            conditions.append(
                _is_named({"" if folded(name) in await self._own(owner_id) else name})
            )
        query = select(func.count()).where(*conditions, *self._true(None, with_history=False))
        async with self._database.reading() as connection:
            return int((await connection.execute(query)).scalar_one())

    async def get(self, owner_id: OwnerId, fact_id: str) -> FactView:
        """Return one fact, whatever became of it."""
        async with self._database.reading() as connection:
            query = select(facts).where(facts.c.owner_id == owner_id, facts.c.id == fact_id)
            row = (await connection.execute(query)).one_or_none()
            if row is None:
                raise _no_such(facts)
            known = await self._sources(connection, owner_id, [fact_id])
            return _view(row, known.get(fact_id, ()))

    async def full_id(self, owner_id: OwnerId, name: str, *, of: Table = facts) -> str:
        """Return the id that ends so: people copy its end, since ids of one moment begin alike."""
        if len(name) >= ID_CHARACTERS:
            return name
        if ENDING.fullmatch(name) is None:
            raise _no_such(of)
        ends_so = of.c.owner_id == owner_id, of.c.id.endswith(name, autoescape=True)
        async with self._database.reading() as connection:
            found = (await connection.execute(select(of.c.id).where(*ends_so).limit(2))).all()
        if not found:
            raise _no_such(of)
        if len(found) > 1:
            raise Conflict("More than one ends so.", cure="give more of its id")
        return str(found[0].id)

    async def sources(self, owner_id: OwnerId, fact_id: str) -> tuple[SourceView, ...]:
        """Return the words that a fact is known from, the newest first."""
        return (await self.get(owner_id, fact_id)).sources

    async def history(self, owner_id: OwnerId, fact_id: str) -> Sequence[FactChange]:
        """Return everything that became of a fact, in order."""
        query = (
            select(fact_changes)
            .where(fact_changes.c.owner_id == owner_id, fact_changes.c.fact_id == fact_id)
            .order_by(fact_changes.c.at, fact_changes.c.id)
            .limit(CHANGES_MAX)
        )
        async with self._database.reading() as connection:
            return [change_of(row) for row in await connection.execute(query)]

    async def former(self, owner_id: OwnerId, fact_id: str) -> Sequence[FactView]:
        """Return what filled the same place before a fact did, the newest first."""
        fact = await self.get(owner_id, fact_id)
        async with self._database.reading() as connection:
            slot = select(facts.c.slot).where(facts.c.id == fact_id, facts.c.owner_id == owner_id)
            query = (
                select(facts)
                .where(
                    facts.c.owner_id == owner_id,
                    facts.c.subject_key == folded(fact.subject),
                    facts.c.slot == slot.scalar_subquery(),
                    facts.c.id != fact_id,
                    facts.c.valid_to.is_not(None),
                    # "Since May" may begin before what it takes the place of was told.
                    or_(facts.c.valid_from <= fact.valid_from, facts.c.superseded_by == fact_id),
                    facts.c.retracted_as.not_in(NEVER_TRUE),
                )
                .order_by(facts.c.valid_from.desc(), facts.c.id)
                .limit(LIST_MAX)
            )
            rows = [
                row
                for row in await connection.execute(query)
                if folded(row.qualifier) == folded(fact.qualifier)
            ]
            known = await self._sources(connection, owner_id, [row.id for row in rows])
        return [_view(row, known.get(row.id, ())) for row in rows]

    async def stretch(
        self, owner_id: OwnerId, fact_id: str, message_id: str
    ) -> tuple[str, str, Stretch]:
        """Return a call, its recording's key, and the seconds in which these words were said."""
        query = _WITH_SOUND.where(
            sources.c.owner_id == owner_id,
            sources.c.fact_id == fact_id,
            sources.c.message_id == message_id,
        )
        async with self._database.reading() as connection:
            row = (await connection.execute(query.limit(1))).one_or_none()
        if row is None:
            raise Missing("There is no such source of this fact.", cure="ringback facts show FACT")
        if not row.recording:
            raise Missing("That was not said on a call that is recorded.")
        stretch = _stretch(row)
        if stretch is None:
            raise Missing("It is not known at which second of the recording that was said.")
        return row.conversation_id, row.recording, stretch

    # ── reading ──────────────────────────────────────────────────────────────────────────────
    def _true(
        self, at: Instant | During | None, with_history: bool
    ) -> Sequence[ColumnElement[bool]]:
        """Return what makes a fact one that is told."""
        was_true = facts.c.retracted_as.not_in(NEVER_TRUE)
        if with_history:
            return [was_true]
        if at is not None:
            return [was_true, was_so(at if isinstance(at, During) else at_moment(at))]
        now = self._clock.now()
        goes_on = or_(facts.c.valid_to.is_(None), facts.c.valid_to > now)
        return [was_true, facts.c.valid_from <= now, goes_on]

    async def _own(self, owner_id: OwnerId) -> frozenset[str]:
        wanted = Wanted("own names", owner_id, ("people",), owner_id)
        return await self._cache.get(wanted, partial(own_names, owner_id=owner_id))

    async def _found(
        self,
        owner_id: OwnerId,
        namespace: str,
        conditions: Sequence[ColumnElement[bool]],
        limit: int,
        *,
        by_pin: bool = True,
    ) -> Sequence[FactView]:
        order = [facts.c.learnt_at.desc(), facts.c.id.desc()]
        if by_pin:
            order = [facts.c.is_pinned.desc(), facts.c.valid_from.desc(), *order]
        query = (
            select(facts)
            .where(*_mine(owner_id, namespace), *conditions)
            .order_by(*order)
            .limit(min(limit, LIST_MAX))
        )
        async with self._database.reading() as connection:
            return await self._seen(connection, owner_id, query)

    async def _found_in(
        self,
        connection: AsyncConnection,
        owner_id: OwnerId,
        namespace: str,
        conditions: Sequence[ColumnElement[bool]],
    ) -> tuple[FactView, ...]:
        query = (
            select(facts)
            .where(*_mine(owner_id, namespace), *conditions)
            .order_by(facts.c.valid_from.desc(), facts.c.learnt_at.desc(), facts.c.id.desc())
            .limit(LIST_MAX)
        )
        return tuple(await self._seen(connection, owner_id, query))

    async def _seen(
        self, connection: AsyncConnection, owner_id: OwnerId, query: Select[Any]
    ) -> Sequence[FactView]:  # Any: a row of facts
        rows = (await connection.execute(query)).all()
        known = await self._sources(connection, owner_id, [row.id for row in rows])
        return [_view(row, known.get(row.id, ())) for row in rows]

    async def _sources(
        self, connection: AsyncConnection, owner_id: OwnerId, fact_ids: Sequence[str]
    ) -> Mapping[str, tuple[SourceView, ...]]:
        found: dict[str, tuple[SourceView, ...]] = {}
        for batch in batches(fact_ids):
            rows = await connection.execute(
                _WITH_SOUND.where(
                    sources.c.owner_id == owner_id,
                    sources.c.fact_id.in_(batch),
                    sources.c.is_withdrawn.is_(False),
                ).order_by(sources.c.said_at.desc(), sources.c.id.desc())
            )
            for row in rows:
                views = found.get(row.fact_id, ())
                if len(views) < SOURCES_MAX:
                    found[row.fact_id] = (*views, _source(row))
        return found


def _mine(owner_id: OwnerId, namespace: str) -> tuple[ColumnElement[bool], ...]:
    return (
        facts.c.owner_id == owner_id,
        facts.c.namespace == namespace,
        is_shown(facts.c.learnt_at, owner_id),
    )


def _no_such(table: Table) -> Missing:
    what = {"facts": "fact", "merges": "merge"}.get(table.name, "change")
    return Missing(f"There is no such {what}.", cure="ringback facts list")


def _is_named(names: set[str]) -> ColumnElement[bool]:
    """Return whose facts are asked for: by name, by which of several they are, or as an object."""
    keys = sorted({folded(name) for name in names})
    others = [key for key in keys if key != ONESELF]
    told = facts.c.subject_key.in_(keys)
    if not others:
        return told
    return or_(
        told,
        func.lower(facts.c.qualifier).in_(others),
        facts.c.object_key.in_([object_key(name) for name in others]),
    )


def _view(row: Row[Any], known: tuple[SourceView, ...]) -> FactView:  # Any: SQLAlchemy's row
    return FactView(
        id=row.id,
        subject=row.subject,
        predicate=row.predicate,
        object=row.object,
        statement=row.statement,
        confidence=row.confidence,
        said_by=SaidBy(row.said_by),
        assurance=Assurance(row.assurance),
        is_pinned=row.is_pinned,
        valid_from=Instant(row.valid_from),
        valid_to=None if row.valid_to is None else Instant(row.valid_to),
        learnt_at=Instant(row.learnt_at),
        retracted_at=None if row.retracted_at is None else Instant(row.retracted_at),
        retracted_as=row.retracted_as,
        superseded_by=row.superseded_by,
        sources=known,
        qualifier=row.qualifier,
    )


def _source(row: Row[Any]) -> SourceView:  # Any: SQLAlchemy's row
    stretch = _stretch(row)
    return SourceView(
        id=row.id,
        message_id=row.message_id,
        quote=row.quote,
        speaker=row.speaker,
        channel=row.channel,
        assurance=Assurance(row.assurance),
        said_at=Instant(row.said_at),
        conversation_id=row.conversation_id,
        second=None if stretch is None else stretch[0],
        has_recording=bool(row.recording) and stretch is not None,
        is_ended=row.is_ended,
    )


def _stretch(row: Row[Any]) -> Stretch | None:  # Any: SQLAlchemy's row
    """Return the seconds of the recording in which somebody's turn was said."""
    known = seconds_of(row.turn_details, row.recording_from_ms) if row.recording else None
    if known is not None or row.second is None:
        return known
    return row.second, row.second
