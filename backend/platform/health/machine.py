"""What is looked at on the machine itself: disk, memory, and how late the loop is."""

import resource
import shutil
import sys
from pathlib import Path

from backend.platform.health.types import Check

MEGABYTE = 1 << 20
SHARE_MAX = 0.9  # of the memory that we may use
CGROUP = Path("/sys/fs/cgroup")
STATUS = Path("/proc/self/statm")
LAG_S_MAX = 1.0  # a second without a frame is heard by every caller


def disk(folder: Path, *, free_mb_min: int) -> Check:
    """Say whether there is room where everything is kept."""
    free = shutil.disk_usage(folder).free
    return Check(
        ok=free >= free_mb_min * MEGABYTE,
        detail=f"{free / 1e9:.1f} GB free",
        cure=f"free at least {free_mb_min} MB on the disk of {folder}",
    )


def memory(limit_mb: int = 0) -> Check:
    """Say whether this process stays within its memory: as set, else of its container."""
    used, limit = resident_bytes(), limit_mb * MEGABYTE or _container_bytes()
    detail = f"{used / 1e6:.0f} MB"
    if not limit:
        return Check(ok=True, detail=detail)
    return Check(
        ok=used < limit * SHARE_MAX,
        detail=f"{detail} of {limit / 1e6:.0f} MB",
        cure="give it more memory, or a smaller RINGBACK_VOICE__WHISPER_MODEL",
    )


def loop_lag(lag_s: float) -> Check:
    """Say whether something keeps the loop from serving everybody."""
    cure = "fewer calls at once (RINGBACK_LIMITS__CALLS_MAX), or a faster machine"
    return Check(ok=lag_s < LAG_S_MAX, detail=f"{lag_s * 1000:.0f} ms late", cure=cure)


def resident_bytes() -> int:
    """Return how much memory this process holds."""
    try:
        return int(STATUS.read_text().split()[1]) * resource.getpagesize()
    except (OSError, IndexError, ValueError):  # no Linux: the highest it ever was
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak if sys.platform == "darwin" else peak * 1024


def _container_bytes() -> int:
    """Return the container's limit, 0 where there is none."""
    for name in ("memory.max", "memory/memory.limit_in_bytes"):
        limit = _number(CGROUP / name)
        if 0 < limit < 1 << 60:
            return limit
    return 0


def _number(file: Path) -> int:
    try:
        return int(file.read_text().strip())
    except (OSError, ValueError):  # "max": no limit
        return 0
