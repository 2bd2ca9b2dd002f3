"""An older backup that comes back brings nothing of it back, whatever it still holds."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest

from backend.backup import RecoveryKey, Restoring, file_archive, object_archive
from backend.compose.restoring import Replay
from backend.kernel.forgetting import Everything, Kind, Person, What
from backend.platform.forgetting.service import AT_ONCE, SLICE
from backend.platform.home import Home
from backend.platform.objects.port import whole
from tests.contract.forgetting.house import OWNER, House, fact, one

SECRET = "zorblax"


@pytest.fixture
def bucket(s3_settings: dict[str, str]) -> dict[str, str]:
    """An object store that outlives a machine."""
    return s3_settings


Build = Callable[[str], AbstractAsyncContextManager[House]]


@pytest.fixture
def build(tmp_path: Path, bucket: dict[str, str]) -> Build:
    """Make machines with the object store in common."""

    @asynccontextmanager
    async def built(name: str) -> AsyncIterator[House]:
        folder = tmp_path / name
        folder.mkdir()
        url = f"sqlite:///{folder / 'home' / 'ringback.db'}"
        house = House(folder, url, bucket)
        try:
            yield house
        finally:
            await house.stop()

    return built


async def _restore(lost: House, house: House, kept: str | Path, recovery: RecoveryKey) -> None:
    house.home.make()
    await house.parts.objects.start()
    parts = house.parts
    restoring = Restoring(
        database=parts.database,
        objects=parts.objects,
        home=Home(house.home.path),
        given_root=lost.parts.root,
        ids=parts.ids,
        compute=parts.compute,
        forgotten=Replay(parts),
    )
    archive = file_archive(kept) if isinstance(kept, Path) else object_archive(parts.objects, kept)
    await restoring.restore(archive, recovery)


async def _told(house: House) -> dict[str, str]:
    await house.start()
    await house.turn("The dentist is called Weber.")
    said = await house.turn(
        f"My friend {SECRET.title()} lives in Bergen.",
        facts=[fact(f"{SECRET.title()} lives in Bergen.", subject=SECRET.title())],
        note=f"write to {SECRET}",
    )
    await house.record(said["conversation"])
    return said


@pytest.mark.covers("SE-05")
@pytest.mark.parametrize("wish", ["turn", "person", "everything"])
async def test_it_is_still_gone_after_an_older_backup_came_back(build: Build, wish: str) -> None:
    async with build("lost") as lost, build("new") as new:
        said = await _told(lost)
        older = await lost.parts.backups.make("older")
        recovery = RecoveryKey.parse((lost.home.path / "recovery.key").read_text())
        what: dict[str, What] = {
            "turn": one(Kind.TURN, said["turn"]),
            "person": Person(SECRET.title()),
            "everything": Everything(),
        }
        outcome = await lost.forget_all(what[wish])

        await _restore(lost, new, older.key, recovery)
        assert await new.tables_with(SECRET) == set()
        assert new.files_with(SECRET) == set()
        assert await new.parts.objects.list("recordings/") == []
        kept = {row["text"] for row in await new.rows("messages")}
        assert ("The dentist is called Weber." in kept) is (wish != "everything")
        receipt = await new.parts.forgetting.receipt(OWNER, outcome.id)
        assert receipt.actor == "restore"
        (job,) = [row for row in await new.rows("jobs") if row["name"] == "upkeep.forget"]
        assert job["state"] == "waiting"
        await new.carry_out(outcome.id)
        done = await new.parts.forgetting.receipt(OWNER, outcome.id)
        assert (done.state.value, done.left) == ("done", 0)


async def test_a_backup_that_is_made_afterwards_holds_nothing_of_it(build: Build) -> None:
    async with build("lost") as lost, build("new") as new:
        said = await _told(lost)
        await lost.forget_all(one(Kind.TURN, said["turn"]))
        newer = await lost.parts.backups.make("newer")
        recovery = RecoveryKey.parse((lost.home.path / "recovery.key").read_text())
        await _restore(lost, new, newer.key, recovery)
        assert await new.tables_with(SECRET) == set()
        assert len(await new.rows("tombstones")) == len(await lost.rows("tombstones"))


async def _long(house: House) -> RecoveryKey:
    """Say more than one transaction takes away."""
    await _told(house)
    rows = [
        {"id": f"0-{number:06}", "owner_id": OWNER, "speaker": "Sam", "role": "import",
         "text": f"{SECRET} number {number}", "assurance": "held", "is_recallable": False,
         "said_at": 1 + number, "learnt_at": 1 + number}
        for number in range(AT_ONCE + 2 * SLICE)
    ]  # fmt: skip
    await house.insert("messages", *rows)
    return RecoveryKey.parse((house.home.path / "recovery.key").read_text())


async def test_a_long_life_is_still_gone_after_an_older_backup_came_back(build: Build) -> None:
    async with build("lost") as lost, build("new") as new:
        recovery = await _long(lost)
        older = await lost.parts.backups.make("older")
        outcome = await lost.forget_all(Everything())
        assert len(await lost.parts.objects.list("tombstones/")) > 1, "in parts"
        await _restore(lost, new, older.key, recovery)
        assert await new.tables_with(SECRET) == set()
        assert new.files_with(SECRET) == set()
        assert await new.parts.objects.list("recordings/") == []
        dead = {row["target"] for row in await new.rows("tombstones")}
        assert dead == {row["target"] for row in await lost.rows("tombstones")}
        await new.carry_out(outcome.id)
        done = await new.parts.forgetting.receipt(OWNER, outcome.id)
        assert (done.state.value, done.left) == ("done", 0)


async def test_an_archive_of_the_middle_shows_nothing_and_goes_on(build: Build) -> None:
    async with build("lost") as lost, build("new") as new:
        recovery = await _long(lost)
        outcome = await lost.forget(Everything())
        middle = await lost.parts.backups.make("middle")
        await _restore(lost, new, middle.key, recovery)
        assert await new.parts.memory.search(OWNER, f"Who is {SECRET}?") == []
        (job,) = [row for row in await new.rows("jobs") if row["name"] == "upkeep.forget"]
        assert job["state"] == "waiting"
        await new.carry_out(outcome.id)
        assert await new.tables_with(SECRET) == set()


async def test_a_newer_archive_needs_no_object_store_to_keep_it_gone(
    build: Build, tmp_path: Path
) -> None:
    async with build("lost") as lost:
        said = await _told(lost)
        outcome = await lost.forget_all(one(Kind.TURN, said["turn"]))
        newer = await lost.parts.backups.make("newer")
        recovery = RecoveryKey.parse((lost.home.path / "recovery.key").read_text())
        carried = tmp_path / "carried.archive"
        carried.write_bytes(await whole(lost.parts.objects.get(newer.key)))
        folder = tmp_path / "elsewhere"
        folder.mkdir()
        new = House(folder, f"sqlite:///{folder / 'home' / 'ringback.db'}", {})
        try:
            await _restore(lost, new, carried, recovery)
            assert await new.tables_with(SECRET) == set()
            assert await new.rows("tombstones") == await lost.rows("tombstones")
            receipt = await new.parts.forgetting.receipt(OWNER, outcome.id)
            assert (receipt.state.value, receipt.left) == ("done", 0)
        finally:
            await new.stop()


async def test_a_note_that_a_device_brings_back_is_not_shown(build: Build) -> None:
    """Its update may reach us late; the document itself remembers that it was forgotten."""
    async with build("lost") as house:
        await house.start()
        said = await house.turn("Take a note.", note=f"paint {SECRET}")
        document, _ = await house.parts.documents.open(OWNER, "notes")
        late = document.get_update()
        await house.forget_all(one(Kind.TURN, said["turn"]))
        (row,) = await house.rows("documents")
        assert SECRET.encode() not in bytes(row["snapshot"])
        await house.late_update("notes", late)
        await house.work()
        assert await house.rows("sticky_notes") == []
        assert await house.parts.documents.read_notes(OWNER) == []
