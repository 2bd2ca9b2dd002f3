"""The store, and a folder behind it: what can't be stored is kept there and carried over later."""

from collections.abc import AsyncIterator

from backend.kernel.errors import Conflict, Missing, Unavailable
from backend.platform.objects.port import ObjectInfo, Objects
from backend.platform.telemetry.logs import get_logger

_log = get_logger("objects")


class ObjectLevels:
    """Keeps objects in the first level, and small ones in the last while the first is away."""

    def __init__(self, first: Objects, last: Objects) -> None:
        self._first, self._last = first, last

    async def start(self) -> None:
        """Prove the folder; a store that is away only means that objects wait."""
        await self._last.start()
        try:
            await self._first.start()
        except Unavailable as away:
            if not away.retryable:
                raise
            _log.warning("store_away", failure=away)

    async def stop(self) -> None:
        """Let go of both."""
        await self._first.stop()
        await self._last.stop()

    async def put(
        self, key: str, chunks: AsyncIterator[bytes] | bytes, *, is_new: bool = False
    ) -> int:
        """Keep an object. One that must be new, or that comes in pieces, never falls back:

        that it is the first can't be known while the store is away, and pieces come only once.
        """
        try:
            return await self._first.put(key, chunks, is_new=is_new)
        except Unavailable as away:
            if is_new or not away.retryable or not isinstance(chunks, bytes):
                raise
            _log.warning("object_kept_here", key=key, failure=away)
            return await self._last.put(key, chunks)

    async def get(self, key: str) -> AsyncIterator[bytes]:
        """Yield an object's bytes from wherever it lies; what waits here is the newer one."""
        level = self._last if await self._last.exists(key) else self._first
        async for chunk in level.get(key):
            yield chunk

    async def list(self, prefix: str = "") -> list[ObjectInfo]:
        """Return what both keep, each key once."""
        found = {info.key: info for info in await self._first.list(prefix)}
        found |= {info.key: info for info in await self._last.list(prefix)}
        return [found[key] for key in sorted(found)]

    async def delete(self, key: str) -> None:
        """Delete an object wherever it lies."""
        await self._last.delete(key)
        await self._first.delete(key)

    async def exists(self, key: str) -> bool:
        """Say whether there is such an object."""
        return await self._last.exists(key) or await self._first.exists(key)

    async def carry_over(self) -> int:
        """Move what waits in the folder into the store; return how many were moved."""
        moved = 0
        for info in await self._last.list():
            try:
                await self._first.put(info.key, self._last.get(info.key))
            except (Conflict, Missing):
                continue  # deleted or replaced meanwhile
            await self._last.delete(info.key)
            moved += 1
        if moved:
            _log.info("objects_carried_over", objects=moved)
        return moved
