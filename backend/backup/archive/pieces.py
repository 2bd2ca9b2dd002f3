"""The sealed pieces of an archive: compressed, encrypted, in order, and known to be all of them.

Each piece is bound to the header, to its place and to whether it is the last: one that is changed,
left out, repeated, moved or cut off is noticed before a byte of it is used.
"""

import zlib
from collections.abc import AsyncIterator
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from backend.backup.archive.header import Header
from backend.backup.archive.source import Source
from backend.kernel.errors import Corrupt
from backend.platform.compute import Compute

PIECE_BYTES = 1 << 20  # of plain text
SEALED_BYTES_MAX = PIECE_BYTES + (64 << 10)  # what can't be compressed grows a little

_LENGTH_BYTES = 4
_NONCE_BYTES = 12
_COMPRESSION = 3  # five times faster than the best, and only a tenth larger


@dataclass(frozen=True, slots=True)
class _Seal:
    cipher: AESGCM
    digest: bytes

    def close(self, plain: bytes, index: int, is_last: bool) -> bytes:
        packed = zlib.compress(plain, _COMPRESSION)
        # The data key seals one archive only, so that a piece's number is a nonce used once.
        sealed = self.cipher.encrypt(_nonce(index), packed, self._bound(is_last))
        return len(sealed).to_bytes(_LENGTH_BYTES, "big") + bytes([is_last]) + sealed

    def open(self, sealed: bytes, index: int, is_last: bool) -> bytes:
        try:
            packed = self.cipher.decrypt(_nonce(index), sealed, self._bound(is_last))
        except InvalidTag:
            raise _damaged() from None
        plain = zlib.decompressobj()
        content = plain.decompress(packed, PIECE_BYTES)
        if not plain.eof:
            raise _damaged()
        return content

    def _bound(self, is_last: bool) -> bytes:
        return self.digest + bytes([is_last])


async def sealed(
    plain: AsyncIterator[bytes], header: Header, data_key: bytes, compute: Compute
) -> AsyncIterator[bytes]:
    """Yield the whole archive: the header, then a stream of plain bytes in sealed pieces."""
    seal = _Seal(AESGCM(data_key), header.digest)
    yield header.raw
    rest, index = bytearray(), 0
    async for part in plain:
        rest += part
        while len(rest) > PIECE_BYTES:
            piece = bytes(rest[:PIECE_BYTES])
            del rest[:PIECE_BYTES]
            yield await compute.run(seal.close, piece, index, False)
            index += 1
    yield await compute.run(seal.close, bytes(rest), index, True)


async def opened(
    source: Source, header: Header, data_key: bytes, compute: Compute
) -> AsyncIterator[bytes]:
    """Yield the plain bytes behind a header that was read; raise Corrupt at the first damage."""
    seal = _Seal(AESGCM(data_key), header.digest)
    index, is_last = 0, False
    while not is_last:
        frame = await source.exactly(_LENGTH_BYTES + 1)
        length = int.from_bytes(frame[:_LENGTH_BYTES], "big")
        if length > SEALED_BYTES_MAX or frame[-1] > 1:
            raise _damaged()
        is_last = frame[-1] == 1
        content = await source.exactly(length)
        yield await compute.run(seal.open, content, index, is_last)
        index += 1
    if not await source.at_end():
        raise _damaged()


def _nonce(index: int) -> bytes:
    return index.to_bytes(_NONCE_BYTES, "big")


def _damaged() -> Corrupt:
    return Corrupt("The archive is damaged.", cure="take another backup")
