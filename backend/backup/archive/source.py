"""An archive's bytes as they come in, given out in exact lengths."""

from collections.abc import AsyncIterator

from backend.kernel.errors import Corrupt


class Source:
    """Reads a stream piecewise, holding no more than it was asked for and one piece."""

    def __init__(self, chunks: AsyncIterator[bytes]) -> None:
        self._chunks = chunks
        self._rest = bytearray()

    async def exactly(self, length: int) -> bytes:
        """Return the next bytes; an archive that ends before them was cut."""
        while len(self._rest) < length:
            chunk = await anext(self._chunks, None)
            if chunk is None:
                raise Corrupt("The archive is cut off.", cure="take another backup")
            self._rest += chunk
        taken = bytes(self._rest[:length])
        del self._rest[:length]
        return taken

    async def at_end(self) -> bool:
        """Say whether nothing follows."""
        while not self._rest:
            chunk = await anext(self._chunks, None)
            if chunk is None:
                return True
            self._rest += chunk
        return False
