"""One log, observed over server-sent events and over a WebSocket: the same, and without a gap."""

import asyncio
import json
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import insert

from backend.console.live import LiveLimits
from backend.kernel.clock import Clock
from backend.kernel.people import Person
from backend.platform.database.engine import Database
from backend.platform.database.migrate import migrate
from backend.platform.database.tables import messages
from backend.platform.signals.engines.in_process import InProcessSignals
from backend.platform.signals.engines.redis import RedisSignals
from backend.platform.tasks import Supervisor
from tests.contract.live_house import LiveHouse, live_house
from tests.engines import PostgresServer


@pytest.fixture
async def house(
    database: Database, signals: InProcessSignals, clock: Clock
) -> AsyncIterator[LiveHouse]:
    async with live_house(LiveHouse(database, signals, clock)) as house:
        yield house


@pytest.fixture
async def owner(house: LiveHouse) -> Person:
    return await house.owner()


def numbers(texts: list[str]) -> list[int]:
    told = [json.loads(text) for text in texts]
    return [event["payload"]["number"] for event in told if event["kind"] == "happened"]


@pytest.mark.covers("VT-07")
async def test_the_same_log_is_told_byte_for_byte_alike_over_both(
    house: LiveHouse, owner: Person
) -> None:
    token = await house.token(owner)
    await house.happen(owner, 1, 2)
    async with house.sse(token, after=0) as stream, house.socket(token, cursor="0") as socket:
        begun = asyncio.gather(stream.read(6), socket.read(6))
        await house.happen(owner, 3, 4, 5)
        by_stream, by_socket = await begun
    assert by_stream == by_socket
    assert numbers(by_stream) == [1, 2, 3, 4, 5]
    assert [json.loads(text)["cursor"] for text in by_stream] == [0, 1, 2, 3, 4, 5]


@pytest.mark.covers("VT-07")
async def test_a_stream_goes_on_by_its_last_event_id_and_a_socket_by_its_cursor(
    house: LiveHouse, owner: Person
) -> None:
    token = await house.token(owner)
    async with house.sse(token) as stream, house.socket(token) as socket:
        begun = asyncio.gather(stream.read(3), socket.read(3))
        await house.happen(owner, 1, 2)
        await begun
        last_id, cursor = stream.last_id, socket.cursor
    assert last_id == cursor
    await house.happen(owner, 3, 4)  # nobody watches
    async with (
        house.sse(token, last_id=last_id) as stream,
        house.socket(token, cursor=cursor) as socket,
    ):
        assert numbers(await stream.read(3)) == numbers(await socket.read(3)) == [3, 4]


async def test_a_reader_that_is_cut_off_before_its_first_event_misses_nothing(
    house: LiveHouse, owner: Person
) -> None:
    token = await house.token(owner)
    async with house.sse(token) as stream:
        await stream.read(1)
    await house.happen(owner, 1)
    async with house.sse(token, last_id=stream.last_id) as again:
        assert numbers(await again.read(2)) == [1]


@pytest.mark.covers("VT-07")
async def test_twenty_readers_that_are_cut_off_again_and_again_all_see_everything(
    house: LiveHouse, owner: Person
) -> None:
    token, count = await house.token(owner), 24
    seen: list[list[int]] = [[] for _ in range(20)]

    async def by_stream(found: list[int]) -> None:
        last_id = "0"
        while len(found) < count:
            async with house.sse(token, last_id=last_id) as stream:
                taken = await stream.read(min(9, 1 + count - len(found)))
                found += numbers(taken)
                last_id = stream.last_id

    async def by_socket(found: list[int]) -> None:
        cursor = "0"
        while len(found) < count:
            async with house.socket(token, cursor=cursor) as socket:
                found += numbers(await socket.read(min(9, 1 + count - len(found))))
                cursor = socket.cursor

    async with asyncio.timeout(60), asyncio.TaskGroup() as group:
        for index, found in enumerate(seen):
            group.create_task(by_stream(found) if index % 2 else by_socket(found))
        for half in (range(12), range(12, count)):
            group.create_task(house.happen(owner, *half))
    assert all(sorted(found) == list(range(count)) for found in seen)
    assert all(found == seen[0] for found in seen)
    async with asyncio.timeout(30):
        while house.feed.readers:  # the last of them are just leaving
            await house.clock.sleep(0.01)


async def test_each_sees_what_belongs_to_their_own_memory_only(
    house: LiveHouse, owner: Person
) -> None:
    zoe = await house.member("Zoe")
    token = await house.token(zoe)
    await house.happen(owner, 1)
    async with house.sse(token, after=0) as stream:
        begun = asyncio.ensure_future(stream.read(2))
        await house.happen(owner, 2)
        await house.happen(zoe, 3)
        assert numbers(await begun) == [3]


async def test_the_words_of_a_turn_are_told_to_whoever_may_read_memory(
    house: LiveHouse, owner: Person
) -> None:
    async with house.database.transaction() as tx:
        for role, text, unheard in (("person", "I am tired.", ""), ("companion", "Rest", "a bit.")):
            await tx.execute(
                insert(messages).values(
                    id=house.ids.new(),
                    owner_id=owner.owner_id,
                    turn_id="t1",
                    namespace="",
                    role=role,
                    speaker=role,
                    text=text,
                    unheard=unheard,
                    assurance="verified",
                    is_recallable=False,
                    said_at=tx.at,
                    learnt_at=tx.at,
                )
            )
        await house.events.append(
            tx,
            owner_id=owner.owner_id,
            stream=f"owner:{owner.owner_id}",
            kind="turn.committed",
            payload={"turn_id": "t1"},
            actor="test",
        )
    told = []
    for scopes in (frozenset({"feed", "memory"}), frozenset({"feed"})):
        async with house.sse(await house.token(owner, scopes), after=0) as stream:
            told.append(json.loads((await stream.read(2))[1]))
    assert told[0]["words"] == {"heard": "I am tired.", "said": "Rest", "unheard": "a bit."}
    assert "words" not in told[1]
    assert told[0]["payload"] == told[1]["payload"] == {"turn_id": "t1"}


async def test_a_silent_stream_says_that_it_is_alive(house: LiveHouse, owner: Person) -> None:
    async with house.sse(await house.token(owner)) as stream:
        await stream.read(1)
        await stream.beat()


async def test_a_withdrawn_credential_ends_its_readers(house: LiveHouse, owner: Person) -> None:
    token = await house.token(owner)
    actor = await house.identity.authenticate(token)
    assert actor.credential_id is not None
    async with house.sse(token) as stream, house.socket(token) as socket:
        async with house.database.transaction() as tx:
            await house.identity.revoke(tx, actor.credential_id, owner_id=actor.owner_id)
        await stream.end()
        assert await socket.closed() == (4401, "cursor=0")


async def test_who_stops_says_where_to_go_on(house: LiveHouse, owner: Person) -> None:
    token = await house.token(owner)
    async with house.sse(token) as stream, house.socket(token) as socket:
        begun = asyncio.gather(stream.read(2), socket.read(2))
        await house.happen(owner, 1)
        await begun
        house.feed.close()
        await stream.end()
        assert await socket.closed() == (1001, "cursor=1")


@pytest.mark.parametrize("cursor", ["-1", "x", "1e3", "9" * 40, "7"])
async def test_a_cursor_that_is_none_of_the_log_is_refused(
    house: LiveHouse, owner: Person, cursor: str
) -> None:
    token = await house.token(owner)
    async with house.client() as client:
        headers = {"Authorization": f"Bearer {token}", "Last-Event-ID": cursor}
        answer = await client.get("/v1/events", headers=headers)
    assert answer.status_code in {400, 409, 422}
    async with house.socket(token, cursor=cursor) as socket:
        assert (await socket.closed())[0] in {1007, 1008}


async def test_nobody_follows_without_a_credential_that_reaches_it(
    house: LiveHouse, owner: Person
) -> None:
    async with house.client() as client:
        assert (await client.get("/v1/events")).status_code == 401
        token = await house.token(owner, frozenset({"documents"}))
        headers = {"Authorization": f"Bearer {token}"}
        assert (await client.get("/v1/events", headers=headers)).status_code == 403
    for wrong, code in ((token, 4403), ("ringback_device_x", 4401)):
        async with house.socket(wrong) as socket:
            assert (await socket.closed())[0] == code


async def test_a_reader_that_reads_nothing_is_closed_and_finds_everything_later(
    database: Database, signals: InProcessSignals, clock: Clock
) -> None:
    limits = LiveLimits(poll_s=0.5, send_s=0.3)
    async with live_house(LiveHouse(database, signals, clock, limits)) as house:
        owner = await house.owner()
        token = await house.token(owner)
        async with house.database.transaction() as tx:
            for _ in range(120):
                await house.events.append(
                    tx,
                    owner_id=owner.owner_id,
                    stream=f"owner:{owner.owner_id}",
                    kind="long",
                    payload={"text": "x" * 60_000},
                    actor="test",
                )
        async with house.sse(token, after=0) as stream:
            async with asyncio.timeout(30):
                while house.feed.readers:
                    await clock.sleep(0.05)
            await stream.read(2)
        async with house.sse(token, last_id=stream.last_id) as again:
            assert json.loads((await again.read(2))[1])["cursor"] == 2


async def test_readers_in_another_process_are_woken_through_redis(
    database: Database, redis_url: str, clock: Clock
) -> None:
    limits = LiveLimits(poll_s=60)  # only a signal wakes in time
    async with Supervisor(clock) as supervisor:
        both = [RedisSignals(redis_url, supervisor=supervisor) for _ in range(2)]
        for signals in both:
            await signals.start()
        async with (
            live_house(LiveHouse(database, both[0], clock, limits)) as writer,
            live_house(LiveHouse(database, both[1], clock, limits)) as reader,
        ):
            owner = await writer.owner()
            async with reader.sse(await writer.token(owner)) as stream:
                await stream.read(1)
                begun = asyncio.ensure_future(stream.read(1))
                await clock.sleep(0.5)
                await writer.happen(owner, 1)
                assert numbers(await begun) == [1]
        for signals in both:
            await signals.stop()


async def test_readers_keep_their_place_while_the_database_restarts(
    signals: InProcessSignals, clock: Clock
) -> None:
    with PostgresServer() as server:
        database = Database(server.url(), clock=clock, wait_s=5)
        await database.start()
        await migrate(database)
        async with live_house(LiveHouse(database, signals, clock)) as house:
            owner = await house.owner()
            token = await house.token(owner)
            async with house.sse(token) as stream, house.socket(token) as socket:
                begun = asyncio.gather(stream.read(2), socket.read(2))
                await house.happen(owner, 1)
                await begun
                await asyncio.to_thread(server.kill)
                await clock.sleep(1)
                await asyncio.to_thread(server.start)
                begun = asyncio.gather(stream.read(2), socket.read(2))
                await house.happen(owner, 2, 3)
                assert [numbers(texts) for texts in await begun] == [[2, 3], [2, 3]]
        await database.stop()
