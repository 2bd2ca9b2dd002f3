"""The door of short-term memory shows what is in mind, only to whose it is."""

from collections.abc import AsyncIterator

import httpx2
import pytest

from backend.kernel.clock import Clock
from backend.kernel.ids import OwnerId
from backend.memory.short_term import Item, Kind, NewItem, Order, ShortTerm
from backend.memory.short_term.routes import recent_route
from backend.platform.cache.engines.in_process import InProcessCache
from backend.platform.chance import SystemIds
from backend.platform.database.engine import Database
from tests.contract.memory.visitors import visiting


class Mind:
    """What memory shows of its short-term part."""

    def __init__(self, short_term: ShortTerm) -> None:
        self._short_term = short_term

    async def short_term(
        self,
        owner_id: OwnerId,
        namespace: str = "",
        limit: int = 8,
        *,
        order: Order = Order.WEIGHT,
        conversation_id: str = "",
    ) -> list[Item]:
        return await self._short_term.recent(
            owner_id, namespace, limit=limit, order=order, conversation_id=conversation_id
        )


@pytest.fixture
async def http(
    database: Database, clock: Clock, ids: SystemIds
) -> AsyncIterator[httpx2.AsyncClient]:
    cache = InProcessCache(database=database, clock=clock)
    short_term = ShortTerm(ids=ids, cache=cache, clock=clock)
    async with database.transaction() as tx:
        await short_term.keep(
            tx,
            [
                NewItem(OwnerId("sam"), Kind.CONTEXT, "m1", "Sam: the roof leaks"),
                NewItem(OwnerId("sam"), Kind.TASK, "n1", "call the roofer"),
            ],
        )
    async with visiting(recent_route(Mind(short_term)), owner="sam") as client:
        yield client


async def test_the_weightiest_comes_first(http: httpx2.AsyncClient) -> None:
    told = (await http.get("/recent")).json()
    assert [(each["kind"], each["text"]) for each in told["recent"]] == [
        ("task", "call the roofer"),
        ("context", "Sam: the roof leaks"),
    ]
    assert told["sizes"]["ratio"] > 0


async def test_nobody_sees_what_another_one_has_in_mind(http: httpx2.AsyncClient) -> None:
    told = (await http.get("/recent", headers={"x-owner": "eva"})).json()
    assert told == {"recent": [], "sizes": {"text_bytes": 0, "stored_bytes": 0, "ratio": 1.0}}


@pytest.mark.parametrize("query", ["limit=0", "limit=201", "order=size"])
async def test_what_can_not_be_asked_is_refused(http: httpx2.AsyncClient, query: str) -> None:
    assert (await http.get(f"/recent?{query}")).status_code == 422
