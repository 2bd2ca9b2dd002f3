"""Makes a file out of weights once, in a process of its own, so that its memory is given back."""

import asyncio
import hashlib
import importlib.util
import os
import tempfile
from pathlib import Path

from backend.kernel.errors import NotConfigured
from backend.platform.weights.child import run_python

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
        await run_python(
            ("-m", module, str(source), str(made)),
            title=module,
            seconds_max=MAKING_S_MAX,
            folder=ROOT,
        )
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
