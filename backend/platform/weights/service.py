"""Keeps model weights in one folder that all homes of this user share."""

import asyncio
import fcntl
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Protocol

from backend.kernel.clock import Clock
from backend.kernel.errors import Corrupt, NotConfigured, RingbackError
from backend.platform.weights.catalogue import CATALOGUE
from backend.platform.weights.hub import Hub
from backend.platform.weights.packages import PackagedCopies
from backend.platform.weights.types import Progress, WeightSet

RECEIPT = "verified.json"
LOCK_POLL_S = 0.5
CURE = "ringback models pull"


class Source(Protocol):
    """Somewhere that a set of weights can be had from."""

    async def fetch(self, weights: WeightSet, folder: Path, progress: Progress) -> None:
        """Put every file of a set into the folder, verified, or raise with the reason."""
        ...


class Weights:
    """The shared folder of weights: what is there is used, what is missing is fetched once."""

    def __init__(
        self,
        folder: Path,
        *,
        clock: Clock,
        hub: Hub | None = None,
        copies: Source | None = None,
        progress: Progress = lambda _line: None,
        is_offline: bool = False,
    ) -> None:
        # Absolute, because other processes are told of it.
        self._folder, self._clock, self._progress = folder.absolute(), clock, progress
        self._is_offline = is_offline
        self._hub = hub or Hub()
        self._copies = copies or PackagedCopies()

    @property
    def folder(self) -> Path:
        """Where everything lies, also what engines make of their weights."""
        return self._folder

    def find(self, name: str) -> Path | None:
        """Return where a set lies, or nothing when it is not here; never asks the network."""
        weights = _named(name)
        folder = self._folder / name
        return folder if _is_whole(weights, folder) else None

    async def ensure(self, name: str) -> Path:
        """Return where a set lies, fetching it first when it is missing."""
        weights = _named(name)
        if found := self.find(name):
            return found
        if self._is_offline:
            raise NotConfigured(
                f"The weights {name} are not in {self._folder}, and fetching them is switched off.",
                cure=f"{CURE} {name}",
            )
        await asyncio.to_thread(_prepare, self._folder)
        async with self._alone(name):
            # Another process may have fetched it while we waited.
            return self.find(name) or await self._fetch(weights)

    async def verify(self, name: str) -> None:
        """Read every byte of a set again and raise when one differs."""
        folder = self._folder / name
        for file in _named(name).files:
            if await asyncio.to_thread(_hash, folder / file.name) != file.sha256:
                raise Corrupt(
                    f"{folder / file.name} is damaged.", cure=f"rm -r '{folder}' && {CURE} {name}"
                )

    @asynccontextmanager
    async def _alone(self, name: str) -> AsyncIterator[None]:
        """Hold the set's lock: one process fetches, the others wait for it."""
        with (self._folder / f".{name}.lock").open("w") as lock:
            has_waited = False
            while not _try_lock(lock.fileno()):
                if not has_waited:
                    self._progress(f"{name}: another process is fetching it, waiting …")
                has_waited = True
                await self._clock.sleep(LOCK_POLL_S)
            yield

    async def _fetch(self, weights: WeightSet) -> Path:
        sources: list[Source] = []
        if weights.hub_repository and self._hub.answers:
            sources.append(self._hub)
        if weights.packages:
            sources.append(self._copies)
        failures: list[str] = []
        for source in sources:
            scratch = Path(tempfile.mkdtemp(dir=self._folder, prefix=f".{weights.name}-"))
            try:
                await source.fetch(weights, scratch, self._progress)
                return await asyncio.to_thread(_settle, weights, scratch, self._folder)
            except RingbackError as failure:
                failures.append(failure.message)
                self._progress(f"{weights.name}: {failure.message}")
            finally:
                await asyncio.to_thread(shutil.rmtree, scratch, ignore_errors=True)
        reasons = " ".join(failures) or "the model hub does not answer."
        raise NotConfigured(
            f"The weights {weights.name} could not be had: {reasons}",
            cure=f"{CURE} {weights.name}",
        )


def _prepare(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()
    except OSError as failure:
        raise NotConfigured(
            f"{folder} can't be written: {failure.strerror}.",
            cure="name another folder in RINGBACK_MODELS__FOLDER",
        ) from failure


def _named(name: str) -> WeightSet:
    try:
        return CATALOGUE[name]
    except KeyError:
        known = ", ".join(sorted(CATALOGUE))
        raise NotConfigured(f"There are no weights named {name}; known are {known}.") from None


def _try_lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _is_whole(weights: WeightSet, folder: Path) -> bool:
    """Trust the receipt and the sizes: reading 150 MB at every start would cost half a second."""
    try:
        receipt = json.loads((folder / RECEIPT).read_text())
        return all(
            receipt.get(file.name) == file.sha256
            and (folder / file.name).stat().st_size == file.size_bytes
            for file in weights.files
        )
    except (OSError, ValueError, AttributeError):
        return False


def _settle(weights: WeightSet, scratch: Path, folder: Path) -> Path:
    """Make a verified set visible in one step, so that nobody ever opens half of it."""
    for file in weights.files:
        with (scratch / file.name).open("rb") as written:
            os.fsync(written.fileno())
    (scratch / RECEIPT).write_text(json.dumps({file.name: file.sha256 for file in weights.files}))
    scratch.chmod(0o755)
    place = folder / weights.name
    if place.exists():
        shutil.rmtree(place)
    scratch.rename(place)
    return place


def _hash(path: Path) -> str:
    try:
        with path.open("rb") as source:
            return hashlib.file_digest(source, "sha256").hexdigest()
    except FileNotFoundError:
        return ""
