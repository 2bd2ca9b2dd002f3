"""What can be sent to a person, and what became of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from backend.kernel.clock import Instant
from backend.kernel.ids import OwnerId


class Kind(StrEnum):
    """By which way somebody is reached."""

    CALL = "call"
    TEXT = "text"
    TRANSFER = "transfer"  # a running call that is handed over to them


class State(StrEnum):
    """Where a delivery stands, in the order in which it moves; it never moves back."""

    WAITING = "waiting"  # it leaves when it is due
    SENDING = "sending"  # written down before the carrier is asked, so that a crash can't hide it
    UNKNOWN = "unknown"  # the carrier did not answer: it is asked, never sent again blindly
    ACCEPTED = "accepted"  # the carrier has it
    RINGING = "ringing"
    SENT = "sent"  # a text that left the carrier
    ANSWERED = "answered"  # the call is going on
    COMPLETED = "completed"  # they were spoken to
    DELIVERED = "delivered"  # a text that arrived
    VOICEMAIL = "voicemail"  # a machine took the message
    BUSY = "busy"
    NO_ANSWER = "no-answer"
    FAILED = "failed"  # the network could not do it
    REFUSED = "refused"  # by our limits, the person's STOP or the carrier: never tried again
    CANCELLED = "cancelled"

    @property
    def is_final(self) -> bool:
        """Say whether nothing more will come."""
        return self in _FINAL

    def may_become(self, other: "State") -> bool:
        """Say whether this is news: reports come twice, late and out of order."""
        return not self.is_final and _RANK[other] > _RANK[self]


_FINAL = frozenset(
    {
        State.COMPLETED,
        State.DELIVERED,
        State.VOICEMAIL,
        State.BUSY,
        State.NO_ANSWER,
        State.FAILED,
        State.REFUSED,
        State.CANCELLED,
    }
)
_RANK: Mapping[State, int] = {
    State.WAITING: 0,
    State.SENDING: 1,
    State.UNKNOWN: 2,
    State.ACCEPTED: 3,
    State.RINGING: 4,
    State.SENT: 5,
    State.ANSWERED: 5,
    **dict.fromkeys(_FINAL, 9),
}

_AT_HOME = frozenset({State.WAITING, State.REFUSED, State.CANCELLED})

UNREACHED = frozenset({State.BUSY, State.NO_ANSWER})
"""Nobody took it: a later attempt may find them."""


@dataclass(frozen=True, slots=True)
class NewCall:
    """A call that is wanted."""

    number: str
    opening: str  # what the companion says first
    cause: str  # what asked for it: makes it unique, and explains it in the audit log
    voicemail: str = ""  # what a machine is told; empty: the opening
    keys: str = (
        ""  # pressed once it is answered: an extension, a menu; w waits half a second, W one
    )
    when: Instant | None = None
    is_urgent: bool = False  # at night, too: the owner asked for it now


@dataclass(frozen=True, slots=True)
class Text:
    """One SMS, before it is cut into the parts that a carrier takes."""

    number: str
    body: str
    cause: str
    when: Instant | None = None
    is_urgent: bool = False
    is_answer: bool = False  # to whoever asks, at their own number: what they were being told


@dataclass(frozen=True, slots=True)
class NewTransfer:
    """A running call that is to be handed over."""

    number: str
    cause: str
    call_sid: str
    conversation_id: str
    name: str  # of whom it goes to
    summary: str = ""  # whispered to them before the bridge; empty: they are put through at once


@dataclass(frozen=True, slots=True)
class DeliveryRow:
    """One row of the ledger."""

    id: str
    owner_id: OwnerId
    kind: Kind
    number: str
    body: str
    cause: str
    state: State
    reason: str
    answered_by: str
    carrier_ref: str
    attempts: int
    details: Mapping[str, Any]  # Any: JSON; see `store.py` for its fields
    cost_micros: int
    not_before: Instant
    created_at: Instant
    updated_at: Instant

    @property
    def voicemail(self) -> str:
        """Return what a machine is told."""
        return str(self.details.get("voicemail") or self.body)

    @property
    def began_at(self) -> Instant:
        """Return when the latest attempt began."""
        return Instant(int(self.details.get("began_at", self.created_at)))

    @property
    def sent(self) -> tuple[tuple[Instant, int], ...]:
        """Return when each attempt left that the carrier may have taken, and its seconds."""
        earlier = tuple((Instant(at), seconds) for at, seconds in self.details.get("sent", ()))
        if self.state in _AT_HOME or self.details.get("never_left"):
            return earlier
        return (*earlier, (self.began_at, int(self.details.get("seconds") or 0)))

    @property
    def is_urgent(self) -> bool:
        """Say whether quiet hours don't count."""
        return bool(self.details.get("is_urgent"))


@dataclass(frozen=True, slots=True)
class Report:
    """What the carrier says of a call or text of ours."""

    reference: str
    state: State
    reason: str = ""
    answered_by: str = ""  # human machine
    seconds: int | None = None
    cost_micros: int | None = None


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why something does not leave, and what would help."""

    code: str
    reason: str
    cure: str = ""


@dataclass(frozen=True, slots=True)
class Usage:
    """What left for one owner in one of their days, and what still waits to."""

    calls: int = 0
    texts: int = 0
    seconds: int = 0
    by_number: Mapping[str, int] = field(default_factory=dict)
