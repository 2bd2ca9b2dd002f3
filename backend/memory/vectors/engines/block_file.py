"""Blocks as files: a cache of the truth that a restart finds again, checked before it is believed.

A file is written whole under another name and then takes its own: whoever has the old one mapped
keeps it. What is missing, cut, changed or of another truth is not believed; the rows are read then.
"""

import hashlib
import json
import os
import struct
import weakref
import zlib
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from backend.memory.vectors.engines.block import COARSE, FINE, ID_BYTES, Layer
from backend.platform.home import FILE_MODE

MAGIC = b"RBVECT01"
HEAD = struct.Struct("<8sII")  # magic, length of the description, checksum of all behind it
ALIGNED = 64
SUFFIX = ".block"
CHECKED_AT_ONCE = 4 << 20
DESCRIBED_MAX = 1 << 16
_TYPES = {FINE: "<f2", COARSE: "|i1"}


@dataclass(frozen=True, slots=True)
class Kind:
    """Which block a file must be of: the same truth, model and precision."""

    truth: str
    model: str
    owner_id: str
    namespace: str
    dimension: int
    precision: str

    @property
    def digest(self) -> str:
        """Return its name: a namespace may be somebody's words."""
        parts = (self.truth, self.model, self.owner_id, self.namespace)
        text = json.dumps([*parts, self.dimension, self.precision])
        return f"{self.prefix}{hashlib.sha256(text.encode()).hexdigest()[:40]}"

    @property
    def prefix(self) -> str:
        """Return what the names of all files of one truth begin with."""
        return f"{hashlib.sha256(self.truth.encode()).hexdigest()[:8]}-"


class MappedFile:
    """A file that is mapped: it is asked before each use whether it is still what was checked."""

    def __init__(self, path: Path) -> None:
        self._descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        weakref.finalize(self, os.close, self._descriptor)
        self._seen = self._look()

    @property
    def is_intact(self) -> bool:
        """Say whether nobody has cut or changed it since it was opened."""
        return self._look() == self._seen

    def opened(self) -> BinaryIO:
        """Return the file to read from, at its beginning."""
        os.lseek(self._descriptor, 0, os.SEEK_SET)
        return os.fdopen(self._descriptor, "rb", closefd=False)

    def _look(self) -> tuple[int, int]:
        found = os.fstat(self._descriptor)
        return found.st_size, found.st_mtime_ns


class BlockFiles:
    """The folder of one instance's blocks."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def path(self, kind: Kind) -> Path:
        """Return where a block lies."""
        return self._folder / f"{kind.digest}{SUFFIX}"

    def write(self, kind: Kind, base: Layer) -> None:
        """Write a block whole, in place of what was there."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        about = {
            "kind": kind.digest,
            "cursor": base.cursor,
            "count": len(base.ids),
            "dimension": base.rows.shape[1],
            "precision": COARSE if base.rows.dtype == np.int8 else FINE,
        }
        described = json.dumps(about).encode()
        described += b" " * (-(HEAD.size + len(described)) % ALIGNED)
        parts: list[Any] = [  # Any: whatever has bytes
            described,
            *(np.ascontiguousarray(each).data for each in _sections(base)),
        ]
        checksum = 0
        for part in parts:
            checksum = zlib.crc32(part, checksum)
        draft = self._folder / f".{kind.digest}.{os.getpid()}.draft"
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC
        try:
            with os.fdopen(os.open(draft, flags, FILE_MODE), "wb") as stream:
                stream.write(HEAD.pack(MAGIC, len(described), checksum))
                for part in parts:
                    stream.write(part)
                # No fsync: what a power cut tears is seen by its checksum and made anew.
            draft.replace(self.path(kind))
        finally:
            draft.unlink(missing_ok=True)

    def read(self, kind: Kind) -> Layer | None:
        """Return a block mapped into memory; None when there is none that can be believed."""
        try:
            return _layer(MappedFile(self.path(kind)), kind)
        except (OSError, ValueError, KeyError, TypeError, struct.error):
            return None

    def forget(self, message_ids: frozenset[str]) -> int:
        """Remove every block that has one of these messages: it is made anew without them."""
        holding = self._with(message_ids)
        for file in holding:
            file.unlink(missing_ok=True)
        return len(holding)

    def holding(self, message_ids: frozenset[str]) -> int:
        """Count the blocks that have one of these messages."""
        return len(self._with(message_ids))

    def _with(self, message_ids: frozenset[str]) -> list[Path]:
        wanted = np.array([each.encode() for each in message_ids], dtype=f"S{ID_BYTES}")
        return [file for file in self._folder.glob(f"*{SUFFIX}") if _has_any(file, wanted)]

    def remove(self, kind: Kind) -> None:
        """Remove a block."""
        self.path(kind).unlink(missing_ok=True)

    def tidy(self, prefix: str) -> None:
        """Remove what a killed process left half written, and the blocks of another truth."""
        with suppress(OSError):
            for draft in self._folder.glob(".*.draft"):
                draft.unlink(missing_ok=True)
            for file in self._folder.glob(f"*{SUFFIX}"):
                if not file.name.startswith(prefix):
                    file.unlink(missing_ok=True)


def _sections(base: Layer) -> tuple[Any, ...]:  # Any: arrays of different types
    return (base.ids.astype(f"S{ID_BYTES}", copy=False), base.scales, base.rows)


def _layer(file: "MappedFile", kind: Kind) -> Layer:
    """Read what a file says it is, and believe it only when its checksum agrees."""
    with file.opened() as stream:
        about, begin = _described(stream)
        if about["kind"] != kind.digest:
            raise ValueError("of something else")
        data = np.memmap(stream, dtype=np.uint8, mode="r")
    if not file.is_intact:
        raise ValueError("changed while it was looked at")
    ids, scales, rows = _cut(data[begin:], about)
    return Layer(int(about["cursor"]), ids, rows, scales, file)


def _described(stream: BinaryIO) -> tuple[dict[str, Any], int]:  # Any: JSON
    """Return a file's description and where its data begins, when its checksum agrees.

    Read and not mapped: what somebody cuts off meanwhile is a short read here, no signal.
    """
    magic, length, checksum = HEAD.unpack(stream.read(HEAD.size))
    if magic != MAGIC:
        raise ValueError("no block")
    described = stream.read(min(length, DESCRIBED_MAX))
    found = zlib.crc32(described)
    while part := stream.read(CHECKED_AT_ONCE):
        found = zlib.crc32(part, found)
    if found != checksum:
        raise ValueError("damaged")
    return json.loads(described), HEAD.size + length


def _cut(data: Any, about: dict[str, Any]) -> tuple[Any, Any, Any]:  # Any: views of a map
    count, dimension = int(about["count"]), int(about["dimension"])
    number = np.dtype(_TYPES[about["precision"]])
    ids_end = count * ID_BYTES
    scales_end = ids_end + (count * 4 if about["precision"] == COARSE else 0)
    rows_end = scales_end + count * dimension * number.itemsize
    if rows_end != len(data):
        raise ValueError("of another length")
    return (
        data[:ids_end].view(f"S{ID_BYTES}"),
        data[ids_end:scales_end].view("<f4"),
        data[scales_end:].view(number).reshape(count, dimension),
    )


def _has_any(file: Path, wanted: Any) -> bool:  # Any: an array of bytes
    """Say whether a block has one of these ids; what can't be read has to go as well."""
    try:
        with file.open("rb") as stream:
            _, length, _ = HEAD.unpack(stream.read(HEAD.size))
            about = json.loads(stream.read(min(length, DESCRIBED_MAX)))
            data = stream.read(int(about["count"]) * ID_BYTES)
        ids = np.frombuffer(data, dtype=f"S{ID_BYTES}")
        return len(ids) != about["count"] or bool(np.isin(ids, wanted).any())
    except (OSError, ValueError, KeyError, TypeError, struct.error):
        return True
