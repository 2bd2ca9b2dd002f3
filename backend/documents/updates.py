"""Pure dealings with Yjs updates: apply one, and tell whether all of it has arrived."""

from typing import Any

from pycrdt import Doc, get_update

from backend.kernel.errors import Invalid

NOTHING = b"\x00\x00"  # the update without content

_NUMBER_BITS_MAX = 70  # ten bytes of seven bits: more than any number that Yjs writes


class Reader:
    """Reads the variable-length numbers of lib0, and refuses what ends too early."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._place = 0

    @property
    def is_at_end(self) -> bool:
        """Say whether everything was read."""
        return self._place >= len(self._data)

    def number(self) -> int:
        """Read one unsigned number."""
        value = shift = 0
        while True:
            if self.is_at_end or shift > _NUMBER_BITS_MAX:
                raise Invalid("A number in this message never ends.")
            byte = self._data[self._place]
            self._place += 1
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
            shift += 7

    def chunk(self) -> bytes:
        """Read bytes that are preceded by their count."""
        end = self.number() + self._place
        if end > len(self._data):
            raise Invalid("This message is shorter than it says.")
        start, self._place = self._place, end
        return self._data[start:end]


def apply_update(doc: Doc[Any], update: bytes) -> None:
    """Apply an update; whatever is wrong with it is said as `Invalid`.

    After a refusal that was a panic of the CRDT's core the document is not fit for use any more:
    give it up and build another.
    """
    try:
        doc.apply_update(update)
    except (ValueError, RuntimeError) as refusal:
        raise Invalid("This is no update that the document can take.") from refusal
    except BaseException as failure:
        # The core is Rust: its panics arrive as a class of their own that derives from
        # BaseException and that no module exports.
        if type(failure).__name__ != "PanicException":
            raise
        raise Invalid("This update breaks the document.") from None


def decode_state(state: bytes) -> dict[int, int]:
    """Return how many edits of each client a state vector stands for."""
    reader = Reader(state)
    return {reader.number(): reader.number() for _ in range(reader.number())}


def is_integrated(update: bytes, state: bytes) -> bool:
    """Say whether a document with this state has everything that an update holds.

    An update whose dependency is missing is kept aside by the CRDT: nobody is told of it, and it
    is in no snapshot. What remains of it beyond the state is how it is recognised.
    """
    if update == NOTHING:
        return True
    rest = Reader(get_update(update, state))
    if rest.number():
        return False  # edits that the document does not have
    known = decode_state(state)
    for _ in range(rest.number()):  # deletions: of what the document has, or still unknown
        client = rest.number()
        for _ in range(rest.number()):
            start, length = rest.number(), rest.number()
            if start + length > known.get(client, 0):
                return False
    return True
