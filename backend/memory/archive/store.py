"""Keeps messages and memories in the database, and reads them back with their sources."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, and_, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.kernel.clock import Instant
from backend.kernel.forgetting import Kind
from backend.kernel.ids import Ids, MessageId, OwnerId
from backend.kernel.people import Assurance
from backend.memory.types import MessageSource, NewMemory, NewMessage, Recollection, Remembered
from backend.platform.database import search
from backend.platform.database.batches import batches, of_owner
from backend.platform.database.tables import memories, messages
from backend.platform.database.transaction import Transaction
from backend.platform.forgetting.hiding import is_kept, is_shown
from backend.platform.forgetting.tombstones import are_missing

OnDamage = Callable[[Transaction, str], Awaitable[None]]
"""Told, in the transaction that met it, which index is damaged."""

# Built once: to build such a statement takes longer than to run it.
_KEPT: Final = {
    name: insert(messages)
    .on_conflict_do_nothing(
        index_elements=[messages.c.owner_id, messages.c.namespace, messages.c.external_id]
    )
    .returning(messages.c.id)
    for name, insert in (("sqlite", sqlite.insert), ("postgresql", postgresql.insert))
}

# What a recollection is made of; a question reads four hundred of them.
_RECALLED: Final = tuple(
    messages.c[name]
    for name in (
        *("id", "external_id", "text", "caption"),
        *("speaker", "said_at", "channel", "assurance"),
    )
)


class Archive:
    """Writes in the caller's transaction, reads in the caller's snapshot."""

    def __init__(self, ids: Ids, *, on_damage: OnDamage | None = None) -> None:
        self._ids, self._on_damage = ids, on_damage

    async def add(self, tx: Transaction, new: Sequence[NewMessage]) -> list[MessageId | None]:
        """Keep messages; None stands for one whose external id we already have."""
        added = await self._add(tx, new) if new else []
        entries = [
            search.Entry(
                message_id,
                message.owner_id,
                message.namespace,
                f"{message.text} {message.caption}".strip(),
            )
            for message_id, message in zip(added, new, strict=True)
            if message_id is not None and message.is_recallable
        ]
        await self.index(tx, entries)
        return added

    async def index(self, tx: Transaction, entries: Sequence[search.Entry]) -> None:
        """Make messages findable by their words."""
        if entries and not await search.index_all(tx, entries) and self._on_damage is not None:
            await self._on_damage(tx, "search")  # what was said is kept all the same

    async def _add(self, tx: Transaction, new: Sequence[NewMessage]) -> list[MessageId | None]:
        rows = [self._row(tx, message) for message in new]
        added = await tx.execute(_KEPT[tx.dialect], rows)
        kept = frozenset(added.scalars())
        return [MessageId(row["id"]) if row["id"] in kept else None for row in rows]

    def _row(self, tx: Transaction, message: NewMessage) -> dict[str, Any]:  # Any: columns' values
        return {
            "id": message.id or self._ids.new(),
            "owner_id": message.owner_id,
            "namespace": message.namespace,
            "conversation_id": message.conversation_id,
            "turn_id": message.turn_id,
            "external_id": message.external_id,
            "speaker": message.speaker,
            "role": message.role,
            "text": message.text,
            "caption": message.caption,
            "session": message.session,
            "channel": message.channel,
            "assurance": message.assurance.value,
            "is_recallable": message.is_recallable,
            "personality": message.personality,
            "said_at": message.said_at,
            "learnt_at": tx.at,
        }

    async def worded(
        self, tx: Transaction, owner_id: OwnerId, namespace: str, external_ids: Sequence[str]
    ) -> dict[str, tuple[str, str]]:
        """Return the words and captions of messages from elsewhere, by their ids there."""
        found: dict[str, tuple[str, str]] = {}
        for batch in batches(external_ids):
            query = select(messages.c.external_id, messages.c.text, messages.c.caption).where(
                messages.c.owner_id == owner_id,
                messages.c.namespace == namespace,
                messages.c.external_id.in_(batch),
            )
            rows = await tx.execute(query)
            found.update((row.external_id, (row.text, row.caption)) for row in rows)
        return found

    async def remember(self, tx: Transaction, new: NewMemory) -> str:
        """Keep in mind what a message asked for."""
        memory_id = self._ids.new()
        await tx.execute(
            memories.insert().values(
                id=memory_id,
                owner_id=new.owner_id,
                namespace=new.namespace,
                text=new.text,
                message_id=new.message_id,
                assurance=new.assurance.value,
                valid_from=new.valid_from,
                learnt_at=tx.at,
            )
        )
        return memory_id

    async def sources(
        self, connection: AsyncConnection, message_ids: Sequence[str]
    ) -> list[MessageSource]:
        """Return messages as indexing reads them; those that are gone are left out."""
        found: list[MessageSource] = []
        for batch in batches(message_ids):
            rows = await connection.execute(select(messages).where(messages.c.id.in_(batch)))
            found.extend(_source(row) for row in rows)
        return found

    async def alive(self, tx: Transaction, message_ids: Sequence[str]) -> frozenset[str]:
        """Return those of these messages that are there, and will be until the commit."""
        return await held(tx, message_ids)

    async def recollections(
        self, connection: AsyncConnection, owner_id: OwnerId, message_ids: Sequence[str]
    ) -> dict[str, Recollection]:
        """Return an owner's messages that may be recalled, without scores."""
        found: dict[str, Recollection] = {}
        for batch in batches(message_ids):
            rows = await connection.execute(
                _with_memories().where(
                    messages.c.id.in_(batch),
                    # Indexes are projections: whose a message is, only the truth says.
                    of_owner(messages.c.id, owner_id),
                    messages.c.is_recallable,
                    is_shown(messages.c.learnt_at, owner_id),
                    is_kept(Kind.MESSAGE, messages.c.id, owner_id),
                )
            )
            found.update((row.id, _recollection(row)) for row in rows.all())
        return found

    async def remembered(
        self,
        connection: AsyncConnection,
        owner_id: OwnerId,
        *,
        limit: int,
        before: tuple[int, str] | None = None,
    ) -> list[Remembered]:
        """Return an owner's memories with their sources, the newest first."""
        query = (
            select(
                memories.c.id.label("memory_id"),
                memories.c.text.label("memory_text"),
                memories.c.learnt_at.label("memory_learnt_at"),
                *messages.c,
            )
            .join(messages, messages.c.id == memories.c.message_id)
            .where(
                memories.c.owner_id == owner_id,
                messages.c.owner_id == owner_id,
                memories.c.retracted_at.is_(None),
                is_shown(messages.c.learnt_at, owner_id),
                is_kept(Kind.MESSAGE, messages.c.id, owner_id),
            )
            .order_by(memories.c.learnt_at.desc(), memories.c.id.desc())
            .limit(limit)
        )
        if before is not None:
            query = query.where(_is_older(*before))
        return [
            Remembered(
                id=row.memory_id,
                text=row.memory_text,
                learnt_at=Instant(row.memory_learnt_at),
                source=_recollection(row, text=row.text),
            )
            for row in await connection.execute(query)
        ]


async def held(tx: Transaction, message_ids: Sequence[str]) -> frozenset[str]:
    """Return those of these messages that are there, and will be until the commit.

    Whoever writes what was made of a message holds it meanwhile: else it could be forgotten between
    the look and the write. In SQLite nobody else writes anyway. What is buried is not there, also
    where its row goes later.
    """
    found: set[str] = set()
    for batch in batches(sorted(message_ids)):
        alive = messages.c.id.in_(batch), are_missing(Kind.MESSAGE, messages.c.id)
        query = select(messages.c.id).where(*alive).order_by(messages.c.id)
        rows = await tx.execute(query.with_for_update(read=True, key_share=True))
        found.update(rows.scalars())
    return frozenset(found)


async def there(connection: AsyncConnection, message_ids: Sequence[str]) -> frozenset[str]:
    """Return those of these messages that are there at this moment, and are not buried."""
    found: set[str] = set()
    for batch in batches(message_ids):
        alive = messages.c.id.in_(batch), are_missing(Kind.MESSAGE, messages.c.id)
        query = select(messages.c.id).where(*alive)
        found.update((await connection.execute(query)).scalars())
    return frozenset(found)


def _is_older(learnt_at: int, memory_id: str) -> ColumnElement[bool]:
    same_moment = and_(memories.c.learnt_at == learnt_at, memories.c.id < memory_id)
    return (memories.c.learnt_at < learnt_at) | same_moment


def _with_memories() -> Any:  # Any: SQLAlchemy's row type of a joined select
    return select(
        *_RECALLED,
        memories.c.id.label("memory_id"),
        memories.c.text.label("memory_text"),
    ).outerjoin(
        memories,
        and_(
            memories.c.message_id == messages.c.id,
            memories.c.owner_id == messages.c.owner_id,
            memories.c.retracted_at.is_(None),
        ),
    )


def _recollection(row: Row[Any], *, text: str | None = None) -> Recollection:
    return Recollection(
        message_id=MessageId(row.id),
        external_id=row.external_id,
        text=text if text is not None else row.memory_text or row.text,
        score=0.0,
        said_at=Instant(row.said_at),
        speaker=row.speaker,
        channel=row.channel,
        assurance=Assurance(row.assurance),
        memory_id=row.memory_id,
        said=f"{row.text} {row.caption}".strip(),
    )


def _source(row: Row[Any]) -> MessageSource:
    return MessageSource(
        id=MessageId(row.id),
        owner_id=OwnerId(row.owner_id),
        namespace=row.namespace,
        text=f"{row.text} {row.caption}".strip(),
        speaker=row.speaker,
        said_at=Instant(row.said_at),
        is_recallable=row.is_recallable,
    )
