"""The sync door over a real socket, with a client that speaks the frames by hand."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import websockets
from pycrdt import Array, Doc, Map
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from backend.documents.schemas.notes import add_note
from backend.kernel.clock import Instant
from backend.kernel.people import Actor, ActorKind, Assurance
from backend.platform.clock import SystemClock
from sync.framing import yjs
from tests.contract.sync_house import Opened, opened

DEADLINE_S = 10.0


@pytest.fixture
async def sync(tmp_path: Path) -> AsyncIterator[Opened]:
    async with opened(f"sqlite:///{tmp_path / 'ringback.db'}") as ready:
        yield ready


class Device:
    """A Yjs client of the barest kind."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.doc: Doc[Any] = Doc()
        self.echoes: list[bytes] = []
        self.present: dict[int, str | None] = {}
        self.is_synced = False

    async def listen(self) -> None:
        async for frame in self.socket:
            assert isinstance(frame, bytes)
            for message in yjs.read(frame):
                match message:
                    case yjs.State(vector):
                        await self.socket.send(yjs.missing(self.doc.get_update(vector)))
                    case yjs.Update(update):
                        self.doc.apply_update(update)
                        self.echoes.append(update)
                        self.is_synced = True
                    case yjs.Awareness(clients):
                        self.present |= {one.client: one.state for one in clients}

    async def edit(self, change: Callable[[Doc[Any]], object]) -> bytes:
        before = self.doc.get_state()
        with self.doc.transaction():
            change(self.doc)
        update = self.doc.get_update(before)
        await self.socket.send(yjs.update(update))
        return update

    def items(self) -> list[Any]:
        return list(self.doc.get("list", type=Array).to_py() or [])


@asynccontextmanager
async def device(
    sync: Opened, name: str = "plain", token: str | None = None
) -> AsyncIterator[Device]:
    url = sync.house.url(quote(name), token or sync.token)
    async with connect(url, max_size=None) as socket:
        one = Device(socket)
        listening = asyncio.ensure_future(one.listen())
        await socket.send(yjs.state(one.doc.get_state()))
        await until(lambda: one.is_synced)
        try:
            yield one
        finally:
            listening.cancel()


async def until(claim: Callable[[], object]) -> None:
    async with asyncio.timeout(DEADLINE_S):
        while not claim():
            await SystemClock().sleep(0.01)


async def closed_with(url: str, *frames: bytes | str, **options: Any) -> int:
    """Send frames and return the code that the door closes with."""
    async with connect(url, **options) as socket:
        for frame in frames:
            await socket.send(frame)
        return await code_of(socket)


async def code_of(socket: ClientConnection) -> int:
    """Read until the door closes the socket, and return its code."""
    async with asyncio.timeout(DEADLINE_S):
        async for _ in _everything(socket):
            pass
    assert socket.close_code is not None
    return socket.close_code


async def _everything(socket: ClientConnection) -> AsyncIterator[object]:
    with contextlib.suppress(ConnectionClosed):
        while True:
            yield await socket.recv()


# ── the path of an edit ──────────────────────────────────────────────────────────────────────
@pytest.mark.covers("SY-01")
async def test_an_edit_reaches_the_other_device_and_comes_back_to_its_own(sync: Opened) -> None:
    async with device(sync) as phone, device(sync) as laptop:
        await phone.edit(lambda doc: doc.get("list", type=Array).append("milk"))
        await until(lambda: laptop.items() == ["milk"])
        await until(lambda: len(phone.echoes) == 2)  # the first answered its state vector


async def test_what_comes_back_is_in_the_log(sync: Opened) -> None:
    async with device(sync) as phone:
        await phone.edit(lambda doc: doc.get("list", type=Array).append("milk"))
        await until(lambda: len(phone.echoes) == 2)
        owner_id = await sync.house.owner_id()
        document = await sync.house.documents.enter(owner_id, "plain")
        assert document.cursor == 1


async def test_an_edit_that_is_sent_again_is_confirmed_again(sync: Opened) -> None:
    async with device(sync) as phone:
        update = await phone.edit(lambda doc: doc.get("list", type=Array).append("milk"))
        await until(lambda: len(phone.echoes) == 2)
        await phone.socket.send(yjs.update(update))
        await until(lambda: len(phone.echoes) == 3)


async def test_a_device_that_comes_later_gets_everything(sync: Opened) -> None:
    async with device(sync) as phone:
        await phone.edit(lambda doc: doc.get("list", type=Array).append("milk"))
        await until(lambda: len(phone.echoes) == 2)
    async with device(sync) as laptop:
        await until(lambda: laptop.items() == ["milk"])


async def test_what_the_companion_notes_appears_on_a_device(sync: Opened) -> None:
    owner_id = await sync.house.owner_id()
    actor = Actor(owner_id=owner_id, kind=ActorKind.COMPANION, assurance=Assurance.HELD)
    async with device(sync, "notes") as phone:
        await sync.house.documents.edit_alone(
            actor, "notes", lambda doc, at: add_note(doc, "1", "buy oat milk", at)
        )
        await until(lambda: "1" in (phone.doc.get("notes", type=Map).to_py() or {}))


async def test_what_another_process_wrote_reaches_a_device_without_a_signal(
    sync: Opened, tmp_path: Path
) -> None:
    async with opened(sync.house.database.url) as other, device(sync, "notes") as phone:
        owner_id = await other.house.owner_id()
        actor = Actor(owner_id=owner_id, kind=ActorKind.COMPANION, assurance=Assurance.HELD)
        await other.house.documents.edit_alone(
            actor, "notes", lambda doc, _: add_note(doc, "1", "from afar", Instant(1))
        )
        await until(lambda: "1" in (phone.doc.get("notes", type=Map).to_py() or {}))


@pytest.mark.parametrize("name", ["a/b/c", "with space", "ünï-😀", "100%25", "x" * 200])
async def test_any_name_can_be_opened(sync: Opened, name: str) -> None:
    async with device(sync, name) as phone, device(sync, name) as laptop:
        await phone.edit(lambda doc: doc.get("list", type=Array).append(name))
        await until(lambda: laptop.items() == [name])


# ── presence ─────────────────────────────────────────────────────────────────────────────────
async def test_presence_is_told_comes_back_and_ends_with_the_socket(sync: Opened) -> None:
    async with device(sync) as laptop:
        async with device(sync) as phone:
            shown = yjs.awareness((yjs.Presence(7, 1, '{"name":"Ann"}'),))
            await phone.socket.send(shown)
            await until(lambda: laptop.present.get(7) == '{"name":"Ann"}')
            await until(lambda: phone.present.get(7) == '{"name":"Ann"}')
            async with device(sync) as tablet:
                await until(lambda: tablet.present.get(7) == '{"name":"Ann"}')
        await until(lambda: laptop.present == {7: None})


# ── who is let in, and what is not taken ─────────────────────────────────────────────────────
async def test_a_socket_without_a_token_is_told_to_give_up(sync: Opened) -> None:
    url = sync.house.url("plain", "ringback_device_wrong")
    assert await closed_with(url) == 4401
    assert await closed_with(url.partition("?")[0]) == 4401


async def test_a_token_without_the_scope_is_refused(sync: Opened) -> None:
    voice_only = await sync.house.device(scope="voice")
    assert await closed_with(sync.house.url("plain", voice_only.token)) == 4403


async def test_a_token_may_come_as_the_subprotocol(sync: Opened) -> None:
    protocol = websockets.Subprotocol(f"ringback.token.{sync.token}")
    url = sync.house.url("plain", "").partition("?")[0]
    async with connect(url, subprotocols=[protocol]) as socket:
        assert socket.subprotocol == protocol
        assert isinstance(await socket.recv(), bytes)


async def test_a_page_of_somebody_else_is_refused(sync: Opened) -> None:
    url = sync.house.url("plain", sync.token)
    assert await closed_with(url, origin=websockets.Origin("https://evil.example")) == 4403


@pytest.mark.covers("SY-08")
async def test_a_revoked_device_is_cut_off(sync: Opened) -> None:
    issued = await sync.house.device()
    async with connect(sync.house.url("plain", issued.token)) as socket:
        await socket.recv()
        async with sync.house.database.transaction() as tx:
            await sync.house.identity.revoke(tx, issued.id)
        assert await code_of(socket) == 4401


async def test_the_same_name_is_another_document_for_another_owner(sync: Opened) -> None:
    member = await sync.house.member("Bea")
    theirs = await sync.house.device(member)
    async with device(sync) as mine, device(sync, token=theirs.token) as other:
        await mine.edit(lambda doc: doc.get("list", type=Array).append("secret"))
        await until(lambda: len(mine.echoes) == 2)
        await other.edit(lambda doc: doc.get("list", type=Array).append("own"))
        await until(lambda: len(other.echoes) == 2)
        assert (mine.items(), other.items()) == (["secret"], ["own"])


@pytest.mark.parametrize(
    "frame",
    [b"", b"\x00", b"\x00\x02", b"\x00\x02\xc8\x01\x02", b"\x00\x02\x05" + b"\xff" * 5,
     b"\x00\x00\x03\xff\xff\xff", b"\x01\x04" + b"\xff" * 4, b"\xff" * 11, "text"],
)  # fmt: skip
async def test_garbage_closes_only_its_own_socket(sync: Opened, frame: bytes | str) -> None:
    async with device(sync) as phone, device(sync) as laptop:
        assert await closed_with(sync.house.url("plain", sync.token), frame) == 4400
        await phone.edit(lambda doc: doc.get("list", type=Array).append("whole"))
        await until(lambda: laptop.items() == ["whole"])


async def test_a_message_of_an_unknown_kind_is_passed_over(sync: Opened) -> None:
    async with device(sync) as phone:
        await phone.socket.send(b"\x6f\x01\x02\x03")
        await phone.edit(lambda doc: doc.get("list", type=Array).append("still here"))
        await until(lambda: len(phone.echoes) == 2)


async def test_a_message_beyond_the_limit_is_refused_for_good(sync: Opened) -> None:
    too_long = b"\x00" * (sync.house.settings.limits.sync_message_bytes + 1)
    assert await closed_with(sync.house.url("plain", sync.token), too_long) == 4413
