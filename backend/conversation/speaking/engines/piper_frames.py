"""The wire between us and Piper's process: frames of a kind, a request and a length, on stdio."""

import struct
from enum import IntEnum

HEADER = struct.Struct(">BII")
PAYLOAD_BYTES_MAX = 1 << 20


class Kind(IntEnum):
    """What a frame means."""

    SPEAK = 1  # to Piper: text
    CANCEL = 2  # to Piper: drop the request
    READY = 3  # from Piper: rate in Hz, as text
    SOUND = 4  # from Piper: PCM16
    DONE = 5  # from Piper: the request is over
    FAILED = 6  # from Piper: reason


def packed(kind: Kind, request: int, payload: bytes = b"") -> bytes:
    """Return a frame's bytes."""
    return HEADER.pack(kind, request, len(payload)) + payload


class Unpacker:
    """Frames out of a stream of bytes cut anywhere."""

    def __init__(self) -> None:
        self._rest = bytearray()

    def feed(self, data: bytes) -> list[tuple[Kind, int, bytes]]:
        """Return the frames that are whole now; raise ValueError when it is no such stream."""
        self._rest += data
        frames: list[tuple[Kind, int, bytes]] = []
        while len(self._rest) >= HEADER.size:
            kind, request, length = HEADER.unpack_from(self._rest)
            if length > PAYLOAD_BYTES_MAX:
                raise ValueError("The frame is too long.")
            end = HEADER.size + length
            if len(self._rest) < end:
                break
            frames.append((Kind(kind), request, bytes(self._rest[HEADER.size : end])))
            del self._rest[:end]
        return frames
