"""What the last turn of an exchange left for the next one: ids of what it told, what it asked.

Every turn of an exchange asks for it, and every turn writes it: whoever takes both in one process
knows it without reading.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.conversation.sessions import Party
from backend.platform.cache import Cache, Wanted
from backend.platform.database.freshness import WATCHED
from backend.platform.database.tables import turns
from backend.platform.database.transaction import Transaction

TOPIC: Final = WATCHED[turns.name]


@dataclass(frozen=True, slots=True)
class LastTurn:
    """A turn, as far as the next one needs it."""

    conversation_id: str
    id: str = ""  # empty: there was none yet
    started_at: int = 0
    told: Mapping[str, Sequence[str]] = field(default_factory=dict)  # ids by kind
    asks: str = ""

    @property
    def place(self) -> tuple[int, str]:
        """Return its place in the exchange."""
        return self.started_at, self.id


class LastTurns:
    """Looks up the last turns."""

    def __init__(self, cache: Cache) -> None:
        self._cache = cache

    async def of(self, party: Party) -> LastTurn:
        """Return the last turn of an exchange."""
        owner_id, conversation_id = party.actor.owner_id, party.conversation_id
        wanted = Wanted("last turn", (owner_id, conversation_id), (TOPIC,), owner_id)
        load = partial(_read, owner_id=owner_id, conversation_id=conversation_id)
        return await self._cache.get(wanted, load, follow=_followed)


def tell_turn(tx: Transaction, party: Party, row: Mapping[str, Any]) -> None:  # Any: a turn's row
    """Tell what a turn's row says from this transaction on."""
    turn = _turn(party.conversation_id, row["id"], row["started_at"], row["details"])
    tx.tell(party.actor.owner_id, TOPIC, turn)


async def _read(connection: AsyncConnection, *, owner_id: str, conversation_id: str) -> LastTurn:
    query = (
        select(turns.c.id, turns.c.started_at, turns.c.details)
        .where(turns.c.conversation_id == conversation_id, turns.c.owner_id == owner_id)
        .order_by(turns.c.started_at.desc(), turns.c.id.desc())
        .limit(1)
    )
    row = (await connection.execute(query)).one_or_none()
    if row is None:
        return LastTurn(conversation_id)
    return _turn(conversation_id, row.id, row.started_at, row.details)


def _turn(
    conversation_id: str, turn_id: str, started_at: int, details: Mapping[str, Any] | None
) -> LastTurn:  # Any: JSON of several shapes
    told = (details or {}).get("told") or {}
    return LastTurn(
        conversation_id,
        turn_id,
        started_at,
        told={kind: tuple(ids) for kind, ids in told.items()},
        asks=(details or {}).get("asks", ""),
    )


def _followed(last: LastTurn, changes: Sequence[object]) -> LastTurn:
    """Return the last turn as a commit leaves it."""
    for change in changes:
        match change:
            case LastTurn() if change.conversation_id == last.conversation_id:
                last = max(change, last, key=lambda turn: turn.place)
    return last
