"""Reads what a clause says of its subject: which verb, whether it is denied, whether it is over."""

from collections.abc import Sequence
from dataclasses import dataclass

from backend.memory.facts.language import lexicon
from backend.memory.facts.language.words import Word
from backend.memory.facts.reading.subjects import low

_LEMMAS = """
    live:live lives lived living
    move:move moves moved moving
    relocate:relocate relocates relocated relocating
    work:work works worked working
    study:study studies studied studying
    come:come comes came coming
    speak:speak speaks spoke speaking
    learn:learn learns learnt|learned learning
    like:like likes liked liking
    love:love loves loved loving
    enjoy:enjoy enjoys enjoyed enjoying
    adore:adore adores adored adoring
    hate:hate hates hated hating
    dislike:dislike dislikes disliked disliking
    detest:detest detests detested detesting
    stand:stand stands stood standing
    have:have has had having
    own:own owns owned owning
    drive:drive drives drove driving
    play:play plays played playing
    eat:eat eats ate|eaten eating
    drink:drink drinks drank drinking
    smoke:smoke smokes smoked smoking
    take:take takes took taking
    get:get gets got|gotten getting
    wake:wake wakes woke waking
    go:go goes went|gone going
    stop:stop stops stopped stopping
    quit:quit quits quit|quitted quitting
    give:give gives gave|given giving
    turn:turn turns turned turning
    fly:fly flies flew flying
    travel:travel travels travelled|traveled travelling|traveling
    visit:visit visits visited visiting
    meet:meet meets met meeting
    see:see sees saw seeing
    leave:leave leaves left leaving
    start:start starts started starting
    stay:stay stays stayed staying
    marry:marry marries married marrying
    swim:swim swims swam swimming
    run:run runs ran running
    cook:cook cooks cooked cooking
    call:call calls called calling
    teach:teach teaches taught teaching
    train:train trains trained training
    do:do does did doing
    attend:attend attends attended attending
    volunteer:volunteer volunteers volunteered volunteering
    walk:walk walks walked walking
    read:read reads read reading
    divorce:divorce divorces divorced divorcing
    bake:bake bakes baked baking
"""


@dataclass(frozen=True, slots=True)
class Form:
    """One written form of a verb."""

    lemma: str
    tense: str  # base, s, past, ing


def _forms() -> dict[str, Form]:
    found: dict[str, Form] = {}
    for line in _LEMMAS.split("\n"):
        lemma, _, forms = line.strip().partition(":")
        for tense, spellings in zip(("base", "s", "past", "ing"), forms.split(), strict=False):
            for spelling in spellings.split("|"):
                found.setdefault(spelling, Form(lemma, tense))
    return found


FORMS = _forms()
_BE = frozenset({"am", "is", "are", "'s", "was", "were", "be", "been"})
_HAVE = frozenset({"have", "has", "'s", "had"})


def tense_of(word: str) -> str:
    """Return which form of a known verb a word is; empty when it is none."""
    form = FORMS.get(word)
    return "" if form is None else form.tense


@dataclass(frozen=True, slots=True)
class Verb:
    """What is said of the subject: the words behind it begin at `end`."""

    lemma: str
    end: int
    tense: str = "base"  # base (it is so), past, perfect, ing
    is_denied: bool = False
    is_over: bool = False  # "used to", "no longer", "any more"
    is_repeated: bool = False  # "usually", "always"


def verb_of(words: Sequence[Word], start: int, *, is_self: bool) -> Verb | None:
    """Return the verb of a clause; None when it says nothing that can be held for true."""
    at, is_denied, is_over, is_repeated = start, False, False, False
    tense = ""
    while at < len(words):
        word, follows = words[at].low, low(words, at + 1)
        if word == "used" and follows == "to":
            is_over, at = True, at + 1
            tense = "bare"
        elif word == "no" and follows == "longer":
            is_over, at = True, at + 1
        elif word == "not":
            is_denied = True
        elif word in {"do", "does"} and (follows == "not" or (word == "do" and not tense)):
            if follows != "not":
                break
        elif word == "can" and follows in {"not", "speak", "play"}:
            pass
        elif word in lexicon.ADVERBS and not _is_object(word, follows):
            is_repeated = is_repeated or word in {"usually", "always", "normally", "generally"}
        else:
            break
        at += 1
    found = _main(words, at, tense=tense, is_self=is_self)
    if found is None:
        return None
    over, denied = _tail(words, found.end, is_denied=is_denied or found.is_denied)
    return Verb(
        found.lemma,
        found.end,
        found.tense,
        is_denied=denied and not over,
        is_over=is_over or over or found.is_over,
        is_repeated=is_repeated,
    )


def _is_object(word: str, follows: str) -> bool:
    """Say whether what looks like an adverb belongs to the object: "kind of tea"."""
    return word in {"even", "simply"} and not follows


def _tail(words: Sequence[Word], end: int, *, is_denied: bool) -> tuple[bool, bool]:
    """Say whether a denial ends with "any more": it was so, and is over."""
    if not is_denied:
        return False, False
    for at in range(end, len(words)):
        follows = low(words, at + 1)
        if words[at].low == "anymore" or (words[at].low == "any" and follows in {"more", "longer"}):
            return True, True
    return False, True


def _main(words: Sequence[Word], at: int, *, tense: str, is_self: bool) -> Verb | None:
    word = low(words, at)
    if word in _HAVE and _perfect(words, at) is not None:
        return _perfect(words, at)
    if word in _BE:
        return _being(words, at, is_bare=tense == "bare")
    form = FORMS.get(word)
    if form is None or form.tense == "ing" or word == "had":
        return None
    is_base = form.tense == "base" and (is_self or tense == "bare" or low(words, at - 1) == "not")
    if word != "quit" and (is_base or (form.tense == "s" and not is_self)):
        return Verb(form.lemma, at + 1, "base")
    # "I quit smoking": said in the present, it is done all the same.
    is_past = form.tense == "past" or word == "quit"
    return Verb(form.lemma, at + 1, "past") if is_past else None


def _perfect(words: Sequence[Word], at: int) -> Verb | None:
    """Read "have been living", "have lived", "have got", "has been"."""
    after = _past_adverbs(words, at + 1)
    is_denied = low(words, after) == "not"
    after = _past_adverbs(words, after + is_denied)
    word = low(words, after)
    if word == "been":
        inner = _being(words, after, is_bare=False)
        return inner and Verb(inner.lemma, inner.end, "perfect", is_denied or inner.is_denied)
    if word == "got" and low(words, after + 1) != "to":
        if low(words, after + 1) in {"married", "divorced", "engaged"}:
            return Verb("get", after + 1, "past", is_denied)
        return Verb("have", after + 1, "base", is_denied)
    form = FORMS.get(word)
    if form is not None and form.tense == "past":
        return Verb(form.lemma, after + 1, "perfect", is_denied)
    return None


def _being(words: Sequence[Word], at: int, *, is_bare: bool) -> Verb | None:
    """Read "am", "was born", "am living", "is not any more"."""
    after = _past_adverbs(words, at + 1)
    is_denied = low(words, after) == "not"
    is_over = low(words, after) == "no" and low(words, after + 1) == "longer"
    after = _past_adverbs(words, after + is_denied + 2 * is_over)
    word = low(words, after)
    if word == "born":
        return None if is_denied else Verb("born", after + 1, "past")
    if word in {"used", "never"}:
        return None
    is_past = words[at].low in {"was", "were"}
    form = FORMS.get(word)
    if form is not None and form.tense == "ing":
        was = "past" if _is_dated(words, after) else "was"
        return Verb(form.lemma, after + 1, was if is_past else "ing", is_denied, is_over)
    if is_past and word != "diagnosed":
        over = Verb("be", after, "past", is_denied, is_over=not is_denied)
        return over if _is_dated(words, after) else None
    return Verb("be", after, "was" if is_past or is_bare else "base", is_denied, is_over)


def _is_dated(words: Sequence[Word], at: int) -> bool:
    """Say whether it is told how long something was so: there a "was" is of more than a moment."""
    return any(word.low in {"until", "till", "from", "between", "for"} for word in words[at:])


def _past_adverbs(words: Sequence[Word], at: int) -> int:
    while low(words, at) in lexicon.ADVERBS and low(words, at) not in {"so"}:
        at += 1
    return at
