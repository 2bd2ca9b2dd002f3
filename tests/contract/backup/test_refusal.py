"""What is damaged, strange or foreign is refused, and nothing is changed."""

import base64
from pathlib import Path

import pytest
from sqlalchemy import insert, select, update

from backend.backup import RecoveryKey, file_archive
from backend.kernel.errors import (
    Conflict,
    Corrupt,
    Invalid,
    NotConfigured,
)
from backend.platform.database.migrate import migrate, revision
from backend.platform.database.tables import messages, organizations
from tests.contract.backup.archives import archive_of, assert_untouched, bytes_of, changed
from tests.contract.backup.machines import ROOT, Machine, Machines, content, kept
from tests.engines import PostgresServer
from tests.fakes.objects import FakeObjects


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


@pytest.mark.parametrize("there", ["sqlite", "postgresql"])
async def test_an_instance_that_lives_is_never_overwritten(
    machines: Machines, lost: Machine, there: str
) -> None:
    async with machines.machine(there) as living:
        await migrate(living.database)
        async with living.database.transaction() as tx:
            await tx.execute(insert(organizations).values(id="o", name="mine", created_at=1))
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
