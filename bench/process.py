"""What a process and all that it started have used: processor time and memory, as Linux counts."""

import os
from dataclasses import dataclass
from pathlib import Path

from bench.memory_of import own_mb, pss_mb, tree

TICK_S = 1 / os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Weight:
    """A process tree at one moment."""

    cpu_s: float = 0.0
    mb: float = 0.0  # proportional set size
    own_mb: float = 0.0  # without pages of files


def weigh(pid: int) -> Weight:
    """Return what the tree of a process has used; nothing for no process."""
    if not pid:
        return Weight()
    return Weight(sum(_cpu_s(process) for process in tree(pid)), pss_mb(pid), own_mb(pid))


def _cpu_s(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:  # it ended meanwhile
        return 0.0
    return (int(fields[11]) + int(fields[12])) * TICK_S
