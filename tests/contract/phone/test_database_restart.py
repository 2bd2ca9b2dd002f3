"""A database that restarts under load: what was acknowledged is there, and the talk goes on."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import func, select

from backend.conversation.sessions import NewSession
from backend.conversation.turns.types import HeardTurn
from backend.kernel.clock import Clock
from backend.kernel.errors import RingbackError
from backend.kernel.people import Actor, ActorKind, Assurance
from backend.platform.compute import Compute
from backend.platform.database.engine import Database
from backend.platform.database.migrate import migrate
from backend.platform.database.tables import messages, turns
from tests.contract.phone.ground import ground_over
from tests.contract.phone.house import House
from tests.engines import PostgresServer

TALKERS = 6
TURNS_EACH = 4  # acknowledged ones before, and again after the restart
ATTEMPTS_MAX = 400


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    """A server of our own, as others must not feel what we do to it."""
    with PostgresServer() as server:
        yield server


@pytest.fixture
async def house(
    server: PostgresServer, clock: Clock, compute: Compute, tmp_path: Path
) -> AsyncIterator[House]:
    name = f"test_{uuid.uuid4().hex}"  # never dropped: its server goes with the module
    with psycopg.connect(server.url(), autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"'.encode())
    database = Database(server.url(name), clock=clock, wait_s=5)
    await database.start()
    await migrate(database)
    house = House(ground_over(database, clock, tmp_path / "objects", compute))
    await house.settle()
    yield house
    await database.stop()


class Talker:
    """Says one thing after the other, and remembers what was acknowledged."""

    def __init__(self, house: House, number: int) -> None:
        self.house, self.number = house, number
        self.acknowledged: list[str] = []
        self.refused = 0

    async def talk(self, restarted: asyncio.Event) -> None:
        owner = self.house.owner
        actor = Actor(
            owner_id=owner.owner_id,
            kind=ActorKind.CALLER,
            assurance=Assurance.VERIFIED,
            role=owner.role,
            person_id=owner.id,
        )
        party = await self.house.sessions.start(NewSession(actor=actor, carrier="phone"))

        async def speak(_: str) -> None:
            pass

        after = 0
        for attempt in range(ATTEMPTS_MAX):
            words = f"My number {self.number} is {attempt}."
            heard = HeardTurn(self.house.turns.new_id(), words)
            is_after = restarted.is_set()
            try:
                await self.house.turns.take(party, heard, speak)
            except RingbackError:  # in our own words, never the driver's
                self.refused += 1
                await self.house.clock.sleep(0.1)
                continue
            self.acknowledged.append(heard.turn_id)
            after += is_after
            if after >= TURNS_EACH:
                return
        raise AssertionError("the talk did not go on after the restart")


@pytest.mark.covers("MR-16")
@pytest.mark.parametrize("way", ["restarted", "killed"])
async def test_no_acknowledged_turn_is_lost_when_the_database_restarts_under_load(
    house: House, server: PostgresServer, way: str
) -> None:
    talkers = [Talker(house, number) for number in range(TALKERS)]
    restarted = asyncio.Event()

    async def restart() -> None:
        while min(len(talker.acknowledged) for talker in talkers) < TURNS_EACH:
            await house.clock.sleep(0.02)
        await asyncio.to_thread(server.stop if way == "restarted" else server.kill)
        await house.clock.sleep(0.3)  # calls go on meanwhile, and are refused
        await asyncio.to_thread(server.start)
        restarted.set()

    async with asyncio.timeout(150), asyncio.TaskGroup() as group:
        group.create_task(restart())
        for talker in talkers:
            group.create_task(talker.talk(restarted))

    acknowledged = {turn_id for talker in talkers for turn_id in talker.acknowledged}
    async with house.database.reading() as connection:
        kept = set((await connection.execute(select(turns.c.id))).scalars())
        said = await connection.execute(
            select(messages.c.turn_id, func.count())
            .where(messages.c.role == "person")
            .group_by(messages.c.turn_id)
        )
        counts = {row[0]: row[1] for row in said}
    assert acknowledged <= kept
    assert all(counts[turn_id] == 1 for turn_id in acknowledged)  # whole, and once
    assert sum(talker.refused for talker in talkers) > 0  # the restart was felt, and survived
