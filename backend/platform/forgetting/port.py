"""What a room that keeps something of a user must be able to do when it is to be forgotten."""

from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from sqlalchemy.ext.asyncio import AsyncConnection

from backend.kernel.clock import Instant
from backend.kernel.forgetting import Person, Scope, Target
from backend.kernel.ids import OwnerId
from backend.platform.database.transaction import Transaction

EXAMPLE_CHARACTERS_MAX = 120

UNCLEAR_MAX = 200  # things that are named for their owner to say which somebody they mean

Targets = frozenset[Target]
Counts = Mapping[str, int]
"""What a store calls its things → how many of them."""


class Spoken(Enum):
    """Of whom a text speaks, when somebody is to go."""

    OF_THEM = "of them"
    OF_OTHERS = "of others"
    UNCLEAR = "unclear"  # it only says a name that several bear


Speaking = Callable[[str, Person], Spoken]
"""Says of whom a text speaks."""


@dataclass(frozen=True, slots=True)
class Example:
    """One of the things that would go, as its owner knows it; never kept anywhere."""

    kind: str
    text: str
    at: Instant


@dataclass(frozen=True, slots=True)
class Whole:
    """Everything of one owner that was learnt until a moment."""

    owner_id: OwnerId
    until: Instant


class Forgettable(Protocol):
    """A room's share of forgetting. Whatever a room does not have, it leaves as it is here."""

    servers: Sequence[str] = ()  # what a receipt calls that which may be away
    # Of a wish that is too much for one transaction its rows go behind it: they show no more.
    is_patient: bool = False

    async def halt(self, tx: Transaction, scope: Scope) -> None:
        """Wait for whoever writes here at length, and keep them waiting until the transaction ends.

        Asked before the closure, so that nothing is written between that and the deletion.
        """
        return

    async def meaning(self, connection: AsyncConnection, scope: Scope) -> Scope:
        """Return a wish as everybody understands it, where it was told by an id."""
        return scope

    async def unclear(self, connection: AsyncConnection, scope: Scope) -> Targets:
        """Return what only says a name that several bear: it stays, and its owner is told so."""
        return frozenset()

    @abstractmethod
    async def closure(self, connection: AsyncConnection, scope: Scope, known: Targets) -> Targets:
        """Return what falls with the wish and with what is known already.

        Everybody is asked again until nobody has anything to add. Who keeps a lot has nothing to
        say when everything is to go, and gives it away by `some`.
        """

    async def weight(self, connection: AsyncConnection, scope: Scope) -> int:
        """Return about how many words a wish takes: at a glance, and rather too few."""
        return 0

    async def some(self, connection: AsyncConnection, whole: Whole, limit: int) -> Targets:
        """Return so many of everything that has no tombstone yet; nothing when none is left.

        In no order: to find the first of a million takes as long as to look at all of them.
        """
        return frozenset()

    async def aliases(
        self, connection: AsyncConnection, owner_id: OwnerId, targets: Targets
    ) -> Targets:
        """Return under which other names the same things would come again: buried with them."""
        return frozenset()

    async def amounts(self, connection: AsyncConnection, whole: Whole) -> Counts:
        """Count everything of an owner that `some` would give away, by where it lies."""
        return {}

    async def hold(self, tx: Transaction, owner_id: OwnerId, targets: Targets) -> None:
        """Lock what others write beside, before anything is deleted."""
        return

    @abstractmethod
    async def forget(
        self, tx: Transaction, owner_id: OwnerId, targets: Targets, *, keeps_pinned: bool = False
    ) -> Counts:
        """Delete rows in the one transaction; a second time finds nothing.

        `keeps_pinned`: it is only their time that is over, so that what the owner has pinned stays
        with the words that it is known from.
        """

    async def hide(self, tx: Transaction, owner_id: OwnerId, targets: Targets) -> Counts:
        """Delete, of what goes behind the wish, whatever would show meanwhile all the same."""
        return {}

    async def spared(
        self, connection: AsyncConnection, owner_id: OwnerId, targets: Targets
    ) -> Targets:
        """Return what somebody has said in other words since these things were found."""
        return frozenset()

    async def forget_outside(self, owner_id: OwnerId, targets: Targets) -> Counts:
        """Delete what lies outside the database; a second time does no harm."""
        return {}

    async def traces(
        self, connection: AsyncConnection, owner_id: OwnerId, targets: Targets
    ) -> Counts:
        """Return what lies here of these things, by the name of where it was looked for."""
        return {}

    async def traces_outside(self, owner_id: OwnerId, targets: Targets) -> Counts:
        """Return what lies outside the database of these things, by where it was looked for."""
        return {}

    async def examples(
        self, connection: AsyncConnection, owner_id: OwnerId, targets: Targets, limit: int
    ) -> list[Example]:
        """Return a few of these things for their owner to look at."""
        return []


def shortened(text: str) -> str:
    """Return so much of a text that its owner knows which one it is."""
    plain = " ".join(text.split())
    if len(plain) <= EXAMPLE_CHARACTERS_MAX:
        return plain
    return f"{plain[: EXAMPLE_CHARACTERS_MAX - 1]}…"


def added(*parts: Counts) -> dict[str, int]:
    """Add counts up."""
    total: dict[str, int] = {}
    for part in parts:
        for name, count in part.items():
            total[name] = total.get(name, 0) + count
    return dict(sorted(total.items()))
