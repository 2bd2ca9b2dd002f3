"""What is known of the account and the numbers that calls and texts leave by."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class Registration(StrEnum):
    """Whether a number may text where numbers have to be registered first."""

    NOT_NEEDED = "not needed"
    DONE = "done"
    PENDING = "pending"
    MISSING = "missing"
    UNKNOWN = "unknown"  # the account may not look, or Twilio did not say


@dataclass(frozen=True, slots=True)
class AccountFacts:
    """The account."""

    is_active: bool
    is_trial: bool
    balance: str  # as "15.50 USD"; empty: not to be known with these credentials
    skew_s: float  # the carrier's clock less ours


@dataclass(frozen=True, slots=True)
class Webhooks:
    """Where the carrier asks what to do."""

    voice_url: str
    fallback_url: str
    status_url: str
    sms_url: str


@dataclass(frozen=True, slots=True)
class OwnNumber:
    """A number of the account."""

    sid: str
    number: str
    can_call: bool
    can_text: bool
    webhooks: Webhooks
    is_handled_elsewhere: bool  # by an application or a trunk, which outrank the webhooks


class Account(Protocol):
    """Looks after the account; each verb raises as `Carrier` does."""

    @property
    def origin(self) -> str:
        """Where the account is asked."""
        ...

    async def is_active(self) -> bool:
        """Say whether the account may be used: the least question, and free."""
        ...

    async def facts(self) -> AccountFacts:
        """Return what is known of the account."""
        ...

    async def numbers(self) -> list[OwnNumber]:
        """Return the account's numbers."""
        ...

    async def point(self, number: OwnNumber, webhooks: Webhooks) -> OwnNumber:
        """Have a number's calls and texts brought here; return it as it was read back."""
        ...

    async def registration(self, number: OwnNumber, *, country: str) -> Registration:
        """Say whether the number may text in its own country."""
        ...

    async def close(self) -> None:
        """Let go of connections."""
        ...
