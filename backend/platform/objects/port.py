"""What keeps objects: named bytes that appear whole or not at all."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Protocol

from backend.kernel.clock import Instant
from backend.kernel.errors import Invalid

CHUNK_BYTES = 1 << 20
KEY_CHARS_MAX = 512

_KEY = re.compile(r"[A-Za-z0-9_=@+-][A-Za-z0-9._=@+-]*(?:/[A-Za-z0-9_=@+-][A-Za-z0-9._=@+-]*)*")


@dataclass(frozen=True, slots=True)
class ObjectInfo:
    """An object as it is listed."""

    key: str
    size: int
    at: Instant


class Objects(Protocol):
    """Keeps objects by key."""

    async def start(self) -> None:
        """Prove that objects can be kept."""
        ...

    async def stop(self) -> None:
        """Let go of what was opened."""
        ...

    async def put(
        self, key: str, chunks: AsyncIterator[bytes] | bytes, *, is_new: bool = False
    ) -> int:
        """Keep an object, durably when this returns; `is_new` refuses to replace. Returns its size.

        A failure or cancellation in the middle leaves what was there before.
        """
        ...

    def get(self, key: str) -> AsyncIterator[bytes]:
        """Yield an object's bytes in pieces; Missing when there is none."""
        ...

    async def list(self, prefix: str = "") -> list[ObjectInfo]:
        """Return what is kept under a prefix, in the order of the keys."""
        ...

    async def delete(self, key: str) -> None:
        """Delete an object; one that is not there is as good as deleted."""
        ...

    async def exists(self, key: str) -> bool:
        """Say whether there is such an object."""
        ...


def checked_key(key: str) -> str:
    """Return a key that is safe on every store: no way up, no hidden names, nothing exotic."""
    if len(key) > KEY_CHARS_MAX or not _KEY.fullmatch(key):
        raise Invalid("An object's key has characters that not every store takes.")
    return key


async def whole(chunks: AsyncIterator[bytes]) -> bytes:
    """Return all pieces as one; for small objects."""
    return b"".join([chunk async for chunk in chunks])
