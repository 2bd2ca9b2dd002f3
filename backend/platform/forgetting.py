"""Forgetting: every room that keeps something of a message registers here how it lets go of it."""

from collections.abc import Sequence
from typing import Protocol

from backend.kernel.ids import MessageId, OwnerId
from backend.platform.database.transaction import Transaction


class Forgettable(Protocol):
    """A room that keeps something of messages."""

    async def forget(
        self, tx: Transaction, owner_id: OwnerId, message_ids: Sequence[MessageId]
    ) -> None:
        """Delete what is kept of these messages, in the caller's transaction."""
        ...


class Forgetting:
    """Asks every room to forget, all in one transaction: none is left out."""

    def __init__(self) -> None:
        self._rooms: dict[str, Forgettable] = {}

    def register(self, name: str, room: Forgettable) -> None:
        """Have a room asked, in the order of registration."""
        if name in self._rooms:
            raise ValueError(f"The room {name} is registered already.")
        self._rooms[name] = room

    async def forget(
        self, tx: Transaction, owner_id: OwnerId, message_ids: Sequence[MessageId]
    ) -> list[str]:
        """Have these messages forgotten; returns which rooms were asked."""
        for room in self._rooms.values():
            await room.forget(tx, owner_id, message_ids)
        return list(self._rooms)
