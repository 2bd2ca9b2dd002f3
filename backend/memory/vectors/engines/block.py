"""One namespace's vectors: a base that never changes, and what was written since beside it.

The base may be a file that is mapped into memory: the system keeps of it what is used, and takes
the room back when others need it. What changed since lies in memory, until a new base is made.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from backend.memory.vectors.store import Hit, Vector

CHUNK_ROWS = 512  # widened they stay within the processor's cache, and BLAS wakes no threads
ID_BYTES = 64  # ours have 36
FINE, COARSE = "float16", "int8"
STEPS = 127
HALF_BYTES, HALF_SHIFT = 2, 13
HALF_SCALE = np.float32(2.0**112)
HALF_BITS = np.uint32(0x8FFFE000).view(np.int32)  # of a half that was moved: sign and value

Ids = NDArray[np.bytes_]
Rows = NDArray[Any]  # Any: float16 or int8
Scales = NDArray[np.float32]


class Source(Protocol):
    """Where mapped vectors lie."""

    @property
    def is_intact(self) -> bool:
        """Say whether nobody has cut or changed it since it was checked."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Layer:
    """Vectors as they were at a cursor."""

    cursor: int
    ids: Ids
    rows: Rows
    scales: Scales  # of each row; empty for float16, which needs none
    source: Source | None = None  # None: in memory

    @property
    def is_intact(self) -> bool:
        """Say whether it may be read: to touch what was cut off a mapped file ends the process."""
        return self.source is None or self.source.is_intact

    @property
    def size_bytes(self) -> int:
        """Return what it weighs."""
        return self.rows.nbytes + self.ids.nbytes + self.scales.nbytes

    def scores(self, vector: Vector) -> NDArray[np.float32]:
        """Return the cosine of each row."""
        found = products(self.rows, vector)
        return found * self.scales if len(self.scales) else found


def products(rows: Rows, vector: Vector) -> NDArray[np.float32]:
    """Return each row's product with a vector, by the same float32 sums as a plain `rows @ vector`.

    Widened in one small buffer: to make a new array of all rows, and float16 by numpy's own way,
    took ten times as long as the products (5,000 rows of 384: 8 ms of two processors, now 0.4).
    """
    found = np.empty(len(rows), dtype=np.float32)
    is_half = rows.dtype.itemsize == HALF_BYTES
    wide = np.empty((min(CHUNK_ROWS, len(rows)), rows.shape[1]), dtype=np.int32)
    scaled = vector * HALF_SCALE if is_half else vector
    for start in range(0, len(rows), CHUNK_ROWS):
        chunk = rows[start : start + CHUNK_ROWS]
        room = wide[: len(chunk)]
        into = room.view(np.float32)
        if is_half:
            # A half's bits, moved to where a float32 has them, are its value over 2¹¹²: zero and
            # what is tiny as well. Only infinity is not, which no vector of ours has.
            np.left_shift(chunk.view("<i2"), HALF_SHIFT, out=room, dtype=np.int32)
            np.bitwise_and(room, HALF_BITS, out=room)
        else:
            np.copyto(into, chunk)
        np.dot(into, scaled, out=found[start : start + len(chunk)])
    return found


def empty_layer(dimension: int) -> Layer:
    """Return a base of nothing."""
    return Layer(
        -1,
        np.empty(0, dtype=f"S{ID_BYTES}"),
        np.empty((0, dimension), dtype="<f2"),
        np.empty(0, dtype="<f4"),
    )


def layer_of(cursor: int, ids: Ids, rows: NDArray[np.float16], precision: str) -> Layer:
    """Return a base of vectors; int8 takes half the room, its cosines are right within .01."""
    if precision == FINE:
        return Layer(cursor, ids, rows, np.empty(0, dtype="<f4"))
    coarse = np.empty(rows.shape, dtype=np.int8)
    scales = np.empty(len(rows), dtype="<f4")
    for start in range(0, len(rows), CHUNK_ROWS):
        part = rows[start : start + CHUNK_ROWS].astype(np.float32)
        highest = np.maximum(np.abs(part).max(axis=1, initial=0.0), 1e-9)
        coarse[start : start + len(part)] = np.rint(part * (STEPS / highest)[:, None])
        scales[start : start + len(part)] = highest / STEPS
    return Layer(cursor, ids, coarse, scales)


class Block:
    """What is searched: the base less what left it, and what came since."""

    def __init__(self, base: Layer, dimension: int) -> None:
        self.base, self._dimension = base, dimension
        self._is_gone = np.zeros(len(base.ids), dtype=np.bool_)
        self._ids: list[str] = []
        self._places: dict[str, int] = {}
        self._rows: NDArray[np.float16] = np.empty((16, dimension), dtype="<f2")
        self.has_dropped = False

    def __len__(self) -> int:
        return len(self.base.ids) - int(self._is_gone.sum()) + len(self._ids)

    @property
    def size_bytes(self) -> int:
        """Return what it weighs, mapped or not."""
        return self.base.size_bytes + self._rows.nbytes

    @property
    def fresh(self) -> int:
        """Return how many vectors are not in the base."""
        return len(self._ids)

    def put(self, changed: Sequence[tuple[str, bytes]]) -> None:
        """Add vectors, or replace them."""
        self._leave_base([message_id for message_id, _ in changed])
        for message_id, data in changed:
            place = self._places.get(message_id)
            if place is None:
                place = len(self._ids)
                if place == len(self._rows):
                    grown = np.empty((place * 2, self._dimension), dtype="<f2")
                    grown[:place] = self._rows
                    self._rows = grown
                self._places[message_id] = place
                self._ids.append(message_id)
            self._rows[place] = np.frombuffer(data, dtype="<f2")

    def drop(self, message_ids: Sequence[str]) -> None:
        """Remove vectors: of those that came since, the last takes the place."""
        if self._leave_base(message_ids):
            self.has_dropped = True
        for message_id in message_ids:
            place = self._places.pop(message_id, None)
            if place is None:
                continue
            last = self._ids.pop()
            if last != message_id:
                self._ids[place] = last
                self._places[last] = place
                self._rows[place] = self._rows[len(self._ids)]

    def nearest(self, vector: Vector, limit: int) -> list[Hit]:
        """Return the nearest; equal ones in the order of their ids."""
        scores = self.base.scores(vector)
        scores[self._is_gone] = -np.inf
        scores = np.concatenate([scores, products(self._rows[: self.fresh], vector)])
        size = len(scores)
        top = np.argpartition(-scores, limit)[:limit] if size > limit else np.arange(size)
        ranked = sorted((-float(scores[row]), self._id(row)) for row in top)
        return [Hit(message_id, -score) for score, message_id in ranked if score != np.inf]

    def whole(self, cursor: int) -> "Whole":
        """Return what a new base is made of, apart from anything that changes from now on."""
        ids = np.array([each.encode() for each in self._ids], dtype=f"S{ID_BYTES}")
        return Whole(cursor, self.base, self._is_gone.copy(), ids, self._rows[: self.fresh].copy())

    def _id(self, row: int) -> str:
        in_base = len(self.base.ids)
        if row >= in_base:
            return self._ids[row - in_base]
        return bytes(self.base.ids[row]).decode()

    def _leave_base(self, message_ids: Sequence[str]) -> int:
        if not len(self.base.ids) or not message_ids:
            return 0
        wanted = np.array([each.encode() for each in message_ids], dtype=f"S{ID_BYTES}")
        leaves = np.isin(self.base.ids, wanted) & ~self._is_gone
        self._is_gone |= leaves
        return int(leaves.sum())


@dataclass(frozen=True, slots=True, eq=False)
class Whole:
    """A block at one moment; to be made a base of, in another thread."""

    cursor: int
    base: Layer
    is_gone: NDArray[np.bool_]
    ids: Ids
    rows: NDArray[np.float16]

    def joined(self, precision: str) -> Layer:
        """Return a new base of the old one and what came since."""
        fresh, old = layer_of(self.cursor, self.ids, self.rows, precision), self.base
        if not len(old.ids):
            return fresh
        stays = np.flatnonzero(~self.is_gone)
        return Layer(
            self.cursor,
            np.concatenate([old.ids[stays], fresh.ids]),
            np.concatenate([old.rows[stays], fresh.rows]),
            np.concatenate([old.scales[stays], fresh.scales]) if len(old.scales) else old.scales,
        )
