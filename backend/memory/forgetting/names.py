"""Names: who was spoken of, how they are related, and whoever nobody speaks of any more."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from sqlalchemy import ColumnElement, delete, exists, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.kernel.forgetting import Everything, Kind, Person, Scope, ids_of, things
from backend.kernel.ids import OwnerId
from backend.memory.forgetting.meant import bearing, meant, told_apart, unclear
from backend.memory.graph import Graph, GraphRows
from backend.platform.database.batches import (
    batches,
    count_named,
    count_rows,
    delete_named,
    of_owner,
)
from backend.platform.database.tables import concepts, facts, mentions, merges, messages, relations
from backend.platform.database.transaction import Transaction
from backend.platform.forgetting.port import Counts, Forgettable, Targets, Whole

GRAPH = "graph"
# What nobody said in a message, but on a page, bears its fact's id in the graph.
_OF_MESSAGE: Final = (("relations", relations), ("mentions", mentions))
_NAMING: Final = (mentions.c.concept_id, relations.c.subject_id, relations.c.object_id)


class Names(Forgettable):
    """The graph of what was said."""

    servers = (GRAPH,)
    is_patient = True

    def __init__(self, *, rows: GraphRows, graph: Graph) -> None:
        self._rows, self._graph = rows, graph

    async def meaning(self, connection: AsyncConnection, scope: Scope) -> Scope:
        """Return a wish for whoever is the only one of a name as one for that name.

        Of several it says who the others are.
        """
        person = await told_apart(connection, scope)
        return scope if person is None else replace(scope, what=person)

    async def weight(self, connection: AsyncConnection, scope: Scope) -> int:
        """Count the words that name somebody, as far as the graph has seen them."""
        if not isinstance(scope.what, Person):
            return 0
        named = await bearing(connection, scope)
        return await count_named(connection, scope.owner_id, mentions.c.concept_id, named)

    async def unclear(self, connection: AsyncConnection, scope: Scope) -> Targets:
        """Return the turns that only say a name which several bear."""
        return await unclear(connection, scope)

    async def closure(self, connection: AsyncConnection, scope: Scope, known: Targets) -> Targets:
        """Return whom the wish means, every word that speaks of them, and names left alone."""
        if isinstance(scope.what, Everything):
            return frozenset()
        found = await meant(connection, scope)
        asked = ids_of(found, Kind.CONCEPT)
        found |= await _speaking_of(connection, scope.owner_id, asked)
        return found | await _left_alone(connection, scope.owner_id, known)

    async def some(self, connection: AsyncConnection, whole: Whole, limit: int) -> Targets:
        """Return names that are left when no word is: the others go with their last word."""
        spoken = select(messages.c.id).where(
            messages.c.owner_id == whole.owner_id, messages.c.learnt_at <= whole.until
        )
        if (await connection.execute(spoken.limit(1))).first() is not None:
            return frozenset()
        alone = (
            select(concepts.c.id)
            .where(
                concepts.c.owner_id == whole.owner_id,
                concepts.c.created_at <= whole.until,
                *(~exists().where(column == concepts.c.id) for column in _NAMING),
            )
            .limit(limit)
        )
        return things(Kind.CONCEPT, (await connection.execute(alone)).scalars())

    async def amounts(self, connection: AsyncConnection, whole: Whole) -> Counts:
        """Count all names."""
        mine = concepts.c.owner_id == whole.owner_id
        return {"names": await count_rows(connection, concepts, mine)}

    async def forget(
        self, tx: Transaction, owner_id: OwnerId, targets: Targets, *, keeps_pinned: bool = False
    ) -> Counts:
        """Delete what messages say of names, and the names that are not said any more."""
        touched = {*ids_of(targets, Kind.CONCEPT)}
        removed = {"relations": 0, "mentions": 0}
        for batch in batches(ids_of(targets, Kind.MESSAGE, Kind.FACT)):
            touched |= await _named_in(tx.connection, owner_id, batch)
            await self._rows.reopen(tx, batch)
            for name, table in _OF_MESSAGE:
                removed[name] += await delete_named(tx, owner_id, table.c.message_id, batch)
        return removed | {"names": await _drop(tx, owner_id, sorted(touched))}

    async def hide(self, tx: Transaction, owner_id: OwnerId, targets: Targets) -> Counts:
        """Delete the names that nobody says any more, and all that links them to others."""
        removed = {"relations": 0, "mentions": 0, "names": 0}
        for batch in batches(ids_of(targets, Kind.CONCEPT)):
            for column in _NAMING:
                name = "mentions" if column.table is mentions else "relations"
                removed[name] += await delete_named(tx, owner_id, column, batch)
            removed["names"] += await _drop(tx, owner_id, batch)
        return removed

    async def forget_outside(self, owner_id: OwnerId, targets: Targets) -> Counts:
        """Delete it from a server; one that is away makes the job wait for it."""
        if said_in := ids_of(targets, Kind.MESSAGE, Kind.FACT):
            await self._graph.delete(said_in)
        return {}

    async def traces_outside(self, owner_id: OwnerId, targets: Targets) -> Counts:
        """Ask the server what it still has."""
        said_in = ids_of(targets, Kind.MESSAGE, Kind.FACT)
        return {GRAPH: await self._graph.known(said_in) if said_in else 0}

    async def traces(
        self, connection: AsyncConnection, owner_id: OwnerId, targets: Targets
    ) -> Counts:
        """Count what these messages have left in the graph."""
        said_in = ids_of(targets, Kind.MESSAGE, Kind.FACT)
        found = {
            name: await count_named(connection, owner_id, table.c.message_id, said_in)
            for name, table in _OF_MESSAGE
        }
        found["names"] = 0
        for batch in batches(ids_of(targets, Kind.CONCEPT)):
            # A name that words which stay speak of, maybe since a moment ago, is theirs.
            found["names"] += await count_rows(connection, concepts, *_unspoken(owner_id, batch))
        return found


async def _speaking_of(
    connection: AsyncConnection, owner_id: OwnerId, concept_ids: Sequence[str]
) -> Targets:
    """Return every message that names somebody, and the facts about them."""
    found: Targets = frozenset()
    for batch in batches(concept_ids):
        said = select(mentions.c.message_id).where(
            mentions.c.owner_id == owner_id, mentions.c.concept_id.in_(batch)
        )
        believed = select(facts.c.id).where(
            facts.c.owner_id == owner_id,
            or_(facts.c.subject_id.in_(batch), facts.c.object_id.in_(batch)),
        )
        found |= things(Kind.MESSAGE, (await connection.execute(said)).scalars())
        found |= things(Kind.FACT, (await connection.execute(believed)).scalars())
    return found


async def _named_in(
    connection: AsyncConnection, owner_id: OwnerId, message_ids: Sequence[str]
) -> set[str]:
    """Return the concepts that these messages speak of, or that are related because of them."""
    found: set[str] = set()
    for column in _NAMING:
        query = select(column).where(
            of_owner(column.table.c.message_id, owner_id),
            column.table.c.message_id.in_(message_ids),
        )
        found.update((await connection.execute(query)).scalars())
    return found


async def _left_alone(connection: AsyncConnection, owner_id: OwnerId, known: Targets) -> Targets:
    """Return the names that nobody speaks of once these messages are gone."""
    gone = set(ids_of(known, Kind.MESSAGE, Kind.FACT))
    named: set[str] = set()
    for batch in batches(sorted(gone)):
        named |= await _named_in(connection, owner_id, batch)
    alone = set(named)
    for batch in batches(sorted(named)):
        for column in _NAMING:
            query = select(column.label("concept_id"), column.table.c.message_id).where(
                of_owner(column, owner_id), column.in_(batch)
            )
            rows = await connection.execute(query)
            alone -= {row.concept_id for row in rows if row.message_id not in gone}
    return things(Kind.CONCEPT, alone)


def _unspoken(owner_id: OwnerId, batch: Sequence[str]) -> tuple[ColumnElement[bool], ...]:
    """Return what is true of those of some names that nothing speaks of."""
    named = (concepts.c.id.not_in(select(each).where(each.in_(batch))) for each in _NAMING)
    return of_owner(concepts.c.id, owner_id), concepts.c.id.in_(batch), *named


async def _drop(tx: Transaction, owner_id: OwnerId, concept_ids: Sequence[str]) -> int:
    """Delete the names among these that nothing speaks of."""
    removed = 0
    for batch in batches(concept_ids):
        dropped = await tx.execute(
            delete(concepts).where(*_unspoken(owner_id, batch)).returning(concepts.c.id)
        )
        gone = list(dropped.scalars())
        removed += len(gone)
        if not gone:
            continue
        for column in (merges.c.kept_id, merges.c.merged_id):
            await tx.execute(delete(merges).where(merges.c.owner_id == owner_id, column.in_(gone)))
        for name in ("subject_id", "object_id"):
            await tx.execute(
                update(facts)
                .where(facts.c.owner_id == owner_id, facts.c[name].in_(gone))
                .values({name: ""})
            )
        await tx.execute(
            update(concepts)
            .where(concepts.c.owner_id == owner_id, concepts.c.merged_into.in_(gone))
            .values(merged_into="")
        )
    return removed
