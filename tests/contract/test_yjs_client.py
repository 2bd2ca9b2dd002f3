"""The sync door with an unmodified y-websocket client in Node."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from backend.documents.schemas.notes import add_note
from backend.kernel.people import Actor, ActorKind, Assurance
from backend.platform.clock import SystemClock
from tests.contract.sync_house import Opened, opened
from tests.journey.devices import CLIENTS, YjsDevice, yjs_device

DEADLINE_S = 20.0

pytestmark = pytest.mark.skipif(
    shutil.which("node") is None or not (CLIENTS / "node_modules" / "y-websocket").exists(),
    reason="needs Node and the clients' packages: npm ci in clients/",
)


@pytest.fixture
async def sync(tmp_path: Path) -> AsyncIterator[Opened]:
    async with opened(f"sqlite:///{tmp_path / 'ringback.db'}") as ready:
        yield ready


async def until(claim: Callable[[], object]) -> None:
    async with asyncio.timeout(DEADLINE_S):
        while not await asyncio.to_thread(claim):
            await SystemClock().sleep(0.05)


async def take_note(sync: Opened, note_id: str, text: str) -> None:
    owner_id = await sync.house.owner_id()
    actor = Actor(owner_id=owner_id, kind=ActorKind.COMPANION, assurance=Assurance.HELD)
    await sync.house.documents.edit_alone(
        actor, "notes", lambda doc, at: add_note(doc, note_id, text, at)
    )


async def noted(sync: Opened) -> list[str]:
    found = await sync.house.documents.read_notes(await sync.house.owner_id())
    return [note.text for note in found]


def address(sync: Opened) -> str:
    return f"ws://127.0.0.1:{sync.house.port}/sync"


@pytest.mark.covers("SY-01")
async def test_what_a_device_edits_while_offline_meets_what_the_companion_noted_meanwhile(
    sync: Opened, tmp_path: Path
) -> None:
    await take_note(sync, "1", "buy oat milk")
    with yjs_device(address(sync), "notes", sync.token, tmp_path) as laptop:
        await until(lambda: laptop.notes() == ["buy oat milk"])
        await asyncio.to_thread(laptop.tell, "offline")
        await asyncio.to_thread(laptop.tell, "rewrite oat => soy")
        await take_note(sync, "2", "call Anna")
        assert sorted(await noted(sync)) == ["buy oat milk", "call Anna"]
        await asyncio.to_thread(laptop.tell, "online")
        await until(lambda: sorted(laptop.notes()) == ["buy soy milk", "call Anna"])

        async def is_there() -> bool:
            return sorted(await noted(sync)) == ["buy soy milk", "call Anna"]

        async with asyncio.timeout(DEADLINE_S):
            while not await is_there():
                await SystemClock().sleep(0.05)


@pytest.mark.covers("SY-01")
async def test_two_devices_see_each_others_edits(sync: Opened, tmp_path: Path) -> None:
    await take_note(sync, "1", "buy oat milk")

    def sees(device: YjsDevice, text: str) -> Callable[[], bool]:
        return lambda: device.notes() == [text]

    with (
        yjs_device(address(sync), "notes", sync.token, tmp_path) as laptop,
        yjs_device(address(sync), "notes", sync.token, tmp_path) as phone,
    ):
        await until(sees(phone, "buy oat milk"))
        await until(sees(laptop, "buy oat milk"))
        await asyncio.to_thread(laptop.tell, "rewrite oat => soy")
        await until(sees(phone, "buy soy milk"))
