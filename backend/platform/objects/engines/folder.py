"""Objects as files in a folder: drafted aside, synced, and named in one step."""

import asyncio
import os
import uuid
from collections.abc import AsyncIterator
from pathlib import Path
from typing import BinaryIO

from backend.kernel.clock import Instant
from backend.kernel.errors import Conflict, Missing, Unavailable
from backend.platform.home import sync_folder
from backend.platform.objects.port import CHUNK_BYTES, ObjectInfo, checked_key
from backend.platform.tasks import unbroken

_DRAFTS = ".drafts"


class FolderObjects:
    """Keeps objects under one folder, readable by its owner only."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.absolute()
        self._drafts = self._folder / _DRAFTS

    async def start(self) -> None:
        """Make the folder; drafts of a process that died are thrown away."""
        await asyncio.to_thread(self._prepare)

    async def stop(self) -> None:
        """Nothing is held open."""

    async def put(
        self, key: str, chunks: AsyncIterator[bytes] | bytes, *, is_new: bool = False
    ) -> int:
        """Keep an object: first a draft, then, durable, under its name."""
        target = self._folder / checked_key(key)
        draft = self._drafts / uuid.uuid4().hex
        try:
            stream = await asyncio.to_thread(_opened_draft, draft)
            try:
                size = 0
                async for chunk in _pieces(chunks):
                    size += await asyncio.to_thread(stream.write, chunk)
                await unbroken(asyncio.to_thread(_named, stream, draft, target, is_new))
            finally:
                stream.close()
        except FileExistsError:
            raise Conflict("There is an object of this key.") from None
        except OSError as failure:
            raise _unavailable(failure) from failure
        finally:
            draft.unlink(missing_ok=True)
        return size

    async def get(self, key: str) -> AsyncIterator[bytes]:
        """Yield an object's bytes; one that is replaced meanwhile is read to its old end."""
        file = self._folder / checked_key(key)
        try:
            stream = await asyncio.to_thread(file.open, "rb")
        except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
            raise Missing("There is no such object.") from None
        except OSError as failure:
            raise _unavailable(failure) from failure
        try:
            while chunk := await asyncio.to_thread(stream.read, CHUNK_BYTES):
                yield chunk
        finally:
            stream.close()

    async def list(self, prefix: str = "") -> list[ObjectInfo]:
        """Return what is kept under a prefix."""
        return await asyncio.to_thread(_found, self._folder, prefix)

    async def delete(self, key: str) -> None:
        """Delete an object, durably."""
        file = self._folder / checked_key(key)
        await asyncio.to_thread(_removed, file)

    async def exists(self, key: str) -> bool:
        """Say whether there is such an object."""
        return await asyncio.to_thread((self._folder / checked_key(key)).is_file)

    def _prepare(self) -> None:
        try:
            for folder in (self._folder, self._drafts):
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            for draft in self._drafts.iterdir():
                draft.unlink(missing_ok=True)
        except OSError as failure:
            raise _unavailable(failure) from failure


def _found(folder: Path, prefix: str) -> list[ObjectInfo]:
    found = []
    for file in folder.rglob("*"):
        key = file.relative_to(folder).as_posix()
        if not key.startswith(prefix) or key.startswith(_DRAFTS):
            continue
        try:
            state = file.stat()
        except FileNotFoundError:  # deleted while we looked
            continue
        if file.is_file():
            found.append(ObjectInfo(key, state.st_size, Instant(state.st_mtime_ns // 1000)))
    return sorted(found, key=lambda info: info.key)


async def _pieces(chunks: AsyncIterator[bytes] | bytes) -> AsyncIterator[bytes]:
    if isinstance(chunks, bytes):
        yield chunks
        return
    async for chunk in chunks:
        yield chunk


def _opened_draft(draft: Path) -> BinaryIO:
    draft.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    return os.fdopen(descriptor, "wb")


def _named(stream: BinaryIO, draft: Path, target: Path, is_new: bool) -> None:
    stream.flush()
    os.fsync(stream.fileno())
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if is_new:
        os.link(draft, target)  # refuses, in one step, to replace
    else:
        draft.replace(target)
    sync_folder(target.parent)


def _removed(file: Path) -> None:
    try:
        file.unlink()
        sync_folder(file.parent)
    except (FileNotFoundError, NotADirectoryError):
        return
    except OSError as failure:
        raise _unavailable(failure) from failure


def _unavailable(failure: OSError) -> Unavailable:
    return Unavailable(
        f"The folder of objects can't be used: {failure.strerror}.",
        cure="check the space and the permissions of the home's disk",
    )
