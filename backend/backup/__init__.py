"""What survives the machine: one portable, sealed archive of everything, made, checked, restored.

An archive holds every table, every object and the root key, in one form for SQLite and
PostgreSQL. Its data key is wrapped twice, by the instance's root key and by the recovery key that
the owner has printed: either opens it, nothing else does.
"""

from backend.backup.recovery import Keyrings, RecoveryKey
from backend.backup.restore import Forgotten, Restoring, file_archive, object_archive
from backend.backup.routes import router
from backend.backup.service import Backups, listed
from backend.backup.types import MAKE_BACKUP, ArchiveSummary, BackupInfo, Opened, Restored, Settled

__all__ = [
    "MAKE_BACKUP",
    "ArchiveSummary",
    "BackupInfo",
    "Backups",
    "Forgotten",
    "Keyrings",
    "Opened",
    "RecoveryKey",
    "Restored",
    "Restoring",
    "Settled",
    "file_archive",
    "listed",
    "object_archive",
    "router",
]
