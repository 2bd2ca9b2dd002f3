"""A job that was already at work when something was forgotten brings nothing of it back."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest
from sqlalchemy import select

from backend.kernel.forgetting import Kind, Target
from backend.memory.archive import Archive
from backend.memory.facts.mirroring import Mirror
from backend.memory.forgetting.names import Names
from backend.memory.graph import GraphRows
from backend.memory.graph.types import Edge, MessageConcepts
from backend.memory.indexing import Indexer, Relater
from backend.memory.vectors.spaces import Space
from backend.memory.vectors.store import VectorItem
from backend.platform.database.tables import facts
from backend.platform.database.transaction import Transaction
from tests.contract.forgetting.house import OWNER, House, fact, one
from tests.fakes.graph import FakeGraph
from tests.fakes.vectors import FakeVectorIndex, spaces_of

SECRET = "zorblax"
PATIENCE_S = 20.0


class Killed(Exception):
    """The worker's process is gone."""


class Held:
    """Holds a worker right before it writes to a server; it may be killed right behind it."""

    def __init__(self) -> None:
        self.came, self.may_go = asyncio.Event(), asyncio.Event()
        self.dies_behind = False

    async def wait(self) -> None:
        self.came.set()
        await self.may_go.wait()

    def written(self) -> None:
        if self.dies_behind:
            raise Killed


class HeldGraph(FakeGraph):
    """A graph's server whose writer is held."""

    def __init__(self, held: Held) -> None:
        super().__init__()
        self.held = held

    async def relate(self, items: Sequence[MessageConcepts]) -> None:
        await self.held.wait()
        await super().relate(items)
        self.held.written()

    async def mirror(self, edges: Sequence[Edge]) -> None:
        await self.held.wait()
        await super().mirror(edges)
        self.held.written()


class HeldIndex(FakeVectorIndex):
    """A server of vectors whose writer is held."""

    def __init__(self, held: Held) -> None:
        super().__init__()
        self.held = held

    async def upsert(self, items: Sequence[VectorItem]) -> None:
        await self.held.wait()
        await super().upsert(items)
        self.held.written()


class Projecting:
    """A house's words on their way to servers."""

    def __init__(self, house: House) -> None:
        parts = house.parts
        self.house, self.held = house, Held()
        self.graph, self.index = HeldGraph(self.held), HeldIndex(self.held)
        live = parts.spaces.of(parts.spaces.wanted)
        spaces = spaces_of(parts.database, parts.clock, Space(live.embedder, live.rows, self.index))
        database, ids = parts.database, parts.ids
        archive = Archive(ids)
        self.relater = Relater(database=database, archive=archive, graph=self.graph, ids=ids)
        self.mirror = Mirror(database=database, graph=self.graph, ids=ids)
        self.indexer = Indexer(database=database, archive=archive, spaces=spaces)

    async def run(self, name: str, said: Mapping[str, str]) -> None:
        """Do what the job does."""
        if name == "embed":
            await self.indexer.embed([said["heard"]], _nothing)
        elif name == "rebuild":
            await self.indexer.rebuild()
        elif name == "relate":
            await self.relater.relate([said["heard"]], _nothing)
        else:
            async with self.house.parts.database.reading() as connection:
                known = list((await connection.execute(select(facts.c.id))).scalars())
            await self.mirror.mirror(known, _nothing)

    async def _killed(self, name: str, said: Mapping[str, str]) -> None:
        with suppress(Killed):
            await self.run(name, said)

    def holds(self, message_id: str) -> bool:
        """Say whether a server has anything of a message."""
        told = {key[1] for key in self.graph.mirrored}
        return message_id in {*self.graph.items, *self.index.items, *told}

    @asynccontextmanager
    async def forgotten_meanwhile(self, name: str) -> AsyncIterator[Mapping[str, str]]:
        """Have all of it forgotten, servers included, while the job holds what it has read."""
        said = await self.house.turn(
            "My friend Zorblax lives in Bergen.",
            facts=[fact("Zorblax lives in Bergen.", subject="Zorblax")],
        )
        async with asyncio.timeout(PATIENCE_S), asyncio.TaskGroup() as group:
            job = group.create_task(self._killed(name, said))
            await self.held.came.wait()
            await self.house.forget_all(one(Kind.TURN, said["turn"]))
            await self.graph.delete([said["heard"]])
            await self.index.delete([said["heard"]])
            self.held.may_go.set()
            await asyncio.wait([job])
            yield said


async def _nothing(tx: Transaction, result: Mapping[str, Any]) -> None:
    """End nothing."""


PROJECTIONS = ("embed", "rebuild", "relate", "mirror")


@pytest.mark.parametrize("name", PROJECTIONS)
async def test_what_is_forgotten_while_a_job_holds_it_is_taken_back(
    house: House, name: str
) -> None:
    projecting = Projecting(house)
    async with projecting.forgotten_meanwhile(name) as said:
        assert not projecting.holds(said["heard"])
    assert await house.tables_with(SECRET) == set()


@pytest.mark.parametrize("name", ["embed", "relate"])
async def test_whoever_takes_over_from_a_killed_worker_takes_it_back(
    house: House, name: str
) -> None:
    projecting = Projecting(house)
    projecting.held.dies_behind = True
    async with projecting.forgotten_meanwhile(name) as said:
        assert projecting.holds(said["heard"]), "the killed one could not"
    projecting.held.dies_behind = False
    await projecting.run(name, said)
    assert not projecting.holds(said["heard"])


async def test_the_job_comes_again_behind_every_lease(house: House) -> None:
    said = await house.turn(f"The code is {SECRET}.")
    outcome = await house.forget_all(one(Kind.TURN, said["turn"]))
    names = [row for row in await house.rows("jobs") if row["name"] == "upkeep.forget"]
    (again,) = [row for row in names if row["key"].endswith(":again")]
    assert again["not_before"] - again["created_at"] > 60_000_000
    late = {"id": "late", "owner_id": OWNER, "text": f"the code is {SECRET}"}
    await house.insert(
        "memories",
        late | {"message_id": said["heard"], "assurance": "held", "valid_from": 1, "learnt_at": 1},
    )
    await house.carry_out(outcome.id)
    assert await house.tables_with(SECRET) == set()
    receipt = await house.parts.forgetting.receipt(OWNER, outcome.id)
    assert (receipt.state.value, receipt.left, receipt.unreached) == ("done", 0, ())
    assert receipt.removed["memories"] == 2


async def test_a_name_that_is_spoken_of_again_is_no_trace(house: House) -> None:
    gone = await house.turn("Anna has a cat.")
    (anna,) = [row for row in await house.rows("concepts") if row["name"] == "Anna"]
    await house.turn("Anna has a dog.")  # said while what falls with the cat was worked out
    room = Names(rows=GraphRows(house.parts.ids), graph=FakeGraph())
    targets = frozenset({Target(Kind.MESSAGE, gone["heard"]), Target(Kind.CONCEPT, anna["id"])})
    async with house.parts.database.transaction() as tx:
        await room.forget(tx, OWNER, targets)
    async with house.parts.database.reading() as connection:
        assert set((await room.traces(connection, OWNER, targets)).values()) == {0}
    assert anna in await house.rows("concepts")
