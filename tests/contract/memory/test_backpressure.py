"""When more waits than gets done: imports are asked to come again, what is said is always taken."""

from collections.abc import AsyncIterator

import httpx2
import pytest

from backend.kernel.clock import Clock, Instant
from backend.kernel.ids import OwnerId
from backend.kernel.people import Assurance
from backend.memory import NewMessage
from backend.memory.routes import routes
from backend.platform.chance import SystemIds
from backend.platform.database.engine import Database
from backend.platform.jobs.ledger import Ledger
from backend.platform.settings import LimitSettings
from backend.platform.signals.engines.in_process import InProcessSignals
from tests.contract.memory.conftest import Room
from tests.contract.memory.visitors import visiting

SAM = OwnerId("sam")
WAITING_MAX = 8


@pytest.fixture
def ledger(database: Database, clock: Clock, ids: SystemIds, signals: InProcessSignals) -> Ledger:
    return Ledger(database, clock, ids, signals, waiting_max=WAITING_MAX)


@pytest.fixture
async def http(room: Room, clock: Clock) -> AsyncIterator[httpx2.AsyncClient]:
    async with visiting(routes(room.memory, clock, LimitSettings()), owner=SAM) as client:
        yield client


async def bring(http: httpx2.AsyncClient, number: int, owner: OwnerId = SAM) -> httpx2.Response:
    turns = [{"id": f"t{number}", "speaker": "Kim", "text": f"I like tea, said {number}."}]
    body = {"namespace": "", "turns": turns}
    return await http.post("/v1/memory/ingest", json=body, headers={"x-owner": owner})


async def flood(http: httpx2.AsyncClient) -> httpx2.Response:
    for number in range(WAITING_MAX):
        answer = await bring(http, number)
        if answer.status_code != 202:
            return answer
    raise AssertionError("Everything was taken.")


async def test_an_import_that_is_too_much_is_told_when_to_come_again(
    room: Room, http: httpx2.AsyncClient
) -> None:
    refused = await flood(http)
    assert refused.status_code == 429
    assert refused.json()["error"]["code"] == "busy"
    assert int(refused.headers["Retry-After"]) >= 1
    assert (await bring(http, 1, OwnerId("kim"))).status_code == 202
    await room.work()
    assert (await bring(http, 99)).status_code == 202


async def test_what_is_said_is_taken_and_carried_on_before_what_was_imported(
    room: Room, http: httpx2.AsyncClient
) -> None:
    await flood(http)
    async with room.database.transaction() as tx:
        words = "My sister's name is Anna."
        await room.memory.keep(
            tx, [NewMessage(SAM, words, "Sam", "person", Assurance.VERIFIED, Instant(1))]
        )
    first, second = await room.jobs.lease("w", ["memory.embed", "memory.relate"], 2, 20)
    for job in (first, second):
        [message_id] = job.payload["message_ids"]
        assert job.key.endswith(message_id)
    found = await room.memory.search(SAM, "What is my sister's name?")
    assert words in [one.text for one in found]
    rows = {row.id: row.priority for row in await room.jobs.list()}
    assert rows[first.id] == rows[second.id] == 0
    assert sorted(set(rows.values())) == [-1, 0]
