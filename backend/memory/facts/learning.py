"""Learns from messages, once each: what people said, never what the companion did.

Reading may ask a model and take its time, so it comes first; what was read is believed in the
transaction that ends the job, from those messages that are still there by then.
"""

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from sqlalchemy import Row, and_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.kernel.clock import SECOND, Instant
from backend.kernel.ids import MessageId, OwnerId
from backend.kernel.people import Assurance, Role
from backend.memory.archive.store import held
from backend.memory.facts.bygone import Bygone
from backend.memory.facts.language.lexicon import MINE_AS_YOURS
from backend.memory.facts.reading.endings import read_endings
from backend.memory.facts.service import Facts
from backend.memory.facts.types import FactSource, ReadFact, SaidBy
from backend.memory.graph.types import folded
from backend.platform.database.batches import batches
from backend.platform.database.engine import Database
from backend.platform.database.tables import conversations, messages, people, turns
from backend.platform.database.transaction import Transaction

# How other programs call the side of a conversation that is none of a person's.
MACHINES = frozenset(
    {"assistant", "ai", "bot", "chatbot", "chatgpt", "claude", "companion", "gemini", "model"}
    | {"ringback", "system", "tool", "function"}
)
EARLIER = 10 * 60 * SECOND  # so long "she" may be whom they spoke of before
REPEATED_WORDS_MIN = 3  # fewer may stand in any sentence
_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)?")
_SENTENCE = re.compile(r"(?<=[.!?])\s+")
_TURNED: Mapping[str, str] = {**MINE_AS_YOURS, "am": "are"}

Ending = Callable[[Transaction, Mapping[str, Any]], Awaitable[None]]  # Any: a job's JSON result


@dataclass(frozen=True, slots=True)
class Said:
    """A message that can be learnt from."""

    source: FactSource
    text: str
    zone: str
    before: str  # what the companion had said just before
    earlier: str = ""  # what they had said themselves just before


class Reader(Protocol):
    """Finds facts in what somebody said."""

    @property
    def name(self) -> str:
        """Return how it is written down that it was the one."""
        ...

    async def read(self, said: Said) -> tuple[ReadFact, ...]:
        """Return what the words say; nothing is better than something wrong."""
        ...


class Learner:
    """Reads messages and believes what they say."""

    def __init__(
        self, *, database: Database, facts: Facts, reader: Reader, rules: Reader | None = None
    ) -> None:
        """`rules` read what was brought in; without them the reader does."""
        self._database, self._facts, self._reader = database, facts, reader
        self._rules = rules or reader

    async def learn(
        self, message_ids: Sequence[str], end: Ending, *, asks_model: bool = False
    ) -> None:
        """Learn from messages and end the job that asked for it.

        What was brought in is read by rules: nobody has asked to pay a model for fifty thousand
        messages, unless they have (`asks_model`).
        """
        brought_in = self._reader if asks_model else self._rules
        async with self._database.reading() as connection:
            found = await self._said(connection, message_ids, brought_in)
        read = [
            (said, _news(await self._reader_of(said, brought_in).read(said), said))
            for said in found
        ]
        bygone = [_bygone(said, facts) for said, facts in read]
        over = [each for each in bygone if each.endings]
        read = [(said, facts) for said, facts in read if facts]
        async with self._database.transaction() as tx:
            # Whatever was forgotten meanwhile must not come back.
            spoken = [said.source for said, _ in read] + [each.source for each in over]
            alive = await held(tx, sorted({source.message_id for source in spoken}))
            there = [(said, facts) for said, facts in read if said.source.message_id in alive]
            count = 0
            for owner_id in sorted({source.owner_id for source in spoken}):
                theirs = [
                    (facts, said.source)
                    for said, facts in there
                    if said.source.owner_id == owner_id
                ]
                changes = await self._facts.believe_all(tx, theirs)
                ending = [each for each in over if each.source.owner_id == owner_id]
                changes += await self._facts.let_end(
                    tx, [each for each in ending if each.source.message_id in alive]
                )
                await self._facts.mirror(tx, owner_id, changes)
                count += len(changes)
            readers = {said.source.reader for said in found} or {self._reader.name}
            reader = ", ".join(sorted(readers))
            await end(tx, {"read": len(found), "changes": count, "reader": reader})

    def _reader_of(self, said: Said, brought_in: Reader) -> Reader:
        return brought_in if said.source.said_by is SaidBy.IMPORT else self._reader

    async def _said(
        self, connection: AsyncConnection, message_ids: Sequence[str], brought_in: Reader
    ) -> list[Said]:
        """Return those messages that can be learnt from, the oldest first."""
        found: list[Said] = []
        for batch in batches(message_ids):
            rows = await connection.execute(_PEOPLES_WORDS.where(messages.c.id.in_(batch)))
            for row in rows.all():
                said_by = _said_by(row)
                if said_by is not None:
                    before = await self._before(connection, row)
                    earlier = await self._before(connection, row, within=EARLIER)
                    reader = brought_in if said_by is SaidBy.IMPORT else self._reader
                    source = _source(row, said_by, reader=reader.name)
                    found.append(Said(source, row.text, checked_zone(row.zone), before, earlier))
        return sorted(found, key=lambda said: (said.source.said_at, said.source.message_id))

    async def _before(
        self, connection: AsyncConnection, row: Row[Any], *, within: int | None = None
    ) -> str:
        """Return what the companion had said just before; within a time, what they had."""
        if not row.conversation_id:
            return ""
        query = (
            select(messages.c.text)
            .where(
                messages.c.owner_id == row.owner_id,
                messages.c.conversation_id == row.conversation_id,
                messages.c.role == ("companion" if within is None else row.role),
                messages.c.said_at < row.said_at,
                messages.c.said_at >= (0 if within is None else row.said_at - within),
            )
            .order_by(messages.c.said_at.desc(), messages.c.id.desc())
            .limit(1)
        )
        return (await connection.execute(query)).scalar_one_or_none() or ""


_SELF = people.alias("self")  # whose memory it is: by their clock "last May" is meant
_PEOPLES_WORDS = (
    select(
        messages,
        conversations.c.id.label("exchange_id"),
        conversations.c.person_id,
        people.c.role.label("person_role"),
        _SELF.c.zone,
        turns.c.details.label("turn_details"),
    )
    .outerjoin(
        conversations,
        and_(
            conversations.c.id == messages.c.conversation_id,
            conversations.c.owner_id == messages.c.owner_id,
        ),
    )
    .outerjoin(people, people.c.id == conversations.c.person_id)
    .outerjoin(
        turns, and_(turns.c.id == messages.c.turn_id, turns.c.owner_id == messages.c.owner_id)
    )
    .outerjoin(_SELF, _SELF.c.id == messages.c.owner_id)
    .where(messages.c.is_recallable, messages.c.role.in_(["person", "import"]))
)


def repeats(words: str, said: str) -> bool:
    """Say whether words only repeat what was told just before; answering a question does not."""
    told = [_words(each) for each in _SENTENCE.split(said) if not each.rstrip().endswith("?")]
    mine = _words(words)
    if len(mine) < REPEATED_WORDS_MIN:
        return False
    turned = [_TURNED.get(word, word) for word in mine]
    return any(_is_in(each, sentence) for sentence in told for each in (mine, turned))


def checked_zone(name: str | None) -> str:
    """Return a zone that is one."""
    try:
        return ZoneInfo(name or "UTC").key
    except (KeyError, ValueError, OSError):  # no name of a zone, or of one that is not installed
        return "UTC"


def _news(read: Sequence[ReadFact], said: Said) -> tuple[ReadFact, ...]:
    if not said.before:
        return tuple(read)
    return tuple(each for each in read if not repeats(each.quote, said.before))


def _bygone(said: Said, read: Sequence[ReadFact]) -> Bygone:
    """Return what words from elsewhere say is over; what is said here its turn has heard."""
    source = said.source
    is_told = any(each.predicate in _ENDS_OTHERS for each in read)
    low = said.text.casefold()
    if source.said_by is not SaidBy.IMPORT or not (is_told or any(sign in low for sign in _SIGNS)):
        return Bygone(source, (), read)
    return Bygone(source, read_endings(said.text, said_at=source.said_at, zone=said.zone), read)


_ENDS_OTHERS = frozenset({"eats", "drinks", "diet"})
# What is over is told by one of these: of fifty thousand messages only such are read for it.
_SIGNS = (
    "again", "any more", "anymore", "any longer", "no longer", "divorce", "broke up", "broken up",
    "split", "separated", "stop", "quit", "gave up", "given up",
)  # fmt: skip


def _said_by(row: Row[Any]) -> SaidBy | None:
    """Return whose words these are; None: nobody's that are learnt from."""
    assurance = Assurance(row.assurance)
    if row.role == "import":
        # A guest brings in anybody's words, under any name: they prove nothing.
        is_learnt = assurance is Assurance.HELD and folded(row.speaker) not in MACHINES
        return SaidBy.IMPORT if is_learnt else None
    details = row.turn_details or {}
    # Its exchange was forgotten around it: nobody knows whose words these are.
    is_nobodys = row.conversation_id and row.exchange_id is None
    has_been_heard = details.get("righted")  # its turn has put right what it was about
    if assurance is Assurance.STRANGER or is_nobodys or has_been_heard:
        return None
    return SaidBy.GUEST if details.get("guest") or _is_guests(row) else SaidBy.OWNER


def _is_guests(row: Row[Any]) -> bool:
    if row.person_id is None:
        # Nobody in particular, but by a credential of the owner's: the keyboard, a program.
        return Assurance(row.assurance) is not Assurance.HELD
    return row.person_role in {None, Role.HOUSEHOLD.value}


def _source(row: Row[Any], said_by: SaidBy, *, reader: str) -> FactSource:
    return FactSource(
        owner_id=OwnerId(row.owner_id),
        message_id=MessageId(row.id),
        speaker=row.speaker,
        said_by=said_by,
        assurance=Assurance(row.assurance),
        channel=row.channel,
        said_at=Instant(row.said_at),
        namespace=row.namespace,
        person_id=row.person_id or "",
        conversation_id=row.conversation_id or "",
        reader=reader,
    )


def _words(text: str) -> list[str]:
    return _WORD.findall(text.replace("\u2019", "'").casefold())


def _is_in(part: Sequence[str], whole: Sequence[str]) -> bool:
    size = len(part)
    return any(list(whole[at : at + size]) == list(part) for at in range(len(whole) - size + 1))
