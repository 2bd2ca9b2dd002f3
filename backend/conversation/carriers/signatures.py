"""Tells whether a request really comes from the carrier: Twilio's signature, failing closed.

Twilio signs the URL it was told to call, followed by every form field sorted by name, with the
account's token (HMAC-SHA1, base64). The media socket's handshake is signed alike, without fields.
"""

import base64
import hashlib
import hmac
from collections.abc import Iterable, Iterator, Sequence
from urllib.parse import urlsplit, urlunsplit

HEADER = "X-Twilio-Signature"
_PORTS = {"http": 80, "https": 443, "ws": 80, "wss": 443}

Fields = Sequence[tuple[str, str]]


def sign(url: str, fields: Fields, secret: str) -> str:
    """Return the signature that the carrier would send with this request."""
    # A field sent several times counts once per different value, as in Twilio's own check.
    signed = url + "".join(name + value for name, value in sorted(set(fields)))
    digest = hmac.new(secret.encode(), signed.encode(), hashlib.sha1).digest()
    return base64.b64encode(digest).decode()


def is_signed(url: str, fields: Fields, signature: str, secrets: Iterable[str]) -> bool:
    """Say whether one of the secrets made this signature; without a secret nothing is signed."""
    given = signature.encode()
    matches = [
        hmac.compare_digest(sign(spelling, fields, secret).encode(), given)
        for secret in secrets
        if secret
        for spelling in _spellings(url)
    ]
    return any(matches)


def _spellings(url: str) -> Iterator[str]:
    """Yield the ways in which Twilio writes one URL: it may add or drop the usual port."""
    yield url
    parts = urlsplit(url)
    usual = _PORTS.get(parts.scheme)
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname or ""
    if parts.port is None and usual is not None:
        yield urlunsplit(parts._replace(netloc=f"{host}:{usual}"))
    elif parts.port == usual:
        yield urlunsplit(parts._replace(netloc=host))
