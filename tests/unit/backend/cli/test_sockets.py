"""The quick way reads what the server's own way reads, however the bytes are cut."""

import asyncio
import itertools
from collections.abc import Coroutine, Iterable, Sequence
from typing import Any

import pytest
import uvicorn
from hypothesis import given
from hypothesis import strategies as st
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from uvicorn.server import ServerState
from websockets.frames import Frame, Opcode
from websockets.protocol import State

from backend.cli.sockets import QUICK_BYTES_MAX, WAITING_MAX, QuickSocket
from backend.platform.sockets import FIRST_LOOK

HANDSHAKE = (
    b"GET /socket HTTP/1.1\r\nHost: here\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)


class Wire(asyncio.Transport):
    """A transport that remembers what it was told."""

    def __init__(self) -> None:
        super().__init__()
        self.written = b""
        self.is_paused = self.is_closed = False

    def write(self, data: Any) -> None:
        self.written += data

    def close(self) -> None:
        self.is_closed = True

    def is_closing(self) -> bool:
        return self.is_closed

    def pause_reading(self) -> None:
        self.is_paused = True

    def resume_reading(self) -> None:
        self.is_paused = False


class Loop:
    """A loop that starts no application and waits for nothing."""

    def create_task(self, running: Coroutine[Any, Any, None]) -> "Loop":
        running.close()
        return self

    def add_done_callback(self, call: object) -> None:
        del call

    def call_later(self, seconds: float, call: object) -> "Loop":
        del seconds, call
        return self

    def cancel(self) -> None:
        pass


async def nothing(scope: Any, receive: Any, send: Any) -> None:
    del scope, receive, send


def asked(kind: type[WebSocketsSansIOProtocol]) -> tuple[Any, Wire]:
    """Return a socket of this kind that has heard its handshake, and its wire."""
    config = uvicorn.Config(nothing, log_config=None, ws_per_message_deflate=False)
    config.load()
    loop: Any = Loop()
    socket: Any = kind(config, ServerState(), {}, _loop=loop)
    wire = Wire()
    socket.connection_made(wire)
    socket.data_received(HANDSHAKE)
    socket.queue.get_nowait()
    return socket, wire


def opened(kind: type[WebSocketsSansIOProtocol]) -> tuple[Any, Wire]:
    """Return a socket that was accepted."""
    socket, wire = asked(kind)
    accept(socket)
    return socket, wire


def accept(socket: Any) -> None:
    """Answer the handshake, as the socket's `send` does."""
    socket.conn.send_response(socket.response)
    socket.conn.data_to_send()
    socket.handshake_complete = True
    assert socket.conn.state is State.OPEN


def frame(opcode: Opcode, payload: bytes, *, fin: bool = True) -> bytes:
    return Frame(opcode, payload, fin).serialize(mask=True)


def taken(socket: Any) -> list[dict[str, Any]]:
    return [socket.queue.get_nowait() for _ in range(socket.queue.qsize())]


def read(kind: type[WebSocketsSansIOProtocol], pieces: Sequence[bytes]) -> tuple[Any, ...]:
    socket, wire = opened(kind)
    for piece in pieces:
        socket.data_received(piece)
        if wire.is_closed:
            break  # nothing comes from a transport that was closed
    return taken(socket), socket.conn.state, wire.is_closed, wire.written


texts = st.text(max_size=200).map(lambda text: [frame(Opcode.TEXT, text.encode())])
long_texts = st.integers(QUICK_BYTES_MAX - 1, QUICK_BYTES_MAX + 2).map(
    lambda size: [frame(Opcode.TEXT, b"x" * size)]
)
binaries = st.binary(max_size=200).map(lambda data: [frame(Opcode.BINARY, data)])
pings = st.binary(max_size=100).map(lambda data: [frame(Opcode.PING, data)])
wrongs = st.sampled_from(
    [
        [b"\x83\x80\0\0\0\0"],  # no such kind of frame
        [b"\xc1\x80\0\0\0\0"],  # an extension that was not agreed
        [b"\x81\x02hi"],  # not masked
        [b"\x80\x80\0\0\0\0"],  # the end of a message that never began
        [b"\x81\xff\xff\xff\xff\xff\xff\xff\xff\xff\0\0\0\0"],  # of endless length
    ]
)
closes = st.just([frame(Opcode.CLOSE, b"\x03\xe8")])
parts = st.lists(st.text(max_size=9), min_size=2, max_size=4).map(
    lambda words: [
        frame(Opcode.CONT if index else Opcode.TEXT, word.encode(), fin=index == len(words) - 1)
        for index, word in enumerate(words)
    ]
)
right = st.lists(st.one_of(texts, texts, long_texts, binaries, pings, parts, closes), max_size=8)
numbers = st.lists(st.integers(0, 3000), max_size=10)


def cut(data: bytes, places: Iterable[int]) -> list[bytes]:
    within = sorted({0, len(data), *(place for place in places if place < len(data))})
    return [data[start:end] for start, end in itertools.pairwise(within)]


@given(frames=right, places=numbers)
def test_whatever_comes_is_read_as_the_server_reads_it(
    frames: list[list[bytes]], places: list[int]
) -> None:
    pieces = cut(b"".join(itertools.chain.from_iterable(frames)), places)
    assert read(QuickSocket, pieces) == read(WebSocketsSansIOProtocol, pieces)


@given(frames=right, wrong=wrongs, places=numbers)
def test_what_breaks_the_protocol_is_refused_as_the_server_refuses_it(
    frames: list[list[bytes]], wrong: list[bytes], places: list[int]
) -> None:
    before = list(itertools.chain.from_iterable(frames))
    pieces = [*before, *cut(wrong[0], places)]
    assert read(QuickSocket, pieces) == read(WebSocketsSansIOProtocol, pieces)


def test_what_is_no_text_is_refused_as_the_server_refuses_it() -> None:
    wrong = [frame(Opcode.TEXT, b"\xff\xfe")]
    assert read(QuickSocket, wrong) == read(WebSocketsSansIOProtocol, wrong)


def test_a_message_in_single_bytes_is_one_message() -> None:
    data = frame(Opcode.TEXT, b"hello") + frame(Opcode.TEXT, b"again")
    messages, *_ = read(QuickSocket, [bytes([byte]) for byte in data])
    assert [message["text"] for message in messages] == ["hello", "again"]


def test_short_messages_do_not_stop_the_reading() -> None:
    socket, wire = opened(QuickSocket)
    socket.data_received(frame(Opcode.TEXT, b"one") + frame(Opcode.TEXT, b"two"))
    assert not wire.is_paused


def test_a_peer_that_is_not_listened_to_has_to_wait() -> None:
    socket, wire = opened(QuickSocket)
    for _ in range(WAITING_MAX):
        assert not wire.is_paused
        socket.data_received(frame(Opcode.TEXT, b"more"))
    assert wire.is_paused


async def test_it_is_read_again_once_all_was_taken() -> None:
    socket, wire = opened(QuickSocket)
    for _ in range(WAITING_MAX):
        socket.data_received(frame(Opcode.TEXT, b"more"))
    for _ in range(WAITING_MAX):
        assert wire.is_paused
        assert (await socket.receive())["text"] == "more"
    assert not wire.is_paused


@pytest.mark.parametrize("kind", [QuickSocket, WebSocketsSansIOProtocol])
def test_bytes_that_come_before_the_answer_to_the_handshake_are_not_lost(
    kind: type[WebSocketsSansIOProtocol],
) -> None:
    socket, _ = asked(kind)
    early = frame(Opcode.TEXT, b"early") + frame(Opcode.TEXT, b"late")
    socket.data_received(early[:9])
    accept(socket)
    socket.data_received(early[9:])
    assert [message["text"] for message in taken(socket)] == ["early", "late"]


def test_who_looks_first_never_sees_a_message_before_one_that_waits() -> None:
    socket, _ = opened(QuickSocket)
    seen: list[str] = []

    def takes(text: str) -> bool:
        seen.append(text)
        return text == "taken"

    socket.scope["extensions"][FIRST_LOOK](takes)
    for text in ("taken", "refused", "taken"):
        socket.data_received(frame(Opcode.TEXT, text.encode()))
    assert seen == ["taken", "refused"]
    assert [message["text"] for message in taken(socket)] == ["refused", "taken"]
