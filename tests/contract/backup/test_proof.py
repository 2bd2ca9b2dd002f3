"""An archive counts only when it was proved, and is one moment of the instance."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import update

from backend.backup.archive.pieces import PIECE_BYTES
from backend.kernel.errors import (
    Corrupt,
    Missing,
    RingbackError,
    Unavailable,
)
from backend.platform.database.tables import messages, organizations
from backend.platform.objects.port import Objects
from tests.contract.backup.archives import archive_of
from tests.contract.backup.machines import Machine, Machines, content, fill
from tests.fakes.objects import FakeObjects


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
                    await tx.execute(update(organizations).values(name="later"))
                    await tx.execute(update(messages).values(speaker="later"))
                async for chunk in chunks:
                    yield chunk

            return await super().put(key, pieces(chunks), is_new=is_new)

    async with machines.machine("sqlite") as lost, machines.machine("sqlite") as new:
        await fill(lost)
        async with lost.database.transaction() as tx:
            await tx.execute(update(organizations).values(name="x" * 3 * PIECE_BYTES))
        before = await content(lost)
        lost.objects = Slow()
        await new.restoring().restore(await archive_of(lost), lost.recovery_key())
        after = await content(new)
    assert after["messages"] == before["messages"]
    assert after["organizations"] == before["organizations"]


async def test_two_backups_are_not_made_at_the_same_time(lost: Machine) -> None:
    backups = lost.backups()
    outcomes = await asyncio.gather(backups.make(), backups.make(), return_exceptions=True)
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["BackupInfo", "Busy"]
    assert len(await backups.list()) == 1
