"""What readers find in other programs' files."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import BinaryIO

from backend.kernel.clock import Instant

PROBLEMS_SHOWN = 20
UNNAMED = "user"  # who speaks where a file names nobody: whoever brings it in
TEXT_CHARS_MAX = 20_000
NAME_CHARS_MAX = 200


class Kind(StrEnum):
    """Whose file it is."""

    AUTO = "auto"
    RINGBACK = "ringback"
    CHATGPT = "chatgpt"
    CLAUDE = "claude"
    MEM0 = "mem0"
    JSONL = "jsonl"


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that was said elsewhere, with the date on which it was."""

    id: str  # stable: the same file brings the same ids
    speaker: str
    text: str
    said_at: Instant
    session: str = ""
    caption: str = ""
    is_machine: bool = False  # an assistant's words: kept, never learnt from
    is_memory: bool = False  # what another program had been asked to keep in mind
    has_own_date: bool = True  # False: it has none that can be read, and took one beside it
    place: int = 0  # the line on which it, or the item that has it, begins


@dataclass(frozen=True, slots=True)
class Problem:
    """A place that can't be read; never the words that stand there."""

    line: int
    why: str


@dataclass(slots=True)
class Found:
    """What there is in a file."""

    kind: Kind
    lines: int = 0
    conversations: int = 0
    assistants: int = 0
    memories: int = 0
    undated: int = 0  # took the date of what they stand in
    first: Instant | None = None
    last: Instant | None = None
    problems: int = 0
    shown: list[Problem] = field(default_factory=list)
    tables: dict[str, int] = field(default_factory=dict)  # of our own export: table → rows
    _session: str | None = None

    def add(self, found: "Line | Problem") -> None:
        """Count one thing."""
        if isinstance(found, Problem):
            self.problems += 1
            if len(self.shown) < PROBLEMS_SHOWN:
                self.shown.append(found)
            return
        self.lines += 1
        self.assistants += found.is_machine
        self.memories += found.is_memory
        self.undated += not found.has_own_date
        if found.session and found.session != self._session:  # they stand together in a file
            self.conversations += 1
            self._session = found.session
        self.first = found.said_at if self.first is None else min(self.first, found.said_at)
        self.last = found.said_at if self.last is None else max(self.last, found.said_at)


Read = Callable[[BinaryIO], Iterator[Line | Problem]]
