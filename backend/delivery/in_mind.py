"""Has in mind what came of calls and texts, from the moment the carrier says so."""

from collections.abc import Mapping
from typing import Final

from backend.delivery.types import DeliveryRow, Kind, State
from backend.memory.short_term.service import ShortTerm
from backend.memory.short_term.types import Kind as InMind
from backend.memory.short_term.types import NewItem
from backend.platform.database.transaction import Transaction

# Of causes that nobody waits to hear of: the rest of a reply, an alarm, which is its own news.
UNTOLD: Final = frozenset({"rest", "health"})

_CALLED: Final[Mapping[State, str]] = {
    State.COMPLETED: "they answered",
    State.VOICEMAIL: "a machine took the message",
    State.BUSY: "it was busy",
    State.NO_ANSWER: "nobody answered",
    State.FAILED: "it did not get through",
    State.REFUSED: "it was not made",
    State.CANCELLED: "it was called off",
}
_TEXTED: Final[Mapping[State, str]] = {
    State.DELIVERED: "it arrived",
    State.FAILED: "it did not arrive",
    State.REFUSED: "it was not sent",
    State.CANCELLED: "it was called off",
}
_TOLD: Final = {Kind.CALL: ("Call", _CALLED), Kind.TEXT: ("Text", _TEXTED)}


class OutcomesInMind:
    """Follows deliveries to their end, in the transaction that writes it down."""

    def __init__(self, short_term: ShortTerm) -> None:
        self._short_term = short_term

    async def take(self, tx: Transaction, row: DeliveryRow) -> None:
        """Have the end of a call or text in mind; of a transfer the turn itself tells."""
        text = told(row)
        if text:
            item = NewItem(row.owner_id, InMind.OUTCOME, row.id, text)
            await self._short_term.keep(tx, [item])


def told(row: DeliveryRow) -> str:
    """Return what came of it in words; "" where there is nothing to tell."""
    if row.kind not in _TOLD or row.cause.partition(":")[0] in UNTOLD:
        return ""
    what, outcomes = _TOLD[row.kind]
    whom = str(row.details.get("name") or row.number)
    return f"{what} to {whom}: {outcomes[row.state]}" if row.state in outcomes and whom else ""
