"""One device's socket, as the server keeps it."""

import asyncio
from typing import Any

import pytest
from starlette.websockets import WebSocket

from backend.kernel.errors import Busy, Invalid, RingbackError, TooLarge, Unauthorised, Unavailable
from backend.kernel.ids import OwnerId
from backend.kernel.people import Actor, ActorKind, Assurance
from backend.platform.web import CloseCode
from sync.rooms.peer import Farewell, Peer, farewell_of
from tests.fakes.clock import FakeClock

ACTOR = Actor(owner_id=OwnerId("o"), kind=ActorKind.DEVICE, assurance=Assurance.HELD)


class Line:
    """The ASGI side of a socket: what comes in is given, what goes out is kept."""

    def __init__(self, *, is_stuck: bool = False) -> None:
        self.incoming: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.sent: list[dict[str, Any]] = []
        self.is_stuck = is_stuck

    async def receive(self) -> dict[str, Any]:
        return await self.incoming.get()

    async def send(self, message: Any) -> None:
        if self.is_stuck and message["type"] == "websocket.send":
            await asyncio.Event().wait()
        self.sent.append(message)

    @property
    def codes(self) -> list[int]:
        return [message["code"] for message in self.sent if message["type"] == "websocket.close"]


async def peer_on(line: Line, *, waiting_max: int = 4) -> Peer:
    line.incoming.put_nowait({"type": "websocket.connect"})
    socket = WebSocket({"type": "websocket"}, line.receive, line.send)
    await socket.accept()
    return Peer(socket, ACTOR, clock=FakeClock(), message_bytes_max=100, waiting_max=waiting_max)


async def ignore(_: Peer, __: bytes) -> None:
    """Take a frame and do nothing."""


async def test_a_socket_that_goes_ends_quietly() -> None:
    line = Line()
    peer = await peer_on(line)
    line.incoming.put_nowait({"type": "websocket.disconnect", "code": 1000})
    await peer.serve(ignore)
    assert line.codes == []


async def test_what_is_refused_closes_the_socket_with_its_code() -> None:
    async def refuse(_: Peer, __: bytes) -> None:
        raise Invalid

    line = Line()
    peer = await peer_on(line)
    line.incoming.put_nowait({"type": "websocket.receive", "bytes": b"x"})
    await peer.serve(refuse)
    assert line.codes == [4400]


async def test_a_frame_beyond_the_limit_closes_the_socket() -> None:
    line = Line()
    peer = await peer_on(line)
    line.incoming.put_nowait({"type": "websocket.receive", "bytes": b"x" * 101})
    await peer.serve(ignore)
    assert line.codes == [4413]


async def test_a_device_that_does_not_read_is_closed_and_holds_up_nobody() -> None:
    line = Line(is_stuck=True)
    peer = await peer_on(line)
    async with asyncio.TaskGroup() as group:
        group.create_task(peer.serve(ignore))
        for _ in range(9):
            peer.send(b"news")
    assert line.codes == [CloseCode.TRY_LATER]


async def test_the_first_reason_to_end_counts() -> None:
    line = Line()
    peer = await peer_on(line)
    peer.end(Farewell(4401, "removed"))
    peer.end(Farewell(1013, "slow"))
    await peer.serve(ignore)
    assert line.codes == [4401]


@pytest.mark.parametrize(
    ("failure", "code"),
    [(Unauthorised(), 4401), (TooLarge(), 4413), (Busy(), 1013), (Unavailable(), 1013)],
)
def test_a_client_gives_up_only_at_what_would_be_refused_again(
    failure: RingbackError, code: int
) -> None:
    assert farewell_of(failure).code == code
