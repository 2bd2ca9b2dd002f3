"""Search by meaning across the models in use: the live one, and of another what it lacks."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from itertools import pairwise

from backend.kernel.errors import NotConfigured, RingbackError
from backend.kernel.ids import OwnerId
from backend.memory.recall.fusion import Floors, floors_of
from backend.memory.vectors.rows import unpacked
from backend.memory.vectors.spaces import Meaning, Spaces
from backend.memory.vectors.store import Hit, Vector
from backend.platform.database.engine import Database

EMBED_S = 2.0  # later than this the words alone must do


class Dense:
    """Asks the index of each model in use; cosines come back on the live model's scale."""

    def __init__(self, *, database: Database, spaces: Spaces) -> None:
        self._database, self._spaces = database, spaces

    async def live(self) -> str:
        """Return the model whose scale the cosines have."""
        return (await self._spaces.plan()).live

    async def embed(self, words: str) -> Meaning | None:
        """Return a question's meaning; None when no model answers in time."""
        plan = await self._spaces.plan()
        vectors: dict[str, Vector] = {}
        for model in (plan.live, *plan.beside):
            try:
                async with asyncio.timeout(EMBED_S):
                    vectors[model] = (await self._spaces.of(model).embedder.embed([words]))[0]
            except (TimeoutError, RingbackError):
                continue  # the other one, or the words alone, still find most of it
        return Meaning(vectors) if vectors else None

    async def search(
        self, owner_id: OwnerId, meaning: Meaning, *, namespace: str, limit: int
    ) -> list[Hit]:
        """Return the nearest, each message once."""
        live = await self.live()
        found: list[Hit] = []
        for model, vector in meaning.vectors.items():
            try:
                hits = await self._spaces.of(model).index.search(
                    owner_id, vector, namespace=namespace, limit=limit
                )
            except RingbackError:
                continue
            found += hits if model == live else await self._lacking(live, model, hits)
        return sorted(found, key=lambda hit: (-hit.score, hit.message_id))[:limit]

    async def cosines(self, meaning: Meaning, message_ids: Sequence[str]) -> dict[str, float]:
        """Return how near these are; not those that have no vector of the live model yet."""
        live = await self.live()
        asked = meaning.vectors.get(live)
        if asked is None:
            return {}
        with suppress(NotConfigured):  # a model that can't run here has nothing to say
            rows = self._spaces.of(live).rows
            async with self._database.reading() as connection:
                found = await rows.read(connection, sorted(message_ids))
            return {each: float(unpacked(vector) @ asked) for each, vector in found.items()}
        return {}

    async def _lacking(self, live: str, model: str, hits: Sequence[Hit]) -> list[Hit]:
        """Keep of another model's hits those that the live one has no vector of."""
        lacking = {hit.message_id for hit in hits}
        with suppress(NotConfigured):  # a model that can't run here has nothing to say
            rows = self._spaces.of(live).rows
            async with self._database.reading() as connection:
                lacking = set(await rows.missing(connection, sorted(lacking)))
        own, other = floors_of(live), floors_of(model)
        return [
            Hit(hit.message_id, rescaled(hit.score, other, own))
            for hit in hits
            if hit.message_id in lacking
        ]


def rescaled(cosine: float, of: Floors, to: Floors) -> float:
    """Return a cosine as another model would give it: its floors fall on the other's floors."""
    corners = ((0.0, 0.0), (of.near, to.near), (of.sure, to.sure), (1.0, 1.0))
    for (low, low_to), (high, high_to) in pairwise(corners):
        if cosine <= high:
            return low_to + (cosine - low) * (high_to - low_to) / (high - low)
    return cosine
