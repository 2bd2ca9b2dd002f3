"""The spaces of meaning: for each model who makes its vectors, their rows, who searches them."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy.ext.asyncio import AsyncConnection

from backend.kernel.clock import Clock
from backend.kernel.errors import Missing, NotConfigured
from backend.memory.embedding import Embedder
from backend.memory.vectors import models
from backend.memory.vectors.models import Plan, plan_of
from backend.memory.vectors.rows import VectorRows
from backend.memory.vectors.store import Vector, VectorIndex
from backend.platform.cache import Cache, Wanted
from backend.platform.database.engine import Database
from backend.platform.database.freshness import WATCHED
from backend.platform.database.tables import vector_models

PLAN_S = 1.0  # so old a plan may be for a reader: the model before is kept for days


@dataclass(frozen=True, slots=True)
class Space:
    """Everything of one model."""

    embedder: Embedder
    rows: VectorRows
    index: VectorIndex

    @property
    def model(self) -> str:
        """Return the model's name."""
        return self.embedder.name


@dataclass(frozen=True, slots=True)
class Maker:
    """How a space is made when it is first needed: its model may be heavy, or not installed."""

    model: str
    make: Callable[[], Space]


@dataclass(frozen=True, slots=True, eq=False)
class Meaning:
    """What a question means, in the space of each model that is asked."""

    vectors: Mapping[str, Vector] = field(default_factory=dict)


class Spaces:
    """Knows every model by its short name, and which of them are in use at this moment."""

    def __init__(
        self,
        *,
        database: Database,
        clock: Clock,
        makers: Mapping[str, Maker],
        wanted: str,
        fallback: str = "",
        cache: Cache | None = None,
    ) -> None:
        self._cache = cache  # None: it is read each second
        self._database, self._clock, self._makers = database, clock, dict(makers)
        self.wanted = makers[wanted].model  # by the settings; the truth may have another live
        self.fallback = makers[fallback].model if fallback else ""
        self._made: dict[str, Space] = {}
        self._plan, self._planned_at = Plan(self.wanted), float("-inf")
        self._planning = asyncio.Lock()

    @property
    def name(self) -> str:
        """Return the name of the index that is in use."""
        made = self._made.get(self._plan.live)
        return made.index.name if made else "none"

    @property
    def names(self) -> dict[str, str]:
        """Return every model's short name, and the model's own."""
        return {name: maker.model for name, maker in self._makers.items()}

    def named(self, name: str) -> str:
        """Return the model that a short or a whole name means."""
        for short, maker in self._makers.items():
            if name in {short, maker.model}:
                return maker.model
        raise Missing(
            f"There is no model of meaning {name}.", cure=f"choose from {', '.join(self._makers)}"
        )

    def of(self, model: str) -> Space:
        """Return a model's space; raise NotConfigured where it can't run."""
        made = self._made.get(model)
        if made is None:
            maker = next((each for each in self._makers.values() if each.model == model), None)
            if maker is None:
                raise NotConfigured(
                    f"Nobody here makes vectors of {model}.", cure="ringback models use minilm"
                )
            made = self._made[model] = maker.make()
        return made

    async def plan(self) -> Plan:
        """Return which models are in use; a change elsewhere is seen within two seconds."""
        async with self._planning:
            now = self._clock.monotonic()
            if now - self._planned_at >= PLAN_S:
                self._plan = await self._look_up()
                self._planned_at = now
        return self._plan

    async def _look_up(self) -> Plan:
        if self._cache is not None:
            wanted = Wanted("models of meaning", "", (WATCHED[vector_models.name],))
            return await self._cache.get(wanted, self.plan_in)
        async with self._database.reading() as connection:
            return await self.plan_in(connection)

    async def plan_in(self, connection: AsyncConnection) -> Plan:
        """Return which models are in use as a transaction sees it."""
        return plan_of(await models.read(connection)) or Plan(self.wanted)

    def changed(self) -> None:
        """Forget the plan: it was changed here."""
        self._planned_at = float("-inf")

    async def delete(self, message_ids: Sequence[str]) -> None:
        """Forget messages in the index of every model that may know them."""
        for index in await self._indexes():
            await index.delete(message_ids)

    async def known(self, message_ids: Sequence[str]) -> int:
        """Count the traces of messages in the index of every model that may know them."""
        return sum([await index.known(message_ids) for index in await self._indexes()])

    async def _indexes(self) -> list[VectorIndex]:
        async with self._database.reading() as connection:
            rows = await models.read(connection)
        used = dict.fromkeys([*(row.model for row in rows), (await self.plan()).live])
        made_here = {maker.model for maker in self._makers.values()}
        return [self.of(model).index for model in used if model in made_here]

    async def count(self) -> int:
        """Count what the live model's index knows."""
        return await self.of((await self.plan()).live).index.count()
