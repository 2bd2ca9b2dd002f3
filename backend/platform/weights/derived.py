"""Makes a file out of weights once, in a process of its own, so that its memory is given back."""

import asyncio
import hashlib
import importlib.util
import os
import sys
import tempfile
from pathlib import Path

from backend.kernel.errors import NotConfigured, Unavailable

MAKING_S_MAX = 180.0
# Where our own packages lie: the child finds them wherever we were started from.
ROOT = Path(__file__).parents[3]


async def derive(folder: Path, module: str, source: Path, *, needs: str) -> Path:
    """Return the file that a module makes of a source, making it when it is not there yet.

    The module is run as `python -m MODULE SOURCE TARGET`; `needs` is the package it imports.
    """
    target = folder / await asyncio.to_thread(_name, module, source)
    if target.exists():
        return target
    if importlib.util.find_spec(needs) is None:
        raise NotConfigured(f"{needs} is not installed.", cure="pip install 'ringback[voice]'")
    made = await asyncio.to_thread(_scratch, folder)
    try:
        await _make(module, source, made)
        # Two processes that made it at once have made the same.
        await asyncio.to_thread(made.replace, target)
    finally:
        await asyncio.to_thread(made.unlink, missing_ok=True)
    return target


def _scratch(folder: Path) -> Path:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle, path = tempfile.mkstemp(dir=folder, prefix=".made-")
    except OSError as failure:
        raise NotConfigured(
            f"{folder} can't be written: {failure.strerror}.",
            cure=f"chown -R $USER '{folder}', or name another folder in RINGBACK_MODELS__FOLDER",
        ) from failure
    os.fchmod(handle, 0o644)
    os.close(handle)
    return Path(path)


def _name(module: str, source: Path) -> str:
    """Name the file for what it is made of and by which code, so that neither goes stale."""
    spec = importlib.util.find_spec(module)
    maker = Path(spec.origin).read_bytes() if spec and spec.origin else module.encode()
    found = source.stat()  # its bytes were verified when it came
    digest = hashlib.sha256(maker)
    digest.update(f"{source}:{found.st_size}:{found.st_mtime_ns}".encode())
    return f"{module.rsplit('.', 1)[-1]}-{digest.hexdigest()[:16]}.onnx"


async def _make(module: str, source: Path, target: Path) -> None:
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", module, str(source), str(target)),
        cwd=ROOT,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(MAKING_S_MAX):
            _, errors = await child.communicate()
    except TimeoutError as silence:
        raise Unavailable(f"{module} took too long.") from silence
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
    if child.returncode:
        lines = errors.decode(errors="replace").strip().splitlines()
        raise Unavailable(f"{module} failed: {lines[-1] if lines else 'no reason'}")
