"""What a backup is, and what became of a restore."""

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass

from backend.kernel.clock import Instant

MAKE_BACKUP = "upkeep.backup"  # the job's name

Opened = Callable[[], AsyncIterator[bytes]]
"""An archive that can be read from its beginning, again and again."""


@dataclass(frozen=True, slots=True)
class BackupInfo:
    """A backup as it is listed."""

    id: str
    key: str  # of its object
    made_at: Instant
    size: int


@dataclass(frozen=True, slots=True)
class ArchiveSummary:
    """What lies in an archive, counted while it was written or read."""

    tables: Mapping[str, int]  # name → rows
    objects: int


@dataclass(frozen=True, slots=True)
class Settled:
    """What was made safe for an instance that goes on from an older moment."""

    epoch: str  # new with every restore: who kept a cursor of the old one begins again
    revoked: int  # credentials that must be made anew
    cancelled: int  # jobs that reach the outside and may have been done already


@dataclass(frozen=True, slots=True)
class Restored:
    """What a restore brought back."""

    backup_id: str
    made_at: Instant
    summary: ArchiveSummary
    settled: Settled
