"""What was uploaded, sealed in the object store until its job is done: any worker may take it."""

import json
from collections.abc import AsyncIterator
from dataclasses import asdict, dataclass
from typing import BinaryIO

from backend.kernel.clock import Instant
from backend.kernel.errors import Corrupt
from backend.kernel.ids import OwnerId
from backend.memory.porting.types import Kind
from backend.platform.compute import Compute
from backend.platform.keys import Keys
from backend.platform.objects.port import Objects

PREFIX = "imports/"
PURPOSE = "import"
PIECE_BYTES = 1 << 20
_LENGTH_BYTES = 4


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to become of a file."""

    kind: Kind = Kind.AUTO
    namespace: str = ""
    is_lenient: bool = False  # what can't be read is passed over
    asks_model: bool = False  # facts are read by a model too, not by rules alone
    is_again: bool = False  # what was forgotten here may come back
    lines: int = 0  # how many there are, as its look-through has found


class Uploads:
    """Lets go of uploads; that needs no key."""

    def __init__(self, objects: Objects) -> None:
        self._objects = objects

    async def drop(self, import_id: str) -> None:
        """Let go of an upload."""
        await self._objects.delete(_key(import_id))

    async def is_kept(self, import_id: str) -> bool:
        """Say whether an upload is there."""
        return await self._objects.exists(_key(import_id))

    async def sweep(self, before: Instant) -> None:
        """Let go of uploads whose jobs have failed for good."""
        for each in await self._objects.list(PREFIX):
            if each.at < before:
                await self._objects.delete(each.key)


class Spool(Uploads):
    """Keeps uploads and gives them back; only to whom they belong."""

    def __init__(self, *, objects: Objects, keys: Keys, compute: Compute) -> None:
        super().__init__(objects)
        self._keys, self._compute = keys, compute

    async def keep(self, owner_id: OwnerId, import_id: str, wish: Wish, file: BinaryIO) -> None:
        """Seal a file, with what is to become of it."""
        await self._objects.put(_key(import_id), self._sealed(owner_id, import_id, wish, file))

    async def fetch(self, owner_id: OwnerId, import_id: str, file: BinaryIO) -> Wish:
        """Write an upload into a file, and return what is to become of it."""
        pending, count = bytearray(), 0
        wish: Wish | None = None
        async for chunk in self._objects.get(_key(import_id)):
            pending += chunk
            while (piece := _cut(pending)) is not None:
                context = _context(owner_id, import_id, count)
                plain = await self._compute.run(self._keys.open, PURPOSE, piece, context)
                count += 1
                if wish is None:
                    told = json.loads(plain)
                    wish = Wish(**told | {"kind": Kind(told["kind"])})
                else:
                    await self._compute.run(file.write, plain)
        if wish is None or pending:
            raise Corrupt("What was uploaded is damaged.", cure="import the file again")
        return wish

    async def _sealed(
        self, owner_id: OwnerId, import_id: str, wish: Wish, file: BinaryIO
    ) -> AsyncIterator[bytes]:
        plain, count = json.dumps(asdict(wish)).encode(), 0
        while plain:
            context = _context(owner_id, import_id, count)
            sealed = await self._compute.run(self._keys.seal, PURPOSE, plain, context)
            yield len(sealed).to_bytes(_LENGTH_BYTES) + sealed
            plain, count = await self._compute.run(file.read, PIECE_BYTES), count + 1


def _key(import_id: str) -> str:
    return f"{PREFIX}{import_id}"


def _context(owner_id: OwnerId, import_id: str, count: int) -> bytes:
    return f"{owner_id}:{import_id}:{count}".encode()


def _cut(pending: bytearray) -> bytes | None:
    """Take the first piece off what has arrived; None: it is not whole yet."""
    if len(pending) < _LENGTH_BYTES:
        return None
    end = _LENGTH_BYTES + int.from_bytes(pending[:_LENGTH_BYTES])
    if len(pending) < end:
        return None
    piece = bytes(pending[_LENGTH_BYTES:end])
    del pending[:end]
    return piece
