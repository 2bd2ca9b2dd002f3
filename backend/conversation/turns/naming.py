"""Finds everything that was said, and is held, of a topic: none of it is left out.

A search brings the best; what is to be forgotten is all of it, questions and answers as well.
"""

from collections.abc import Sequence
from functools import partial

from sqlalchemy import Column, ColumnElement, and_, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.conversation.sessions import Party
from backend.kernel.forgetting import Kind, Target
from backend.memory.facts.vault import speaks_of
from backend.memory.recall.words import HEAD, content_words
from backend.platform.database.tables import facts, messages

HEAD_MIN = 2  # letters that are worth looking for


async def naming(
    connection: AsyncConnection, party: Party, topic: str, *, is_one_secret: bool = False
) -> list[Target]:
    """Return the facts and the words that have all of a topic's words.

    `is_one_secret`: a secret that it names is that one, and no other one of more words.
    """
    words = content_words(topic)
    if not words:
        return []
    held = await _having(
        connection, party, words, (facts.c.statement, facts.c.subject, facts.c.qualifier)
    )
    said = await _having(
        connection, party, words, (messages.c.text, messages.c.caption, messages.c.unheard)
    )
    is_meant = partial(speaks_of, topic=topic) if is_one_secret else bool
    return [
        *(Target(Kind.FACT, each) for each, told in held if is_meant(told)),
        *(Target(Kind.MESSAGE, each) for each, told in said if is_meant(told)),
    ]


async def _having(
    connection: AsyncConnection,
    party: Party,
    words: frozenset[str],
    columns: Sequence[Column[str]],
) -> list[tuple[str, str]]:
    """Return the rows of a table that have all words, in any of these columns together.

    Each is its id and its words.
    """
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
    said = [(row[0], " ".join(map(str, row[1:]))) for row in rows]
    return [(each, told) for each, told in said if words <= content_words(told)]


def _joined(columns: Sequence[Column[str]]) -> ColumnElement[str]:
    joined: ColumnElement[str] = func.coalesce(columns[0], "")
    for column in columns[1:]:
        joined = joined + " " + func.coalesce(column, "")
    return joined


def _head(stem: str) -> str:
    """Return letters with which every word of this stem begins, as far as a database folds them."""
    head = stem.partition("or")[0][:HEAD]  # "color" is the stem of "colour" too
    return head if len(head) >= HEAD_MIN and head.isascii() else ""
