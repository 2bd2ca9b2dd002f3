"""Identity: the people of an instance, their numbers, and every secret that stands for one of them.

A secret is made once, kept as a hash, has a kind with its own lifetime, and can be revoked. Codes
and tickets are spent by their first use.
"""

from backend.trust.identity.numbers import normalise
from backend.trust.identity.pins import Pins
from backend.trust.identity.pins import Verdict as PinVerdict
from backend.trust.identity.service import COMMAND_LINE_FILE, Identity
from backend.trust.identity.types import (
    DEVICE_SCOPES,
    PERSONAL_SCOPES,
    SCOPES,
    Credential,
    CredentialKind,
    Issued,
    NewCredential,
    Redeemed,
)

__all__ = [
    "COMMAND_LINE_FILE",
    "DEVICE_SCOPES",
    "PERSONAL_SCOPES",
    "SCOPES",
    "Credential",
    "CredentialKind",
    "Identity",
    "Issued",
    "NewCredential",
    "PinVerdict",
    "Pins",
    "Redeemed",
    "normalise",
]
