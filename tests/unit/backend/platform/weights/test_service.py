"""The shared folder of weights."""

import asyncio
import json
import os
from pathlib import Path

import pytest

from backend.kernel.errors import Corrupt, NotConfigured, Unavailable
from backend.platform.weights import CATALOGUE, Hub, Progress, Weights, WeightSet
from tests.fakes.clock import FakeClock

NAME = "piper-joe"


class FakeCopies:
    """Writes files of the right size, or fails."""

    def __init__(self, *, fails: bool = False) -> None:
        self.fails, self.asked = fails, 0

    async def fetch(self, weights: WeightSet, folder: Path, progress: Progress) -> None:
        self.asked += 1
        await asyncio.to_thread((folder / "half").write_bytes, b"begun")
        if self.fails:
            raise Unavailable("no index here")
        for file in weights.files:
            with (folder / file.name).open("wb") as target:
                target.truncate(file.size_bytes)
        progress("fetched")


def weights(folder: Path, copies: FakeCopies, *, is_offline: bool = False) -> Weights:
    return Weights(folder, clock=FakeClock(), hub=Hub(""), copies=copies, is_offline=is_offline)


async def test_what_is_there_is_used_and_nobody_is_asked_again(tmp_path: Path) -> None:
    copies = FakeCopies()
    first = await weights(tmp_path, copies).ensure(NAME)
    assert first == await weights(tmp_path, copies).ensure(NAME) == tmp_path / NAME
    assert copies.asked == 1


async def test_two_that_want_the_same_fetch_it_once(tmp_path: Path) -> None:
    copies = FakeCopies()
    store = weights(tmp_path, copies)
    clock = store._clock
    assert isinstance(clock, FakeClock)

    async def move_time() -> None:
        while True:
            await clock.until_somebody_sleeps()
            clock.advance(1)

    async with asyncio.timeout(20), asyncio.TaskGroup() as group:
        both = [group.create_task(store.ensure(NAME)) for _ in range(2)]
        moving = group.create_task(move_time())
        await asyncio.wait(both)
        moving.cancel()
    assert copies.asked == 1


async def test_a_file_that_was_cut_short_is_fetched_anew(tmp_path: Path) -> None:
    copies = FakeCopies()
    place = await weights(tmp_path, copies).ensure(NAME)
    (place / CATALOGUE[NAME].files[0].name).write_bytes(b"")
    assert weights(tmp_path, copies).find(NAME) is None
    await weights(tmp_path, copies).ensure(NAME)
    assert copies.asked == 2


@pytest.mark.parametrize("receipt", ["", "[]", "{}", json.dumps({"x": 1})])
async def test_without_an_honest_receipt_nothing_is_trusted(tmp_path: Path, receipt: str) -> None:
    store = weights(tmp_path, FakeCopies())
    place = await store.ensure(NAME)
    (place / "verified.json").write_text(receipt)
    assert store.find(NAME) is None


async def test_failure_leaves_nothing_behind_and_says_what_helps(tmp_path: Path) -> None:
    with pytest.raises(NotConfigured, match="no index here") as failure:
        await weights(tmp_path, FakeCopies(fails=True)).ensure(NAME)
    assert NAME in failure.value.cure
    assert os.listdir(tmp_path) == [f".{NAME}.lock"]


async def test_switched_off_nothing_is_fetched(tmp_path: Path) -> None:
    copies = FakeCopies()
    with pytest.raises(NotConfigured, match="switched off"):
        await weights(tmp_path, copies, is_offline=True).ensure(NAME)
    assert copies.asked == 0


async def test_a_damaged_file_is_found_when_asked_for(tmp_path: Path) -> None:
    store = weights(tmp_path, FakeCopies())
    await store.ensure(NAME)
    with pytest.raises(Corrupt, match="damaged"):
        await store.verify(NAME)


async def test_an_unknown_name_is_answered_with_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(NotConfigured, match="whisper-base"):
        await weights(tmp_path, FakeCopies()).ensure("whisper-enormous")
