"""What a cache promises: after a write is acknowledged nobody sees what was before it."""

from collections.abc import Awaitable, Callable, Hashable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol, TypeVar

from sqlalchemy.ext.asyncio import AsyncConnection

Value = TypeVar("Value")

Load = Callable[[AsyncConnection], Awaitable[Value]]
"""Reads a value in a snapshot of its own; what it returns is never changed afterwards."""


Follow = Callable[[Value, Sequence[object]], Value | None]
"""Returns a value with changes that were told of its topic; None when it has to be read again.

Exactly the rows that it stands for have changed so: what it can't be sure of, it leaves.
"""


@dataclass(frozen=True, slots=True)
class Wanted:
    """One value that many turns read."""

    what: str  # the kind of value, as figures name it
    key: Hashable  # which of that kind; never shown
    topics: tuple[str, ...]  # of `database.freshness`: all that it depends on
    owner_id: str = ""  # whose it is; empty: everybody's, or not known before it is read


class Cache(Protocol):
    """Reads through to the database, and remembers what it read until somebody writes."""

    async def get(
        self,
        wanted: Wanted,
        load: Load[Value],
        *,
        owner_of: Callable[[Value], str] | None = None,
        follow: Follow[Value] | None = None,
    ) -> Value:
        """Return a value, from the database when it is not known or was written to since.

        `owner_of` names the owner once the value is there. None is returned and never kept. With
        `follow` a value goes along with what this process writes, when all of that was told.
        """
        ...

    def at_hand(self, wanted: Wanted) -> object | None:
        """Return what is kept of a value, fresh or not: for what is checked as it is written."""
        ...

    def look(self) -> AbstractContextManager[None]:
        """Read several values as of one moment: what is fresh at its first read is, in all of it.

        What this process writes meanwhile is seen in it. For what takes moments, as the beginning
        of a turn; it ends by itself soon after. One within another is part of it.
        """
        ...

    def drop(self, owner_id: str = "") -> None:
        """Forget what is kept of an owner, here; without one, everything."""
        ...
