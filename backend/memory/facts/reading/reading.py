"""Reads what people tell of themselves and of others, by rules alone: no model, no network.

Sure rather than complete: what is asked, supposed, wished, quoted, sung or meant as a joke is never
a fact. The cost of a text grows with its length and with nothing else.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from backend.kernel.clock import Instant
from backend.memory.facts.language import lexicon
from backend.memory.facts.language.kin import KIN, kin_of
from backend.memory.facts.language.speech import smoothed
from backend.memory.facts.language.times import Now
from backend.memory.facts.language.words import Sentence, Word, sentences_of, slice_of, words_of
from backend.memory.facts.predicates import told as sentence_of
from backend.memory.facts.reading.clauses import Clause, clauses_of, without_leads
from backend.memory.facts.reading.retold import retold
from backend.memory.facts.reading.rules_doing import RULES
from backend.memory.facts.reading.rules_told import told, wished
from backend.memory.facts.reading.scene import Draft, Scene
from backend.memory.facts.reading.subjects import ONE, Known, Person, Subject, subject_of
from backend.memory.facts.reading.taking_back import (
    Told,
    is_instead,
    is_opening,
    parts_of,
    put_right,
    unsaid,
)
from backend.memory.facts.reading.verbs import verb_of
from backend.memory.facts.types import ReadFact

_PRONOUNS = frozenset({"she", "he", "her", "his"})
FACTS_MAX = 30  # of one message: nobody tells more in one breath


def read_facts(
    text: str, *, speaker: str, said_at: Instant, zone: str, earlier: str = ""
) -> tuple[ReadFact, ...]:
    """Return the facts that a text tells; pure, and bounded in time whatever the text is.

    A subject without a name is told by its relation: "my sister lives in Porto" is of "sister",
    with the qualifier "sister". `earlier` is what they said just before:
    there may stand who "she" is.
    """
    now = Now.at(said_at, zone)
    spoken_of = _spoken_of(earlier, speaker, now) if earlier and _refers(text) else []
    read = _Reading(text, speaker, now, spoken_of).facts
    known = {_key(fact) for fact in read}
    again = (
        replace(fact, quote=said)
        for said, plain in retold(text)
        for fact in _Reading(plain, speaker, now).facts
    )
    return (*read, *(fact for fact in again if _key(fact) not in known))[:FACTS_MAX]


def read_unsaid(text: str, *, speaker: str, said_at: Instant, zone: str) -> tuple[ReadFact, ...]:
    """Return what a text tells and takes back in the same breath: "actually I'm not"."""
    return tuple(_Reading(text, speaker, Now.at(said_at, zone)).unsaid)


class _Reading:
    """What a text tells, sentence by sentence."""

    def __init__(self, text: str, speaker: str, now: Now, spoken_of: Sequence[Person] = ()) -> None:
        self._text, self._speaker, self._now = text, speaker.casefold(), now
        self._found: dict[_Key, ReadFact] = {}
        self.unsaid: list[ReadFact] = []
        words = smoothed(words_of(text))
        self._known, last = Known(is_lower=_is_lower(words), earlier=[*spoken_of]), Told()
        if any(word.low in lexicon.JOKES for word in words):
            return
        for sentence in sentences_of(words):
            for part in parts_of(sentence):
                last = self._follow(part, last)
                if len(self._found) >= FACTS_MAX:
                    return

    @property
    def people(self) -> list[Person]:
        """Return whom it speaks of."""
        return self._known.people

    @property
    def facts(self) -> tuple[ReadFact, ...]:
        """Return what stands in the end."""
        return tuple(self._found.values())[:FACTS_MAX]

    def _follow(self, sentence: Sentence, last: Told) -> Told:
        """Go on with what was said next; returns what it tells."""
        if is_opening(sentence.words):
            return last
        taken_back = unsaid(sentence, last)
        if taken_back:
            self._drop(taken_back)
            self.unsaid += taken_back
            return Told()
        read = list(self._read(sentence))
        self._drop(old for old in last.facts for new in read if is_instead(sentence, old, new))
        for old, meant in () if read else put_right(sentence, last):
            read = [each for each in self._read(meant) if _is_another(old, each)]
            if read:
                self._drop([old])
                sentence = meant
                break
        for fact in read:
            self._found.setdefault(_key(fact), fact)
        return Told(sentence.words, read)

    def _drop(self, facts: Iterable[ReadFact]) -> None:
        for fact in facts:
            self._found.pop(_key(fact), None)

    def _read(self, sentence: Sentence) -> Iterator[ReadFact]:
        for draft, quoted in _drafts(sentence, self._known, self._now):
            person = draft.person
            if person.name.casefold() == self._speaker and not person.qualifier:
                person = ONE
            quote = slice_of(self._text, quoted)
            yield _fact(replace(draft, person=person), quote, self._now)


_Key = tuple[str, str, str, bool]


def _spoken_of(text: str, speaker: str, now: Now) -> list[Person]:
    """Return whom a text is about; nobody where it names others, who might be meant as well."""
    people = _Reading(text, speaker, now).people
    known = {word for each in people for word in (each.kin, *each.name.casefold().split())}
    others = (kin_of(word.low) or word.low for word in words_of(text) if _is_somebody(word.low))
    return people if known.issuperset(others) else []


def _is_somebody(word: str) -> bool:
    return bool(kin_of(word)) or word in lexicon.FIRST_NAMES


def _refers(text: str) -> bool:
    """Say whether somebody is only called "she" in a text."""
    return not _PRONOUNS.isdisjoint(word.low for word in words_of(text))


def _key(fact: ReadFact) -> _Key:
    return fact.subject, fact.predicate, fact.object.casefold(), fact.is_ended


def _is_another(old: ReadFact, new: ReadFact) -> bool:
    is_same = (old.subject, old.predicate) == (new.subject, new.predicate)
    return is_same and _key(old) != _key(new)


def _is_lower(words: Sequence[Word]) -> bool:
    """Say whether names can't be told by their capitals: nothing has one, but "I" in haste."""
    if any(word.is_capital and word.low != "i" for word in words):
        return False
    return not (any(word.text == "I" for word in words) and words[-1].text == ".")


def _drafts(sentence: Sentence, known: Known, now: Now) -> Iterator[tuple[Draft, Sequence[Word]]]:
    inner, _ = without_leads(sentence.words)
    if not sentence.is_asked:
        wishes = list(wished(inner, known))
        yield from ((wish, inner) for wish in wishes)
        if wishes:
            return
    before: Subject | None = None
    for clause in clauses_of(sentence):
        drafts, before = _of_clause(clause, before, known, now)
        quoted = sorted(clause.words, key=lambda word: word.start)
        for draft in drafts:
            if draft.predicate in KIN and draft.person.is_self:
                known.meet(Person(draft.object, draft.predicate, draft.predicate))
            yield (replace(draft, is_pinned=True) if clause.is_pinned else draft), quoted


def _of_clause(
    clause: Clause, before: Subject | None, known: Known, now: Now
) -> tuple[list[Draft], Subject | None]:
    """Return what a clause tells, and whom it is about: the next may leave its subject out."""
    words = clause.words
    drafts = list(told(words, known))
    if drafts:
        return drafts, before
    if clause.is_elliptic and before is not None:
        subject: Subject | None = Subject(before.person, 0)
    else:
        subject = subject_of(words, known)
    if subject is None:
        return [*wished(words, known)], None
    drafts.extend(Draft(kin.owner, kin.kin, kin.name) for kin in subject.relatives)
    is_plural = subject.person.is_self or subject.person.is_several
    verb = verb_of(words, subject.end, is_self=is_plural)
    known.meet(subject.person)
    if verb is not None and verb.lemma in RULES:
        scene = Scene(words, subject.person, verb, now, known)
        drafts.extend(RULES[verb.lemma](scene))
    return drafts, subject


def _fact(draft: Draft, quote: str, now: Now) -> ReadFact:
    subject = draft.person.name
    statement = sentence_of(subject, draft.predicate, draft.object, is_past=draft.is_ended)
    return ReadFact(
        subject=subject,
        predicate=draft.predicate,
        object=draft.object,
        statement=statement[:1].upper() + statement[1:],
        quote=quote,
        confidence=draft.confidence,
        is_ended=draft.is_ended,
        valid_from=now.instant(draft.since) if draft.since is not None else None,
        valid_to=now.instant(draft.until) if draft.until is not None else None,
        is_pinned=draft.is_pinned,
        qualifier=draft.person.qualifier,
    )
