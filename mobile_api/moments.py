"""Moments as clients read them."""

from datetime import UTC, datetime

from backend.kernel.clock import SECOND, Instant


def rfc3339(instant: Instant) -> str:
    """Return a moment as RFC 3339 in UTC, to the millisecond."""
    moment = datetime.fromtimestamp(instant // SECOND, UTC)
    millis = instant % SECOND // 1000
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{millis:03d}Z"
