"""The graph's truth: concepts, mentions and relations as rows beside the messages."""

from collections.abc import Sequence

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.kernel.ids import Ids, OwnerId
from backend.memory.archive.store import batches
from backend.memory.graph.types import Concept, Edge, MessageConcepts, folded
from backend.platform.database.tables import concepts, mentions, relations
from backend.platform.database.transaction import Transaction

NAMED_KINDS = ("person", "place")


class GraphRows:
    """Writes in the caller's transaction."""

    def __init__(self, ids: Ids) -> None:
        self._ids = ids

    async def names(self, connection: AsyncConnection, owner_id: OwnerId, limit: int) -> list[str]:
        """Return the names of people and places that were spoken of most."""
        query = (
            select(concepts.c.name)
            .join(mentions, mentions.c.concept_id == concepts.c.id)
            .where(concepts.c.owner_id == owner_id, concepts.c.kind.in_(NAMED_KINDS))
            .group_by(concepts.c.id, concepts.c.name)
            .order_by(func.sum(mentions.c.weight).desc(), concepts.c.id)
            .limit(limit)
        )
        return list((await connection.execute(query)).scalars())

    async def write(self, tx: Transaction, items: Sequence[MessageConcepts]) -> None:
        """Keep what messages name and relate; a second time changes nothing."""
        insert = sqlite.insert if tx.dialect == "sqlite" else postgresql.insert
        for item in items:
            known = {
                mention.concept: await self._concept(tx, item.owner_id, mention.concept)
                for mention in item.extracted.mentions
            }
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

    async def mirror(self, tx: Transaction, edges: Sequence[Edge]) -> None:
        """Keep what facts say of two concepts, and until when; what was never so goes."""
        insert = sqlite.insert if tx.dialect == "sqlite" else postgresql.insert
        for edge in edges:
            subject_id = await self._concept(tx, edge.owner_id, edge.subject)
            object_id = await self._concept(tx, edge.owner_id, edge.object)
            # Whatever else the same words said of these two is over with it.
            between = (
                relations.c.owner_id == edge.owner_id,
                relations.c.subject_id == subject_id,
                relations.c.object_id == object_id,
                relations.c.message_id == edge.message_id,
            )
            if edge.is_gone:
                await tx.execute(delete(relations).where(*between))
                continue
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

    async def remove(self, tx: Transaction, message_ids: Sequence[str]) -> None:
        """Forget what messages said, and the concepts that nothing speaks of any more."""
        touched: set[str] = set()
        for batch in batches(message_ids):
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

    async def _concept(self, tx: Transaction, owner_id: OwnerId, concept: Concept) -> str:
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
