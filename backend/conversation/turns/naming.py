"""Finds everything that was said, and is held, of a topic: none of it is left out.

A search brings the best; what is to be forgotten is all of it, questions and answers as well.
"""

from collections.abc import Sequence

from sqlalchemy import Column, ColumnElement, and_, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.conversation.sessions import Party
from backend.kernel.forgetting import Kind, Target
from backend.memory.recall.words import HEAD, content_words
from backend.platform.database.tables import facts, messages

HEAD_MIN = 2  # letters that are worth looking for


async def naming(connection: AsyncConnection, party: Party, topic: str) -> list[Target]:
    """Return the facts and the words that have all of a topic's words."""
    words = content_words(topic)
    if not words:
        return []
    held = await _having(
        connection, party, words, (facts.c.statement, facts.c.subject, facts.c.qualifier)
    )
    said = await _having(
        connection, party, words, (messages.c.text, messages.c.caption, messages.c.unheard)
    )
    return [
        *(Target(Kind.FACT, each) for each in held),
        *(Target(Kind.MESSAGE, each) for each in said),
    ]


async def _having(
    connection: AsyncConnection,
    party: Party,
    words: frozenset[str],
    columns: Sequence[Column[str]],
) -> list[str]:
    """Return the rows of a table that have all words, in any of these columns together."""
    table = columns[0].table
    told = func.lower(_joined(columns))
    heads = [head for word in words if (head := _head(word))]
    query = select(table.c.id, *columns).where(
        and_(
            table.c.owner_id == party.actor.owner_id,
            table.c.namespace == party.namespace,
            *(told.contains(head, autoescape=True) for head in heads),
        )
    )
    rows = (await connection.execute(query)).all()
    return [row[0] for row in rows if words <= content_words(" ".join(map(str, row[1:])))]


def _joined(columns: Sequence[Column[str]]) -> ColumnElement[str]:
    joined: ColumnElement[str] = func.coalesce(columns[0], "")
    for column in columns[1:]:
        joined = joined + " " + func.coalesce(column, "")
    return joined


def _head(stem: str) -> str:
    """Return letters with which every word of this stem begins, as far as a database folds them."""
    head = stem.partition("or")[0][:HEAD]  # "color" is the stem of "colour" too
    return head if len(head) >= HEAD_MIN and head.isascii() else ""
