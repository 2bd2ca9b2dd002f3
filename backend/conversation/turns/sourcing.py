"""Finds what "How do you know that?" is about, and the whole sentence that it is known from."""

import re
from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import select

from backend.conversation.sessions import Party
from backend.conversation.turns.believing import myself_of
from backend.conversation.turns.types import Draft
from backend.kernel.clock import Instant
from backend.kernel.ids import OwnerId
from backend.kernel.people import Assurance
from backend.memory.facts import Facts, FactView, SourceView, read_facts
from backend.memory.facts.learning import checked_zone
from backend.memory.facts.sameness import is_same
from backend.memory.graph.types import folded
from backend.memory.recall.words import content_words
from backend.platform.database.engine import Database
from backend.platform.database.tables import messages

STATED_MAX = 24  # facts of one kind that are held of somebody
SENTENCE_CHARACTERS_MAX = 200
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+")
_YOU_SAID = re.compile(
    r"(?:(?:and|but|so|no|ok(?:ay)?|wait)[ ,.!]+)*(?:you (?:just |have |once )?(?:told me|said|say"
    r"|think|believe|know|claim(?:ed)?)|i (?:told you|said))(?: that)?[ ,:]+",
    re.IGNORECASE,
)
_MAY_BE_ASKED_OF_ANYTHING = re.compile(r"\b(?:sure|why|what makes)\b", re.IGNORECASE)


def named_in(heard: str, content: str) -> str:
    """Return what somebody asks the source of, as they said it; empty: what was just told.

    "You told me that I live in Graz. How do you know?" names it in the sentence before.
    """
    if content:
        at = heard.lower().find(content.lower())
        return heard[at : at + len(content)] if at >= 0 else content
    *before, _ = _SENTENCE_END.split(heard.strip())
    said = _YOU_SAID.match(before[-1]) if before else None
    return before[-1][said.end() :].strip(" .!?") if said is not None else ""


def is_any_question(heard: str) -> bool:
    """Say whether it may ask of anything else as well: "Why do you think so?" after small talk."""
    return bool(_MAY_BE_ASKED_OF_ANYTHING.search(_SENTENCE_END.split(heard.strip())[-1]))


def sharing(content: str, facts: Sequence[FactView]) -> tuple[FactView, ...]:
    """Return the facts that are about what words name."""
    asked = content_words(content)
    return tuple(
        fact
        for fact in facts
        if asked & content_words(f"{fact.subject} {fact.qualifier} {fact.object}")
    )


class Sourcing:
    """Looks up where things are known from."""

    def __init__(self, *, facts: Facts, database: Database) -> None:
        self._facts, self._database = facts, database

    async def stated(self, draft: Draft, content: str) -> tuple[FactView, ...]:
        """Return the facts that words state as they are held: "I live in Graz"."""
        party, found = draft.party, list[FactView]()
        read = read_facts(
            content, speaker="", said_at=draft.started_at, zone=checked_zone(party.zone)
        )
        for each in read:
            held = await self._facts.about(
                party.actor.owner_id,
                party.namespace,
                names=[folded(each.subject) or myself_of(party)],
                predicates=[each.predicate],
                limit=STATED_MAX,
            )
            found += [fact for fact in held if is_same(each.predicate, each.object, fact.object)]
        return tuple({fact.id: fact for fact in found}.values())

    async def whole(self, owner_id: OwnerId, told: Sequence[FactView]) -> tuple[FactView, ...]:
        """Return facts whose first is quoted with the whole sentence that it was said in."""
        first = next((fact for fact in told if fact.sources), None)
        if first is None:
            return tuple(told)
        newest, *older = first.sources
        query = select(messages.c.text).where(
            messages.c.id == newest.message_id, messages.c.owner_id == owner_id
        )
        async with self._database.reading() as connection:
            text = (await connection.execute(query)).scalar() or ""
        quoted = replace(first, sources=(_in_full(newest, text), *older))
        return tuple(quoted if fact is first else fact for fact in told)

    async def said(self, party: Party, message_ids: Sequence[str]) -> tuple[SourceView, ...]:
        """Return what was said, when a reply has only recalled it."""
        query = (
            select(messages)
            .where(
                messages.c.owner_id == party.actor.owner_id,
                messages.c.id.in_(message_ids),
            )
            .order_by(messages.c.said_at.desc())
        )
        async with self._database.reading() as connection:
            rows = (await connection.execute(query)).all()
        return tuple(
            SourceView(
                message_id=row.id,
                quote=row.text,
                speaker=row.speaker,
                channel=row.channel,
                assurance=Assurance(row.assurance),
                said_at=Instant(row.said_at),
                conversation_id=row.conversation_id or "",
            )
            for row in rows
        )


def _in_full(source: SourceView, text: str) -> SourceView:
    words = source.quote.strip().rstrip(".!").casefold()
    sentences = (each.strip() for each in _SENTENCE_END.split(text))
    found = next((each for each in sentences if words and words in each.casefold()), "")
    return replace(source, quote=found) if 0 < len(found) <= SENTENCE_CHARACTERS_MAX else source
