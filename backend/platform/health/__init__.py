"""Whether each part works: asked when somebody wants to know, and watched all the time.

Read in order: `types`, `checks` (asks), `monitor` (watches), `uptime` (reckons), `machine` (what is
looked at on the machine itself).
"""

from backend.platform.health.checks import Health
from backend.platform.health.types import Check, Checker, Finding

__all__ = ["Check", "Checker", "Finding", "Health"]
