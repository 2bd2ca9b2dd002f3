"""What is found when a part is looked at, and what is told when it changes."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from backend.kernel.clock import Instant


@dataclass(frozen=True, slots=True)
class Check:
    """What was found when one part was looked at."""

    ok: bool
    detail: str
    cure: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """One part's state, under its name."""

    name: str
    ok: bool
    detail: str
    cure: str
    is_vital: bool  # without it the instance is not ready


@dataclass(frozen=True, slots=True)
class Change:
    """A part broke or came back: settled, not a single look."""

    part: str
    is_ok: bool
    detail: str
    cure: str
    at: Instant  # of the first look that saw it so
    is_first: bool = False  # nobody knew before how it was


Checker = Callable[[], Awaitable[Check]]
