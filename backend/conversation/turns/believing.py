"""What a turn changes of what is held to be true, in its own transaction.

What somebody tells is believed with the turn that tells it: the very next question, on any
channel, is answered from it. The job that learns from the message finds it known.
"""

from collections.abc import Sequence
from dataclasses import replace

from backend.conversation.reasoning import Intent, Understanding
from backend.conversation.reasoning.context import Noted, Righting
from backend.conversation.reasoning.wording import called, own_name
from backend.conversation.sessions import Party
from backend.conversation.turns.types import Belief, Draft
from backend.kernel.errors import Forbidden
from backend.kernel.ids import MessageId
from backend.kernel.people import Actor, Assurance, Role
from backend.memory.facts import (
    ONESELF,
    ChangeKind,
    FactChange,
    Facts,
    FactSource,
    FactView,
    ReadFact,
    SaidBy,
    read_facts,
)
from backend.memory.facts.correction_words import CorrectionKind
from backend.memory.facts.corrections import Part
from backend.memory.facts.learning import checked_zone, repeats
from backend.memory.facts.naming import Named
from backend.memory.facts.predicates import KIN, predicate
from backend.memory.facts.predicates import told as sentence_of
from backend.memory.facts.reading.standing import read_standing, standing_wish
from backend.memory.facts.service import is_guest
from backend.memory.facts.types import READ_IN_TURN, Cardinality
from backend.memory.graph.types import folded
from backend.platform.database.transaction import Transaction

KIN_MAX = 100
TOLD_MAX = 8  # facts that a reply may be from


class Believing:
    """Facts as a turn changes them."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts

    def read(self, draft: Draft, understood: Understanding) -> None:
        """Have the turn believe what its words say, when it is kept."""
        is_explicit = understood.intent in {Intent.REMEMBER, Intent.PIN} or bool(
            own_name(draft.heard.text)
        )
        party = draft.party
        found = read_facts(
            draft.heard.text,
            speaker="" if is_owner(party.actor) else party.speaker,
            said_at=draft.started_at,
            zone=checked_zone(party.zone),
            earlier=_last_said(draft, "person"),
        )
        before = _last_said(draft, "companion")
        news = [each for each in found if is_explicit or not repeats(each.quote, before)]
        if understood.intent is Intent.PIN:
            news = [replace(each, is_pinned=True) for each in news] or _standing(understood.content)
        if news:
            belief = Belief(read=tuple(news), is_explicit=is_explicit)
            draft.effects = replace(draft.effects, belief=belief)

    async def noted(self, draft: Draft, *, may_recall: bool) -> Noted | None:
        """Return that what they tell changes nothing: somebody else's word stands against it."""
        party, read = draft.party, draft.effects.belief.read
        if not read or not is_guest(source_of(draft, is_explicit=True)):
            return None
        if not may_recall:
            return Noted()  # whatever is held: by trying, nobody finds out what it is
        for each in read:
            held = await self._facts.about(
                party.actor.owner_id,
                party.namespace,
                names=[each.subject or party.speaker],
                predicates=[each.predicate],
            )
            stands = next((fact for fact in held if _stands_against(fact, each)), None)
            if stands is not None:
                return Noted(_told_by(stands))
        return None

    async def names(self, line: Party) -> tuple[str, ...]:
        """Return by which names somebody calls themselves on their own line, today's first."""
        names = [called(line.name)]
        if is_owner(line.actor):
            own = await self._facts.about(
                line.actor.owner_id,
                line.namespace,
                names=[ONESELF],
                predicates=["name", "called"],
                with_history=True,
            )
            own = sorted(own, key=lambda fact: (fact.retracted_as != "", fact.predicate != "name"))
            names += [fact.object for fact in own if not fact.was_never_true]
        return tuple(dict.fromkeys(each for each in names if each))

    async def is_known(self, line: Party, name: str) -> bool:
        """Say whether somebody of this name was spoken of."""
        owner_id, namespace = line.actor.owner_id, line.namespace
        of_them = await self._facts.about(owner_id, namespace, names=[folded(name)], limit=1)
        if of_them:
            return True
        kin = await self._facts.about(
            owner_id, namespace, names=[ONESELF], predicates=sorted(KIN), limit=KIN_MAX
        )
        return any(folded(fact.object) == folded(name) for fact in kin)

    # ── in the turn's transaction ────────────────────────────────────────────────────────────
    async def take_effect(self, tx: Transaction, draft: Draft) -> None:
        """Change what is held; note what the reply was from, for what is said of it next."""
        belief, told = draft.effects.belief, [fact.id for fact in draft.told]
        if belief.read:
            source = source_of(draft, is_explicit=belief.is_explicit)
            changes = await self._facts.believe(tx, belief.read, source)
            told = [*_new(changes), *told]
        if belief.righting is not None:
            told = await self._right(tx, draft, belief.righting)
        if belief.tells is not None:
            named = Named(belief.tells.name, belief.tells.which)
            source = source_of(draft, is_explicit=True)
            told = _new(
                await self._facts.tell_apart(tx, belief.tells.message_id, named, source=source)
            )
        for change_id in belief.undoes:
            await self._facts.restore(tx, change_id, source=source_of(draft, is_explicit=True))
        for fact_id in belief.pins:
            await self._facts.pin(
                tx, fact_id, is_pinned=True, source=source_of(draft, is_explicit=True)
            )
        told = list(dict.fromkeys([*told, *belief.pins]))
        messages = [source.message_id for source in draft.sources]
        draft.details.told |= {
            kind: ids[:TOLD_MAX] for kind, ids in (("facts", told), ("messages", messages)) if ids
        }

    async def _right(self, tx: Transaction, draft: Draft, righting: Righting) -> list[str]:
        source, fact = source_of(draft, is_explicit=True), righting.fact
        if not fact.id:
            fact = replace(fact, id=await self._believed_before(tx, draft, righting))
            if not fact.id:
                return []  # those words say no more than what is known
        elif righting.message_id:
            source = replace(source, message_id=MessageId(righting.message_id))
        if righting.kind is CorrectionKind.CORRECTED and not fact.was_never_true:
            changes = await self._facts.correct(
                tx,
                fact.id,
                source=source,
                quote=draft.heard.text,
                object=righting.value if righting.part is Part.OBJECT else None,
                subject=righting.value if righting.part is Part.SUBJECT else None,
            )
        elif righting.kind is CorrectionKind.DENIED:
            changes = [
                change
                for each in (fact, *righting.also)
                for change in await self._facts.deny(tx, each.id, source=source)
            ]
        else:
            changes = await self._facts.believe(tx, ended(draft, righting), source)
        if any(change.kind is ChangeKind.REFUSED for change in changes):
            raise Forbidden("Only whose memory it is may change that.")
        return _new(changes) or [fact.id]

    async def _believed_before(self, tx: Transaction, draft: Draft, righting: Righting) -> str:
        """Believe what they said just before, so that it can be put right: the fact's id."""
        source = source_of(draft, is_explicit=True)
        source = replace(source, message_id=MessageId(righting.message_id))
        wrong = replace(righting, kind=CorrectionKind.CHANGED, value=righting.fact.object)
        found = _new(await self._facts.believe(tx, [_read(draft, wrong)], source))
        return found[0] if found else ""


def _standing(content: str) -> list[ReadFact]:
    """Return what is never to be forgotten where it is in no catalogue."""
    return list(read_standing(content)) or ([standing_wish(content)] if content else [])


def _new(changes: Sequence[FactChange]) -> list[str]:
    """Return what holds by these changes, the most telling first."""
    kinds = (ChangeKind.LEARNT, ChangeKind.CONFIRMED)
    return [change.fact_id for kind in kinds for change in changes if change.kind is kind]


def _stands_against(fact: FactView, told: ReadFact) -> bool:
    """Say whether a fact is the owner's, and something else than a guest tells, or ends."""
    is_same = fact.object.casefold() == told.object.casefold()
    is_one = predicate(fact.predicate).cardinality is Cardinality.ONE
    is_against = is_same if told.is_ended else is_one and not is_same
    return fact.said_by is SaidBy.OWNER and is_against


def _told_by(fact: FactView) -> str:
    speakers = (called(source.speaker) for source in fact.sources)
    return next((name for name in speakers if name), "") or "my owner"


def ended(draft: Draft, righting: Righting) -> list[ReadFact]:
    """Return how it is now, or that it is over, with what else is over by the same words."""
    each = (righting.fact, *righting.also)
    return [_read(draft, replace(righting, fact=fact)) for fact in each]


def objected(draft: Draft, righting: Righting) -> tuple[ReadFact, ...]:
    """Return what somebody says against what is held of themselves, where they may not change it.

    It changes nothing, and whoever asks is told of it.
    """
    myself = myself_of(draft.party)
    if righting.problem != "forbidden" or righting.part is Part.SUBJECT or myself == ONESELF:
        return ()
    is_denied = righting.kind is CorrectionKind.DENIED
    kind = CorrectionKind.ENDED if is_denied else righting.kind
    read = ended(draft, replace(righting, kind=kind))
    mine = (each for each in read if folded(each.subject) == folded(myself))
    return tuple(replace(each, qualifier="") for each in mine)  # whose husband, the owner has said


def in_words(righting: Righting) -> str:
    """Return how it is by a correction, as they might have said it: so it is found again."""
    if righting.problem or not righting.value:
        return ""
    fact, is_whose = righting.fact, righting.part is Part.SUBJECT
    subject, value = (righting.value, fact.object) if is_whose else (fact.subject, righting.value)
    said = sentence_of(subject, fact.predicate, value, oneself="You")
    for theirs, mine in (("You are ", "I am "), ("You ", "I "), ("Your ", "My ")):
        if said.startswith(theirs):
            return mine + said.removeprefix(theirs)
    return said


def _read(draft: Draft, righting: Righting) -> ReadFact:
    """Return how it is now, or that it is over, as a fact that was read."""
    fact = righting.fact
    is_ended = righting.kind is CorrectionKind.ENDED
    value = fact.object if is_ended or righting.part is Part.SUBJECT else righting.value
    subject = righting.value if righting.part is Part.SUBJECT else fact.subject
    return ReadFact(
        subject=subject,
        predicate=fact.predicate,
        object=value,
        statement=sentence_of(subject, fact.predicate, value, is_past=is_ended),
        quote=righting.quote or draft.heard.text,
        confidence=1.0,
        is_ended=is_ended,
        is_pinned=fact.is_pinned,
        qualifier=fact.qualifier,
    )


# ── who ──────────────────────────────────────────────────────────────────────────────────────
def is_owner(actor: Actor) -> bool:
    """Say whether it is whose memory it is, as far as we can know."""
    if actor.person_id is None:
        return actor.assurance is Assurance.HELD
    return actor.role not in {None, Role.HOUSEHOLD}


def myself_of(party: Party) -> str:
    """Return under which name somebody's own facts are kept."""
    return ONESELF if is_owner(party.actor) else party.speaker


def source_of(draft: Draft, *, is_explicit: bool) -> FactSource:
    """Return the turn's words as where something is known from."""
    party = draft.party
    return FactSource(
        owner_id=party.actor.owner_id,
        message_id=draft.heard_id,
        speaker=party.speaker,
        said_by=SaidBy.OWNER if is_owner(party.actor) else SaidBy.GUEST,
        assurance=party.assurance,
        channel=party.carrier,
        said_at=draft.started_at,
        namespace=party.namespace,
        person_id=party.actor.person_id or "",
        conversation_id=party.conversation_id,
        reader=READ_IN_TURN,
        is_explicit=is_explicit,
    )


def may_change(draft: Draft, fact: FactView) -> bool:
    """Say whether somebody may change a fact: a guest only what they said themselves."""
    if not is_guest(source_of(draft, is_explicit=True)):
        return True
    is_own = all(source.speaker == draft.party.speaker for source in fact.sources)
    return fact.said_by is SaidBy.GUEST and is_own and not fact.is_pinned


def _last_said(draft: Draft, speaker: str) -> str:
    said = (line.text for line in reversed(draft.background.history) if line.speaker == speaker)
    return next(said, "")
