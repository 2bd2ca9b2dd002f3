"""Brings a backup back into an empty home: what `ringback restore` runs, without an instance."""

from pathlib import Path

from backend.backup import (
    Opened,
    RecoveryKey,
    Restoring,
    file_archive,
    listed,
    object_archive,
)
from backend.compose.forgetting import Forgetful
from backend.kernel.errors import Missing
from backend.platform.database import search_merging
from backend.platform.database.transaction import Transaction
from backend.platform.forgetting import Receipt, SealedTombstones
from backend.platform.forgetting.tombstones import pages
from backend.platform.home import Home
from backend.platform.keys import Keys, parsed_root
from backend.platform.settings import Settings
from backend.platform.settings.sources import Loaded


async def restore(
    loaded: Loaded[Settings], *, home: Home, recovery_key: str, wanted: str | None
) -> dict[str, object]:
    """Restore the wanted archive, the newest when none is named; return what came back."""
    key = RecoveryKey.parse(recovery_key)
    home.make()
    parts = Forgetful(loaded, home=home, roles=frozenset())
    given = loaded.settings.secret_key.get_secret_value()
    try:
        await parts.objects.start()
        archive = await _archive(parts, wanted)
        restoring = Restoring(
            database=parts.database,
            objects=parts.objects,
            home=home,
            given_root=parsed_root(given) if given else None,
            ids=parts.ids,
            compute=parts.compute,
            forgotten=Replay(parts),
        )
        restored = await restoring.restore(archive, key)
    finally:
        await parts.objects.stop()
        await parts.database.stop()
        parts.compute.close()
    return {
        "id": restored.backup_id,
        "made_at": restored.made_at,
        "tables": restored.summary.tables,
        "objects": restored.summary.objects,
    }


class Replay:
    """Forgets again what was forgotten after the archive was made: implements `Forgotten`."""

    def __init__(self, parts: Forgetful) -> None:
        self._parts = parts
        self._replayed: list[Receipt] = []

    async def replay(self, tx: Transaction, root: bytes) -> None:
        """Read the sealed tombstones that the object store still has, and forget by them."""
        sealed = SealedTombstones(self._parts.objects, lambda: Keys(root))
        self._replayed = await self._parts.forgetting.replay(tx, sealed)

    async def finish(self) -> None:
        """Delete the objects that the archive brought back; servers wait for the job."""
        database = self._parts.database
        for receipt in self._replayed:
            async for page in pages(database, receipt.id):
                await self._parts.lines.forget_outside(receipt.owner_id, page)
        if self._replayed:
            await search_merging.merge(database)
            await database.wipe()


async def _archive(parts: Forgetful, wanted: str | None) -> Opened:
    if wanted and (named := _file(wanted)) is not None:
        return file_archive(named)
    backups = await listed(parts.objects)
    for backup in backups:
        if wanted in {None, backup.id, backup.key}:
            return object_archive(parts.objects, backup.key)
    known = ", ".join(backup.id for backup in backups[:5])
    raise Missing(
        f"There is no backup {wanted}." if wanted else "There is no backup to restore.",
        cure=f"choose from: {known}" if known else "set R2_ENDPOINT and its keys, or --from FILE",
    )


def _file(wanted: str) -> Path | None:
    return path if (path := Path(wanted)).is_file() else None
