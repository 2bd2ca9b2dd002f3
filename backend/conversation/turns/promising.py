"""What somebody says against what is held: a promise changes only after they were asked.

"Never forget that I live in Porto" is a promise. Who says later "I live in Lisbon" is reminded of
it and asked; their yes changes it, from the words that said so first.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from sqlalchemy import select

from backend.conversation.reasoning.context import Righting
from backend.conversation.turns.believing import ended, may_change, myself_of
from backend.conversation.turns.restating import restated
from backend.conversation.turns.types import Draft
from backend.conversation.wording import is_no, is_yes
from backend.kernel.ids import MessageId
from backend.memory.facts import Facts, FactView, ReadFact, read_facts
from backend.memory.facts.correction_words import CorrectionKind
from backend.memory.facts.learning import checked_zone
from backend.memory.facts.predicates import predicate
from backend.memory.facts.reading.denials import ANYTHING, read_denials
from backend.memory.facts.reading.endings import Ending, read_endings
from backend.memory.facts.reading.standing import read_standing
from backend.memory.facts.sameness import is_same
from backend.memory.facts.types import Cardinality
from backend.memory.graph.types import folded
from backend.platform.database.engine import Database
from backend.platform.database.tables import messages

CHANGE = "change"  # what a reply has asked for
DENIED_MAX = 12  # facts that one denial can take back
_CHANGE_IT = re.compile(
    r"(?:(?:yes|yeah|yep|ok(?:ay)?|sure|please)[ ,.!]+)*"
    r"(?:yes|please|(?:please )?(?:do(?: it| that| so)?|change (?:it|that)|take it back)|go ahead)"
    r"(?:[ ,]+(?:please|then|ringback))*"
)


class Promising:
    """Words that stand against what is held."""

    def __init__(self, *, facts: Facts, database: Database) -> None:
        self._facts, self._database = facts, database

    async def weigh(self, draft: Draft, pinned: Sequence[FactView]) -> Righting | None:
        """Return what the words deny, or which promise they would break; None: nothing of both."""
        if (again := await restated(self._database, draft)) is not None:
            return again
        is_asked_for = draft.effects.belief.is_explicit  # "my name is Sam" changes it by itself
        broken = None if is_asked_for else _broken(draft, draft.heard.text, pinned)
        if broken is None:
            return await self._denied(draft) or await self._ended(draft)
        if not may_change(draft, broken.fact):
            # They are told so as with anything else that they may not change.
            is_against = broken.kind is not CorrectionKind.CHANGED
            return replace(broken, problem="forbidden", is_whole=True) if is_against else None
        draft.details.asks = CHANGE
        return replace(broken, problem="promised")

    async def answered(self, draft: Draft, turn_id: str, fact: FactView) -> Righting | None:
        """Return what becomes of a promise by a yes or a no; None when they say something else."""
        heard = draft.heard.text
        if is_no(heard):
            return Righting(CorrectionKind.CHANGED, fact, problem="left")
        agrees = is_yes(heard) or _CHANGE_IT.fullmatch(heard.lower().strip(" .!,"))
        if not agrees or not may_change(draft, fact):
            return None
        said = await self._said(draft, turn_id)
        if said is None:
            return None
        message_id, text = said
        broken = _broken(draft, text, [fact])
        return broken and replace(broken, message_id=message_id, quote=text)

    async def _denied(self, draft: Draft) -> Righting | None:
        """Return which facts are denied in so many words."""
        if draft.effects.belief.read:
            return None
        party, found = draft.party, []
        for each in _denials(draft, draft.heard.text):
            held = await self._facts.about(
                party.actor.owner_id,
                party.namespace,
                names=[each.subject],
                predicates=[each.predicate],
                with_history=each.is_ended,  # "I never lived there"
                limit=DENIED_MAX,
            )
            found += [fact for fact in held if _is_of(each, fact) and _is_that(each, fact)]
        meant = list({fact.id: fact for fact in found}.values())
        if not meant:
            return None
        first, *others = meant
        problem = "" if all(may_change(draft, fact) for fact in meant) else "forbidden"
        return Righting(
            CorrectionKind.DENIED, first, problem=problem, also=tuple(others), is_whole=True
        )

    async def _ended(self, draft: Draft) -> Righting | None:
        """Return what is over by what they say; beside news it is over with them."""
        party, found, read = draft.party, [], draft.effects.belief.read
        told_anew = {(folded(each.subject), each.predicate) for each in read if not each.is_ended}
        for each in _endings(draft, draft.heard.text):
            held = await self._facts.about(
                party.actor.owner_id,
                party.namespace,
                names=[each.subject],
                predicates=sorted(each.predicates),
                limit=DENIED_MAX,
            )
            found += [
                fact for fact in held if _is_over(draft, each, fact) and may_change(draft, fact)
            ]
        over = [
            fact
            for fact in {fact.id: fact for fact in found}.values()
            if (folded(fact.subject), fact.predicate) not in told_anew
        ]
        if not over:
            return None
        first, *others = over
        righting = Righting(CorrectionKind.ENDED, first, also=tuple(others), is_whole=True)
        if not read:
            return righting
        belief = replace(draft.effects.belief, read=(*read, *ended(draft, righting)))
        draft.effects = replace(draft.effects, belief=belief)
        return None

    async def _said(self, draft: Draft, turn_id: str) -> tuple[MessageId, str] | None:
        """Return what they were asked about."""
        query = select(messages.c.id, messages.c.text).where(
            messages.c.turn_id == turn_id,
            messages.c.owner_id == draft.party.actor.owner_id,
            messages.c.role == "person",
        )
        async with self._database.reading() as connection:
            row = (await connection.execute(query)).first()
        return None if row is None else (MessageId(row.id), row.text)


def _broken(draft: Draft, text: str, pinned: Iterable[FactView]) -> Righting | None:
    """Return the promise that words would break, and what they would make of it."""
    held = [fact for fact in pinned if not predicate(fact.predicate).gives_way]
    told = [*_told(draft, text), *(_as_meant(draft, each) for each in read_standing(text))]
    for fact in held:
        for each in told:
            is_one = predicate(fact.predicate).cardinality is Cardinality.ONE
            if is_one and not each.is_ended and _is_of(each, fact) and not _is_that(each, fact):
                return Righting(CorrectionKind.CHANGED, fact, each.object)
    for fact in held:
        if any(_is_of(each, fact) and _is_that(each, fact) for each in _denials(draft, text)):
            return Righting(CorrectionKind.DENIED, fact, is_whole=True)
        is_told_over = any(
            each.is_ended and _is_of(each, fact) and _is_that(each, fact) for each in told
        )
        if is_told_over or any(_is_over(draft, each, fact) for each in _endings(draft, text)):
            return Righting(CorrectionKind.ENDED, fact)
    return None


def _told(draft: Draft, text: str) -> list[ReadFact]:
    zone = checked_zone(draft.party.zone)
    read = read_facts(text, speaker="", said_at=draft.started_at, zone=zone)
    return [_as_meant(draft, each) for each in read]


def _denials(draft: Draft, text: str) -> list[ReadFact]:
    zone = checked_zone(draft.party.zone)
    read = read_denials(text, said_at=draft.started_at, zone=zone)
    return [_as_meant(draft, each) for each in read]


def _endings(draft: Draft, text: str) -> list[Ending]:
    zone = checked_zone(draft.party.zone)
    read = read_endings(text, said_at=draft.started_at, zone=zone)
    return [replace(each, subject=each.subject or myself_of(draft.party)) for each in read]


def _is_over(draft: Draft, ending: Ending, fact: FactView) -> bool:
    is_held = fact.holds_at(draft.started_at)
    return folded(ending.subject) == folded(fact.subject) and is_held and ending.is_of(fact)


def _as_meant(draft: Draft, read: ReadFact) -> ReadFact:
    """Return what somebody says of themselves under the name that it is kept under."""
    return replace(read, subject=read.subject or myself_of(draft.party))


def _is_of(read: ReadFact, fact: FactView) -> bool:
    """Say whether words are about what a fact is about."""
    is_whose = folded(read.subject) == folded(fact.subject)
    is_which = not read.qualifier or folded(read.qualifier) == folded(fact.qualifier)
    return is_whose and is_which and read.predicate == fact.predicate


def _is_that(read: ReadFact, fact: FactView) -> bool:
    return read.object == ANYTHING or is_same(fact.predicate, read.object, fact.object)
