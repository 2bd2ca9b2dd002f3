"""Search by a Chroma of our own, in a folder of the home: for one process alone.

Two processes that open one folder corrupt it, so the folder is held by a lock of the kernel; the
second is refused, and told what to do instead.
"""

import asyncio
import fcntl
import os
from collections.abc import Callable, Sequence
from functools import cached_property, partial
from pathlib import Path
from typing import Any, TypeVar

import chromadb
from chromadb.api import ClientAPI
from chromadb.config import Settings
from chromadb.errors import ChromaError

from backend.kernel.errors import Conflict, Unavailable
from backend.kernel.ids import OwnerId
from backend.memory.vectors.engines.chroma import (
    AS_WE_COMPARE,
    SEARCH_S,
    UPSERT_BATCH,
    WRITE_S,
    collection_name,
    hits_of,
    nearest,
    rows_of,
)
from backend.memory.vectors.store import Hit, Vector, VectorItem
from backend.platform.compute import Compute
from backend.platform.database.batches import batches
from backend.platform.home import FILE_MODE, FOLDER_MODE

LOCK = "lock"
Result = TypeVar("Result")


class ChromaFolder:
    """The folder, held by this process as long as it lives."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock: int | None = None

    def hold(self) -> None:
        """Take the folder; refuse while another process has it."""
        if self._lock is not None:
            return
        self._folder.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC
        lock = os.open(self._folder / LOCK, flags, FILE_MODE)
        try:
            # The kernel lets go of it when the process dies, however it dies.
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
            raise Conflict(
                f"Another process uses the Chroma in {self._folder}.",
                cure="stop it, or start a server for both: chroma run, and set CHROMA_URL",
            ) from None
        self._lock = lock

    @cached_property
    def client(self) -> ClientAPI:
        """The client, opened by whoever asks first."""
        self.hold()
        settings = Settings(anonymized_telemetry=False, is_persistent=True)
        return chromadb.PersistentClient(path=str(self._folder / "data"), settings=settings)

    def close(self) -> None:
        """Let another process have it."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None


class ChromaFolderIndex:
    """One collection for each model; each call runs in a thread, within a deadline."""

    name = "chroma (embedded)"

    def __init__(
        self, folder: ChromaFolder, *, instance: str, model: str, dimension: int, compute: Compute
    ) -> None:
        self._folder, self._compute = folder, compute
        self._collection_name = collection_name(instance, model, dimension)
        self._collection: Any = None  # Any: Chroma's own

    async def upsert(self, items: Sequence[VectorItem]) -> None:
        """Write vectors with their owner and namespace; never the words."""
        for part in batches(items, UPSERT_BATCH):
            await self._asked(WRITE_S, partial(_upsert, part))

    async def search(
        self, owner_id: OwnerId, vector: Vector, *, namespace: str, limit: int
    ) -> list[Hit]:
        """Return the nearest that Chroma finds among one owner's."""
        wanted = nearest(vector, owner_id, namespace=namespace, limit=limit)
        found = await self._asked(SEARCH_S, lambda collection: collection.query(**wanted))
        return hits_of(found)

    async def delete(self, message_ids: Sequence[str]) -> None:
        """Forget vectors."""
        for part in batches(message_ids, UPSERT_BATCH):
            await self._asked(WRITE_S, partial(_delete, list(part)))

    async def known(self, message_ids: Sequence[str]) -> int:
        """Ask for these messages."""
        found = 0
        for part in batches(message_ids, UPSERT_BATCH):
            found += await self._asked(WRITE_S, partial(_known, list(part)))
        return found

    async def count(self) -> int:
        """Count the collection."""
        return int(await self._asked(SEARCH_S, lambda collection: collection.count()))

    async def clear(self) -> None:
        """Remove the collection."""
        await self._asked(
            WRITE_S, lambda _: self._folder.client.delete_collection(self._collection_name)
        )
        self._collection = None

    async def _asked(self, deadline_s: float, ask: Callable[[Any], Result]) -> Result:
        def run() -> Result:
            if self._collection is None:
                self._collection = self._folder.client.get_or_create_collection(
                    self._collection_name, **AS_WE_COMPARE
                )
            return ask(self._collection)

        try:
            async with asyncio.timeout(deadline_s):
                return await self._compute.run(run)
        except (TimeoutError, OSError, ChromaError, ValueError) as failure:
            self._collection = None  # it may have been deleted: open it anew next time
            raise Unavailable(
                "The Chroma in the home does not answer.", cure="ringback rebuild vectors"
            ) from failure


def _delete(ids: list[str], collection: Any) -> None:  # Any: Chroma's own
    collection.delete(ids=ids)


def _known(ids: list[str], collection: Any) -> int:  # Any: Chroma's own
    return len(collection.get(ids=ids, include=[])["ids"])


def _upsert(part: Sequence[VectorItem], collection: Any) -> None:  # Any: Chroma's own
    collection.upsert(**rows_of(part))
