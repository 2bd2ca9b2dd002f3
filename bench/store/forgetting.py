"""Measures forgetting: somebody of a hundred thousand messages, while others go on talking."""

import asyncio
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import uvicorn
from sqlalchemy import insert

from backend.compose.forgetting import Forgetful
from backend.kernel.clock import MINUTE
from backend.kernel.forgetting import Person, Scope
from backend.kernel.ids import OwnerId
from backend.kernel.people import Assurance
from backend.memory import NewMessage
from backend.platform.database import search
from backend.platform.database.migrate import migrate
from backend.platform.database.tables import (
    concepts,
    conversations,
    mentions,
    messages,
    turns,
    vectors,
)
from backend.platform.database.transaction import Transaction
from backend.platform.home import Home
from backend.platform.settings import load_settings
from bench.figures import Bar
from bench.store.filling import FIRST_AT, SEED, Saying
from bench.store.measuring import Taken

MESSAGES, MESSAGES_QUICK = 100_000, 10_000
TURNS_AT_ONCE = 1_000
TURNS_OF_A_CALL = 10
TALKS_EVERY_S = 0.05
OWNER, OTHER, NAME, CONCEPT = OwnerId("bench-1"), OwnerId("bench-2"), "Zorblax", "c1"

Rows = dict[str, Any]  # Any: columns are of several types


class Forgotten:
    """A home in which somebody was spoken of daily."""

    def __init__(self, folder: Path) -> None:
        home = Home(folder / "home")
        home.make()
        given = {
            "DATABASE_URL": f"sqlite:///{folder / 'ringback.db'}",
            "RINGBACK_HOME": str(home.path),
            "RINGBACK_SECRET_KEY": "k" * 32,
            "RINGBACK_MEMORY__EMBEDDER": "hashed",
        }
        self.parts = Forgetful(load_settings({}, given), home=home, roles=frozenset())
        self._saying, self._said = Saying(SEED), 0

    async def open(self) -> None:
        """Make every table."""
        await self.parts.database.start()
        await migrate(self.parts.database)
        await self.parts.signals.start()
        await self.parts.objects.start()
        await self.parts.keyrings.ensure()

    async def close(self) -> None:
        """Let go of everything."""
        await self.parts.objects.stop()
        await self.parts.signals.stop()
        await self.parts.database.stop()
        self.parts.compute.close()

    async def fill(self, count: int) -> None:
        """Have so many messages said, half of them by us."""
        async with self.parts.database.transaction() as tx:
            named = {"id": CONCEPT, "owner_id": OWNER, "kind": "person", "created_at": 1}
            row = named | {"name": NAME, "key": NAME.casefold(), "qualifier": ""}
            await tx.execute(insert(concepts).values(**row))
        for _ in range(0, count // 2, TURNS_AT_ONCE):
            async with self.parts.database.transaction() as tx:
                await self._say(tx)

    async def _say(self, tx: Transaction) -> None:
        calls, taken, said, named, meant = _lists(), _lists(), _lists(), _lists(), _lists()
        call, found = "", list[search.Entry]()
        for number in range(TURNS_AT_ONCE):
            at, self._said = FIRST_AT + self._said * MINUTE, self._said + 1
            heard, turn = self.parts.ids.new(), self.parts.ids.new()
            if number % TURNS_OF_A_CALL == 0:
                call = self.parts.ids.new()
                calls.append(_call(call, at))
            text = f"{NAME} {self._saying.sentence()}"
            taken.append(_turn(turn, call, at))
            said.append(
                _said(heard, turn, call, at)
                | {"text": text, "role": "person", "is_recallable": True}
            )
            answer = {"text": "Good to know.", "role": "companion", "is_recallable": False}
            said.append(_said(self.parts.ids.new(), turn, call, at) | answer)
            named.append(
                {"concept_id": CONCEPT, "message_id": heard, "owner_id": OWNER, "weight": 1}
            )
            meant.append(self._vector(heard))
            found.append(search.Entry(heard, OWNER, "", text))
        for table, rows in ((conversations, calls), (turns, taken), (messages, said),
                            (mentions, named), (vectors, meant)):  # fmt: skip
            await tx.execute(insert(table), rows)
        await search.index_all(tx, found)

    def _vector(self, message_id: str) -> Rows:
        rows = self.parts.vector_rows
        named = {"message_id": message_id, "model": rows.model, "owner_id": OWNER, "namespace": ""}
        return named | {"dimension": rows.dimension, "vector": b"\x00\x3c" * rows.dimension}

    async def wish(self) -> str:
        """Take the wish up, as the door does."""
        forgetting, scope = self.parts.forgetting, Scope(OWNER, Person(NAME))
        assert await forgetting.is_large(scope)
        async with self.parts.database.transaction() as tx:
            return (await forgetting.promise(tx, scope, actor="bench")).id

    async def carry_out(self, forgetting_id: str) -> None:
        """Do what its jobs do, one behind the other."""
        while (await self.parts.forgetting.receipt(OWNER, forgetting_id)).state.value != "done":
            await self.parts.carrying.carry_out(forgetting_id, _end)

    async def talk(self, over: asyncio.Event) -> Taken:
        """Keep somebody else's turns until it is over."""
        times: list[float] = []
        while not over.is_set():
            began = time.perf_counter()
            async with self.parts.database.transaction() as tx:
                await self.parts.memory.keep(tx, [self._message(tx)])
            times.append((time.perf_counter() - began) * 1000)
            await self.parts.clock.sleep(TALKS_EVERY_S)
        return Taken(tuple(times))

    def _message(self, tx: Transaction) -> NewMessage:
        return NewMessage(
            owner_id=OTHER,
            text=self._saying.sentence(),
            speaker="Sam",
            role="person",
            assurance=Assurance.HELD,
            said_at=tx.at,
        )


async def _measured(folder: Path, count: int) -> list[Bar]:
    house, over = Forgotten(folder), asyncio.Event()
    await house.open()
    try:
        await house.fill(count)
        began = time.perf_counter()
        wish = await house.wish()
        answered = time.perf_counter() - began
        async with asyncio.TaskGroup() as group:
            talking = group.create_task(house.talk(over))
            await house.carry_out(wish)
            over.set()
        gone, taken = time.perf_counter() - began, talking.result()
    finally:
        await house.close()
    of = f"of {count:,} messages"
    return [
        Bar(f"a wish for somebody {of} is answered", answered * 1000, 1_000.0, unit="ms"),
        Bar("all of it is found, gone and looked for", gone, unit="s"),
        Bar("somebody else's turn meanwhile, p50", taken.median, unit="ms"),
        Bar("somebody else's turn meanwhile, longest", taken.percentile(1.0), 1_000.0, unit="ms"),
    ]


def measure(*, is_quick: bool) -> list[Bar]:
    """Return every figure."""
    # On the loop that an instance runs on.
    loop = uvicorn.Config("", loop="auto", log_config=None).get_loop_factory()
    with tempfile.TemporaryDirectory() as folder, asyncio.Runner(loop_factory=loop) as runner:
        return runner.run(_measured(Path(folder), MESSAGES_QUICK if is_quick else MESSAGES))


def _lists() -> list[Rows]:
    return []


async def _end(tx: Transaction, result: Mapping[str, Any]) -> None:  # Any: a job's JSON
    """End nothing: there is no job."""


def _call(id_: str, at: int) -> Rows:
    ended = {"started_at": at, "ended_at": at + MINUTE, "ended_by": "caller"}
    return {"id": id_, "owner_id": OWNER, "carrier": "app", "assurance": "held"} | ended


def _turn(id_: str, call: str, at: int) -> Rows:
    named = {"id": id_, "owner_id": OWNER, "conversation_id": call, "engine": "offline"}
    return named | {"timeline": {}, "started_at": at, "ended_at": at}


def _said(id_: str, turn: str, call: str, at: int) -> Rows:
    named = {"id": id_, "owner_id": OWNER, "conversation_id": call, "turn_id": turn}
    return named | {"assurance": "held", "said_at": at, "learnt_at": at, "speaker": "Sam"}
