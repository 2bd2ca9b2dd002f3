"""Measures the store: what a turn that is kept takes, a day at hand, and a million found again."""

import asyncio
import math
import random
import statistics
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import uvicorn

from backend.kernel.clock import Instant
from backend.kernel.ids import OwnerId
from backend.kernel.people import Assurance
from backend.memory import Kind, NewItem, NewMessage
from backend.memory.vectors.spaces import Meaning
from backend.platform.database import search
from bench.bare import commit_ms
from bench.figures import Bar, publish
from bench.store.filling import (
    HOMES,
    MODEL,
    ROWS,
    ROWS_QUICK,
    SEED,
    USERS,
    Meanings,
    Saying,
    filled,
    owner,
)
from bench.store.house import House

APPENDS, ACCESSES, QUERIES = 2_000, 3_000, 1_000
QUICK_SHARE = 4  # a quick run measures so many times fewer
ASKED_WORDS = (2, 8)
LATELY = 40  # things that somebody has on their mind
SHOWN = 8
WRITES_EVERY = 10  # accesses: before each of these something was said
TURN_BYTES = 4_000  # what the rows of a turn come to
STORY = "We walked through the garden and talked about the roof, the gutter and the fence. " * 12


@dataclass(frozen=True, slots=True)
class Taken:
    """How long something took, each time, in milliseconds."""

    times_ms: tuple[float, ...]

    def percentile(self, share: float) -> float:
        """Return the time within which this share of all was done."""
        ordered = sorted(self.times_ms)
        return ordered[max(0, math.ceil(share * len(ordered)) - 1)]

    @property
    def median(self) -> float:
        """Return the time in the middle."""
        return statistics.median(self.times_ms)


async def timed(times: int, do: Callable[[], Awaitable[Awaitable[object]]]) -> Taken:
    """Prepare something and do it, again and again; only the doing is counted."""
    taken = []
    for _ in range(times):
        ready = await do()
        began = time.perf_counter()
        await ready
        taken.append((time.perf_counter() - began) * 1000)
    return Taken(tuple(taken))


class Measuring:
    """The figures, one after the other."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._drawn = random.Random(SEED + 3)
        self._saying, self._meanings = Saying(SEED + 3), Meanings(SEED + 3)
        self._writer = OwnerId(f"writer-{house.ids.new()}")
        self._accessed = 0

    async def appends(self, times: int) -> Taken:
        """Keep a turn: both messages, full text, its place in the last day, its jobs."""

        async def ready() -> Awaitable[object]:
            return self._append()

        return await timed(times, ready)

    async def accesses(self, times: int) -> Taken:
        """Read what is on somebody's mind."""
        for number in range(USERS):
            await self._say(owner(number), LATELY)
        return await timed(times, self._access)

    async def finds(self, times: int) -> Taken:
        """Find some words among everything that somebody has said."""

        async def ready() -> Awaitable[object]:
            return self._find()

        return await timed(times, ready)

    async def first_searches(self) -> Taken:
        """Ask for each user for the first time: their vectors are loaded."""
        names = iter(range(USERS))

        async def ready() -> Awaitable[object]:
            return self._search(owner(next(names)))

        return await timed(USERS, ready)

    async def searches(self, times: int) -> Taken:
        """Ask anybody's memory: meaning and words together."""

        async def ready() -> Awaitable[object]:
            return self._search(self._anybody())

        return await timed(times, ready)

    def _anybody(self) -> str:
        return owner(self._drawn.randrange(USERS))

    def _asked(self) -> str:
        return self._saying.sentence(self._drawn.randint(*ASKED_WORDS))

    async def _append(self) -> None:
        house, at = self._house, self._house.clock.now()
        async with house.database.transaction() as tx:
            await house.memory.keep(
                tx, [self._message("person", at), self._message("companion", at)]
            )

    def _message(self, role: str, at: Instant) -> NewMessage:
        is_person = role == "person"
        return NewMessage(
            owner_id=self._writer,
            text=self._saying.sentence(),
            speaker="Sam",
            role=role,
            assurance=Assurance.HELD,
            said_at=at,
            is_recallable=is_person,
            is_context=is_person,
        )

    async def _say(self, name: str, times: int) -> None:
        house = self._house
        async with house.database.transaction() as tx:
            texts = [*(self._saying.sentence() for _ in range(times)), STORY]
            items = [NewItem(OwnerId(name), Kind.CONTEXT, house.ids.new(), text) for text in texts]
            await house.memory.keep_in_mind(tx, items)

    async def _access(self) -> Awaitable[object]:
        name = self._anybody()
        self._accessed += 1
        if self._accessed % WRITES_EVERY == 0:
            await self._say(name, 1)
        return self._house.memory.short_term(OwnerId(name), "", SHOWN)

    async def _find(self) -> None:
        async with self._house.database.reading() as connection:
            await search.find(connection, self._anybody(), "", self._asked(), 200)

    async def _search(self, name: str) -> None:
        (vector,) = self._meanings.some(1)
        meaning = Meaning({MODEL: vector})
        await self._house.memory.search(OwnerId(name), self._asked(), vector=meaning)


async def measured(house: House, *, rows: int, share: int) -> list[Bar]:
    """Return every figure."""
    measuring = Measuring(house)
    bare_ms = await asyncio.to_thread(commit_ms, HOMES, "full", row_bytes=TURN_BYTES)
    appended = await measuring.appends(APPENDS // share)
    accessed = await measuring.accesses(ACCESSES // share)
    found = await measuring.finds(QUERIES // share)
    first = await measuring.first_searches()
    searched = await measuring.searches(QUERIES // share)
    of = f"of {rows:,} rows"
    mind = await house.memory.short_term(OwnerId(owner(0)), "", 200)
    told = sum(len(item.text.encode()) for item in mind)
    return [
        Bar("a bare commit of as many bytes, p50", bare_ms, unit="ms"),
        Bar("a turn is kept, p50", appended.median, 5.0, unit="ms"),
        Bar("a turn is kept, p99", appended.percentile(0.99), unit="ms"),
        Bar("the last day, p50", accessed.median, unit="ms"),
        Bar("the last day, p99", accessed.percentile(0.99), 10.0, unit="ms"),
        Bar("its texts are smaller by", told / sum(i.stored_bytes for i in mind), unit="times"),
        Bar(f"full text, p50 {of}", found.median, unit="ms"),
        Bar(f"full text, p95 {of}", found.percentile(0.95), 50.0, unit="ms"),
        Bar("a user's first question, p95", first.percentile(0.95), unit="ms"),
        Bar(f"a question to memory, p50 {of}", searched.median, unit="ms"),
        Bar(f"a question to memory, p99 {of}", searched.percentile(0.99), 150.0, unit="ms"),
    ]


async def run(*, is_quick: bool, url: str, others: Sequence[Bar] = ()) -> int:
    """Fill what is not there yet, measure, and print; return the exit status.

    `others` are figures of memory's other benches: one run ends with one line.
    """
    rows = ROWS_QUICK if is_quick else ROWS
    house = House(await filled(rows, url), HOMES / f"store-vectors-{rows}")
    await house.database.start()
    try:
        bars = await measured(house, rows=rows, share=QUICK_SHARE if is_quick else 1)
    finally:
        await house.database.stop()
        house.compute.close()
    skipped = [f"{ROWS:,} rows: a quick run has {rows:,}"] if is_quick else []
    name = "memory" if others else "memory --store"
    return publish(name, [*others, *bars], skipped=skipped)


def main(*, is_quick: bool, url: str, others: Sequence[Bar] = ()) -> int:
    """Measure the store."""
    # On the loop that an instance runs on.
    loop = uvicorn.Config("", loop="auto", log_config=None).get_loop_factory()
    with asyncio.Runner(loop_factory=loop) as runner:
        return runner.run(run(is_quick=is_quick, url=url, others=others))
