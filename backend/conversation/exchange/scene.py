"""What everything on one line shares: the line, who is on it, its ears, and how it is ended."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from backend.conversation.carriers import Line
from backend.conversation.exchange.consenting import Consenting
from backend.conversation.exchange.repertoire import Repertoire
from backend.conversation.exchange.stages import Stages
from backend.conversation.hearing import TurnTaker
from backend.conversation.sessions import Party


class Privacy(Protocol):
    """Keeps a stretch of a line out of its recording."""

    def pause(self) -> None:
        """Record nothing from now on."""
        ...

    def resume(self) -> None:
        """Record again."""
        ...

    def blank(self, seconds: float) -> None:
        """Make silent what was recorded of the caller last."""
        ...

    def silence(self, began_ms: int, ended_ms: int) -> None:
        """Make silent what was recorded of the caller between two moments of the line's clock."""
        ...

    def keep_open(self) -> None:
        """Write nothing down that is said from now on until it is known what it was."""
        ...

    def let_go(self) -> None:
        """What has been kept open longest may be written down."""
        ...


@dataclass(frozen=True, slots=True)
class Scene:
    """One line with everything that those who work on it need of each other."""

    line: Line
    party: Party
    stages: Stages
    taker: TurnTaker
    group: asyncio.TaskGroup  # ends with the line
    hang_up: Callable[[str], Awaitable[None]]  # the reason is written down
    privacy: Privacy | None = None  # None: nobody records
    consenting: Consenting | None = None  # who asks whether this call may be recorded

    @property
    def voice(self) -> Repertoire:
        """Return the voice that this person hears."""
        return self.stages.voice_of(self.party.voice)
