"""How much an item weighs: it fades by time, more slowly the more often it was of use.

All of it is worked out when it is read. No clock has to come by and lower anything, so a machine
that slept for a night wakes up with the right weights.
"""

import math
from typing import Final

from backend.kernel.clock import HOUR, MINUTE, Instant
from backend.memory.short_term.types import Kept, Kind

PRIORITY: Final = {Kind.TASK: 0.9, Kind.DECISION: 0.8, Kind.OUTCOME: 0.6, Kind.CONTEXT: 0.5}
HALF_LIFE: Final = {
    Kind.TASK: 24 * HOUR,  # open until it is done
    Kind.DECISION: 8 * HOUR,
    Kind.OUTCOME: 4 * HOUR,
    Kind.CONTEXT: 2 * HOUR,
}
ASKED = 0.3  # a question weighs less than what was told
LIFT = 0.4  # a use brings an item so far of the way back to the full weight
USE_EVERY = MINUTE  # an item that is spoken of again and again is written once a minute
USES_MAX = 1_000_000


def weight(item: Kept, now: Instant) -> float:
    """Return what an item weighs now: half as much after each half-life since it was last used."""
    passed = max(0, now - item.used_at)
    half_life = HALF_LIFE[item.kind] * (1 + math.log2(1 + max(0, item.uses)))
    return float(item.priority * 0.5 ** (passed / half_life))


def priority_after_use(item: Kept, now: Instant) -> float:
    """Return the priority of an item that was just of use: higher than it weighed, at most 1."""
    before = weight(item, now)
    return before + LIFT * (1.0 - before)


def may_count(item: Kept, now: Instant) -> bool:
    """Say whether a use is to be written down now."""
    return item.uses < USES_MAX and (item.uses == 0 or now - item.used_at >= USE_EVERY)
