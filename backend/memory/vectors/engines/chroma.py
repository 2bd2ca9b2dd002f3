"""Search by a Chroma server: one collection for each model, shared by many processes and owners."""

import asyncio
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final
from urllib.parse import urlsplit

import chromadb
import httpx
import numpy as np
from chromadb.api import AsyncClientAPI
from chromadb.api.models.AsyncCollection import AsyncCollection
from chromadb.api.types import QueryResult
from chromadb.config import Settings
from chromadb.errors import ChromaError

from backend.kernel.errors import Invalid, Unavailable
from backend.kernel.ids import OwnerId
from backend.memory.vectors.store import Hit, Vector, VectorItem
from backend.platform.database.batches import batches

SEARCH_S = 1.0  # a caller waits for it
WRITE_S = 15.0
UPSERT_BATCH = 500
AS_WE_COMPARE: Final[Mapping[str, Any]] = {  # Any: as Chroma makes a collection
    "configuration": {"hnsw": {"space": "cosine"}},
    "embedding_function": None,
}
_NAME_MARKS = re.compile(r"[^a-z0-9]+")


class ChromaIndex:
    """Asks over HTTP without a thread, so that an interrupted search is really given up."""

    name = "chroma"

    def __init__(self, url: str, *, instance: str, model: str, dimension: int) -> None:
        address = urlsplit(url)
        if address.scheme not in {"http", "https"} or not address.hostname:
            raise Invalid("CHROMA_URL is no address.", cure="set it like http://127.0.0.1:8000")
        self._host, self._is_secure = address.hostname, address.scheme == "https"
        self._port = address.port or (443 if self._is_secure else 8000)
        self._collection_name = collection_name(instance, model, dimension)
        self._collection: AsyncCollection | None = None
        self._opening = asyncio.Lock()

    async def upsert(self, items: Sequence[VectorItem]) -> None:
        """Write vectors with their owner and namespace; never the words."""
        for part in batches(items, UPSERT_BATCH):
            async with self._asked(WRITE_S) as collection:
                await collection.upsert(**rows_of(part))

    async def search(
        self, owner_id: OwnerId, vector: Vector, *, namespace: str, limit: int
    ) -> list[Hit]:
        """Return the nearest that the server finds among one owner's."""
        async with self._asked(SEARCH_S) as collection:
            wanted = nearest(vector, owner_id, namespace=namespace, limit=limit)
            return hits_of(await collection.query(**wanted))

    async def delete(self, message_ids: Sequence[str]) -> None:
        """Forget vectors."""
        for part in batches(message_ids, UPSERT_BATCH):
            async with self._asked(WRITE_S) as collection:
                await collection.delete(ids=list(part))

    async def known(self, message_ids: Sequence[str]) -> int:
        """Ask the server for these messages."""
        found = 0
        for part in batches(message_ids, UPSERT_BATCH):
            async with self._asked(WRITE_S) as collection:
                found += len((await collection.get(ids=list(part), include=[]))["ids"])
        return found

    async def count(self) -> int:
        """Count the collection."""
        async with self._asked(SEARCH_S) as collection:
            return int(await collection.count())

    async def clear(self) -> None:
        """Remove the collection."""
        async with self._asked(WRITE_S):
            client = await self._client()
            await client.delete_collection(self._collection_name)
        self._collection = None

    @asynccontextmanager
    async def _asked(self, deadline_s: float) -> AsyncIterator[AsyncCollection]:
        """Hold a call to its deadline, and say in our words what went wrong."""
        try:
            async with asyncio.timeout(deadline_s):
                yield await self._open()
        except (TimeoutError, OSError, httpx.HTTPError, ChromaError, ValueError) as failure:
            # The collection may have been deleted or the server replaced: open it anew next time.
            self._collection = None
            raise Unavailable(
                "Chroma does not answer.", cure="check CHROMA_URL and its server"
            ) from failure

    async def _open(self) -> AsyncCollection:
        async with self._opening:
            if self._collection is None:
                client = await self._client()
                self._collection = await client.get_or_create_collection(
                    self._collection_name, **AS_WE_COMPARE
                )
            return self._collection

    async def _client(self) -> AsyncClientAPI:
        return await chromadb.AsyncHttpClient(
            host=self._host,
            port=self._port,
            ssl=self._is_secure,
            # Chroma's own default does not check certificates.
            settings=Settings(anonymized_telemetry=False, chroma_server_ssl_verify=True),
        )


def rows_of(items: Sequence[VectorItem]) -> dict[str, Any]:  # Any: as Chroma's upsert takes them
    """Return vectors with their owner and namespace; never the words."""
    return {
        "ids": [item.message_id for item in items],
        "embeddings": np.stack([item.vector for item in items]),
        "metadatas": [{"owner_id": item.owner_id, "namespace": item.namespace} for item in items],
    }


def nearest(
    vector: Vector, owner_id: OwnerId, *, namespace: str, limit: int
) -> dict[str, Any]:  # Any: as Chroma's query takes it
    """Return how the nearest are asked for among one owner's."""
    return {
        "query_embeddings": np.stack([vector]),
        "n_results": limit,
        "where": {"$and": [{"owner_id": str(owner_id)}, {"namespace": namespace}]},
        "include": ["distances"],
    }


def hits_of(found: QueryResult) -> list[Hit]:
    """Return what Chroma answers, the nearest first."""
    distances = (found["distances"] or [[]])[0]
    ranked = sorted(zip(distances, found["ids"][0], strict=True))
    return [Hit(message_id, 1.0 - float(distance)) for distance, message_id in ranked]


def collection_name(instance: str, model: str, dimension: int) -> str:
    """Return a name that Chroma allows, never shared by two instances or two models."""
    parts = (instance, model, str(dimension))
    return "-".join(
        ["ringback", *(_NAME_MARKS.sub("-", part.lower()).strip("-") for part in parts)]
    )
