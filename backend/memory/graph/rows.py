"""The graph's truth: concepts, mentions and relations as rows beside the messages."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import Row, delete, func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.kernel.ids import Ids, OwnerId
from backend.memory.graph.leaving import leave, left_by
from backend.memory.graph.merged import merged_names
from backend.memory.graph.types import (
    Concept,
    ConceptKind,
    Edge,
    MessageConcepts,
    Weighed,
    asked,
    folded,
)
from backend.memory.graph.validity import alike, ends
from backend.platform.database.batches import batches
from backend.platform.database.tables import concepts, mentions, relations
from backend.platform.database.transaction import Transaction

Told = Mapping[str, str]
Stretch = tuple[int, int | None]  # since when, and until when
Standing = dict[tuple[str, str, str], dict[str, Stretch]]  # subject, object, message → by predicate
NAMED_KINDS = ("person", "place")


async def _standing(tx: Transaction, edges: Sequence[Edge]) -> Standing:
    """Return what the same words are known to say by now."""
    found: Standing = {}
    owners = sorted({edge.owner_id for edge in edges})
    for batch in batches(sorted({edge.message_id for edge in edges})):
        mine = relations.c.owner_id.in_(owners), relations.c.message_id.in_(batch)
        for row in await tx.execute(select(relations).where(*mine)):
            place = row.subject_id, row.object_id, row.message_id
            found.setdefault(place, {})[row.predicate] = row.valid_from, row.valid_to
    return found


def _stands(said: Mapping[str, Stretch], edge: Edge) -> bool:
    """Say whether all that is said of two concepts is what an edge says of them already."""
    if edge.is_gone:
        return not said
    is_told = said.get(edge.predicate) == (edge.valid_from, edge.valid_to)
    return is_told and all(until == edge.valid_to for _, until in said.values())


def _ends(edges: Sequence[Edge]) -> list[tuple[OwnerId, Concept]]:
    """Return what edges link, each once."""
    ends = [(edge.owner_id, each) for edge in edges for each in (edge.subject, edge.object)]
    return list(dict.fromkeys(ends))


class GraphRows:
    """Writes in the caller's transaction."""

    def __init__(self, ids: Ids) -> None:
        self._ids = ids

    async def names(self, connection: AsyncConnection, owner_id: OwnerId, limit: int) -> list[str]:
        """Return the names of people and places that were spoken of most."""
        found = await self.weighed(connection, owner_id, limit, kinds=NAMED_KINDS)
        return list(dict.fromkeys(each.concept.name for each in found))

    async def weighed(
        self,
        connection: AsyncConnection,
        owner_id: OwnerId,
        limit: int,
        *,
        kinds: Collection[str] = tuple(ConceptKind),
    ) -> list[Weighed]:
        """Return concepts by importance: the weight of all that was said of them."""
        weight = func.sum(mentions.c.weight)
        query = (
            select(concepts.c.kind, concepts.c.name, concepts.c.qualifier, weight.label("weight"))
            .join(mentions, mentions.c.concept_id == concepts.c.id)
            .where(
                concepts.c.owner_id == owner_id,
                mentions.c.owner_id == owner_id,
                concepts.c.kind.in_(kinds),
            )
            .group_by(concepts.c.id, concepts.c.kind, concepts.c.name, concepts.c.qualifier)
            .order_by(weight.desc(), concepts.c.id)
            .limit(limit)
        )
        return [
            Weighed(Concept(ConceptKind(row.kind), row.name, row.qualifier), float(row.weight))
            for row in await connection.execute(query)
        ]

    async def count(self, connection: AsyncConnection) -> int:
        """Return how many relations there are, of all owners."""
        found = await connection.execute(select(func.count()).select_from(relations))
        return int(found.scalar_one())

    async def write(self, tx: Transaction, items: Sequence[MessageConcepts]) -> None:
        """Keep what messages name and relate; a second time changes nothing."""
        insert = sqlite.insert if tx.dialect == "sqlite" else postgresql.insert
        for item in items:
            known = {
                mention.concept: await self._concept(tx, item.owner_id, mention.concept)
                for mention in item.extracted.mentions
            }
            if left := await left_by(tx, item, set(known.values())):
                await self.reopen(tx, [item.message_id])
                await leave(tx, item, left)
            for mention in item.extracted.mentions:
                await tx.execute(
                    insert(mentions)
                    .values(
                        concept_id=known[mention.concept],
                        message_id=item.message_id,
                        owner_id=item.owner_id,
                        weight=mention.weight,
                    )
                    .on_conflict_do_nothing()
                )
            for relation in item.extracted.relations:
                await tx.execute(
                    insert(relations)
                    .values(
                        id=self._ids.new(),
                        owner_id=item.owner_id,
                        subject_id=known[relation.subject],
                        predicate=relation.predicate,
                        object_id=known[relation.object],
                        message_id=item.message_id,
                        valid_from=item.said_at,
                        learnt_at=tx.at,
                    )
                    .on_conflict_do_nothing()
                )
                await self._settle(tx, item.owner_id, known[relation.subject], relation.predicate)

    async def mirror(self, tx: Transaction, edges: Sequence[Edge]) -> list[tuple[str, str]]:
        """Keep what facts say of two concepts, and until when; what was never so goes.

        Returns the ids of the two of each, in order. What stands there already is not written.
        """
        between_whom: list[tuple[str, str]] = []
        told: dict[tuple[str, str, str], dict[str, str]] = {}  # by the same words: object → said as
        known = await self._of_edges(tx, edges)
        standing = await _standing(tx, edges)
        for edge in edges:
            subject_id = known[edge.owner_id, edge.subject]
            object_id = known[edge.owner_id, edge.object]
            between_whom.append((subject_id, object_id))
            place = subject_id, object_id, edge.message_id
            if not edge.is_gone:
                same_words = edge.owner_id, subject_id, edge.message_id
                told.setdefault(same_words, {})[object_id] = edge.predicate
            if "" in place[:2] or _stands(standing.get(place, {}), edge):
                continue
            await self._tell(tx, edge, subject_id, object_id)
            # What was written is not read again: whatever else is told of these two is written too.
            standing[place] = {"": (0, None)}
        await self._only(tx, told, standing)
        return between_whom

    async def _of_edges(
        self, tx: Transaction, edges: Sequence[Edge]
    ) -> dict[tuple[OwnerId, Concept], str]:
        """Return the ids of all concepts of edges; "" of one that only what was never so names."""
        told = [edge for edge in edges if not edge.is_gone]
        known = {each: await self._concept(tx, *each) for each in _ends(told)}
        for each in _ends(edges):
            if each not in known:  # nobody gets a name by what was never so
                known[each] = await self._found(tx, *each)
        return known

    async def _tell(self, tx: Transaction, edge: Edge, subject_id: str, object_id: str) -> None:
        # Whatever else the same words said of these two is over with it.
        between = (
            relations.c.owner_id == edge.owner_id,
            relations.c.subject_id == subject_id,
            relations.c.object_id == object_id,
            relations.c.message_id == edge.message_id,
        )
        if edge.is_gone:
            await tx.execute(delete(relations).where(*between))
            return
        insert = sqlite.insert if tx.dialect == "sqlite" else postgresql.insert
        added = insert(relations).values(
            id=self._ids.new(),
            owner_id=edge.owner_id,
            subject_id=subject_id,
            predicate=edge.predicate,
            object_id=object_id,
            message_id=edge.message_id,
            valid_from=edge.valid_from,
            valid_to=edge.valid_to,
            learnt_at=tx.at,
        )
        await tx.execute(
            added.on_conflict_do_update(
                index_elements=[
                    relations.c.subject_id,
                    relations.c.predicate,
                    relations.c.object_id,
                    relations.c.message_id,
                ],
                set_={"valid_from": edge.valid_from, "valid_to": edge.valid_to},
            )
        )
        await tx.execute(update(relations).where(*between).values(valid_to=edge.valid_to))

    async def _only(
        self, tx: Transaction, told: Mapping[tuple[str, str, str], Told], standing: Standing
    ) -> None:
        """Drop what the same words were taken to say otherwise: Rome, where "Rome, Italy" is so."""
        stood: dict[tuple[str, str], list[tuple[str, str]]] = {}
        for (subject_id, object_id, message_id), said in standing.items():
            stood.setdefault((subject_id, message_id), []).extend(
                (object_id, predicate) for predicate in said
            )
        for (owner_id, subject_id, message_id), objects in told.items():
            predicates = frozenset[str]().union(*map(alike, objects.values()))
            others = (
                object_id
                for object_id, predicate in stood.get((subject_id, message_id), ())
                if predicate in predicates and object_id not in objects
            )
            if any(others):
                await tx.execute(
                    delete(relations).where(
                        relations.c.owner_id == owner_id,
                        relations.c.subject_id == subject_id,
                        relations.c.message_id == message_id,
                        relations.c.predicate.in_(sorted(predicates)),
                        relations.c.object_id.not_in(sorted(objects)),
                    )
                )

    async def resolved(
        self, connection: AsyncConnection, items: Sequence[MessageConcepts]
    ) -> list[MessageConcepts]:
        """Return what messages say with those that were merged named as who they are now."""
        found: list[MessageConcepts] = []
        for item in items:
            keys = {each.concept.key for each in item.extracted.mentions}
            now = await merged_names(connection, item.owner_id, keys)
            found.append(item.renamed(now) if now else item)
        return found

    async def meant(self, connection: AsyncConnection, owner_id: OwnerId, name: str) -> str:
        """Return the name of whom a name was merged into, else the name itself."""
        key, qualifier = asked(name)
        now = await merged_names(connection, owner_id, [key])
        for (_, called, which), whom in sorted(now.items(), key=lambda each: each[0]):
            if called == key and qualifier in {None, which}:
                return whom.shown
        return name

    async def remove(self, tx: Transaction, message_ids: Sequence[str]) -> None:
        """Forget what messages said, and the concepts that nothing speaks of any more."""
        touched: set[str] = set()
        for batch in batches(message_ids):
            await self.reopen(tx, batch)
            await tx.execute(delete(relations).where(relations.c.message_id.in_(batch)))
            gone = await tx.execute(
                delete(mentions)
                .where(mentions.c.message_id.in_(batch))
                .returning(mentions.c.concept_id)
            )
            touched.update(row.concept_id for row in gone)
        for batch in batches(sorted(touched)):
            await tx.execute(
                delete(concepts).where(
                    concepts.c.id.in_(batch),
                    concepts.c.id.not_in(select(mentions.c.concept_id)),
                )
            )

    async def reopen(self, tx: Transaction, message_ids: Sequence[str]) -> None:
        """Let what these messages took the place of hold again."""
        found = await tx.execute(
            select(relations.c.subject_id, relations.c.predicate, relations.c.valid_from).where(
                relations.c.message_id.in_(message_ids)
            )
        )
        for row in found.all():
            await tx.execute(
                update(relations)
                .where(
                    relations.c.subject_id == row.subject_id,
                    relations.c.predicate.in_(alike(row.predicate)),
                    relations.c.valid_to == row.valid_from,
                )
                .values(valid_to=None)
            )

    async def _settle(
        self, tx: Transaction, owner_id: OwnerId, subject_id: str, predicate: str
    ) -> None:
        """Let what was said last hold where only one thing can be true, told in any order."""
        predicates = alike(predicate)
        if not predicates:
            return
        found: Sequence[Row[Any]] = list(
            await tx.execute(
                select(
                    relations.c.id,
                    relations.c.object_id,
                    relations.c.valid_from,
                    relations.c.valid_to,
                )
                .where(
                    relations.c.owner_id == owner_id,
                    relations.c.subject_id == subject_id,
                    relations.c.predicate.in_(predicates),
                )
                .order_by(relations.c.valid_from, relations.c.message_id)
            )
        )
        until = ends([(row.object_id, row.valid_from) for row in found])
        for row, valid_to in zip(found, until, strict=True):
            # Never later: a fact may know that it ended before.
            if valid_to is not None and (row.valid_to is None or row.valid_to > valid_to):
                await tx.execute(
                    update(relations).where(relations.c.id == row.id).values(valid_to=valid_to)
                )

    async def _found(self, tx: Transaction, owner_id: OwnerId, concept: Concept) -> str:
        """Return the id of a concept that is there, as who it is now; "" of any other."""
        found = await tx.execute(
            select(concepts.c.id, concepts.c.merged_into).where(
                concepts.c.owner_id == owner_id,
                concepts.c.kind == concept.kind.value,
                concepts.c.key == concept.key,
                concepts.c.qualifier == folded(concept.qualifier),
            )
        )
        row = found.one_or_none()
        return "" if row is None else str(row.merged_into or row.id)

    async def _concept(self, tx: Transaction, owner_id: OwnerId, concept: Concept) -> str:
        """Return a concept's id, made when it is new; of one that was merged, the one it is now."""
        insert = sqlite.insert if tx.dialect == "sqlite" else postgresql.insert
        added = insert(concepts).values(
            id=self._ids.new(),
            owner_id=owner_id,
            kind=concept.kind.value,
            name=concept.name,
            key=concept.key,
            qualifier=folded(concept.qualifier),
            created_at=tx.at,
        )
        kept = await tx.execute(
            # Setting the key to itself makes RETURNING give the row that was there before.
            added.on_conflict_do_update(
                index_elements=[
                    concepts.c.owner_id,
                    concepts.c.kind,
                    concepts.c.key,
                    concepts.c.qualifier,
                ],
                set_={"key": added.excluded.key},
            ).returning(concepts.c.id, concepts.c.merged_into)
        )
        row = kept.one()
        return str(row.merged_into or row.id)
