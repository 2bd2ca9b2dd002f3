"""Takes words and secrets out of what is written down."""

import re
from collections.abc import Mapping, Sequence

REMOVED = "[removed]"
VALUE_CHARS_MAX = 2_000
DEPTH_MAX = 6

# A field of one of these names, or under "pii", is never written, whatever it holds.
_NAMES = frozenset(
    {
        *("text", "said", "heard", "words", "transcript", "caption", "note", "message", "content"),
        *("prompt", "reply", "query", "body", "payload", "address", "email"),
        *("number", "phone", "from", "to", "caller", "signature", "authorization", "cookie"),
        *("token", "access_token", "auth_token", "api_key", "key", "secret", "password", "pin"),
        *("passphrase", "code", "ticket"),
    }
)
_SECRETS = re.compile(
    r"(?P<url>(?<=://)[^/\s:@]+:[^/\s@]+(?=@))"  # user:password@ in an address
    r"|(?P<query>\?[^\s\"'<>]+)"  # a query string may carry a token
    r"|(?P<bearer>\b(?:[Bb]earer|[Bb]asic)\s+\S+)"
    r"|(?P<named>\b(?:sk|pk|rk|gsk|xox[abp]|ghp|AC|SK)[-_][A-Za-z0-9_-]{12,})"
    r"|(?P<jwt>\beyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*)"
    r"|(?P<long>(?<![A-Za-z0-9_/.-])[A-Za-z0-9_-]{40,}={0,2}(?![A-Za-z0-9_/.-]))"
    r"|(?P<twilio>\bAC[0-9a-f]{32}\b)"
    r"|(?P<phone>(?<![\w.])\+\d{7,15}\b)"
)


def redacted(fields: Mapping[str, object]) -> dict[str, object]:
    """Return the fields of a log line without anybody's words and without secrets."""
    return {name: _field(name, value, 0) for name, value in fields.items()}


def without_secrets(line: str) -> str:
    """Return a line with everything taken out that looks like a secret or a phone number."""
    return _SECRETS.sub(REMOVED, line[:VALUE_CHARS_MAX])


def _field(name: str, value: object, depth: int) -> object:
    lowered = name.lower()
    if lowered in _NAMES or lowered.startswith(("pii.", "pii_")) or lowered == "pii":
        return REMOVED if value not in (None, "") else value
    return _value(value, depth)


def _value(value: object, depth: int) -> object:
    if isinstance(value, str):
        return without_secrets(value)
    if value is None or isinstance(value, bool | int | float):
        return value
    if depth >= DEPTH_MAX or isinstance(value, bytes | bytearray | memoryview):
        return REMOVED
    if isinstance(value, Mapping):
        return {str(name): _field(str(name), inner, depth + 1) for name, inner in value.items()}
    if isinstance(value, Sequence | set | frozenset):
        return [_value(inner, depth + 1) for inner in value]
    return without_secrets(str(value))
