"""All rooms together: asked in one order, deleted in one order, looked through in one order."""

from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from backend.kernel.errors import Busy, Unavailable
from backend.kernel.forgetting import Everything, Kind, OneThing, Person, Scope, Target
from backend.kernel.ids import OwnerId
from backend.platform.database.transaction import Transaction
from backend.platform.forgetting.port import (
    Counts,
    Example,
    Forgettable,
    Targets,
    Whole,
    added,
)

ROUNDS_MAX = 50


@dataclass(frozen=True, slots=True)
class Reached:
    """What was found or removed outside the database, and what did not answer."""

    counts: Counts
    unreached: frozenset[str]


def away(names: Collection[str]) -> Unavailable:
    """Return what is raised when somebody did not answer."""
    return Unavailable(f"It does not answer: {', '.join(sorted(names))}; it is tried again.")


class Rooms:
    """Every Forgettable."""

    def __init__(self, forgettables: Sequence[Forgettable]) -> None:
        self._forgettables = tuple(forgettables)

    async def halt(self, tx: Transaction, scope: Scope) -> None:
        """Have whoever writes at length stand still until the transaction ends."""
        for each in self._forgettables:
            await each.halt(tx, scope)

    async def closure(self, connection: AsyncConnection, scope: Scope) -> Targets:
        """Return everything that falls with a wish."""
        if isinstance(scope.what, Everything):  # whatever there is falls of itself
            user = frozenset({Target(Kind.USER, scope.owner_id)})
            return await self._round(connection, scope, user)
        scope = await self._meaning(connection, scope)
        known: Targets = frozenset()
        for _ in range(ROUNDS_MAX):
            found = await self._round(connection, scope, known)
            if found == known:
                return known
            known = found
        raise Busy("What falls with this finds no end.", cure="forget a smaller part of it first")

    async def weight(self, connection: AsyncConnection, scope: Scope) -> int:
        """Return about how many words a wish takes, at a glance."""
        return sum([await each.weight(connection, scope) for each in self._forgettables])

    async def unclear(self, connection: AsyncConnection, scope: Scope, falls: Targets) -> Targets:
        """Return what only says a name that several bear, of all that does not fall."""
        if not isinstance(scope.what, Person | OneThing):
            return frozenset()
        scope = await self._meaning(connection, scope)
        found: Targets = frozenset()
        for each in self._forgettables:
            found |= await each.unclear(connection, scope)
        return found - falls

    async def some(self, connection: AsyncConnection, whole: Whole, limit: int) -> Targets:
        """Return so many of everything, what is shown by itself first."""
        found: Targets = frozenset()
        for each in self._forgettables:
            if len(found) < limit:
                found |= await each.some(connection, whole, limit - len(found))
        return found

    async def aliases(
        self, connection: AsyncConnection, owner_id: OwnerId, targets: Targets
    ) -> Targets:
        """Return under which other names the same things would come again."""
        found: Targets = frozenset()
        for each in self._forgettables:
            found |= await each.aliases(connection, owner_id, targets)
        return found

    async def amounts(self, connection: AsyncConnection, whole: Whole) -> Counts:
        """Count everything of an owner, by where it lies."""
        return added(*[await each.amounts(connection, whole) for each in self._forgettables])

    async def remove(
        self, tx: Transaction, owner_id: OwnerId, targets: Targets, *, keeps_pinned: bool = False
    ) -> Counts:
        """Delete rows; a second time finds nothing."""
        for each in self._forgettables:
            await each.hold(tx, owner_id, targets)
        parts = [
            await each.forget(tx, owner_id, targets, keeps_pinned=keeps_pinned)
            for each in self._forgettables
        ]
        return added(*parts)

    async def remove_shown(self, tx: Transaction, owner_id: OwnerId, targets: Targets) -> Counts:
        """Delete what would still show, of what is too much for one transaction."""
        for each in self._forgettables:
            if not each.is_patient or tx.dialect != "sqlite":  # there nobody writes beside us
                await each.hold(tx, owner_id, targets)
        parts = [
            await (each.hide if each.is_patient else each.forget)(tx, owner_id, targets)
            for each in self._forgettables
        ]
        return added(*parts)

    async def spared(
        self, connection: AsyncConnection, owner_id: OwnerId, targets: Targets
    ) -> Targets:
        """Return what stays, because it was said in other words since."""
        found: Targets = frozenset()
        for each in self._forgettables:
            found |= await each.spared(connection, owner_id, targets)
        return found

    async def remove_outside(self, owner_id: OwnerId, targets: Targets) -> Reached:
        """Delete what lies outside the database, wherever somebody answers."""
        return await self._ask(lambda each: each.forget_outside(owner_id, targets))

    async def traces(
        self, connection: AsyncConnection, owner_id: OwnerId, targets: Targets
    ) -> Counts:
        """Count what lies in the database."""
        found = [await each.traces(connection, owner_id, targets) for each in self._forgettables]
        return added(*found)

    async def traces_outside(self, owner_id: OwnerId, targets: Targets) -> Reached:
        """Count what lies outside, wherever somebody answers."""
        return await self._ask(lambda each: each.traces_outside(owner_id, targets))

    async def examples(
        self, connection: AsyncConnection, owner_id: OwnerId, targets: Targets, limit: int
    ) -> tuple[Example, ...]:
        """Return some of these things as their owner knows them."""
        found: list[Example] = []
        for each in self._forgettables:
            if len(found) < limit:
                room = limit - len(found)
                found += await each.examples(connection, owner_id, targets, room)
        return tuple(found)

    async def _meaning(self, connection: AsyncConnection, scope: Scope) -> Scope:
        for each in self._forgettables:
            scope = await each.meaning(connection, scope)
        return scope

    async def _round(self, connection: AsyncConnection, scope: Scope, known: Targets) -> Targets:
        for each in self._forgettables:
            known |= await each.closure(connection, scope, known)
        return known

    async def _ask(self, ask: Callable[[Forgettable], Awaitable[Counts]]) -> Reached:
        """Ask every room: one whose server is away keeps none of the others waiting."""
        parts: list[Counts] = []
        away: set[str] = set()
        for each in self._forgettables:
            try:
                parts.append(await ask(each))
            except Unavailable:
                if not each.servers:
                    raise
                away.update(each.servers)
        return Reached(added(*parts), frozenset(away))
