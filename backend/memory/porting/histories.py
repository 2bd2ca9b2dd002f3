"""Brings in what was said elsewhere: other programs' histories, line by line, with their dates."""

import uuid
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import islice, pairwise
from typing import BinaryIO, TypeVar

from backend.kernel.clock import Clock, Instant
from backend.kernel.forgetting import Kind as Gone
from backend.kernel.forgetting import Target
from backend.kernel.ids import Ids, MessageId, OwnerId
from backend.kernel.people import Assurance
from backend.memory.facts.secrets import Handling, scrubbed
from backend.memory.porting import opening
from backend.memory.porting.spool import Wish
from backend.memory.porting.standing import Imports, Standing
from backend.memory.porting.types import Line, Problem
from backend.memory.service import Memory
from backend.memory.types import NewMemory, NewMessage
from backend.platform.compute import Compute
from backend.platform.database.transaction import Transaction
from backend.platform.forgetting.tombstones import gone

BATCH = 100  # lines in one transaction: a call's turn waits for no more than these
CHANNEL = "import"
LINES = "lines"  # the one stage of a history

Step = Callable[[float], None]
One = TypeVar("One")


class Histories:
    """Writes what readers find."""

    def __init__(
        self,
        *,
        memory: Memory,
        imports: Imports,
        compute: Compute,
        clock: Clock,
        ids: Ids,
        secrets: Handling = "keep",
    ) -> None:
        self._memory, self._imports, self._compute = memory, imports, compute
        self._clock, self._ids = clock, ids
        self._secrets = secrets

    async def bring(
        self, standing: Standing, wish: Wish, file: BinaryIO, *, progress: Step
    ) -> None:
        """Write every line that is not here, behind those that an earlier attempt has written."""
        lines = opening.read(file, wish.kind, now=self._clock.now())
        await self._compute.run(skip, lines, standing.begun(LINES))
        while batch := await self._compute.run(next_of, lines, BATCH):
            said = [each for each in batch if isinstance(each, Line)]
            standing.brought.passed_over += sum(isinstance(each, Problem) for each in batch)
            async with self._imports.step(standing, LINES, len(batch)) as tx:
                await self._keep(tx, standing, wish, said)
            progress(min(standing.done / max(wish.lines, 1), 0.99))

    async def _keep(
        self, tx: Transaction, standing: Standing, wish: Wish, said: Sequence[Line]
    ) -> None:
        new = [
            self._message(standing.owner_id, wish.namespace, line, asked=_asked(before, line))
            for before, line in pairwise((None, *said))
            if line is not None
        ]
        alive = await self._alive(tx, new, is_again=wish.is_again)
        kept: set[MessageId] = set()
        if alive:
            kept.update(await self._memory.keep(tx, alive, asks_model=wish.asks_model))
        memories = {line.id for line in said if line.is_memory}
        for message in alive:
            if message.id in kept and message.external_id in memories:
                await self._remember(tx, message)
        places = defaultdict[tuple[str | None, str, str], list[int]](list)
        for message, line in zip(new, said, strict=True):
            places[_told(message)].append(line.place)
        other = await self._memory.differing(tx, alive) if len(kept) < len(alive) else []
        standing.brought.add("messages", len(kept))
        standing.brought.contradict([places[_told(message)].pop(0) for message in other])
        standing.brought.known += len(alive) - len(kept) - len(other)
        standing.brought.forgotten += len(new) - len(alive)

    async def _alive(
        self, tx: Transaction, new: Sequence[NewMessage], *, is_again: bool
    ) -> Sequence[NewMessage]:
        """Leave out what was forgotten here; wanted again, it comes by a name that nobody buried.

        So a restore, which forgets once more whatever was forgotten, leaves it alone.
        """
        targets = frozenset(Target(Gone.MESSAGE, str(message.id)) for message in new)
        dead = {target.id for target in await gone(tx.connection, targets)}
        if is_again:
            return [
                replace(each, id=MessageId(self._ids.new())) if each.id in dead else each
                for each in new
            ]
        return await self._memory.not_forgotten(
            tx, [message for message in new if message.id not in dead]
        )

    async def _remember(self, tx: Transaction, message: NewMessage) -> None:
        assert message.id is not None  # it was given one
        await self._memory.remember(
            tx,
            NewMemory(
                owner_id=message.owner_id,
                text=message.text,
                message_id=message.id,
                assurance=message.assurance,
                valid_from=message.said_at,
                namespace=message.namespace,
            ),
        )

    def _message(self, owner_id: OwnerId, namespace: str, line: Line, *, asked: str) -> NewMessage:
        return NewMessage(
            id=stable_id(owner_id, namespace, line.id, line.said_at),
            owner_id=owner_id,
            namespace=namespace,
            text=self._clean(line.text, asked),
            caption=self._clean(line.caption),
            speaker=line.speaker,
            role="companion" if line.is_machine else "import",
            assurance=Assurance.HELD,
            said_at=Instant(line.said_at),
            external_id=line.id,
            session=self._clean(line.session),
            channel=CHANNEL,
            is_recallable=not line.is_machine,
        )

    def _clean(self, words: str, asked: str = "") -> str:
        """Return words without their secrets, where these are not kept."""
        return words if self._secrets == "keep" else scrubbed(words, asked=asked).text


def _told(message: NewMessage) -> tuple[str | None, str, str]:
    """Return by what a line is known again: wanted anew, it has another id than before."""
    return message.external_id, message.text, message.caption


def _asked(before: Line | None, line: Line) -> str:
    """Return what was said right before, in the same talk: a secret may be the answer to it."""
    return before.text if before is not None and before.session == line.session else ""


def next_of(iterator: Iterator[One], count: int) -> list[One]:
    """Return what comes next, at most so many."""
    return list(islice(iterator, count))


def skip(iterator: Iterator[object], count: int) -> None:
    """Pass over so many."""
    for _ in islice(iterator, count):
        """It was written by an earlier attempt."""


def stable_id(owner_id: str, namespace: str, external_id: str, said_at: int) -> MessageId:
    """Return the id that a message from elsewhere always has here: its time and its name's hash.

    So what was forgotten is known again when the same file comes once more.
    """
    named = uuid.uuid5(uuid.NAMESPACE_URL, f"ringback:{owner_id}\n{namespace}\n{external_id}")
    millis = min(max(said_at // 1000, 0), (1 << 48) - 1)
    low = named.int & ((1 << 62) - 1)
    middle = (named.int >> 64) & 0xFFF
    return MessageId(str(uuid.UUID(int=millis << 80 | 7 << 76 | middle << 64 | 2 << 62 | low)))
