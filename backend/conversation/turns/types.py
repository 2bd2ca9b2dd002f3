"""The nouns of a turn: what was heard, what is to be kept of it, and what became of it."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from backend.conversation.reasoning import Forward, Handover
from backend.conversation.reasoning.context import Righting
from backend.conversation.sessions import Background, Party
from backend.conversation.turns.timeline import Details, Span, Speculated, Timeline
from backend.kernel.audio import Sound
from backend.kernel.clock import Instant
from backend.kernel.events import Source
from backend.kernel.forgetting import Target
from backend.kernel.ids import MessageId, TurnId
from backend.memory.facts import FactView, ReadFact
from backend.memory.facts.secrets import Secret
from backend.platform.database.transaction import Transaction


class Hushed(Exception):
    """Nobody listens to this reply any more: it ends here."""


@dataclass(frozen=True, slots=True)
class HeardTurn:
    """What somebody said or wrote, in full."""

    turn_id: TurnId
    text: str
    spans: Mapping[str, Span] = field(default_factory=dict)  # stages that came before
    is_spoken: bool = False  # what we answer is heard, so that sound can be played as well


@dataclass(frozen=True, slots=True)
class Evidence:
    """How we came to take something for a whole turn: known when it is committed, not before."""

    spans: Mapping[str, Span] = field(default_factory=dict)
    engines: Mapping[str, str] = field(default_factory=dict)  # that heard it, and will speak
    why: str = ""
    silence_ms: int = 0
    voice_began_ms: int = 0  # on the line's own clock
    voice_ended_ms: int = 0
    confidence: float | None = None
    speculated: tuple[Speculated, ...] = ()
    read_as: str = ""  # under which the ears' cost was counted


@dataclass(frozen=True, slots=True)
class Delivered:
    """What became of a reply on a line; moments are the clock's."""

    heard: str  # up to the last whole word
    unheard: str
    spans: Mapping[str, Span] = field(default_factory=dict)
    cut_at: float | None = None
    speaker: str = ""  # which voice spoke last; empty when they are not told apart
    held: tuple[Span, ...] = ()
    has_filler: bool = False
    resumed_line: int = 0
    is_cut_by_end: bool = False  # the line went while it was spoken


@dataclass(frozen=True, slots=True)
class Telling:
    """Whom a message means by a name that several bear."""

    message_id: str
    name: str
    which: str


@dataclass(frozen=True, slots=True)
class Belief:
    """What the turn changes of what is held to be true."""

    read: tuple[ReadFact, ...] = ()  # in what they said
    is_explicit: bool = False  # they asked us to believe it
    righting: Righting | None = None  # what they were told is not so
    pins: tuple[str, ...] = ()  # ids of facts that are kept at hand from now on
    undoes: tuple[str, ...] = ()  # ids of changes that are taken back
    tells: Telling | None = None  # of whom something was said before

    def __bool__(self) -> bool:
        return bool(self.read or self.righting or self.pins or self.undoes or self.tells)


@dataclass(frozen=True, slots=True)
class Effects:
    """What the turn changes beyond being kept: done before it is confirmed."""

    memory: str = ""  # a thing to keep in mind
    note: str = ""
    done_notes: tuple[str, ...] = ()  # ids of those that are ticked off
    done_texts: tuple[str, ...] = ()  # what they say
    handover: Handover | None = None  # to whom the call goes
    forward: Forward | None = None  # what goes to the caller as a text
    belief: Belief = field(default_factory=Belief)
    forgets: tuple[Target, ...] = ()  # what goes, with all that falls with it

    def __bool__(self) -> bool:
        asked = (self.memory, self.note, self.done_notes, self.handover, self.forward, self.forgets)
        belief = self.belief
        # What was only told is learnt on the way: nothing has been asked for, nor is confirmed.
        is_changed = bool(belief.righting or belief.pins or belief.undoes or belief.tells)
        return any(asked) or is_changed or belief.is_explicit


@dataclass(slots=True)
class Draft:
    """A turn on its way to being kept; the one mutable thing of it."""

    party: Party
    background: Background
    heard: HeardTurn
    timeline: Timeline
    started_at: Instant
    heard_id: MessageId
    said_id: MessageId
    line: Party | None = None  # on whose line it is, when a guest may speak there
    guest: str = ""  # who speaks, when it is somebody else
    caption: str = ""  # what words that put something right make of it: they are found by it
    welcome: str = ""  # said first: to whom the words are laid from now on
    is_recallable: bool = False
    is_context: bool = False  # what they said stays in mind for a day
    effects: Effects = field(default_factory=Effects)
    said: str = ""  # as far as it was given out
    engine: str = ""
    sources: tuple[Source, ...] = ()
    told: tuple[FactView, ...] = ()  # the facts that the reply is from
    secrets: tuple[Secret, ...] = field(default=(), repr=False)  # that were taken out
    hidden: tuple[str, str] = field(default=("", ""), repr=False)  # we say one; kept is the other
    clip: Sound | None = field(default=None, repr=False)  # played after the words
    is_farewell: bool = False
    wants_patience: bool = False
    details: Details = field(default_factory=Details)
    cost_micros: int = 0


@dataclass(frozen=True, slots=True)
class TurnRecord:
    """A turn that is kept: from here on it is never lost."""

    turn_id: TurnId
    heard: str
    said: str
    sources: tuple[Source, ...]
    timeline: Mapping[str, float]  # span → milliseconds
    is_farewell: bool  # they said goodbye
    wants_patience: bool = False  # they asked for a moment
    spans: Mapping[str, list[float]] = field(default_factory=dict)  # span → [start ms, end ms]
    engines: Mapping[str, str] = field(default_factory=dict)


Speak = Callable[[str], Awaitable[None]]
"""Takes the reply in pieces, as it comes; raises Hushed when nobody listens any more."""

Together = Callable[[Transaction, Draft], Awaitable[None]]
"""Writes something more in the turn's own transaction."""
