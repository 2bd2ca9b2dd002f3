"""What repeats the words that are to go: the companion's own answers, and what it sent out.

A word that nobody else has said, in anything that stays, is the mark of what goes. Whatever the
companion has said with such a word since is an echo of it. It may take a harmless answer along;
no word of a person ever falls by this.
"""

import re
from collections.abc import Collection, Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.kernel.forgetting import Everything, Kind, Scope, ids_of, things
from backend.kernel.ids import OwnerId
from backend.memory.recall.words import content_terms
from backend.platform.database import search
from backend.platform.database.batches import batches, of_owner
from backend.platform.database.tables import deliveries, messages
from backend.platform.database.transaction import Transaction
from backend.platform.forgetting.port import Counts, Forgettable, Targets

COMPANION = "companion"
MARKS_MAX = 400  # words that are looked for, the longest first
LETTERS_MIN = 3
FOUND_MAX = 1000

_WORD = re.compile(r"[^\W_]+")
# Everybody says these, and the companion of its own accord.
_LITTLE = """
    monday tuesday wednesday thursday friday saturday sunday january february march april may june
    july august september october november december today tomorrow yesterday morning noon evening
    night week month year day hour minute one two three four five six seven eight nine ten
    hello thanks thank okay yes yeah good great note noted notes remember call text
"""
_EVERYDAY = frozenset(_LITTLE.split())


class Echoes(Forgettable):
    """Finds by words what no id leads to."""

    async def closure(self, connection: AsyncConnection, scope: Scope, known: Targets) -> Targets:
        """Return what the companion has said or sent since with words that only fell here."""
        if isinstance(scope.what, Everything):
            return frozenset()  # all of it falls anyway
        said = await _said(connection, scope.owner_id, known)
        if not said.texts:
            return frozenset()
        marks = await _marks(connection, scope.owner_id, said)
        if not marks:
            return frozenset()
        return await _repeating(connection, scope.owner_id, marks, said.since)

    async def forget(
        self, tx: Transaction, owner_id: OwnerId, targets: Targets, *, keeps_pinned: bool = False
    ) -> Counts:
        """Delete nothing: what was found here is deleted where it is kept."""
        return {}


class _Said:
    """The words of people that fall."""

    def __init__(self) -> None:
        self.ids: set[str] = set()
        self.texts: list[str] = []
        self.namespaces: set[str] = set()
        self.since = 0

    def add(self, message_id: str, text: str, namespace: str, said_at: int) -> None:
        self.since = min(self.since or said_at, said_at)
        self.ids.add(message_id)
        self.texts.append(text)
        self.namespaces.add(namespace)


async def _said(connection: AsyncConnection, owner_id: OwnerId, known: Targets) -> _Said:
    said = _Said()
    for batch in batches(ids_of(known, Kind.MESSAGE)):
        query = select(
            messages.c.id,
            messages.c.text,
            messages.c.caption,
            messages.c.namespace,
            messages.c.said_at,
            messages.c.learnt_at,
        ).where(
            of_owner(messages.c.id, owner_id),
            messages.c.id.in_(batch),
            messages.c.role != COMPANION,
        )
        for row in await connection.execute(query):
            said.add(
                row.id, f"{row.text} {row.caption}", row.namespace, min(row.said_at, row.learnt_at)
            )
    return said


async def _marks(connection: AsyncConnection, owner_id: OwnerId, said: _Said) -> frozenset[str]:
    """Return the words that are in nothing else that people have said."""
    candidates = {word for text in said.texts for word in words(text)}
    marks: set[str] = set()
    for word in sorted(candidates, key=lambda each: (-len(each), each))[:MARKS_MAX]:
        if not await _is_said_elsewhere(connection, owner_id, word, said):
            marks.add(word)
    return frozenset(marks)


async def _is_said_elsewhere(
    connection: AsyncConnection, owner_id: OwnerId, word: str, said: _Said
) -> bool:
    limit = min(len(said.ids), FOUND_MAX) + 1
    for namespace in said.namespaces:
        found = await search.find(connection, owner_id, namespace, word, limit)
        if any(message_id not in said.ids for message_id, _ in found):
            return True
    return False


async def _repeating(
    connection: AsyncConnection, owner_id: OwnerId, marks: Collection[str], since: int
) -> Targets:
    answers = await connection.stream(
        select(messages.c.id, messages.c.text, messages.c.unheard).where(
            messages.c.owner_id == owner_id,
            messages.c.role == COMPANION,
            messages.c.learnt_at >= since,
        )
    )
    said = [row.id async for row in answers if _has(marks, row.text, row.unheard)]
    sent = await connection.stream(
        select(deliveries.c.id, deliveries.c.body, deliveries.c.details).where(
            deliveries.c.owner_id == owner_id, deliveries.c.created_at >= since
        )
    )
    told = [row.id async for row in sent if _has(marks, row.body, *_texts(row.details))]
    return things(Kind.MESSAGE, said) | things(Kind.DELIVERY, told)


def words(text: str) -> frozenset[str]:
    """Return the words of a text that may tell it from others."""
    telling = _WORD.findall(content_terms(text).lower())
    return frozenset(word for word in telling if len(word) >= LETTERS_MIN and word not in _EVERYDAY)


def _has(marks: Collection[str], *texts: str) -> bool:
    return any(not words(text).isdisjoint(marks) for text in texts if text)


def _texts(details: dict[str, object]) -> Sequence[str]:
    return [value for value in details.values() if isinstance(value, str)]
