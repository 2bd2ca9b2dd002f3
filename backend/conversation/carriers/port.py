"""What every live line does, whoever carries it: the conductor sees nothing else."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Literal, Protocol

from backend.kernel.audio import Frame
from backend.kernel.events import Happening


@dataclass(frozen=True, slots=True)
class KeyPressed:
    """The person pressed a key of the telephone."""

    digit: str  # one of 0-9 * # A-D


@dataclass(frozen=True, slots=True)
class MarkHeard:
    """Everything that was played before this mark has been heard, or was cleared."""

    name: str


@dataclass(frozen=True, slots=True)
class TypedText:
    """The person wrote instead of speaking: it counts as a whole turn."""

    text: str


@dataclass(frozen=True, slots=True)
class LineDropped:
    """The connection broke and may come back within its grace time; until then no frame comes.

    What was played and not heard is lost: whoever plays remembers where they were.
    """


@dataclass(frozen=True, slots=True)
class LineReturned:
    """The connection is back, with an empty ear: nothing played before it will be heard now."""


@dataclass(frozen=True, slots=True)
class Answered:
    """Somebody, or something, took a call of ours."""

    by: Literal["human", "machine", "beep"]  # "beep": a machine that records from now on


@dataclass(frozen=True, slots=True)
class KeysWanted:
    """Keys are to be pressed on the line from our side, as somebody asked at another door."""

    keys: str  # 0-9 * # A-D; w and W are pauses


@dataclass(frozen=True, slots=True)
class HungUp:
    """The other end is gone; no event follows."""

    # "caller": they ended it · "lost": the connection broke, and may come back ·
    # "refused": we cut it, because of what came over it
    reason: str


LineEvent = (
    Frame
    | KeyPressed
    | MarkHeard
    | TypedText
    | LineDropped
    | LineReturned
    | Answered
    | KeysWanted
    | HungUp
)


class Line(Protocol):
    """One live line between a person and us.

    Outgoing verbs may be called at any time until the end, also after the other end has gone:
    then they do nothing, because nobody is there to hear an error.
    """

    @property
    def carrier(self) -> str:
        """Name the way the line came: "phone", "app", "web" or "talk"."""
        ...

    @property
    def is_spoken(self) -> bool:
        """Say whether replies are to be spoken; a typed chat takes captions alone."""
        ...

    def events(self) -> AsyncIterator[LineEvent]:
        """Yield what comes in, in order, once; the last event is always HungUp.

        A silent caller still sends frames: the clock of a spoken line is its frames.
        """
        ...

    def divert(self, hear: Callable[[Frame], bool]) -> None:
        """Offer frames to `hear` as they arrive; what it refuses comes by `events`, in order.

        `hear` must not wait. A line may offer none: this only spares waking whoever follows it.
        """
        ...

    async def play(self, pcm: bytes) -> None:
        """Append PCM16 at 16 kHz to what the other end will hear."""
        ...

    async def mark(self, name: str) -> None:
        """Ask for `MarkHeard(name)` once everything played before it has been heard."""
        ...

    async def clear(self) -> None:
        """Drop what was played but not heard; pending marks come back at once."""
        ...

    async def tell(self, happening: Happening) -> None:
        """Pass on what happens, for captions; a telephone has none."""
        ...

    async def hang_up(self) -> None:
        """End the line from our side; `events` then ends with HungUp."""
        ...
