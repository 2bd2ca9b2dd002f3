"""The wire between us and a process that speaks: frames of a kind, a request and a length."""

import json
import struct
from collections.abc import Sequence
from enum import IntEnum

from backend.kernel.audio import WordEnd

HEADER = struct.Struct(">BII")
PAYLOAD_BYTES_MAX = 1 << 20


class Kind(IntEnum):
    """What a frame means."""

    SPEAK = 1  # to the child: text
    CANCEL = 2  # to the child: drop the request
    READY = 3  # from the child: rate in Hz, as text
    SOUND = 4  # from the child: PCM16
    DONE = 5  # from the child: the request is over
    FAILED = 6  # from the child: reason
    WORDS = 7  # from the child: the words that end in the sound that follows


def packed(kind: Kind, request: int, payload: bytes = b"") -> bytes:
    """Return a frame's bytes."""
    return HEADER.pack(kind, request, len(payload)) + payload


def packed_words(words: Sequence[WordEnd]) -> bytes:
    """Return the payload of a WORDS frame."""
    return json.dumps([(word.text, word.end_ms) for word in words]).encode()


def read_words(payload: bytes) -> tuple[WordEnd, ...]:
    """Read the payload of a WORDS frame; raise ValueError when it is none."""
    try:
        return tuple(WordEnd(str(text), int(end_ms)) for text, end_ms in json.loads(payload))
    except TypeError as garbage:
        raise ValueError("These are no words.") from garbage


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
