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
class Heard:
    """What the caller said."""

    turn_id: str
    text: str


@dataclass(frozen=True, slots=True)
class Said:
    """A phrase of the reply is on its way to the caller's ear."""

    turn_id: str
    text: str
    index: int


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


@dataclass(frozen=True, slots=True)
class LineClosed:
    """The exchange is over."""

    reason: str  # "caller", "goodbye", "lost", "limit", "stopped"


Happening = LineOpened | VoiceStarted | Heard | Said | TurnEnded | LineClosed
