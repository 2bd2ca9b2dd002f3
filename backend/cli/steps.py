"""Runs a program of the machine as one step of a command, and tells its last words if it fails."""

import subprocess
from collections.abc import Sequence
from pathlib import Path

from backend.kernel.errors import Unavailable


def run_step(
    command: Sequence[str], *, cure: str, seconds_max: float, folder: Path | None = None
) -> str:
    """Return what the program says; raise when it fails, with what helps."""
    told = f"`{' '.join(command)}`"
    try:
        done = subprocess.run(  # noqa: S603 (words of our own)
            list(command),
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=seconds_max,
            check=False,
        )
    except subprocess.TimeoutExpired as failure:
        raise Unavailable(f"{told} does not come to an end.") from failure
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines()
        raise Unavailable(f"{told} failed: {said[-1] if said else done.returncode}", cure=cure)
    return done.stdout.strip()
