"""Who holds a job, named so that others on the same machine can see when its process is gone.

A worker on another machine is known to be dead only by its silence, when its leases end. One that
was killed here need not be waited for: its process is gone, or another has its number.
"""

import hashlib
import os
import socket
from functools import cache
from pathlib import Path

PROC = Path("/proc")


def holder_of(token: str) -> str:
    """Return the name under which this process holds jobs."""
    pid = os.getpid()
    return f"{_place()}:{pid}:{_began(pid)}:{token}"


def is_dead(holder: str) -> bool:
    """Say whether a holder was a process of this machine, and is one no more."""
    place, _, rest = holder.partition(":")
    pid, _, rest = rest.partition(":")
    began, _, token = rest.partition(":")
    if not (token and began and pid.isdecimal()) or place != _place():
        return False
    return _began(int(pid)) != began


@cache
def _place() -> str:
    """Return what tells machines, and containers that number their processes apart, from others."""
    try:
        boot = (PROC / "sys/kernel/random/boot_id").read_text().strip()
        numbers = (PROC / "self/ns/pid").stat().st_ino
    except OSError:
        return f"{socket.gethostname()}.unknown"  # and nobody's beginning is known: nobody is dead
    mark = hashlib.sha256(f"{boot}/{numbers}".encode()).hexdigest()[:8]
    return f"{socket.gethostname()}.{mark}"


def _began(pid: int) -> str:
    """Return when a process began, in ticks since the machine's start; nothing if it is gone."""
    try:
        fields = (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return ""
    return "" if fields[0] in "ZX" else fields[19]
