"""The operator's door to backups: make one, list them."""

from datetime import UTC, datetime

from fastapi import APIRouter, Depends
from pydantic import BaseModel

from backend.backup.service import Backups
from backend.backup.types import BackupInfo
from backend.kernel.clock import SECOND
from backend.trust.guard import Guard


class ShownBackup(BaseModel):
    """A backup as it is shown."""

    id: str
    key: str
    made_at: str
    size: int


class ShownBackups(BaseModel):
    """Every backup that is kept, the newest first."""

    backups: list[ShownBackup]


def router(backups: Backups, *, guard: Guard) -> APIRouter:
    """Return the routes; restoring is not among them: it needs an instance that does not run."""
    routes = APIRouter(tags=["backups"], dependencies=[Depends(guard.require("operate"))])

    @routes.post("/v1/backups", status_code=201)
    async def make_backup() -> ShownBackup:
        """Make a backup; the answer comes when all of it has been read back."""
        return _shown(await backups.make())

    @routes.get("/v1/backups")
    async def list_backups() -> ShownBackups:
        """List the backups."""
        return ShownBackups(backups=[_shown(info) for info in await backups.list()])

    return routes


def _shown(info: BackupInfo) -> ShownBackup:
    made_at = datetime.fromtimestamp(info.made_at // SECOND, UTC).isoformat()
    return ShownBackup(id=info.id, key=info.key, made_at=made_at, size=info.size)
