"""Whether an address can be reached, by the cheapest question there is: it costs nobody a cent."""

import asyncio
from contextlib import suppress
from urllib.parse import urlsplit

from backend.platform.health.types import Check

PORTS = {"http": 80, "https": 443}


async def reach(url: str, *, cure: str = "") -> Check:
    """Say whether somebody takes a connection at an address; nothing is asked of them."""
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or PORTS.get(parts.scheme, 443)
    try:
        _, writer = await asyncio.open_connection(host, port)
    except OSError as failure:
        return Check(
            ok=False, detail=f"{host} can't be reached ({type(failure).__name__})", cure=cure
        )
    writer.close()
    with suppress(OSError):
        await writer.wait_closed()
    return Check(ok=True, detail=f"{host} can be reached")
