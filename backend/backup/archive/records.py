"""The records inside an archive: tables with their rows, objects with their bytes, and an end."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from enum import IntEnum

from backend.kernel.errors import Corrupt

RECORD_BYTES_MAX = 256 << 20  # a single row is at most a large document in base 64

_HEAD_BYTES = 5


class Kind(IntEnum):
    """What a record is."""

    TABLE = 1  # JSON: its name and columns; its rows follow
    ROWS = 2  # JSON lines, each the list of one row's values
    OBJECT = 3  # JSON: its key; its bytes follow
    BYTES = 4
    OBJECT_END = 5  # JSON: its size and digest
    END = 6  # JSON: how much of everything there is


@dataclass(frozen=True, slots=True)
class Record:
    """One of them."""

    kind: Kind
    payload: bytes


async def packed(records: AsyncIterator[Record]) -> AsyncIterator[bytes]:
    """Write records one behind the other."""
    async for record in records:
        assert len(record.payload) <= RECORD_BYTES_MAX
        yield bytes([record.kind]) + len(record.payload).to_bytes(_HEAD_BYTES - 1, "big")
        yield record.payload


async def unpacked(plain: AsyncIterator[bytes]) -> AsyncIterator[Record]:
    """Read records; what ends within one, or goes on after the end, is damaged."""
    rest = bytearray()
    kind: Kind | None = None
    async for part in plain:
        rest += part
        while (record := _first(rest)) is not None:
            if kind is Kind.END:
                raise _malformed()
            kind = record.kind
            yield record
    if rest or kind is not Kind.END:
        raise _malformed()


def _first(rest: bytearray) -> Record | None:
    """Take the first record off, if all of it is there."""
    if len(rest) < _HEAD_BYTES:
        return None
    length = int.from_bytes(rest[1:_HEAD_BYTES], "big")
    if length > RECORD_BYTES_MAX or rest[0] not in Kind.__members__.values():
        raise _malformed()
    end = _HEAD_BYTES + length
    if len(rest) < end:
        return None
    record = Record(Kind(rest[0]), bytes(rest[_HEAD_BYTES:end]))
    del rest[:end]
    return record


def _malformed() -> Corrupt:
    return Corrupt("The archive's records are malformed.", cure="take another backup")
