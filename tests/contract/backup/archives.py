"""Archives as they come, and as they should not."""

from collections.abc import AsyncIterator

from backend.backup import object_archive
from backend.backup.types import Opened
from backend.platform.database.migrate import revision
from backend.platform.objects.port import whole
from tests.contract.backup.machines import Machine, kept


async def archive_of(machine: Machine, backup_id: str = "b1") -> Opened:
    info = await machine.backups().make(backup_id)
    return object_archive(machine.objects, info.key)


async def bytes_of(machine: Machine) -> bytes:
    return await whole((await archive_of(machine))())


def changed(raw: bytes) -> Opened:
    async def chunks() -> AsyncIterator[bytes]:
        yield raw

    return chunks


async def assert_untouched(machine: Machine) -> None:
    assert await revision(machine.database) is None
    assert kept(machine.objects) == {}
    assert not (machine.home.path / "root.key").exists()
