"""The face of memory: keep what was said, find it again, list it, index and relate it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from backend.kernel.clock import Clock, Instant
from backend.kernel.errors import Busy
from backend.kernel.ids import MessageId, OwnerId
from backend.kernel.people import Actor, Assurance, Role
from backend.memory.archive import Archive
from backend.memory.archive.elsewhere import Elsewhere
from backend.memory.facts.secrets import Handling, scrubbed
from backend.memory.graph import Graph, Related, Step, Weighed
from backend.memory.indexing import Ending, Indexer, Relater
from backend.memory.recall import Question, Recall
from backend.memory.short_term import Item, Kind, NewItem, Order, ShortTerm
from backend.memory.short_term.weighing import ASKED
from backend.memory.types import (
    ImportedTurn,
    Ingested,
    NewMemory,
    NewMessage,
    Recollection,
    Remembered,
)
from backend.memory.vectors.spaces import Meaning
from backend.platform.database.batches import batches
from backend.platform.database.engine import Database
from backend.platform.database.search import Entry
from backend.platform.database.transaction import Transaction
from backend.platform.forgetting.hiding import is_leaving
from backend.platform.jobs.ledger import Ledger
from backend.platform.jobs.types import NewJob

IMPORT_BATCH = 100  # turns in one transaction: a call's turn waits for no more than these
EMBED_BATCH = 64  # messages in one job: a second or two of work, so that a lease never runs out
CARRYING_ON = ("memory.embed", "memory.relate")
BULK = -1  # the priority of what was imported: after what is said, whoever said it
LOOK_AGAIN_S = 0.1
TURNS_A_SECOND_MIN = 10  # slower than this and a waiting import is told that it is not done yet
WAIT_S = 30.0
WAIT_S_MAX = 600.0


@dataclass(frozen=True, slots=True)
class MemoryParts:
    """What memory is made of."""

    archive: Archive
    recall: Recall
    indexer: Indexer
    relater: Relater
    graph: Graph
    secrets: Handling = "keep"  # what is brought in: as it is, or without its secrets
    short_term: ShortTerm | None = None  # None: nothing is kept in mind beside the words
    elsewhere: Elsewhere | None = None  # None: nobody knows again what was forgotten


class Memory:
    """Everything that is known, always of one owner at a time."""

    def __init__(
        self, parts: MemoryParts, *, database: Database, jobs: Ledger, clock: Clock
    ) -> None:
        self._parts, self._database, self._jobs, self._clock = parts, database, jobs, clock

    async def keep(
        self, tx: Transaction, messages: Sequence[NewMessage], *, asks_model: bool = False
    ) -> list[MessageId]:
        """Keep what was said, findable by its words at once; the jobs that embed it and relate
        it are promised in the same transaction. Returns the ids, in order; a message whose
        external id is known already is left out. What is brought in is learnt from by rules
        alone, unless somebody has asked for a model to read it (`asks_model`).
        """
        added = await self._parts.archive.add(tx, messages)
        kept = [message_id for message_id in added if message_id is not None]
        recallable = [
            message_id
            for message_id, message in zip(added, messages, strict=True)
            if message_id is not None and message.is_recallable
        ]
        priority = 0 if any(message.role == "person" for message in messages) else BULK
        told = [
            message_id
            for message_id, message in zip(added, messages, strict=True)
            if message_id is not None and message.is_recallable and message.role != "companion"
        ]
        if recallable:
            owner_id, more = messages[0].owner_id, {"asks_model": True} if asks_model else {}
            carried = _promised(owner_id, recallable, names=CARRYING_ON, priority=priority)
            learnt = _promised(
                owner_id, told, names=("memory.learn",), priority=priority, more=more
            )
            await self._jobs.add_all(tx, [*carried, *learnt])
        said = zip(added, messages, strict=True)
        await self.keep_in_mind(tx, [_heard(each, message) for each, message in said if each])
        return kept

    async def adopt(self, tx: Transaction, owner_id: OwnerId, entries: Sequence[Entry]) -> None:
        """Take up messages whose rows came from an export of ours: findable by their words at
        once, by their meaning and in the graph by jobs. What was learnt from them came along.
        """
        if entries:
            await self._parts.archive.index(tx, entries)
            ids = [MessageId(entry.message_id) for entry in entries]
            await self._jobs.add_all(tx, _promised(owner_id, ids, names=CARRYING_ON, priority=BULK))

    async def keep_in_mind(self, tx: Transaction, items: Sequence[NewItem | None]) -> None:
        """Have things in mind for a day, from this transaction's commit on; None is nothing."""
        if self._parts.short_term is not None:
            await self._parts.short_term.keep(tx, [item for item in items if item is not None])

    async def short_term(
        self,
        owner_id: OwnerId,
        namespace: str = "",
        limit: int = 8,
        *,
        order: Order = Order.WEIGHT,
        conversation_id: str = "",
    ) -> list[Item]:
        """Return what is most on our mind of the last 24 hours."""
        if self._parts.short_term is None:
            return []
        return await self._parts.short_term.recent(
            owner_id, namespace, limit=limit, order=order, conversation_id=conversation_id
        )

    async def was_of_use(
        self, tx: Transaction, owner_id: OwnerId, namespace: str, source_ids: Collection[str]
    ) -> None:
        """Note that a reply was from these: what was just of use stays in mind for longer."""
        if self._parts.short_term is not None:
            await self._parts.short_term.use(tx, owner_id, namespace, source_ids)

    async def end_in_mind(
        self, tx: Transaction, owner_id: OwnerId, kind: Kind, source_ids: Sequence[str]
    ) -> None:
        """Take things off our mind, as tasks that are done."""
        if self._parts.short_term is not None:
            await self._parts.short_term.end(tx, owner_id, kind, source_ids)

    async def remember(self, tx: Transaction, memory: NewMemory) -> str:
        """Keep in mind what a message asked us to; returns the memory's id."""
        return await self._parts.archive.remember(tx, memory)

    async def follow_in_mind(
        self, tx: Transaction, owner_id: OwnerId, kind: Kind, items: Sequence[NewItem]
    ) -> None:
        """Have exactly these in mind of a kind, as the notes that are open."""
        if self._parts.short_term is not None:
            await self._parts.short_term.follow(tx, owner_id, kind, items)

    async def query_vector(self, text: str) -> Meaning | None:
        """Return a question's meaning, to be handed to `search`; None when words must do."""
        return await self._parts.recall.embed(text)

    async def search(
        self,
        owner_id: OwnerId,
        query: str,
        *,
        namespace: str = "",
        k: int = 5,
        vector: Meaning | None = None,
    ) -> list[Recollection]:
        """Return what bears on a question, the best first; nothing when nothing does."""
        return await self._parts.recall.search(
            Question(owner_id, query, namespace=namespace, k=k, vector=vector)
        )

    async def rank(
        self, owner_id: OwnerId, query: str, *, namespace: str = "", k: int = 10
    ) -> list[Recollection]:
        """Return a whole page in its order, as soon as something on it is relevant."""
        return await self._parts.recall.search(
            Question(owner_id, query, namespace=namespace, k=k, only_relevant=False)
        )

    async def list_memories(
        self, owner_id: OwnerId, *, limit: int = 50, before: tuple[int, str] | None = None
    ) -> list[Remembered]:
        """Return what was asked to be kept in mind, with its sources, the newest first."""
        async with self._database.listing() as connection:
            return await self._parts.archive.remembered(
                connection, owner_id, limit=limit, before=before
            )

    async def related(
        self, owner_id: OwnerId, name: str, *, hops: int = 2, at: Instant | None = None
    ) -> list[Related]:
        """Return who and what belongs to a name, with the evidence: as it is now, or was then."""
        if await self._is_leaving(owner_id):
            return []
        meant = await self._parts.relater.meant(owner_id, name)
        return await self._parts.graph.related(owner_id, meant, hops=hops, at=self._at(at))

    async def path(
        self, owner_id: OwnerId, start: str, *, end: str, at: Instant | None = None
    ) -> list[Step]:
        """Return how two names are linked, relation by relation; nothing when they are not."""
        if await self._is_leaving(owner_id):
            return []
        meant = [await self._parts.relater.meant(owner_id, name) for name in (start, end)]
        return await self._parts.graph.path(owner_id, meant[0], end=meant[1], at=self._at(at))

    def _at(self, at: Instant | None) -> Instant:
        """Return the moment that is asked about: what is so until March is over then by itself."""
        return self._clock.now() if at is None else at

    async def important(self, owner_id: OwnerId, *, limit: int = 20) -> list[Weighed]:
        """Return whom and what was spoken of most."""
        if await self._is_leaving(owner_id):
            return []
        return await self._parts.relater.important(owner_id, limit)

    async def names(self, owner_id: OwnerId, *, limit: int = 16) -> list[str]:
        """Return the people and places that were spoken of most: who listens expects them."""
        if await self._is_leaving(owner_id):
            return []
        return await self._parts.relater.names(owner_id, limit)

    async def ingest(
        self,
        actor: Actor,
        namespace: str,
        turns: Sequence[ImportedTurn],
        *,
        wait: bool = False,
        again: bool = False,
    ) -> Ingested:
        """Import turns; they are durable on return.

        The same external id is kept once, whoever sends it how often, and in the words in which it
        came first: who sends others is told its id. What was forgotten here is left out, unless it
        is wanted `again`. Raises Busy, with nothing kept, when too much of this
        owner's still waits to be carried on.
        """
        more = (len(CARRYING_ON) + 1) * (len(turns) // EMBED_BATCH + 1)
        await self._jobs.admit(actor.owner_id, "memory", more)
        added: list[MessageId] = []
        conflicts: list[str] = []
        left_out = known = 0
        for start in range(0, len(turns), IMPORT_BATCH):
            async with self._database.transaction() as tx:
                batch = turns[start : start + IMPORT_BATCH]
                asked = ["", *(turn.text for turn in batch)]  # a secret may answer a question
                clean = map(self._clean, batch, asked)
                new = [_imported(actor, namespace, turn) for turn in clean]
                wanted = new if again else await self.not_forgotten(tx, new)
                kept = await self.keep(tx, wanted)
                differing = await self.differing(tx, wanted) if len(kept) < len(wanted) else []
                added.extend(kept)
                conflicts.extend(each.external_id for each in differing if each.external_id)
                known += len(wanted) - len(kept) - len(differing)
                # Somebody may have forgotten them while we waited for their rows to go.
                if not again and len(await self.not_forgotten(tx, wanted)) < len(wanted):
                    raise Busy("Some of it is being forgotten just now.", cure="send it again")
                left_out += len(new) - len(wanted)
        patience_s = min(WAIT_S + len(added) / TURNS_A_SECOND_MIN, WAIT_S_MAX)
        is_searchable = wait and await self._is_searchable(added, patience_s)
        return Ingested(is_searchable, left_out, known, tuple(conflicts))

    async def differing(self, tx: Transaction, sent: Sequence[NewMessage]) -> list[NewMessage]:
        """Return those that are kept in other words than they were sent in."""
        ids = [message.external_id for message in sent if message.external_id]
        kept = await self._parts.archive.worded(tx, sent[0].owner_id, sent[0].namespace, ids)
        return [
            message
            for message in sent
            if message.external_id
            and kept.get(message.external_id) != (message.text, message.caption)
        ]

    async def not_forgotten(
        self, tx: Transaction, new: Sequence[NewMessage]
    ) -> Sequence[NewMessage]:
        """Return those messages of one owner and namespace that were not forgotten here before."""
        named = [message.external_id for message in new if message.external_id]
        if self._parts.elsewhere is None or not named:
            return new
        owner_id, namespace = new[0].owner_id, new[0].namespace
        dead = await self._parts.elsewhere.forgotten(tx.connection, owner_id, namespace, named)
        return [message for message in new if message.external_id not in dead]

    def _clean(self, turn: ImportedTurn, asked: str) -> ImportedTurn:
        """Return what is brought in without its secrets: nobody is there to seal them for."""
        if self._parts.secrets == "keep":
            return turn
        text, caption = (scrubbed(each, asked=asked).text for each in (turn.text, turn.caption))
        return replace(turn, text=text, caption=caption, session=scrubbed(turn.session).text)

    async def embed_messages(self, message_ids: Sequence[str], end: Ending) -> None:
        """Give messages their meaning: the job `memory.embed`."""
        await self._parts.indexer.embed(message_ids, end)

    async def relate_messages(self, message_ids: Sequence[str], end: Ending) -> None:
        """Put what messages name into the graph: the job `memory.relate`."""
        await self._parts.relater.relate(message_ids, end)

    async def rebuild_vectors(self) -> int:
        """Fill the vector index anew from the truth."""
        return await self._parts.indexer.rebuild()

    async def _is_leaving(self, owner_id: OwnerId) -> bool:
        """Say whether everything is on its way out: its names go with the last word that has them.

        For that minute nobody is told of any name, not even of one that came since.
        """
        async with self._database.reading() as connection:
            return await is_leaving(connection, owner_id)

    async def _is_searchable(self, message_ids: Sequence[str], patience_s: float) -> bool:
        """Wait until the jobs have embedded everything, or for as long as is reasonable."""
        until = self._clock.monotonic() + patience_s
        missing = list(message_ids)
        while missing := await self._parts.indexer.missing(missing):
            if self._clock.monotonic() > until:
                return False
            await self._clock.sleep(LOOK_AGAIN_S)
        return True


def _promised(
    owner_id: OwnerId,
    message_ids: Sequence[MessageId],
    *,
    names: Sequence[str],
    priority: int,
    more: Mapping[str, bool] = MappingProxyType({}),
) -> list[NewJob]:
    """Return the jobs that carry on with messages, in batches that one lease is enough for."""
    return [
        NewJob(
            name=name,
            payload={"message_ids": list(batch), **more},
            key=f"{name}:{batch[0]}",
            owner_id=owner_id,
            priority=priority,
        )
        for batch in batches(message_ids, EMBED_BATCH)
        for name in names
    ]


def _heard(message_id: MessageId, message: NewMessage) -> NewItem | None:
    """Return what somebody said as it stays in mind; nothing of what is not to stay."""
    if not message.is_context:
        return None
    return NewItem(
        owner_id=message.owner_id,
        kind=Kind.CONTEXT,
        source_id=message_id,
        text=f"{message.speaker}: {message.text}",
        namespace=message.namespace,
        conversation_id=message.conversation_id or "",
        at=message.said_at,
        priority=None if message.is_recallable else ASKED,
    )


def _imported(actor: Actor, namespace: str, turn: ImportedTurn) -> NewMessage:
    return NewMessage(
        owner_id=actor.owner_id,
        namespace=namespace,
        text=turn.text,
        speaker=turn.speaker,
        role="import",
        # What somebody of the household brings in is found, but it is not the owner's word.
        assurance=Assurance.CLAIMED if actor.role is Role.HOUSEHOLD else Assurance.HELD,
        said_at=turn.said_at,
        external_id=turn.id,
        caption=turn.caption,
        session=turn.session,
        channel="api",
    )
