"""What the journeys of calls share: a number that rings, and what is kept and told of its calls."""

import asyncio
import re
from typing import Any

from backend.conversation.carriers.simulator import VOICED_PEAK, Caller, Dial
from backend.platform.chance import SystemIds
from backend.platform.clock import SystemClock
from tests.journey.product import Product, eventually
from tests.journey.telephone import VOUCHED

SECRET = "the-secret-of-the-carrier-0123456789"
SAM = "+14155550142"
PATIENCE_S = 60.0
LEVEL = re.compile(r'^ringback_level_in_use\{level="([^"]*)",port="([^"]*)"\} 1', re.MULTILINE)

Json = Any  # what the product tells


class Loudness:
    """Counts the pieces of sound in which there is a voice, as they come."""

    def __init__(self) -> None:
        self.voiced = 0

    def hear(self, pcm: bytes) -> None:
        self.voiced += max(memoryview(pcm).cast("h"), default=0) > VOICED_PEAK


def caller(product: Product, number: str = SAM, *, loudness: Loudness | None = None) -> Caller:
    """Return a telephone that rings from a number that the network vouches for."""
    public_url = product.extra.get("RINGBACK_PUBLIC_URL", "")
    dial = Dial(product.url, SECRET, public_url=public_url, number=number, verdict=VOUCHED)
    clock = SystemClock()
    listen = (loudness or Loudness()).hear
    return Caller(dial, clock=clock, ids=SystemIds(clock), listen=listen)


def record_of(product: Product, call_sid: str) -> Json:
    """Return what is kept of a call."""
    calls: Json = product.get("/v1/calls", limit="200")["calls"]
    found = next(call for call in calls if call["carrier_ref"] == call_sid)
    return product.get(f"/v1/calls/{found['id']}")


def ended(product: Product, call_sid: str) -> Json:
    """Wait until a call is closed, and return what is kept of it."""

    def look() -> Json:
        record = record_of(product, call_sid)
        return record if record["ended_at"] else None

    return eventually(look, seconds=PATIENCE_S)


def levels(product: Product) -> dict[str, str]:
    """Return which engine serves each port, as the metrics tell it."""
    with product.client() as client:
        return {port: level for level, port in LEVEL.findall(client.get("/metrics").text)}


async def until_true(look: Any, *, seconds: float = PATIENCE_S) -> None:
    """Look until something holds; the caller's line goes on meanwhile."""
    clock = SystemClock()
    async with asyncio.timeout(seconds):
        while not look():
            await clock.sleep(0.05)
