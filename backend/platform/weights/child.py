"""A program that runs beside us for a while: bounded in time, and heard only when it fails."""

import asyncio
import sys
from pathlib import Path

from backend.kernel.errors import Unavailable


async def run_python(
    arguments: tuple[str, ...], *, title: str, seconds_max: float, folder: Path | None = None
) -> None:
    """Run our own Python with these arguments to its end; raise with its last words."""
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, *arguments),
        cwd=folder,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(seconds_max):
            _, errors = await child.communicate()
    except TimeoutError as silence:
        raise Unavailable(f"{title} took too long.") from silence
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
    if child.returncode:
        lines = errors.decode(errors="replace").strip().splitlines()
        raise Unavailable(f"{title} failed: {lines[-1] if lines else 'no reason'}")
