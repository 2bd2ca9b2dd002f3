"""Tells the other processes what was written, so that they free what they keep of it at once.

Nothing depends on it: whoever reads compares versions. But what was forgotten shall not lie in any
process's memory until somebody asks for it.
"""

import json
import uuid

from backend.platform.cache.engines.in_process import InProcessCache
from backend.platform.database import Database
from backend.platform.database.freshness import Steps
from backend.platform.signals import Signals

SIGNAL = "cache"
TOLD_MAX = 50  # more than this at once and everybody forgets everything: an import, a restore


class CacheNews:
    """Carries what was touched from every commit to every cache."""

    def __init__(self, cache: InProcessCache, *, database: Database, signals: Signals) -> None:
        self._cache, self._signals = cache, signals
        self._self = uuid.uuid4().hex  # what we say ourselves was done already
        database.on_touched(self._tell)

    async def run(self) -> None:
        """Drop what others have written to, for ever."""
        async with self._signals.subscribe(SIGNAL) as news:
            async for message in news:
                self._hear(message)

    def _tell(self, steps: Steps) -> None:
        told = sorted(steps) if len(steps) <= TOLD_MAX else []
        self._signals.publish(SIGNAL, json.dumps({"from": self._self, "touched": told}))

    def _hear(self, message: str) -> None:
        told = json.loads(message) if message else {}
        if told.get("from") == self._self:
            return
        if told.get("touched"):
            self._cache.drop_touched((owner_id, topic) for owner_id, topic in told["touched"])
        else:  # something was missed, or it is too much to tell
            self._cache.drop()
