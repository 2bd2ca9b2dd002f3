"""Jobs that are over leave in time; what is open, what died lately and the last of a name stay."""

import pytest
from sqlalchemy import insert, select

from backend.kernel.clock import DAY, Clock, Instant, later
from backend.platform.chance import SystemIds
from backend.platform.database.engine import Database
from backend.platform.database.tables import jobs
from backend.platform.jobs import pruning
from backend.platform.jobs.pruning import prune_jobs


class Shelf:
    """Jobs of every age."""

    def __init__(self, database: Database, ids: SystemIds, now: Instant) -> None:
        self.database, self.ids, self.now = database, ids, now

    async def put(self, name: str, state: str, days: int, *, count: int = 1) -> None:
        at = later(self.now, -days * DAY)
        is_over = state not in ("waiting", "leased")
        rows: list[dict[str, object]] = [
            {
                "id": self.ids.new(),
                "name": name,
                "family": "upkeep",
                "payload": {},
                "key": self.ids.new(),
                "state": state,
                "not_before": at,
                "attempts_max": 1,
                "created_at": at,
                "finished_at": at if is_over else None,
            }
            for _ in range(count)
        ]
        async with self.database.transaction() as tx:
            await tx.execute(insert(jobs), rows)

    async def prune(self) -> int:
        return await prune_jobs(
            self.database,
            over_before=later(self.now, -14 * DAY),
            dead_before=later(self.now, -90 * DAY),
        )

    async def left(self) -> list[str]:
        async with self.database.reading() as connection:
            found = await connection.execute(select(jobs.c.name).order_by(jobs.c.name))
            return list(found.scalars())


@pytest.fixture
async def shelf(database: Database, ids: SystemIds, clock: Clock) -> Shelf:
    return Shelf(database, ids, clock.now())


@pytest.mark.covers("MR-18")
async def test_a_year_of_jobs_is_as_small_as_two_weeks_of_them(shelf: Shelf) -> None:
    for days in range(0, 365, 5):
        await shelf.put("a", "done", days, count=40)
    removed = await shelf.prune()
    assert removed > pruning.ROWS_AT_ONCE * 2
    # The newest by its id is one of the first day here: it was put last.
    assert len(await shelf.left()) == 73 * 40 - removed <= 3 * 40 + 1
    assert await shelf.prune() == 0


@pytest.mark.covers("MR-18")
async def test_nothing_that_is_wanted_is_lost(shelf: Shelf) -> None:
    await shelf.put("b-last-of-its-name", "done", 300)
    await shelf.put("c-open", "waiting", 300)
    await shelf.put("c-open", "leased", 300)
    await shelf.put("d-died-lately", "dead", 80)
    await shelf.put("e-died-long-ago", "dead", 100)
    await shelf.put("f-called-off", "cancelled", 20)
    assert await shelf.prune() == 2
    assert await shelf.left() == ["b-last-of-its-name", "c-open", "c-open", "d-died-lately"]


@pytest.mark.covers("QA-06")
async def test_a_promise_that_was_not_kept_stays_however_old_it_is(shelf: Shelf) -> None:
    for name in ("memory.learn", "memory.relate", "memory.mirror"):
        await shelf.put(name, "cancelled", 300)
        await shelf.put(name, "dead", 300)
        await shelf.put(name, "done", 300, count=2)
    assert await shelf.prune() == 3  # of those that were done the last one stays
    assert len(await shelf.left()) == 9
