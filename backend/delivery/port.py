"""What a carrier must be able to do for us, and the three ways in which it may not do it."""

from dataclasses import dataclass
from typing import ClassVar, Protocol

from backend.delivery.types import Kind, Report
from backend.kernel.clock import Instant
from backend.kernel.errors import Busy, Refused, Unavailable


class CarrierRefused(Refused):
    """The carrier does not take it: trying again does not help."""

    code: ClassVar[str] = "carrier_refused"

    def __init__(self, message: str, *, cure: str = "", carrier_code: int = 0) -> None:
        super().__init__(message, cure=cure)
        self.carrier_code = carrier_code


class CarrierBusy(Busy):
    """The carrier did not take it, and may take it later."""

    code: ClassVar[str] = "carrier_busy"


class CarrierSilent(Unavailable):
    """Nobody knows whether the carrier took it: it has to be asked."""

    code: ClassVar[str] = "carrier_silent"


@dataclass(frozen=True, slots=True)
class Dial:
    """A call as it is handed to the carrier."""

    tag: str  # comes back with every report: the delivery and its attempt
    number: str
    answer_url: str  # what to do with the call once somebody takes it
    status_url: str
    machine_url: str  # who took it: a person or a machine
    ring_s: int
    keys: str = ""  # pressed once it is answered


@dataclass(frozen=True, slots=True)
class Message:
    """A text as it is handed to the carrier."""

    tag: str
    number: str
    body: str
    status_url: str


@dataclass(frozen=True, slots=True)
class Sent:
    """What may have been sent: by this the carrier is asked for it."""

    kind: Kind
    number: str
    body: str
    since: Instant
    known: frozenset[str]  # references that belong to other deliveries


class Carrier(Protocol):
    """Rings and texts people.

    Sending raises CarrierRefused (final), CarrierBusy (not taken, later perhaps) or CarrierSilent
    (nobody knows). What asks raises Unavailable when it gets no answer.
    """

    async def call(self, dial: Dial) -> Report:
        """Ring somebody up."""
        ...

    async def text(self, message: Message) -> Report:
        """Send one text, no longer than a part."""
        ...

    async def find(self, sent: Sent) -> Report | None:
        """Look for what may have been sent; None: the carrier has no such thing."""
        ...

    async def outcome(self, kind: Kind, reference: str) -> Report:
        """Ask how a call or text stands; raise Missing when the carrier knows none."""
        ...

    async def hang_up(self, reference: str) -> None:
        """End a call, or stop one that rings; one that is over stays so."""
        ...

    async def close(self) -> None:
        """Let go of connections."""
        ...
