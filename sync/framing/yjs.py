"""The framing of y-websocket, byte for byte: one message in each frame that we send.

A frame is a number that says what it is, then its content:
0 sync (0 state vector, 1 what it lacks, 2 update), 1 awareness, 2 auth, 3 query awareness.
Clients read one message of a frame, but some servers and clients write several: those are read.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum

from backend.documents.updates import Reader
from backend.kernel.errors import Invalid

AWARENESS_BYTES_MAX = 64 << 10
AWARENESS_CLIENTS_MAX = 64  # in one message

_NULL = "null"


class Kind(IntEnum):
    """What a message is."""

    SYNC = 0
    AWARENESS = 1
    AUTH = 2
    QUERY_AWARENESS = 3


class Step(IntEnum):
    """What a sync message is."""

    STATE = 0  # "this is what I have": answered with what is missing
    MISSING = 1
    UPDATE = 2


@dataclass(frozen=True, slots=True)
class State:
    """A peer says what it has."""

    vector: bytes


@dataclass(frozen=True, slots=True)
class Update:
    """A peer gives edits, on its own or because we lack them."""

    update: bytes


@dataclass(frozen=True, slots=True)
class Presence:
    """What one client shows of itself at a clock; None: it has gone."""

    client: int
    clock: int
    state: str | None  # JSON, handed on as it came


@dataclass(frozen=True, slots=True)
class Awareness:
    """A peer tells of clients that are present."""

    clients: tuple[Presence, ...]


@dataclass(frozen=True, slots=True)
class QueryAwareness:
    """A peer asks who is present."""


Message = State | Update | Awareness | QueryAwareness


def read(frame: bytes) -> Iterator[Message]:
    """Yield a frame's messages; Invalid when it is broken.

    What we don't know is passed over, with the rest of its frame, whose length we can't know.
    """
    reader = Reader(frame)
    while True:
        kind = reader.number()
        if kind == Kind.SYNC:
            message = _sync(reader)
            if message is None:
                return
            yield message
        elif kind == Kind.AWARENESS:
            yield _awareness(reader.chunk())
        elif kind == Kind.QUERY_AWARENESS:
            yield QueryAwareness()
        else:
            return
        if reader.is_at_end:
            return


def state(vector: bytes) -> bytes:
    """Return the frame that says what we have."""
    return bytes((Kind.SYNC, Step.STATE)) + _chunk(vector)


def missing(update: bytes) -> bytes:
    """Return the frame that answers a state vector."""
    return bytes((Kind.SYNC, Step.MISSING)) + _chunk(update)


def update(content: bytes) -> bytes:
    """Return the frame of an edit."""
    return bytes((Kind.SYNC, Step.UPDATE)) + _chunk(content)


def awareness(clients: tuple[Presence, ...]) -> bytes:
    """Return the frame that tells of clients; of none, it is but a sign of life."""
    content = [number(len(clients))]
    for one in clients:
        shown = (one.state or _NULL).encode()
        content += [number(one.client), number(one.clock), _chunk(shown)]
    return bytes((Kind.AWARENESS,)) + _chunk(b"".join(content))


def number(value: int) -> bytes:
    """Return a number as lib0 writes it: seven bits a byte, the least first."""
    written = bytearray()
    while value > 0x7F:
        written.append(0x80 | (value & 0x7F))
        value >>= 7
    written.append(value)
    return bytes(written)


def _chunk(content: bytes) -> bytes:
    return number(len(content)) + content


def _sync(reader: Reader) -> Message | None:
    step = reader.number()
    if step == Step.STATE:
        return State(reader.chunk())
    if step in (Step.MISSING, Step.UPDATE):
        return Update(reader.chunk())
    return None


def _awareness(content: bytes) -> Awareness:
    if len(content) > AWARENESS_BYTES_MAX:
        raise Invalid("This tells more of its clients than anybody needs.")
    reader = Reader(content)
    count = reader.number()
    if count > AWARENESS_CLIENTS_MAX:
        raise Invalid("There are too many clients in this message.")
    return Awareness(tuple(_presence(reader) for _ in range(count)))


def _presence(reader: Reader) -> Presence:
    client, clock, shown = reader.number(), reader.number(), reader.chunk()
    try:
        # Read for its form only: other clients parse it, and must not stumble over it.
        is_gone = json.loads(shown) is None
        return Presence(client, clock, None if is_gone else shown.decode())
    except (ValueError, RecursionError) as trouble:
        raise Invalid("What a client shows of itself is no JSON.") from trouble
