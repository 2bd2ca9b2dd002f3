"""What a credential is, how long each kind lives, and what comes back when one is made or used."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from backend.kernel.clock import DAY, MINUTE, SECOND, Instant
from backend.kernel.ids import OwnerId, PersonId
from backend.kernel.people import Actor, ActorKind

Context = Mapping[str, str]
"""What a one-use token was made for: small facts, as text."""


class CredentialKind(StrEnum):
    """What a secret of ours opens."""

    SESSION = "session"  # a browser's cookie
    DEVICE = "device"  # a paired phone or program
    CLI = "cli"  # the command line, beside the instance
    API = "api"  # a program, as far as its scopes
    LINK = "link"  # one use: makes an owner's session
    TICKET = "ticket"  # one use: opens one socket for whoever holds a session
    PAIRING = "pairing"  # one use: makes a device
    CALL = "call"  # one use: joins a signed webhook to its media socket


LIFETIME: Mapping[CredentialKind, int | None] = {  # microseconds; None: until revoked
    CredentialKind.SESSION: 30 * DAY,
    CredentialKind.DEVICE: None,
    CredentialKind.CLI: None,
    CredentialKind.API: None,
    CredentialKind.LINK: DAY,
    CredentialKind.TICKET: 60 * SECOND,
    CredentialKind.PAIRING: 10 * MINUTE,
    CredentialKind.CALL: 60 * SECOND,
}

HOLDERS: Mapping[CredentialKind, ActorKind] = {  # the kinds that are shown again and again
    CredentialKind.SESSION: ActorKind.SESSION,
    CredentialKind.DEVICE: ActorKind.DEVICE,
    CredentialKind.CLI: ActorKind.CLI,
    CredentialKind.API: ActorKind.API,
}

CODES = frozenset({CredentialKind.LINK, CredentialKind.PAIRING})
"""Kinds that a person types, so that they are short and live for minutes or hours."""

PERSONAL_SCOPES = frozenset({"voice", "call", "memory", "documents", "feed", "jobs"})
"""What somebody may do with their own memory; running the instance is `operate`, the owner's.

`voice` talks with the companion; reaching other people by it is `call`, which costs money.
"""

DEVICE_SCOPES = frozenset({"voice", "call", "memory", "documents", "feed"})

SCOPES = PERSONAL_SCOPES | {"operate"}


@dataclass(frozen=True, slots=True)
class NewCredential:
    """A credential that is wanted."""

    kind: CredentialKind
    owner_id: OwnerId
    person_id: PersonId | None = None  # None: a stranger's call
    scopes: frozenset[str] = frozenset()
    name: str = ""
    lifetime: int | None = None  # microseconds; None: as long as its kind lives
    context: Context = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Issued:
    """A credential just made: the only time that its token is seen."""

    id: str
    token: str
    expires_at: Instant | None


@dataclass(frozen=True, slots=True)
class Redeemed:
    """A one-use credential just spent: who holds it and what it was made for."""

    actor: Actor
    context: Context


@dataclass(frozen=True, slots=True)
class Credential:
    """A credential as it may be shown: everything but the secret."""

    id: str
    owner_id: OwnerId
    person_id: PersonId | None
    kind: CredentialKind
    name: str
    scopes: frozenset[str]
    created_at: Instant
    expires_at: Instant | None
    last_used_at: Instant | None
