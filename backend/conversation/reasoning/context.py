"""Everything a mind may know when it answers one turn."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from backend.characters import COMPANION, Character
from backend.conversation.reasoning.understanding import Understanding
from backend.kernel.clock import Instant
from backend.kernel.ids import OwnerId, TurnId
from backend.memory import Item, Recollection
from backend.memory.facts import FactView, SourceView
from backend.memory.facts.correction_words import CorrectionKind
from backend.memory.facts.corrections import Part


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that was said earlier in this exchange."""

    speaker: str  # "person" or "companion"
    text: str


@dataclass(slots=True)
class Trace:
    """What became of a reply: filled by the mind that gives it, read by the turn's timeline."""

    engine: str = ""  # which mind, and which model behind it
    cited: list[Recollection] | None = None  # what the reply is from; None: the mind can't say
    fell_back: list[str] = field(default_factory=list)  # minds that failed before, with the reason
    told: list[FactView] | None = None  # the facts that the reply is from; None: it can't say


@dataclass(frozen=True, slots=True)
class Handover:
    """Somebody to whom the caller is put through, or why not."""

    name: str
    number: str = ""
    summary: str = ""  # whispered to them first; empty: they are put through at once
    problem: str = ""  # channel forbidden unknown number


@dataclass(frozen=True, slots=True)
class Forward:
    """Words that go to the caller's own number, or why they don't."""

    number: str = ""
    text: str = ""
    problem: str = ""  # channel forbidden nothing number


@dataclass(frozen=True, slots=True)
class Righting:
    """How somebody puts right what they were just told, or why they can't."""

    kind: CorrectionKind
    fact: FactView
    value: str = ""  # what is right, in their words
    part: Part = Part.OBJECT
    problem: str = ""  # forbidden same promised left
    also: tuple[FactView, ...] = ()  # what is not so either: "I have no sisters"
    is_whole: bool = False  # they have said themselves how it is
    message_id: str = ""  # the words that said so, when they were asked about them first
    quote: str = ""


@dataclass(frozen=True, slots=True)
class Omission:
    """Something that is to be forgotten: how much of it, or what became of the wish."""

    counts: Mapping[str, int] = field(default_factory=dict)  # fact turn note → how many
    is_done: bool = False
    problem: str = ""  # forbidden guest nothing everything many kept unclear
    name: str = ""  # that several bear
    which: tuple[str, ...] = ()  # of them: who is meant, or all when they are asked
    unclear: int = 0  # things that only say the name, and stay


@dataclass(frozen=True, slots=True)
class Whose:
    """A name that several bear, of which they tell something: whose it is, or who may be meant."""

    name: str
    which: tuple[str, ...]
    is_told: bool = False  # they have said which of them


@dataclass(frozen=True, slots=True)
class Noted:
    """What they tell is written down as their word, and changes nothing of what is held."""

    who: str = ""  # who alone can change it; empty: they may not know whether anything is held


@dataclass(frozen=True, slots=True)
class Overview:
    """How much is known of somebody, when all of it is asked for."""

    count: int
    others: int = 0  # facts of other people and things
    name: str = ""  # of whom; empty: of whoever asks


@dataclass(frozen=True, slots=True)
class Told:
    """A secret that is asked for; without its value it can't be told on this line."""

    name: str
    value: str = field(default="", repr=False)
    is_left_out: bool = False  # it was never kept, or never told
    several: tuple[str, ...] = ()  # what may be meant: they are asked which


@dataclass(frozen=True, slots=True)
class Context:
    """One turn, seen from the mind."""

    heard: str
    understanding: Understanding
    now: Instant
    owner_id: OwnerId  # whose memory and whose budget
    turn_id: TurnId
    channel: str  # phone sms app web talk
    zone: str = "UTC"  # IANA name: times are told in it
    name: str = ""  # how the person is called; empty when we don't know
    may_recall: bool = False
    may_note: bool = False
    history: tuple[Line, ...] = ()  # oldest first
    unfinished: str = ""  # what we were saying when they cut us off
    recollections: tuple[Recollection, ...] = ()  # best first
    facts: tuple[FactView, ...] = ()  # of what was asked, as it is now; as it was, if so asked
    answer: tuple[FactView, ...] = ()  # those of them that answer, the likeliest first
    which: tuple[FactView, ...] = ()  # one of each person who may be meant: we must ask
    pinned: tuple[FactView, ...] = ()  # what is always at hand
    last_told: tuple[FactView, ...] = ()  # what the last reply was from
    righting: Righting | None = None  # they put right what they were told
    words: tuple[SourceView, ...] = ()  # what the last reply has recalled, when asked for
    is_spoken: bool = False  # they hear what we answer, and can't look back at it
    is_played: bool = False  # the first of these words is heard again after our own
    is_before: bool = False  # they ask how it was before
    corrected: tuple[FactView, ...] = ()  # what they had said of it, and put right
    changes_facts: bool = False  # this turn changes something of what is held
    is_owner: bool = True  # whose memory it is; else somebody who shares it
    secret: Told | None = None  # from the vault: for rules alone, never for a model
    left_out: tuple[str, ...] = ()  # names of secrets that they told
    is_sealed: bool = False  # those are in the vault
    noted: Noted | None = None  # they tell what they may not change
    overview: Overview | None = None  # they ask for all that is known
    omission: Omission | None = None  # they want something forgotten
    whose: Whose | None = None  # what they tell may be of several
    lately: tuple[Item, ...] = ()  # what weighs most of the last day, before this exchange
    notes: tuple[str, ...] = ()  # open notes, oldest first
    ticked: tuple[str, ...] = ()  # those of them that this turn ticks off
    handover: Handover | None = None  # they want to be put through
    forward: Forward | None = None  # they want it as a text
    character: Character = COMPANION
    trace: Trace = field(default_factory=Trace)
