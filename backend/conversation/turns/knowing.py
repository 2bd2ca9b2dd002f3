"""What is held of what a turn is about: what answers it, and what its words do to it.

Nothing is changed here: it is found out before the mind is asked, and done with the turn.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import select

from backend.conversation.reasoning import OWN_NAME, Intent, Understanding
from backend.conversation.reasoning.context import Overview, Righting
from backend.conversation.reasoning.knowing import (
    Asked,
    ambiguous,
    answering,
    asked,
    asks_before,
    chosen,
    what_is_over,
)
from backend.conversation.reasoning.moments import moment_asked
from backend.conversation.reasoning.overview import most_telling
from backend.conversation.sessions import Party
from backend.conversation.turns.believing import TOLD_MAX, in_words, may_change, myself_of, objected
from backend.conversation.turns.last_told import LastTurns
from backend.conversation.turns.promising import CHANGE, Promising
from backend.conversation.turns.sourcing import Sourcing, is_any_question, named_in, sharing
from backend.conversation.turns.types import Belief, Draft
from backend.conversation.turns.undoing import undoable
from backend.kernel.errors import Missing
from backend.memory.facts import ONESELF, Facts, FactView, SourceView
from backend.memory.facts.correction_words import CorrectionKind
from backend.memory.facts.corrections import Part, read_correction
from backend.memory.facts.language.kin import kin_of
from backend.memory.facts.taken_back import corrected, with_disputes
from backend.memory.recall.words import content_words
from backend.platform.cache import Cache
from backend.platform.database.engine import Database
from backend.platform.database.tables import sources as source_rows

FORMER_MAX = 1  # of each fact: "And before that?" goes one step back
FACTS_MAX = 12  # that a mind is given of what was asked
PINNED_MAX = 24
OVERLOOKED_MAX = 200  # among which are the most telling
WHICH, RIGHT = "which", "right"  # what a reply has asked for
_ENDING = content_words(
    "no more any anymore longer true right over that isn't don't changed case valid outdated date"
    " old news quit left resigned job has not"
)
_FACTUAL = frozenset({Intent.QUESTION, Intent.WHO_AM_I, Intent.UNSUPPORTED, Intent.STATEMENT})


@dataclass(frozen=True, slots=True)
class Last:
    """What the last reply in this exchange was from."""

    facts: tuple[FactView, ...] = ()
    messages: tuple[str, ...] = ()
    asks: str = ""
    turn_id: str = ""
    forgets: tuple[str, ...] = ()  # what would go, as it was written down


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What is held of what a turn is about."""

    understood: Understanding
    facts: tuple[FactView, ...] = ()
    answer: tuple[FactView, ...] = ()
    which: tuple[FactView, ...] = ()
    pinned: tuple[FactView, ...] = ()
    last: Last = Last()
    righting: Righting | None = None
    is_before: bool = False
    corrected: tuple[FactView, ...] = ()  # what was said before, and never so
    overview: Overview | None = None  # they ask for all of it
    words: tuple[SourceView, ...] = ()  # that the last reply was from, when no fact was


class Knowing:
    """Facts as a turn finds them."""

    def __init__(self, *, facts: Facts, database: Database, cache: Cache) -> None:
        self._facts, self._database, self._turns = facts, database, LastTurns(cache)
        self._promising = Promising(facts=facts, database=database)
        self._sourcing = Sourcing(facts=facts, database=database)

    async def gather(
        self, draft: Draft, understood: Understanding, *, may_recall: bool, may_note: bool
    ) -> Knowledge:
        """Return what is held of what was asked, and what the words do to it."""
        if not may_recall:
            return Knowledge(understood)
        party = draft.party
        last = await self._last(party) if draft.background.history else Last()
        if last.facts and asks_before(draft.heard.text):
            draft.is_recallable, draft.effects = False, replace(draft.effects, belief=Belief())
            understood = replace(understood, intent=Intent.QUESTION, is_question=True)
        knowledge = Knowledge(understood, last=last, pinned=await self._pinned(party))
        done = self._done(draft, knowledge, may_note=may_note)
        if done is None and may_note:
            done = await self._against(draft, knowledge)
        if done is not None:
            return done
        if understood.intent is Intent.UNDO and may_note:
            undoes = await undoable(self._database, draft)
            draft.effects = replace(draft.effects, belief=Belief(undoes=undoes))
        if understood.intent is Intent.HOW_KNOWN:
            return await self._how_known(draft, knowledge)
        if understood.intent is Intent.OVERVIEW:
            return await self._all_of_them(draft.party, knowledge)
        if understood.intent in _FACTUAL:
            return await self._about(draft, knowledge)
        return knowledge

    def _done(self, draft: Draft, knowledge: Knowledge, *, may_note: bool) -> Knowledge | None:
        """Return what the words do to what was told last; None when they do nothing to it."""
        understood, last = knowledge.understood, knowledge.last
        righting = self._righting(draft, last) if may_note else None
        if righting is not None:
            return self._put_right(draft, knowledge, righting)
        if may_note and understood.intent is Intent.PIN and not understood.content:
            return self._pin(draft, knowledge)
        picked = chosen(draft.heard.text, last.facts) if last.asks == WHICH else ()
        if not picked:
            return None
        draft.is_recallable, draft.effects = False, replace(draft.effects, belief=Belief())
        asks = replace(understood, intent=Intent.QUESTION, is_question=True)
        return replace(knowledge, understood=asks, facts=picked, answer=picked)

    async def _against(self, draft: Draft, knowledge: Knowledge) -> Knowledge | None:
        """Return what the words do against what is held; None when they do nothing."""
        last, righting = knowledge.last, None
        if last.asks == CHANGE and last.facts:
            righting = await self._promising.answered(draft, last.turn_id, last.facts[0])
        if righting is None and knowledge.understood.intent is Intent.STATEMENT:
            righting = await self._promising.weigh(draft, knowledge.pinned)
        return None if righting is None else self._put_right(draft, knowledge, righting)

    async def _about(self, draft: Draft, knowledge: Knowledge) -> Knowledge:
        """Return the facts that a question is about, and those of them that answer it."""
        understood, told = knowledge.understood, knowledge.last.facts
        is_name = understood.intent is Intent.WHO_AM_I
        wanted = asked(OWN_NAME if is_name else draft.heard.text, told)
        moment = moment_asked(draft.heard.text, now=draft.started_at, zone=draft.party.zone)
        if moment is not None and understood.is_question:
            wanted = replace(wanted, moment=moment, is_before=False)
        found = await self._found(draft.party, wanted)
        now = draft.started_at
        if not understood.is_question and not is_name:
            return replace(knowledge, facts=tuple(each for each in found if each.holds_at(now)))
        myself = myself_of(draft.party)
        if wanted.is_elliptic and told:
            answer = await self._former(draft, told)
        elif wanted.is_before:
            answer = tuple(
                each for each in answering(wanted, found, myself=myself) if not each.holds_at(now)
            )
        else:
            answer = answering(wanted, found, myself=myself)
            answer = answer or await self._lapsed(draft, wanted)
        answer = await with_disputes(self._database, draft.party.actor.owner_id, answer)
        which = ambiguous(answer, wanted)
        if which:
            draft.details.asks = WHICH
        is_before = wanted.is_before or wanted.is_elliptic
        today = told if wanted.is_elliptic else answering(wanted, found, myself=myself)
        overview = None
        if wanted.wants_all and not which:
            overview, answer = await self._all_of(draft.party, answer)
        return replace(
            knowledge,
            overview=overview,
            facts=tuple(dict.fromkeys((*answer, *found)))[:FACTS_MAX],
            answer=answer,
            which=which,
            is_before=is_before,
            corrected=await self._corrected(draft.party, today) if is_before and not answer else (),
        )

    async def _all_of(
        self, party: Party, answer: tuple[FactView, ...]
    ) -> tuple[Overview | None, tuple[FactView, ...]]:
        """Return how much is known of the one who is asked about, and the most telling of it."""
        names = {fact.subject for fact in answer}
        if len(names) != 1 or ONESELF in names:
            return None, answer
        [name] = names
        count = await self._facts.count(party.actor.owner_id, party.namespace, name=name)
        return Overview(count, name=name), most_telling(answer)

    async def _all_of_them(self, party: Party, knowledge: Knowledge) -> Knowledge:
        """Return what is known of whoever asks: how much, and the most telling of it."""
        owner_id, namespace, myself = party.actor.owner_id, party.namespace, myself_of(party)
        found = await self._facts.about(owner_id, namespace, names=[myself], limit=OVERLOOKED_MAX)
        count = await self._facts.count(owner_id, namespace, name=myself)
        # What others are told of is the owner's to know.
        is_theirs = myself == ONESELF
        all_told = await self._facts.count(owner_id, namespace) if is_theirs else count
        shown = most_telling(found)[:FACTS_MAX]
        return replace(
            knowledge,
            facts=shown,
            answer=shown,
            overview=Overview(count, others=all_told - count),
        )

    async def _found(self, party: Party, wanted: Asked) -> tuple[FactView, ...]:
        """Return what is held of everybody who may be meant, the asker last."""
        owner_id, namespace = party.actor.owner_id, party.namespace
        history, at = wanted.is_before, None if wanted.moment is None else wanted.moment.during
        found: list[FactView] = []
        names = [*wanted.names, *wanted.kin]
        if names:
            found += await self._facts.about(
                owner_id, namespace, names=names, at=at, with_history=history, limit=FACTS_MAX
            )
        if wanted.is_self and (wanted.predicates or wanted.wants_all):
            found += await self._facts.about(
                owner_id,
                namespace,
                names=[myself_of(party)],
                predicates=() if wanted.wants_all else wanted.predicates,
                at=at,
                with_history=history,
                limit=FACTS_MAX,
            )
        return tuple({each.id: each for each in found}.values())

    async def _former(self, draft: Draft, told: Sequence[FactView]) -> tuple[FactView, ...]:
        """Return what was before what was just told."""
        former: list[FactView] = []
        for fact in told:
            former += [
                each
                for each in await self._facts.former(draft.party.actor.owner_id, fact.id)
                if not each.holds_at(draft.started_at)
            ][:FORMER_MAX]
        return tuple(former)[:TOLD_MAX]

    async def _lapsed(self, draft: Draft, wanted: Asked) -> tuple[FactView, ...]:
        """Return what was so and is over: by their words, or since a day that has come."""
        if wanted.moment is not None:
            return ()
        found = await self._found(draft.party, replace(wanted, is_before=True))
        answer = answering(wanted, found, myself=myself_of(draft.party))
        return what_is_over(answer, draft.started_at)

    async def _corrected(self, party: Party, now: Sequence[FactView]) -> tuple[FactView, ...]:
        """Return what somebody had said of it, and put right."""
        async with self._database.reading() as connection:
            return await corrected(connection, party.actor.owner_id, [each.id for each in now])

    async def _how_known(self, draft: Draft, knowledge: Knowledge) -> Knowledge:
        """Return the facts whose source is asked for: those that are named, or the last."""
        owner_id, last = draft.party.actor.owner_id, knowledge.last
        content = named_in(draft.heard.text, knowledge.understood.content)
        words: tuple[SourceView, ...] = ()
        if content:
            answer = await self._sourcing.stated(draft, content)
            answer = answer or await self._asked_of(draft, content, last.facts)
        else:
            answer, words = (
                last.facts,
                () if last.facts else await self._sourcing.said(draft.party, last.messages),
            )
        if not (answer or words) and is_any_question(draft.heard.text):
            asks = replace(knowledge.understood, intent=Intent.QUESTION, is_question=True)
            return replace(knowledge, understood=asks)
        answer = await self._sourcing.whole(owner_id, answer)
        return replace(knowledge, facts=answer, answer=answer, words=words)

    async def _asked_of(
        self, draft: Draft, content: str, told: tuple[FactView, ...]
    ) -> tuple[FactView, ...]:
        wanted = asked(content, told)
        found = await self._found(draft.party, wanted)
        return answering(wanted, found, myself=myself_of(draft.party)) or sharing(content, told)

    async def _pinned(self, party: Party) -> tuple[FactView, ...]:
        found = await self._facts.pinned(party.actor.owner_id, party.namespace)
        return tuple(found)[:PINNED_MAX]

    # ── what they were told is not so ────────────────────────────────────────────────────────
    def _righting(self, draft: Draft, last: Last) -> Righting | None:
        """Return how the words put right what the last reply was from."""
        heard = draft.heard.text
        held = [fact for fact in last.facts if not fact.was_never_true]
        if last.asks == WHICH:
            return None
        if last.asks == RIGHT and last.facts:
            again = read_correction(heard, last.facts) or read_correction(
                f"No, {heard}", last.facts
            )
            if again is not None and again.kind is CorrectionKind.CORRECTED:
                return Righting(again.kind, last.facts[0], again.value, again.part)
        found = read_correction(heard, held)
        fact = next((each for each in held if found is not None and each.id == found.fact_id), None)
        if found is None or fact is None or not _is_meant(found.kind, draft, fact):
            return None
        righting = Righting(found.kind, fact, found.value, found.part)
        if not may_change(draft, fact):
            return replace(righting, problem="forbidden")
        told = fact.subject if found.part is Part.SUBJECT else fact.object
        if found.value and found.value.casefold() == told.casefold():
            return replace(righting, problem="same")
        return righting

    def _put_right(self, draft: Draft, knowledge: Knowledge, righting: Righting) -> Knowledge:
        """Have the turn put it right; what was said against it is no news by itself."""
        # What they put right, or deny in a sentence of its own, is worth finding again.
        draft.caption = in_words(righting)
        draft.is_recallable = bool(draft.caption) or (righting.is_whole and not righting.problem)
        read = objected(draft, righting)
        belief = Belief(read=read, righting=None if righting.problem else righting)
        draft.effects = replace(draft.effects, belief=belief)
        if righting.kind is CorrectionKind.DENIED and not (righting.problem or righting.is_whole):
            draft.details.asks = RIGHT
        understood = replace(
            knowledge.understood, intent=Intent.CORRECT, content=righting.value, is_question=False
        )
        return replace(knowledge, understood=understood, righting=righting)

    def _pin(self, draft: Draft, knowledge: Knowledge) -> Knowledge:
        """Have the turn pin what they were just told."""
        pins = [
            fact
            for fact in knowledge.last.facts
            if fact.holds_at(draft.started_at) and may_change(draft, fact)
        ]
        belief = Belief(pins=tuple(fact.id for fact in pins))
        draft.effects = replace(draft.effects, belief=belief)
        return replace(knowledge, answer=tuple(pins))

    # ── what was said before ─────────────────────────────────────────────────────────────────
    async def _last(self, party: Party) -> Last:
        """Return what the last reply of this exchange was from."""
        turn = await self._turns.of(party)
        owner_id, found = party.actor.owner_id, []
        messages = tuple(turn.told.get("messages", ()))
        fact_ids = turn.told.get("facts") or await self._known_from(party, messages)
        for fact_id in fact_ids[:TOLD_MAX]:
            try:
                found.append(await self._facts.get(owner_id, fact_id))
            except Missing:
                continue  # it was forgotten meanwhile
        # Of "my brother Tom lives in Rome" it is Rome that may be wrong, hardly that he is Tom.
        found.sort(key=lambda fact: kin_of(fact.predicate) != "")
        return Last(
            tuple(found),
            messages,
            asks=turn.asks,
            turn_id=turn.id,
            forgets=tuple(turn.told.get("forget", ())),
        )

    async def _known_from(self, party: Party, message_ids: Sequence[str]) -> list[str]:
        """Return what is held from words that a reply has recalled."""
        if not message_ids:
            return []
        query = (
            select(source_rows.c.fact_id)
            .where(
                source_rows.c.owner_id == party.actor.owner_id,
                source_rows.c.message_id.in_(message_ids),
                source_rows.c.is_withdrawn.is_(False),
            )
            .order_by(source_rows.c.said_at.desc(), source_rows.c.id)
        )
        async with self._database.reading() as connection:
            return list(dict.fromkeys((await connection.execute(query)).scalars()))


def _is_meant(kind: CorrectionKind, draft: Draft, fact: FactView) -> bool:
    """Say whether an end is this fact's: "I don't eat meat any more" ends nothing but that."""
    if kind is not CorrectionKind.ENDED:
        return True
    said = f"{fact.object} {fact.statement} {fact.predicate}"
    is_held = fact.holds_at(draft.started_at)
    return is_held and content_words(draft.heard.text) - _ENDING <= content_words(said)
