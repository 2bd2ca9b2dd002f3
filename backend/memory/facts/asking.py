"""Tells what is held, since when, and from whose words; what is over only when it is asked for."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, Select, Table, and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.kernel.clock import Clock, Instant
from backend.kernel.errors import Conflict, Missing
from backend.kernel.ids import OwnerId
from backend.memory.facts.moments import During, at_moment, likeliest, was_so
from backend.memory.facts.sameness import object_key
from backend.memory.facts.seconds import Stretch
from backend.memory.facts.store import change_of, own_names
from backend.memory.facts.types import (
    ONESELF,
    FactChange,
    FactView,
    Retraction,
    SourceView,
)
from backend.memory.facts.views import WITH_SOUND, source_of, stretch_of, view_of
from backend.memory.graph.types import folded
from backend.platform.cache import Cache, Wanted
from backend.platform.cache.engines.in_process import InProcessCache
from backend.platform.database.batches import batches, of_owner
from backend.platform.database.engine import Database
from backend.platform.database.tables import fact_changes, facts, sources
from backend.platform.forgetting.hiding import is_shown

LIST_MAX = 200
LATER_MAX = 8  # facts that begin or end while others of the same names are kept at hand
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

Cursor = tuple[int, str]  # when a fact was learnt, and its id


@dataclass(frozen=True, slots=True)
class _About:
    """What is asked of names again and again."""

    names: frozenset[str]
    predicates: frozenset[str]
    with_history: bool
    limit: int

    @property
    def read_max(self) -> int:
        """Return how many facts are read: a few more than are told, since some may end."""
        return min(self.limit + LATER_MAX, LIST_MAX)


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
        named = frozenset("" if folded(name) in own else name for name in names)
        if at is None:
            about = _About(named, frozenset(predicates), with_history, min(limit, LIST_MAX))
            return await self._about(owner_id, namespace, about)
        conditions = [*_of(named, predicates), *self._true(at, with_history)]
        return likeliest(await self._found(owner_id, namespace, conditions, limit))

    async def pinned(self, owner_id: OwnerId, namespace: str = "") -> Sequence[FactView]:
        """Return what is always at hand."""
        wanted = Wanted("pinned", (owner_id, namespace), ("facts",), owner_id)
        load = partial(self._pinned, owner_id=owner_id, namespace=namespace)
        return self._holding(await self._cache.get(wanted, load))

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
            return view_of(row, known.get(fact_id, ()))

    def has_lapsed(self, fact: FactView) -> bool:
        """Say whether it is over since a day that was said beforehand."""
        return fact.has_lapsed(self._clock.now())

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
        return [view_of(row, known.get(row.id, ())) for row in rows]

    async def stretch(
        self, owner_id: OwnerId, fact_id: str, message_id: str
    ) -> tuple[str, str, Stretch]:
        """Return a call, its recording's key, and the seconds in which these words were said."""
        query = WITH_SOUND.where(
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
        stretch = stretch_of(row)
        if stretch is None:
            raise Missing("It is not known at which second of the recording that was said.")
        return row.conversation_id, row.recording, stretch

    # ── reading ──────────────────────────────────────────────────────────────────────────────
    async def _about(self, owner_id: OwnerId, namespace: str, about: _About) -> Sequence[FactView]:
        """Return what is known of names as of now; nothing is read while nothing is written."""
        wanted = Wanted("about", (owner_id, namespace, about), ("facts",), owner_id)
        load = partial(self._read_about, owner_id=owner_id, namespace=namespace, about=about)
        found = await self._cache.get(wanted, load)
        if about.with_history:
            return found[: about.limit]
        holding = self._holding(found)
        if len(holding) >= about.limit or len(found) < about.read_max:
            return holding[: about.limit]
        conditions = [*_of(about.names, about.predicates), *self._true(None, with_history=False)]
        return await self._found(owner_id, namespace, conditions, about.limit)

    async def _read_about(
        self, connection: AsyncConnection, owner_id: OwnerId, namespace: str, about: _About
    ) -> tuple[FactView, ...]:
        """Read it with what is still to come, which begins without a write."""
        conditions = [*_of(about.names, about.predicates), *self._true(None, with_history=True)]
        if not about.with_history:
            conditions.append(_goes_on(self._clock.now()))
        query = _asked(owner_id, namespace, conditions, about.read_max)
        return tuple(await self._seen(connection, owner_id, query))

    def _holding(self, found: Sequence[FactView]) -> Sequence[FactView]:
        """Return what holds now."""
        now = self._clock.now()
        return [
            fact
            for fact in found
            if fact.valid_from <= now and (fact.valid_to is None or fact.valid_to > now)
        ]

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
        return [was_true, facts.c.valid_from <= now, _goes_on(now)]

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
        query = _asked(owner_id, namespace, conditions, limit, by_pin=by_pin)
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
        return [view_of(row, known.get(row.id, ())) for row in rows]

    async def _sources(
        self, connection: AsyncConnection, owner_id: OwnerId, fact_ids: Sequence[str]
    ) -> Mapping[str, tuple[SourceView, ...]]:
        found: dict[str, tuple[SourceView, ...]] = {}
        for batch in batches(fact_ids):
            rows = await connection.execute(
                WITH_SOUND.where(
                    of_owner(sources.c.fact_id, owner_id),
                    sources.c.fact_id.in_(batch),
                    sources.c.is_withdrawn.is_(False),
                ).order_by(sources.c.said_at.desc(), sources.c.id.desc())
            )
            for row in rows:
                views = found.get(row.fact_id, ())
                if len(views) < SOURCES_MAX:
                    found[row.fact_id] = (*views, source_of(row))
        return found


def _asked(
    owner_id: OwnerId,
    namespace: str,
    conditions: Sequence[ColumnElement[bool]],
    limit: int,
    *,
    by_pin: bool = True,
) -> Select[Any]:  # Any: a row of facts
    order = [facts.c.learnt_at.desc(), facts.c.id.desc()]
    if by_pin:
        order = [facts.c.is_pinned.desc(), facts.c.valid_from.desc(), *order]
    return (
        select(facts)
        .where(*_mine(owner_id, namespace), *conditions)
        .order_by(*order)
        .limit(min(limit, LIST_MAX))
    )


def _of(names: Collection[str], predicates: Collection[str]) -> Sequence[ColumnElement[bool]]:
    told = [facts.c.predicate.in_(sorted(predicates))] if predicates else []
    return [_is_named(names), *told]


def _goes_on(now: Instant) -> ColumnElement[bool]:
    return or_(facts.c.valid_to.is_(None), facts.c.valid_to > now)


def _mine(owner_id: OwnerId, namespace: str) -> tuple[ColumnElement[bool], ...]:
    return (
        facts.c.owner_id == owner_id,
        facts.c.namespace == namespace,
        is_shown(facts.c.learnt_at, owner_id),
    )


def _no_such(table: Table) -> Missing:
    what = {"facts": "fact", "merges": "merge"}.get(table.name, "change")
    return Missing(f"There is no such {what}.", cure="ringback facts list")


def _is_named(names: Collection[str]) -> ColumnElement[bool]:
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
