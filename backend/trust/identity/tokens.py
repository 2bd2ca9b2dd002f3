"""Makes the text of secrets, and the hash that is all we keep of them."""

import hashlib
import hmac

from backend.kernel.errors import Invalid
from backend.kernel.ids import Chance
from backend.platform.keys import Keys
from backend.trust.identity.types import CODES, CredentialKind

PREFIX = "ringback_"  # lets a scanner of leaked secrets, and our own log redaction, know one
TOKEN_CHARACTERS_MAX = 256
CODE_CHARACTERS_MIN = 8


class Tokens:
    """Secrets of every kind, and their hashes."""

    def __init__(self, *, chance: Chance, keys: Keys) -> None:
        self._chance = chance
        self._pepper = keys.derive("credential codes")

    def make(self, kind: CredentialKind) -> str:
        """Return a fresh secret: a short code to type, or 256 bits with the kind in front."""
        if kind in CODES:
            return self._chance.code()
        return f"{PREFIX}{kind}_{self._chance.token()}"

    def hash(self, kind: CredentialKind, secret: str) -> str:
        """Return what is kept of a secret.

        Plain SHA-256 is right for 256 random bits: there is nothing to guess, so a slow hash
        would only slow us, and looking the row up by its hash leaks no timing. A code has some 40
        bits, which somebody with a stolen database could try in minutes: so its hash is keyed.
        """
        if kind in CODES:
            return hmac.new(self._pepper, plain_code(secret).encode(), hashlib.sha256).hexdigest()
        return hashlib.sha256(secret.encode()).hexdigest()


def kind_of(token: str) -> CredentialKind | None:
    """Return the kind that a token names, or nothing when it is none of ours."""
    if not token.startswith(PREFIX) or len(token) > TOKEN_CHARACTERS_MAX:
        return None
    name = token.removeprefix(PREFIX).partition("_")[0]
    try:
        kind = CredentialKind(name)
    except ValueError:
        return None
    return None if kind in CODES else kind


def plain_code(code: str) -> str:
    """Return a typed code without what people add to read it: dashes, blanks, small letters."""
    plain = "".join(letter for letter in code if letter.isalnum()).upper()
    if not CODE_CHARACTERS_MIN <= len(plain) <= TOKEN_CHARACTERS_MAX:
        raise Invalid("A code has at least eight letters and digits.")
    return plain
