"""Everything comes back: on either database, from any store, with its keys."""

import base64
from pathlib import Path

import pytest
from sqlalchemy import select, update

from backend.backup import file_archive
from backend.kernel.clock import SECOND
from backend.platform.database import search
from backend.platform.database.migrate import head, revision
from backend.platform.database.tables import messages
from tests.contract.backup.archives import archive_of, bytes_of
from tests.contract.backup.machines import ROOT, Machine, Machines, content, fill, kept
from tests.contract.backup.older import older_archive
from tests.contract.test_objects import s3_objects

WAYS = [
    ("sqlite", "sqlite"),
    ("sqlite", "postgresql"),
    ("postgresql", "sqlite"),
    ("postgresql", "postgresql"),
]


@pytest.mark.covers("CARD-12")
@pytest.mark.parametrize(("here", "there"), WAYS, ids=lambda kind: kind)
async def test_everything_comes_back_on_either_database(
    machines: Machines, here: str, there: str
) -> None:
    async with machines.machine(here) as lost, machines.machine(there) as new:
        await fill(lost)
        archive = await archive_of(lost)
        before = await content(lost)
        restored = await new.restoring().restore(archive, lost.recovery_key())
        assert await content(new) == before
        assert kept(new.objects) == kept(lost.objects)
        assert restored.summary.objects == 2
        assert restored.summary.tables["messages"] == 3


@pytest.mark.covers("CARD-12")
async def test_it_comes_back_from_a_real_object_store(
    machines: Machines, s3_settings: dict[str, str]
) -> None:
    store = s3_objects(s3_settings)
    async with machines.machine("sqlite", store) as lost:
        await fill(lost)
        archive, key = await archive_of(lost), lost.recovery_key()
        before = await content(lost)
    async with machines.machine("sqlite", store) as new:
        await new.restoring().restore(archive, key)
        assert await content(new) == before
    await store.stop()


async def test_words_are_found_again_after_a_restore(lost: Machine, empty: Machine) -> None:
    async with lost.database.transaction() as tx:
        changes = update(messages).values(text="oat milk", owner_id="o", namespace="")
        await tx.execute(changes)
    await empty.restoring().restore(await archive_of(lost), lost.recovery_key())
    async with empty.database.reading() as connection:
        found = await search.find(connection, "o", "", "milk", 10)
    assert len(found) == 2  # one of the three may not be recalled


async def test_the_root_key_comes_back_so_that_recordings_can_be_opened(
    lost: Machine, empty: Machine
) -> None:
    await empty.restoring().restore(await archive_of(lost), lost.recovery_key())
    assert base64.b64decode((empty.home.path / "root.key").read_text()) == ROOT
    assert empty.recovery_key() == lost.recovery_key()
    assert (empty.home.path / "root.key").stat().st_mode & 0o077 == 0


async def test_the_next_backup_opens_with_the_same_printed_key(
    lost: Machine, empty: Machine, machines: Machines
) -> None:
    await empty.restoring().restore(await archive_of(lost), lost.recovery_key())
    again = await archive_of(empty, "b2")
    async with machines.machine("sqlite") as third:
        await third.restoring().restore(again, lost.recovery_key())
        assert await content(third) == await content(empty)


async def test_the_instances_own_root_key_opens_it_too(lost: Machine, empty: Machine) -> None:
    await empty.restoring(given_root=ROOT).restore(await archive_of(lost), ROOT)
    assert await content(empty) == await content(lost)


async def test_an_archive_can_lie_in_a_file(lost: Machine, empty: Machine, tmp_path: Path) -> None:
    file = tmp_path / "copy.ringback"
    file.write_bytes(await bytes_of(lost))
    await empty.restoring().restore(file_archive(file), lost.recovery_key())
    assert await content(empty) == await content(lost)


async def test_nothing_anybody_said_can_be_read_in_an_archive(lost: Machine) -> None:
    async with lost.database.transaction() as tx:
        await tx.execute(update(messages).values(text="my sister Anna"))
    raw = await bytes_of(lost)
    assert b"Anna" not in raw
    assert ROOT not in raw
    assert lost.recovery_key().secret not in raw


async def test_the_newest_backup_is_listed_first(lost: Machine) -> None:
    backups = lost.backups()
    made = [await backups.make(f"b{number}") for number in range(3)]
    assert [info.id for info in await backups.list()] == ["b2", "b1", "b0"]
    assert (await backups.list())[0].size == made[2].size
    assert made[2].made_at // SECOND == (await backups.list())[0].made_at // SECOND


async def test_a_backup_that_is_asked_for_twice_is_made_once(lost: Machine) -> None:
    backups = lost.backups()
    first, second = await backups.make("b1"), await backups.make("b1")
    assert first.key == second.key
    assert [info.key for info in await backups.list()] == [first.key]


async def test_a_backup_does_not_carry_earlier_backups(lost: Machine) -> None:
    await archive_of(lost, "b1")
    info = await lost.backups().make("b2")
    assert (await lost.backups().verify(info.key)).objects == 2


@pytest.mark.parametrize("there", ["sqlite", "postgresql"])
async def test_a_backup_of_an_earlier_version_comes_back_into_this_one(
    machines: Machines, there: str
) -> None:
    async with (
        machines.machine("sqlite") as lost,
        machines.machine("sqlite") as earlier,
        machines.machine(there) as new,
    ):
        await fill(lost)
        archive = await older_archive(lost, earlier, "0001")
        await new.restoring().restore(archive, lost.recovery_key())
        assert await revision(new.database) == head()
        async with new.database.reading() as connection:
            found = (await connection.execute(select(messages.c.text, messages.c.unheard))).all()
    assert len(found) == 3
    assert {row.unheard for row in found} == {""}
