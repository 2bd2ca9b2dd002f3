"""What a backup and its restore promise, on both databases and between them."""

import asyncio
import base64
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import insert, select, update

from backend.backup import RecoveryKey, file_archive, object_archive
from backend.backup.archive.pieces import PIECE_BYTES
from backend.backup.types import Opened
from backend.kernel.clock import SECOND
from backend.kernel.errors import (
    Conflict,
    Corrupt,
    Invalid,
    Missing,
    NotConfigured,
    RingbackError,
    Unavailable,
)
from backend.platform.database import search
from backend.platform.database.migrate import migrate, revision
from backend.platform.database.tables import credentials, instance, jobs, messages, organisations
from backend.platform.objects.port import Objects, whole
from tests.contract.backups import ROOT, Machine, Machines, content, fill, kept
from tests.contract.test_objects import s3_objects
from tests.engines import PostgresServer
from tests.fakes.objects import FakeObjects

WAYS = [
    ("sqlite", "sqlite"),
    ("sqlite", "postgresql"),
    ("postgresql", "sqlite"),
    ("postgresql", "postgresql"),
]


@pytest.fixture
def machines(request: pytest.FixtureRequest, tmp_path: Path) -> Machines:
    kinds = str(getattr(request.node, "callspec", None) and request.node.callspec.params)
    needs_server = "postgresql" in kinds
    return Machines(tmp_path, request.getfixturevalue("postgres_server") if needs_server else None)


@pytest.fixture
async def lost(machines: Machines) -> AsyncIterator[Machine]:
    """A filled machine on SQLite."""
    async with machines.machine("sqlite") as machine:
        await fill(machine)
        yield machine


@pytest.fixture
async def empty(machines: Machines) -> AsyncIterator[Machine]:
    """A machine that nothing was ever done on."""
    async with machines.machine("sqlite") as machine:
        yield machine


async def archive_of(machine: Machine, backup_id: str = "b1") -> Opened:
    info = await machine.backups().make(backup_id)
    return object_archive(machine.objects, info.key)


async def bytes_of(machine: Machine) -> bytes:
    return await whole((await archive_of(machine))())


def changed(raw: bytes) -> Opened:
    async def chunks() -> AsyncIterator[bytes]:
        yield raw

    return chunks


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
    assert len(found) == 3


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


# ── what is damaged, strange or foreign is refused, and nothing is changed ─────────────────────


@pytest.mark.parametrize("part", range(12))
async def test_a_flipped_bit_anywhere_is_noticed(lost: Machine, empty: Machine, part: int) -> None:
    raw = bytearray(await bytes_of(lost))
    raw[(len(raw) - 1) * part // 11] ^= 0x04
    with pytest.raises((Corrupt, Invalid)):
        await empty.restoring().restore(changed(bytes(raw)), lost.recovery_key())
    await assert_untouched(empty)


@pytest.mark.parametrize("part", range(8))
async def test_an_archive_that_was_cut_is_noticed(lost: Machine, empty: Machine, part: int) -> None:
    raw = await bytes_of(lost)
    with pytest.raises((Corrupt, Invalid)):
        await empty.restoring().restore(changed(raw[: len(raw) * part // 8]), lost.recovery_key())
    await assert_untouched(empty)


async def test_bytes_behind_the_end_are_noticed(lost: Machine, empty: Machine) -> None:
    with pytest.raises(Corrupt):
        await empty.restoring().restore(changed(await bytes_of(lost) + b"x"), lost.recovery_key())
    await assert_untouched(empty)


async def test_another_recovery_key_is_told_apart(lost: Machine, empty: Machine) -> None:
    archive = await archive_of(lost)
    with pytest.raises(Invalid, match=lost.recovery_key().fingerprint):
        await empty.restoring().restore(archive, RecoveryKey.new())
    await assert_untouched(empty)


async def test_another_root_key_is_told_apart(lost: Machine, empty: Machine) -> None:
    archive = await archive_of(lost)
    with pytest.raises(Invalid) as refused:
        await empty.restoring().restore(archive, bytes(32))
    assert "--recovery-key" in refused.value.cure
    await assert_untouched(empty)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [(b'"format": 1', b'"format": 0', "format 0"), (b'"schema": "', b'"schema": "x', "schema x")],
    ids=["format", "schema"],
)
async def test_an_archive_of_another_version_says_so(
    lost: Machine, empty: Machine, old: bytes, new: bytes, words: str
) -> None:
    raw = (await bytes_of(lost)).replace(old, new, 1)
    length = raw.index(b"}", 20) + 1 - 20
    raw = raw[:16] + length.to_bytes(4, "big") + raw[20:]
    with pytest.raises(Invalid, match=words) as refused:
        await empty.restoring().restore(changed(raw), lost.recovery_key())
    assert refused.value.cure
    await assert_untouched(empty)


async def test_something_else_is_no_archive(lost: Machine, empty: Machine) -> None:
    with pytest.raises(Invalid, match="not an archive"):
        await empty.restoring().restore(changed(b"%PDF-1.7" * 100), RecoveryKey.new())
    await assert_untouched(empty)


async def test_a_file_that_is_not_there_is_said(empty: Machine, tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="can't be read"):
        await empty.restoring().restore(file_archive(tmp_path / "none"), RecoveryKey.new())


async def assert_untouched(machine: Machine) -> None:
    assert await revision(machine.database) is None
    assert kept(machine.objects) == {}
    assert not (machine.home.path / "root.key").exists()


@pytest.mark.parametrize("there", ["sqlite", "postgresql"])
async def test_an_instance_that_lives_is_never_overwritten(
    machines: Machines, lost: Machine, there: str
) -> None:
    async with machines.machine(there) as living:
        await migrate(living.database)
        async with living.database.transaction() as tx:
            await tx.execute(insert(organisations).values(id="o", name="mine", created_at=1))
        before = await content(living)
        with pytest.raises(Conflict, match="nothing was changed"):
            await living.restoring().restore(await archive_of(lost), lost.recovery_key())
        assert await content(living) == before
        assert kept(living.objects) == {}


async def test_another_given_root_key_is_refused_and_the_right_one_laid_out(
    lost: Machine, empty: Machine
) -> None:
    archive = await archive_of(lost)
    with pytest.raises(NotConfigured) as refused:
        await empty.restoring(given_root=b"another").restore(archive, lost.recovery_key())
    assert "RINGBACK_SECRET_KEY" in refused.value.cure
    laid_out = empty.home.path / "secret-key"
    assert base64.b64decode(laid_out.read_text()) == ROOT
    assert laid_out.stat().st_mode & 0o077 == 0
    assert await revision(empty.database) is None


async def test_an_object_store_that_survived_is_joined(machines: Machines, lost: Machine) -> None:
    archive = await archive_of(lost)
    async with machines.machine("sqlite", lost.objects) as new:
        await new.restoring().restore(archive, lost.recovery_key())
        assert await content(new) == await content(lost)


async def test_an_object_store_of_somebody_else_is_left_alone(
    machines: Machines, lost: Machine
) -> None:
    archive = await archive_of(lost)
    store = FakeObjects()
    await store.put("recordings/b.sealed", b"another")
    async with machines.machine("sqlite", store) as new:
        with pytest.raises(Conflict):
            await new.restoring().restore(archive, lost.recovery_key())
        assert kept(store) == {"recordings/b.sealed": b"another"}


async def test_a_null_character_does_not_stop_the_way_to_postgresql(
    machines: Machines, lost: Machine, postgres_server: PostgresServer
) -> None:
    async with lost.database.transaction() as tx:
        await tx.execute(update(messages).values(text="a\x00b"))
    archive = await archive_of(lost)
    async with Machines(lost.home.path, postgres_server).machine("postgresql") as new:
        await new.restoring().restore(archive, lost.recovery_key())
        async with new.database.reading() as connection:
            found = set((await connection.execute(select(messages.c.text))).scalars())
    assert found == {"a\ufffdb"}


# ── an instance that goes on from an older moment ──────────────────────────────────────────────


async def test_devices_stay_and_sessions_are_made_anew(lost: Machine, empty: Machine) -> None:
    rows = [("device", 0), ("api", 1), ("session", 2), ("cli", 3), ("ticket", 4)]
    async with lost.database.transaction() as tx:
        await tx.execute(credentials.delete())
        for kind, number in rows:
            values = {"id": kind, "owner_id": "o", "person_id": "p", "kind": kind}
            more = {"token_hash": str(number), "scopes": [], "context": {}, "created_at": 1}
            await tx.execute(insert(credentials).values(**values, **more))
    restored = await empty.restoring().restore(await archive_of(lost), lost.recovery_key())
    async with empty.database.reading() as connection:
        query = select(credentials.c.id).where(credentials.c.revoked_at.is_(None))
        assert set((await connection.execute(query)).scalars()) == {"device", "api"}
    assert restored.settled.revoked == 3


async def test_what_reaches_the_outside_is_not_done_again(lost: Machine, empty: Machine) -> None:
    wanted = [
        ("delivery.text", "delivery"),
        ("memory.embed", "memory"),
        ("upkeep.backup", "upkeep"),
    ]
    async with lost.database.transaction() as tx:
        await tx.execute(jobs.delete())
        for name, family in wanted:
            values = {"id": name, "name": name, "family": family, "payload": {}, "key": name}
            more = {"state": "leased", "not_before": 1, "attempts_max": 5, "created_at": 1}
            held = {"lease_holder": "w1", "lease_until": 9}
            await tx.execute(insert(jobs).values(**values, **more, **held))
    await empty.restoring().restore(await archive_of(lost), lost.recovery_key())
    async with empty.database.reading() as connection:
        found = (await connection.execute(select(jobs.c.name, jobs.c.state))).all()
    states = {name: state for name, state in found}
    assert states == {
        "delivery.text": "cancelled",
        "memory.embed": "waiting",
        "upkeep.backup": "cancelled",
    }


async def test_every_restore_begins_a_new_epoch(
    lost: Machine, empty: Machine, machines: Machines
) -> None:
    archive = await archive_of(lost)
    first = await empty.restoring().restore(archive, lost.recovery_key())
    async with machines.machine("sqlite") as other:
        second = await other.restoring().restore(archive, lost.recovery_key())
    assert first.settled.epoch != second.settled.epoch
    async with empty.database.reading() as connection:
        query = select(instance.c.value).where(instance.c.key == "epoch")
        assert (await connection.execute(query)).scalar_one() == first.settled.epoch


# ── an archive counts only when it was proved ──────────────────────────────────────────────────


class RottenObjects(FakeObjects):
    """A store that loses a bit of every backup."""

    async def put(
        self, key: str, chunks: AsyncIterator[bytes] | bytes, *, is_new: bool = False
    ) -> int:
        size = await super().put(key, chunks, is_new=is_new)
        if key.startswith("backups/"):
            body = bytearray(self.kept[key])
            body[len(body) // 2] ^= 1
            self.kept[key] = bytes(body)
        return size


class FullObjects(FakeObjects):
    """A store that breaks in the middle of everything."""

    async def put(
        self, key: str, chunks: AsyncIterator[bytes] | bytes, *, is_new: bool = False
    ) -> int:
        if not isinstance(chunks, bytes):
            async for _ in chunks:
                raise Unavailable
        return await super().put(key, chunks, is_new=is_new)


@pytest.mark.parametrize(
    ("store", "kind"), [(RottenObjects(), Corrupt), (FullObjects(), Unavailable)]
)
async def test_a_backup_that_was_not_kept_right_is_no_backup(
    machines: Machines, store: Objects, kind: type[RingbackError]
) -> None:
    async with machines.machine("sqlite", store) as machine:
        await fill(machine)
        with pytest.raises(kind):
            await machine.backups().make("b1")
        assert await machine.backups().list() == []


async def test_an_object_that_is_forgotten_meanwhile_is_left_out(machines: Machines) -> None:
    class Forgetting(FakeObjects):
        async def get(self, key: str) -> AsyncIterator[bytes]:
            if key == "recordings/a.sealed":
                raise Missing
            async for chunk in super().get(key):
                yield chunk

    async with machines.machine("sqlite", Forgetting()) as machine:
        await fill(machine)
        info = await machine.backups().make("b1")
        assert (await machine.backups().verify(info.key)).objects == 1


async def test_what_is_written_during_a_backup_is_not_half_in_it(machines: Machines) -> None:
    class Slow(FakeObjects):
        """Somebody changes the last tables while the first ones are on their way."""

        async def put(
            self, key: str, chunks: AsyncIterator[bytes] | bytes, *, is_new: bool = False
        ) -> int:
            assert not isinstance(chunks, bytes)

            async def pieces(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
                yield await anext(chunks)  # the header
                yield await anext(chunks)  # a piece of the first table
                async with lost.database.transaction() as tx:
                    await tx.execute(update(organisations).values(name="later"))
                    await tx.execute(update(messages).values(speaker="later"))
                async for chunk in chunks:
                    yield chunk

            return await super().put(key, pieces(chunks), is_new=is_new)

    async with machines.machine("sqlite") as lost, machines.machine("sqlite") as new:
        await fill(lost)
        async with lost.database.transaction() as tx:
            await tx.execute(update(organisations).values(name="x" * 3 * PIECE_BYTES))
        before = await content(lost)
        lost.objects = Slow()
        await new.restoring().restore(await archive_of(lost), lost.recovery_key())
        after = await content(new)
    assert after["messages"] == before["messages"]
    assert after["organisations"] == before["organisations"]


async def test_two_backups_are_not_made_at_the_same_time(lost: Machine) -> None:
    backups = lost.backups()
    outcomes = await asyncio.gather(backups.make(), backups.make(), return_exceptions=True)
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["BackupInfo", "Busy"]
    assert len(await backups.list()) == 1
