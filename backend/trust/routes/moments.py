"""Moments as whoever reads the doors' answers sees them."""

from datetime import UTC, datetime

from backend.kernel.clock import SECOND, Instant


def shown(instant: Instant | None) -> str | None:
    """Return a moment as RFC 3339 in UTC, nothing for never."""
    if instant is None:
        return None
    return f"{datetime.fromtimestamp(instant // SECOND, UTC):%Y-%m-%dT%H:%M:%SZ}"
