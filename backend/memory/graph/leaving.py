"""Takes a message from names that it speaks of no more: who is meant by them is known better."""

from collections.abc import Collection, Sequence

from sqlalchemy import delete, exists, or_, select
from sqlalchemy.sql.elements import ColumnElement

from backend.memory.graph.types import MessageConcepts
from backend.platform.database.batches import batches
from backend.platform.database.tables import concepts, mentions, merges, relations
from backend.platform.database.transaction import Transaction


async def left_by(tx: Transaction, item: MessageConcepts, spoken_of: Collection[str]) -> list[str]:
    """Return the names that a message speaks of no more.

    Who was merged keeps what was theirs, so that it is found when they are two again.
    """
    query = (
        select(concepts.c.id)
        .join(mentions, mentions.c.concept_id == concepts.c.id)
        .where(
            mentions.c.owner_id == item.owner_id,
            mentions.c.message_id == item.message_id,
            concepts.c.merged_into == "",
            concepts.c.id.not_in(sorted(spoken_of)),
        )
    )
    return list((await tx.execute(query)).scalars())


async def leave(tx: Transaction, item: MessageConcepts, left: Sequence[str]) -> None:
    """Delete what a message said of names, and those that nothing speaks of any more."""
    for batch in batches(left):
        either = or_(relations.c.subject_id.in_(batch), relations.c.object_id.in_(batch))
        for of_it in (
            delete(relations).where(relations.c.message_id == item.message_id, either),
            delete(mentions).where(
                mentions.c.message_id == item.message_id, mentions.c.concept_id.in_(batch)
            ),
            delete(concepts).where(concepts.c.id.in_(batch), *_alone()),
        ):
            await tx.execute(of_it)


def _alone() -> tuple[ColumnElement[bool], ...]:
    """Return what is true of a name that nothing speaks of, and that was never part of a merge."""
    spoken = (mentions.c.concept_id, relations.c.subject_id, relations.c.object_id)
    merged = (merges.c.kept_id, merges.c.merged_id)
    return tuple(~exists().where(each == concepts.c.id) for each in (*spoken, *merged))
