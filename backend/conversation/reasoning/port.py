"""What every mind can do: turn a context into words, piece by piece."""

from collections.abc import AsyncIterator
from typing import Protocol

from backend.conversation.reasoning.context import Context


class Mind(Protocol):
    """Somebody who answers.

    The pieces are text as it comes, of any length; together they are the reply. A mind writes into
    `context.trace` who answered. It raises before its first piece or not at all: whoever joins
    minds falls back silently then, and ends at the last whole sentence later.
    """

    @property
    def name(self) -> str:
        """Return what the timeline calls this mind."""
        ...

    def reply(self, context: Context) -> AsyncIterator[str]:
        """Give the reply in pieces."""
        ...
