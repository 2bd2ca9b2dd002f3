"""What happens during a live exchange, as everybody who watches it is told."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class LineOpened:
    """The exchange has begun."""

    conversation_id: str


@dataclass(frozen=True, slots=True)
class VoiceStarted:
    """Somebody began to speak."""


@dataclass(frozen=True, slots=True)
class PartialHeard:
    """What the caller has said so far, while they still speak: a caption, never a turn."""

    text: str
    is_stable: bool  # no later word will change it


@dataclass(frozen=True, slots=True)
class Heard:
    """What the caller said."""

    turn_id: str
    text: str


@dataclass(frozen=True, slots=True)
class Thinking:
    """What was said is understood, and an answer is on its way."""

    turn_id: str


@dataclass(frozen=True, slots=True)
class Written:
    """A piece of a reply as it comes, where replies are read; all of them make up the reply."""

    turn_id: str
    text: str


@dataclass(frozen=True, slots=True)
class Said:
    """A phrase of the reply is on its way to the caller's ear."""

    turn_id: str
    text: str
    index: int


@dataclass(frozen=True, slots=True)
class Interrupted:
    """We fell silent in the middle of a reply, because the caller began to speak."""

    turn_id: str


@dataclass(frozen=True, slots=True)
class Resumed:
    """It was only a cough or a nod: the reply goes on from the last word heard."""

    turn_id: str


@dataclass(frozen=True, slots=True)
class Spoken:
    """A reply is over, heard whole or cut off: together both parts are all of it."""

    turn_id: str
    heard: str  # up to the last whole word
    unheard: str  # what nobody heard of it


@dataclass(frozen=True, slots=True)
class Source:
    """Where something that was recalled is known from."""

    message_id: str
    text: str
    when: str  # RFC 3339
    channel: str


@dataclass(frozen=True, slots=True)
class TurnEnded:
    """The turn is committed: from here on it is never lost."""

    turn_id: str
    heard: str
    said: str
    sources: tuple[Source, ...] = ()
    timeline: dict[str, float] = field(default_factory=dict)  # span → milliseconds
    spans: dict[str, list[float]] = field(default_factory=dict)  # span → [start ms, end ms]
    engines: dict[str, str] = field(default_factory=dict)  # hearing, mind, speaking → which one


@dataclass(frozen=True, slots=True)
class TurnClosed:
    """A turn's reply is over as well: where its time and its money went, never any words."""

    turn_id: str
    spans: dict[str, list[float]]  # span → [start ms, end ms]
    details: dict[str, object]  # as they are kept with the turn
    cost_micros: int = 0


@dataclass(frozen=True, slots=True)
class LineClosed:
    """The exchange is over."""

    reason: str  # "caller", "goodbye", "lost", "limit", "stopped"


Happening = (
    LineOpened
    | VoiceStarted
    | PartialHeard
    | Heard
    | Thinking
    | Written
    | Said
    | Interrupted
    | Resumed
    | Spoken
    | TurnEnded
    | TurnClosed
    | LineClosed
)
