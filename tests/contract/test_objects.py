"""What every keeper of objects does, the fake included."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from pydantic import SecretStr

from backend.kernel.errors import Conflict, Invalid, Missing, NotConfigured, Unavailable
from backend.platform.objects.engines.folder import FolderObjects
from backend.platform.objects.engines.s3 import PART_BYTES, S3Objects
from backend.platform.objects.levels import ObjectLevels
from backend.platform.objects.port import Objects, whole
from backend.platform.settings import R2Settings
from tests.engines import free_port
from tests.fakes.careless_s3 import CarelessS3
from tests.fakes.objects import FakeObjects


def s3_objects(settings: dict[str, str], *, secret: str | None = None) -> S3Objects:
    return S3Objects(
        R2Settings(
            endpoint=settings["R2_ENDPOINT"],
            bucket=settings["R2_BUCKET"],
            access_key_id=settings["R2_ACCESS_KEY_ID"],
            secret_access_key=SecretStr(secret or settings["R2_SECRET_ACCESS_KEY"]),
        )
    )


@pytest.fixture(params=["fake", "folder", "s3", "levels"])
async def objects(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Objects]:
    made: dict[str, Callable[[], Objects]] = {
        "fake": FakeObjects,
        "folder": lambda: FolderObjects(tmp_path / "objects"),
        "s3": lambda: s3_objects(request.getfixturevalue("s3_settings")),
        "levels": lambda: ObjectLevels(FakeObjects(), FolderObjects(tmp_path / "objects")),
    }
    keeper = made[request.param]()
    await keeper.start()
    yield keeper
    await keeper.stop()


async def pieces(*parts: bytes) -> AsyncIterator[bytes]:
    for part in parts:
        yield part


@pytest.mark.covers("CARD-12")
async def test_what_was_put_is_got(objects: Objects) -> None:
    assert await objects.put("recordings/2026/a.wav", b"sound") == 5
    assert await whole(objects.get("recordings/2026/a.wav")) == b"sound"


async def test_an_empty_object_is_an_object(objects: Objects) -> None:
    await objects.put("empty", b"")
    assert await objects.exists("empty")
    assert await whole(objects.get("empty")) == b""


async def test_an_object_of_many_parts_comes_back_whole(objects: Objects) -> None:
    part = bytes(range(256)) * 4096 * 3  # 3 MiB: no divisor of a store's parts
    size = await objects.put("large", pieces(*[part] * 7))
    assert size == 7 * len(part) > 2 * PART_BYTES
    assert await whole(objects.get("large")) == part * 7


async def test_the_later_of_two_puts_stays(objects: Objects) -> None:
    await objects.put("a", b"first")
    await objects.put("a", b"second")
    assert await whole(objects.get("a")) == b"second"


@pytest.mark.parametrize("content", [b"second", b"x" * (PART_BYTES + 1)], ids=["small", "parts"])
async def test_a_new_object_never_replaces(objects: Objects, content: bytes) -> None:
    await objects.put("a", b"first", is_new=True)
    with pytest.raises(Conflict):
        await objects.put("a", content, is_new=True)
    assert await whole(objects.get("a")) == b"first"


async def test_of_many_that_make_one_object_one_wins(objects: Objects) -> None:
    outcomes = await asyncio.gather(
        *(objects.put("once", str(number).encode(), is_new=True) for number in range(12)),
        return_exceptions=True,
    )
    assert sum(isinstance(outcome, int) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, Conflict) for outcome in outcomes) == 11


@pytest.mark.parametrize("sizes", [[10], [PART_BYTES, 10]], ids=["small", "parts"])
async def test_a_put_that_fails_leaves_nothing(objects: Objects, sizes: list[int]) -> None:
    async def breaking() -> AsyncIterator[bytes]:
        for size in sizes:
            yield bytes(size)
        raise Unavailable

    with pytest.raises(Unavailable):
        await objects.put("broken", breaking())
    assert not await objects.exists("broken")
    assert await objects.list() == []


async def test_a_put_that_fails_leaves_what_was_there(objects: Objects) -> None:
    async def breaking() -> AsyncIterator[bytes]:
        yield b"new"
        raise Unavailable

    await objects.put("a", b"old")
    with pytest.raises(Unavailable):
        await objects.put("a", breaking())
    assert await whole(objects.get("a")) == b"old"


async def test_a_put_that_is_cancelled_leaves_nothing(objects: Objects) -> None:
    is_under_way = asyncio.Event()

    async def endless() -> AsyncIterator[bytes]:
        yield bytes(PART_BYTES)
        yield b"more"
        is_under_way.set()
        await asyncio.Event().wait()

    putting = asyncio.ensure_future(objects.put("cut", endless()))
    await is_under_way.wait()
    putting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await putting
    assert not await objects.exists("cut")


async def test_what_is_not_there_is_missing(objects: Objects) -> None:
    with pytest.raises(Missing):
        await whole(objects.get("nothing"))
    assert not await objects.exists("nothing")


async def test_a_list_has_what_lies_under_the_prefix_in_order(objects: Objects) -> None:
    for key in ("b/2", "a/1", "b/1"):
        await objects.put(key, key.encode())
    assert [(info.key, info.size) for info in await objects.list("b/")] == [("b/1", 3), ("b/2", 3)]
    assert [info.key for info in await objects.list()] == ["a/1", "b/1", "b/2"]


async def test_what_was_deleted_is_gone(objects: Objects) -> None:
    await objects.put("a", b"1")
    await objects.delete("a")
    await objects.delete("a")
    assert not await objects.exists("a")


@pytest.mark.parametrize(
    "key", ["../up", "/root", ".hidden", "a//b", "a/../b", "", "a\nb", "x" * 600]
)
async def test_a_key_that_leads_astray_is_refused(objects: Objects, key: str) -> None:
    with pytest.raises(Invalid):
        await objects.put(key, b"1")


# ── what only a store on the network can get wrong ─────────────────────────────────────────────


async def test_a_store_that_ignores_conditions_is_refused() -> None:
    with CarelessS3() as server:
        settings = {"R2_ENDPOINT": server.origin, "R2_BUCKET": "b", "R2_ACCESS_KEY_ID": "a"}
        keeper = s3_objects({**settings, "R2_SECRET_ACCESS_KEY": "s"})
        with pytest.raises(NotConfigured, match="conditional"):
            await keeper.start()
        await keeper.stop()


async def test_no_checksum_that_r2_refuses_is_sent() -> None:
    with CarelessS3() as server:
        settings = {"R2_ENDPOINT": server.origin, "R2_BUCKET": "b", "R2_ACCESS_KEY_ID": "a"}
        keeper = s3_objects({**settings, "R2_SECRET_ACCESS_KEY": "s"})
        await keeper.put("a", b"1")
        await keeper.stop()
        [(_, headers)] = server.requests
    assert not [name for name in headers if name.startswith(("x-amz-checksum", "x-amz-trailer"))]
    assert "x-amz-sdk-checksum-algorithm" not in headers
    assert "aws-chunked" not in headers.get("content-encoding", "")


async def test_a_wrong_secret_says_what_to_check(s3_settings: dict[str, str]) -> None:
    keeper = s3_objects(s3_settings, secret="another")
    with pytest.raises(NotConfigured) as refused:
        await keeper.start()
    assert "R2_SECRET_ACCESS_KEY" in refused.value.cure
    await keeper.stop()


async def test_a_store_that_is_down_is_unavailable() -> None:
    settings = {"R2_BUCKET": "b", "R2_ACCESS_KEY_ID": "a", "R2_SECRET_ACCESS_KEY": "s"}
    keeper = s3_objects({"R2_ENDPOINT": f"http://127.0.0.1:{free_port()}", **settings})
    with pytest.raises(Unavailable):
        await keeper.exists("a")
    await keeper.stop()


async def test_what_the_store_could_not_take_is_carried_over_later(tmp_path: Path) -> None:
    store, folder = FakeObjects(), FolderObjects(tmp_path / "objects")
    levels = ObjectLevels(store, folder)
    await levels.start()
    store.is_away = True
    await levels.put("recordings/a.wav", b"sound")
    assert await whole(levels.get("recordings/a.wav")) == b"sound"
    store.is_away = False
    assert await levels.carry_over() == 1
    assert await whole(store.get("recordings/a.wav")) == b"sound"
    assert await folder.list() == []
    assert [info.key for info in await levels.list()] == ["recordings/a.wav"]


async def test_a_new_object_is_never_kept_where_nobody_can_know_that_it_is(tmp_path: Path) -> None:
    store = FakeObjects()
    levels = ObjectLevels(store, FolderObjects(tmp_path / "objects"))
    await levels.start()
    store.is_away = True
    with pytest.raises(Unavailable):
        await levels.put("backups/a.ringback", b"archive", is_new=True)
