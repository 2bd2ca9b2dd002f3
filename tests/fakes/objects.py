"""Objects in memory, as strict as the real ones."""

from collections.abc import AsyncIterator

from backend.kernel.clock import Instant
from backend.kernel.errors import Conflict, Missing, Unavailable
from backend.platform.objects.port import ObjectInfo, checked_key


class FakeObjects:
    """Keeps objects as long as the test lives."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}
        self.is_away = False

    async def start(self) -> None: ...

    async def stop(self) -> None: ...

    async def put(
        self, key: str, chunks: AsyncIterator[bytes] | bytes, *, is_new: bool = False
    ) -> int:
        checked_key(key)
        if self.is_away:
            raise Unavailable
        if isinstance(chunks, bytes):
            content = chunks
        else:
            content = b"".join([chunk async for chunk in chunks])
        if is_new and key in self.kept:
            raise Conflict
        self.kept[key] = content
        return len(content)

    async def get(self, key: str) -> AsyncIterator[bytes]:
        if checked_key(key) not in self.kept:
            raise Missing
        content = self.kept[key]
        for start in range(0, len(content), 70_001):
            yield content[start : start + 70_001]

    async def list(self, prefix: str = "") -> list[ObjectInfo]:
        return [
            ObjectInfo(key, len(content), Instant(0))
            for key, content in sorted(self.kept.items())
            if key.startswith(prefix)
        ]

    async def delete(self, key: str) -> None:
        self.kept.pop(checked_key(key), None)

    async def exists(self, key: str) -> bool:
        return checked_key(key) in self.kept
