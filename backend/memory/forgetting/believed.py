"""What is believed: it falls with the words it is known from, and takes those with it.

Facts follow from their sources. So a fact that loses one of several is worked out anew from those
that are left, with the confidence that they give; one that loses all is gone.
"""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Select, delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.kernel.clock import Instant
from backend.kernel.forgetting import (
    Everything,
    Kind,
    OneThing,
    Person,
    Scope,
    Things,
    ids_of,
    things,
)
from backend.kernel.ids import OwnerId
from backend.memory.facts.predicates import KIN
from backend.memory.facts.sameness import object_key
from backend.memory.facts.service import Facts
from backend.memory.facts.store import Memoir
from backend.memory.facts.types import ONESELF
from backend.memory.forgetting.meant import identity
from backend.memory.graph.types import folded
from backend.platform.database.batches import (
    batches,
    count_named,
    count_rows,
    delete_named,
    of_owner,
)
from backend.platform.database.tables import fact_changes, facts, sources
from backend.platform.database.transaction import Transaction
from backend.platform.forgetting.hiding import is_leaving
from backend.platform.forgetting.port import (
    Counts,
    Example,
    Forgettable,
    Targets,
    Whole,
    shortened,
)

Place = tuple[str, str]
"""Where facts are worked out anew: a namespace, and a subject's folded name."""


class BelievedFacts(Forgettable):
    """Facts, their sources, and everything that became of them."""

    def __init__(self, *, facts: Facts) -> None:
        self._facts = facts

    async def closure(self, connection: AsyncConnection, scope: Scope, known: Targets) -> Targets:
        """Return facts that are meant or left without a source, and the words that say them."""
        if isinstance(scope.what, Everything):
            return frozenset()
        found = await _wanted(connection, scope)
        wanted = found | things(Kind.FACT, ids_of(known, Kind.FACT))
        said: Targets = frozenset()
        for batch in batches(ids_of(wanted, Kind.FACT)):
            query = select(sources.c.message_id).where(
                of_owner(sources.c.fact_id, scope.owner_id), sources.c.fact_id.in_(batch)
            )
            said |= things(Kind.MESSAGE, (await connection.execute(query)).scalars())
        return found | said | await _left_without(connection, scope.owner_id, known | said)

    async def spared(
        self, connection: AsyncConnection, owner_id: OwnerId, targets: Targets
    ) -> Targets:
        """Return facts that are known from more by now than the words that go."""
        gone, spared = set(ids_of(targets, Kind.MESSAGE)), set[str]()
        for batch in batches(ids_of(targets, Kind.FACT)):
            query = select(sources.c.fact_id, sources.c.message_id).where(
                of_owner(sources.c.fact_id, owner_id), sources.c.fact_id.in_(batch)
            )
            rows = await connection.execute(query)
            spared |= {row.fact_id for row in rows if row.message_id not in gone | {""}}
        return things(Kind.FACT, spared)

    async def some(self, connection: AsyncConnection, whole: Whole, limit: int) -> Targets:
        """Return some of all facts."""
        query = select(facts.c.id).where(*_learnt(whole)).limit(limit)
        return things(Kind.FACT, (await connection.execute(query)).scalars())

    async def amounts(self, connection: AsyncConnection, whole: Whole) -> Counts:
        """Count all facts."""
        return {"facts": await count_rows(connection, facts, *_learnt(whole))}

    async def forget(
        self, tx: Transaction, owner_id: OwnerId, targets: Targets, *, keeps_pinned: bool = False
    ) -> Counts:
        """Delete sources and what only they said; work the rest out anew."""
        message_ids, fact_ids = ids_of(targets, Kind.MESSAGE), ids_of(targets, Kind.FACT)
        touched, lost = set[Place](), set[str](fact_ids)
        removed = {"facts": 0, "sources": 0, "changes of facts": 0}
        for column, ids in ((sources.c.message_id, message_ids), (sources.c.fact_id, fact_ids)):
            for batch in batches(ids):
                condition = [of_owner(column, owner_id), column.in_(batch)]
                if keeps_pinned:
                    condition.append(sources.c.fact_id.not_in(_pinned(owner_id)))
                gone = await tx.execute(
                    delete(sources)
                    .where(*condition)
                    .returning(sources.c.fact_id, sources.c.namespace, sources.c.name_key)
                )
                for row in gone.all():
                    removed["sources"] += 1
                    touched.add((row.namespace, row.name_key))
                    lost.add(row.fact_id)
        empty = await _without_sources(tx.connection, owner_id, sorted(lost), set(fact_ids))
        removed["facts"] = await delete_named(tx, owner_id, facts.c.id, empty)
        removed["changes of facts"] += await _unwrite(tx, owner_id, message_ids, empty)
        if await is_leaving(tx.connection, owner_id):
            return removed  # nothing is left to be worked out, and each part would do so with all
        await _outlive(tx, owner_id, empty)
        for namespace in sorted({namespace for namespace, _ in touched}):
            names = [name for within, name in touched if within == namespace]
            await self._facts.work_out(tx, Memoir(owner_id, namespace), names)
        return removed

    async def traces(
        self, connection: AsyncConnection, owner_id: OwnerId, targets: Targets
    ) -> Counts:
        """Count what is left of these facts and of what these messages said."""
        message_ids, fact_ids = ids_of(targets, Kind.MESSAGE), ids_of(targets, Kind.FACT)
        places = (
            ("facts", facts.c.id, fact_ids),
            ("sources", sources.c.message_id, message_ids),
            ("changes of facts", fact_changes.c.fact_id, fact_ids),
        )
        return {
            name: await count_named(connection, owner_id, column, ids)
            for name, column, ids in places
        }

    async def examples(
        self, connection: AsyncConnection, owner_id: OwnerId, targets: Targets, limit: int
    ) -> list[Example]:
        """Return the first of the facts."""
        rows = await connection.execute(
            select(facts.c.statement, facts.c.learnt_at)
            .where(
                of_owner(facts.c.id, owner_id), facts.c.id.in_(ids_of(targets, Kind.FACT)[:limit])
            )
            .order_by(facts.c.learnt_at, facts.c.id)
        )
        return [Example("fact", shortened(row.statement), Instant(row.learnt_at)) for row in rows]


async def _wanted(connection: AsyncConnection, scope: Scope) -> Targets:
    """Return the facts that the wish itself names."""
    what = scope.what
    mine = select(facts.c.id).where(facts.c.owner_id == scope.owner_id)
    if isinstance(what, Things):
        return await _named(connection, mine, ids_of(what.targets, Kind.FACT))
    if chosen := await identity(connection, scope):
        return await _of_one(connection, scope.owner_id, *chosen)
    if isinstance(what, OneThing) and what.target.kind is Kind.FACT:
        # What was merged into it says the same.
        query = mine.where(
            or_(
                facts.c.id == what.target.id,
                (facts.c.superseded_by == what.target.id) & (facts.c.retracted_as == "merged"),
            )
        )
    elif isinstance(what, Person) and folded(what.name):
        name = folded(what.name)
        is_named = or_(facts.c.subject_key == name, facts.c.object_key == object_key(name))
        query = mine.where(is_named)
    else:
        return frozenset()
    return things(Kind.FACT, (await connection.execute(query)).scalars())


async def _of_one(connection: AsyncConnection, owner_id: OwnerId, name: str, which: str) -> Targets:
    """Return facts of one of several with a name: about them, or saying that it is them."""
    query = select(facts).where(
        facts.c.owner_id == owner_id,
        or_(facts.c.subject_key == name, facts.c.object_key == object_key(name)),
    )
    found = set[str]()
    for row in await connection.execute(query):
        is_about = row.subject_key == name and folded(row.qualifier) == which
        is_kin = row.subject == ONESELF and row.predicate in KIN and row.predicate == which
        if is_about or (is_kin and row.object_key == object_key(name)):
            found.add(row.id)
    return things(Kind.FACT, found)


async def _named(
    connection: AsyncConnection, mine: Select[str], fact_ids: Sequence[str]
) -> Targets:
    """Return facts with what was merged into them: it says the same."""
    found: set[str] = set()
    for batch in batches(fact_ids):
        merged = facts.c.superseded_by.in_(batch) & (facts.c.retracted_as == "merged")
        query = mine.where(or_(facts.c.id.in_(batch), merged))
        found.update((await connection.execute(query)).scalars())
    return things(Kind.FACT, found)


async def _left_without(connection: AsyncConnection, owner_id: OwnerId, known: Targets) -> Targets:
    """Return the facts that nothing says any more once these messages are gone."""
    gone, touched = set(ids_of(known, Kind.MESSAGE)), set[str]()
    for batch in batches(sorted(gone)):
        query = select(sources.c.fact_id).where(
            of_owner(sources.c.message_id, owner_id), sources.c.message_id.in_(batch)
        )
        touched.update((await connection.execute(query)).scalars())
    left = set(touched)
    for batch in batches(sorted(touched)):
        query = select(sources.c.fact_id, sources.c.message_id).where(
            of_owner(sources.c.fact_id, owner_id), sources.c.fact_id.in_(batch)
        )
        rows = await connection.execute(query)
        left -= {row.fact_id for row in rows if row.message_id not in gone}
    return things(Kind.FACT, left)


async def _without_sources(
    connection: AsyncConnection, owner_id: OwnerId, fact_ids: Sequence[str], wanted: set[str]
) -> list[str]:
    """Return those of these facts that have no source left, and those that are wanted gone."""
    alive: set[str] = set()
    for batch in batches(fact_ids):
        query = select(sources.c.fact_id).where(
            of_owner(sources.c.fact_id, owner_id), sources.c.fact_id.in_(batch)
        )
        alive.update((await connection.execute(query)).scalars())
    return [each for each in fact_ids if each and (each in wanted or each not in alive)]


async def _outlive(tx: Transaction, owner_id: OwnerId, fact_ids: Sequence[str]) -> None:
    """Take the names of what is gone from the facts whose place it had taken."""
    for batch in batches(fact_ids):
        await tx.execute(
            update(facts)
            .where(facts.c.owner_id == owner_id, facts.c.superseded_by.in_(batch))
            .values(superseded_by="")
        )


async def _unwrite(
    tx: Transaction, owner_id: OwnerId, message_ids: Sequence[str], fact_ids: Sequence[str]
) -> int:
    """Delete what was noted of changes; their details may repeat what somebody said."""
    said = await delete_named(tx, owner_id, fact_changes.c.message_id, message_ids)
    return said + await delete_named(tx, owner_id, fact_changes.c.fact_id, fact_ids)


def _learnt(whole: Whole) -> tuple[ColumnElement[bool], ...]:
    return facts.c.owner_id == whole.owner_id, facts.c.learnt_at <= whole.until


def _pinned(owner_id: OwnerId) -> Select[tuple[str]]:
    return select(facts.c.id).where(facts.c.owner_id == owner_id, facts.c.is_pinned)
