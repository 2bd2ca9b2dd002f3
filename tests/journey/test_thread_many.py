"""The thread on many machines: separate roles, real servers, and what happens when some die.

The tests are chapters: each goes on where the one before ended. Speech is real both ways.
"""

import asyncio
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Origin

from backend.conversation.carriers.simulator import Caller, Dial
from backend.platform.chance import SystemIds
from backend.platform.clock import SystemClock
from tests.engines import PostgresServer, S3Server
from tests.engines.fixtures import fresh_database
from tests.journey import story as chapters
from tests.journey.devices import yjs_device
from tests.journey.product import eventually
from tests.journey.roles import ROLES, House, engines, house
from tests.journey.speech import Speech
from tests.journey.story import ANNAS_BROTHER, CARRIER_SECRET, QUESTION, Story, names_the_date
from tests.journey.telephone import VOUCHED

SETTINGS = {
    "TWILIO_AUTH_TOKEN": CARRIER_SECRET,
    "RINGBACK_SECRET_KEY": "one-root-key-for-all-the-roles-of-this-story",
    "RINGBACK_JOBS__LEASE_S": "3",
    "RINGBACK_JOBS__SWEEP_S": "0.5",
}
ELSEWHERE = "https://elsewhere.example"

pytestmark = [pytest.mark.slow, pytest.mark.engines]


@pytest.fixture(scope="module")
def roles(
    tmp_path_factory: pytest.TempPathFactory, postgres_server: PostgresServer
) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("many")
    with engines(postgres_server) as servers, house(servers, folder, SETTINGS) as parts:
        yield parts


@pytest.fixture(scope="module")
def story(roles: House, speech: Speech) -> Story:
    return Story(roles["backend"], speech)


def job_of(story: Story, name: str, body: str) -> dict[str, Any]:
    """Text something worth remembering, and return the job that carries it on."""
    known = {job["id"] for job in story.jobs(name)}
    assert story.phone().text(body), "no reply"
    return next(job for job in story.jobs(name) if job["id"] not in known)


def seen(story: Story, job: dict[str, Any]) -> dict[str, Any]:
    """Return a job as it stands now."""
    return story.product.get(f"/v1/jobs/{job['id']}")


def is_in(story: Story, job: dict[str, Any], state: str) -> dict[str, Any]:
    """Wait until a job is in a state."""
    return eventually(
        lambda: found if (found := seen(story, job))["state"] == state else {}, seconds=60
    )


def found_by_meaning(story: Story, question: str) -> str:
    """Return the first text that a search finds, when its vector was near."""
    with story.product.client() as client:
        body = {"query": question, "explain": True}
        results = client.post("/v1/memory/search", json=body).json()["results"]
    near = [result for result in results if result["signals"]["cosine"] > 0.2]
    return str(near[0]["text"]) if near else ""


def levels(story: Story) -> dict[str, dict[str, Any]]:
    """Return what doctor says of the parts that have levels."""
    checks: Any = story.product.get("/v1/doctor")["checks"]
    return {check["name"]: check for check in checks}


# ── the story ────────────────────────────────────────────────────────────────────────────────


@pytest.mark.covers("VT-01", "CARD-03", "CARD-13")
async def test_a_caller_is_greeted_understood_answered_and_hung_up(story: Story) -> None:
    await chapters.is_told_of_anna(story)


@pytest.mark.covers("VT-03", "CARD-07", "CARD-08", "CARD-09", "CARD-10")
def test_other_processes_embed_it_into_chroma_and_relate_it_in_neo4j(
    story: Story, roles: House
) -> None:
    chapters.has_learnt_it(story)
    assert sorted(roles.engines.chroma_entries()) == sorted(roles.engines.vector_rows())
    rows = roles.engines.ask_neo4j(
        "MATCH ()-[r:RELATES]->(c:Concept {name: $name}) RETURN r.predicate AS p", name="Anna"
    )
    assert rows == [{"p": "sister"}]
    found = levels(story)
    names = ("database", "signals", "vectors", "graph")
    assert [found[name]["detail"] for name in names] == ["postgresql", "redis", "chroma", "neo4j"]
    assert "R2_ENDPOINT" in found["objects"]["cure"], "a folder each is no place for all"


@pytest.mark.covers("VT-04", "CL-14")
async def test_only_who_may_know_is_answered(story: Story) -> None:
    await chapters.answers_only_who_may_know(story)


@pytest.mark.covers("SY-01", "CARD-11")
async def test_a_note_taken_by_phone_is_edited_offline_and_comes_back(
    story: Story, tmp_path: Path
) -> None:
    await chapters.takes_a_note(story)
    await chapters.edits_the_note_offline(story, tmp_path)


@pytest.mark.covers("SY-01")
def test_what_the_backend_writes_reaches_a_device_at_the_sync_process(
    story: Story, roles: House, tmp_path: Path
) -> None:
    token: Any = story.product.told("tokens", "create", "--scope", "documents", "--name", "desk")
    with yjs_device(f"{socket_of(roles, 'sync')}/sync", "notes", token["token"], tmp_path) as desk:
        eventually(desk.notes)
        story.product.command("notes", "add", "call the plumber")
        eventually(lambda: "call the plumber" in desk.notes())


@pytest.mark.covers("AG-01", "CARD-06")
async def test_a_language_model_words_the_reply_at_the_backend(story: Story, roles: House) -> None:
    def restart(extra: Mapping[str, str]) -> None:
        roles["backend"].terminate()
        roles["backend"].extra = extra
        roles["backend"].restart()

    await chapters.is_worded_by_a_model(story, "openai", restart)


@pytest.mark.covers("CARD-14")
async def test_the_page_of_the_backend_speaks_to_the_processes_that_serve_it(
    story: Story, tmp_path: Path
) -> None:
    await chapters.shows_itself_on_the_page(story, tmp_path)


@pytest.mark.covers("CL-13")
async def test_app_and_command_line_talk_at_the_process_that_serves_them(
    story: Story, roles: House, tmp_path: Path
) -> None:
    await chapters.tells_a_paired_phone(story, roles["mobile_api"].url, tmp_path)
    typed = story.product.command("talk", "--json", stdin=f"{QUESTION}\n")
    assert names_the_date(typed), typed
    assert story.product.get("/v1/feed", limit="1")["cursor"], "the page hears of nothing"


async def test_sockets_open_to_our_own_page_and_to_no_other(story: Story, roles: House) -> None:
    token: Any = story.product.told("tokens", "create", "--scope", "documents", "--name", "page")
    address = f"{socket_of(roles, 'sync')}/sync/notes?token={token['token']}"
    async with connect(address, origin=Origin(roles["backend"].origin), open_timeout=20) as ours:
        assert await ours.recv()
    with pytest.raises((ConnectionClosed, InvalidStatus)):
        async with connect(address, origin=Origin(ELSEWHERE), open_timeout=20) as theirs:
            await theirs.recv()


def socket_of(roles: House, role: str) -> str:
    return roles[role].url.replace("http", "ws", 1)


# ── what dies and comes back ─────────────────────────────────────────────────────────────────


@pytest.mark.covers("SC-01", "CARD-10")
def test_a_job_whose_worker_is_killed_over_a_frozen_chroma_is_done_once(
    story: Story, roles: House
) -> None:
    told = "Please remember that my brother Tom keeps bees on his roof."
    before = roles.engines.vector_rows()
    roles.engines.chroma.pause()
    try:
        job = job_of(story, "memory.embed", told)
        leased = is_in(story, job, "leased")
        assert leased["attempts"] == 1
        roles["workers"].kill()
    finally:
        roles.engines.chroma.resume()
    assert seen(story, job)["state"] == "leased", "nobody was there to end it"
    roles["workers"].restart()
    done = is_in(story, job, "done")
    assert done["attempts"] == 2
    new = [message for message in roles.engines.vector_rows() if message not in before]
    entries = roles.engines.chroma_entries()
    assert len(new) == 1
    assert entries.count(new[0]) == 1
    assert "bees" in found_by_meaning(story, "Which insects live on top of the house?")


@pytest.mark.covers("SC-01")
def test_a_worker_that_is_stopped_hands_its_job_back_at_once(story: Story, roles: House) -> None:
    roles.engines.chroma.pause()
    try:
        job = job_of(story, "memory.embed", "Please remember that Tom's bees are called Bella.")
        is_in(story, job, "leased")
        assert roles["workers"].terminate() == 0
        handed_back = seen(story, job)
    finally:
        roles.engines.chroma.resume()
        roles["workers"].restart()
    assert (handed_back["state"], handed_back["attempts"]) == ("waiting", 0)
    assert is_in(story, job, "done")["attempts"] == 1


@pytest.mark.covers("CARD-08")
def test_the_graph_is_answered_by_neo4j_and_by_the_tables_while_it_is_frozen(
    story: Story, roles: House
) -> None:
    def of_anna() -> set[tuple[str, str]]:
        related: Any = story.product.get("/v1/memory/graph", name="Anna")
        return {(each["predicate"], each["object"]) for each in related["relations"]}

    known = of_anna()
    assert "sister" in {predicate for predicate, _ in known}
    # Only Neo4j knows this: so it shows who has answered.
    roles.engines.ask_neo4j(
        "MATCH ()-[r:RELATES]->(anna:Concept {name: 'Anna'}) WITH r, anna LIMIT 1 "
        "MERGE (c:Concept {owner_id: r.owner_id, kind: 'thing', key: 'neo4j', name: 'Neo4j'}) "
        "MERGE (anna)-[m:RELATES {predicate: 'lives in', message_id: r.message_id}]->(c) "
        "SET m.owner_id = r.owner_id, m.valid_from = r.valid_from"
    )
    assert of_anna() == known | {("lives in", "Neo4j")}
    roles.engines.neo4j.pause()
    try:
        assert of_anna() == known
        graph = levels(story)["graph"]
        assert not graph["ok"]
        assert "relation tables" in graph["detail"]
        job = job_of(story, "memory.relate", "Please remember that my aunt Rosa lives in Porto.")
    finally:
        roles.engines.neo4j.resume()
    is_in(story, job, "done")
    related = "MATCH (:Concept {name: 'Rosa'})-[r:RELATES]->(c) RETURN DISTINCT c.name AS name"
    assert roles.engines.ask_neo4j(related) == [{"name": "Porto"}]


async def test_a_backend_that_is_stopped_ends_its_call_and_remembers_it(
    story: Story, roles: House
) -> None:
    clock = SystemClock()
    dial = Dial(roles["backend"].url, CARRIER_SECRET, number=ANNAS_BROTHER, verdict=VOUCHED)
    async with Caller(dial, clock=clock, ids=SystemIds(clock)) as caller:
        assert (await caller.hear_out(seconds_max=30)).pcm, "no greeting"
        assert await asyncio.to_thread(roles["backend"].terminate) == 0
        await caller.hear_out(seconds_max=5)
        assert caller.is_hung_up
    roles["backend"].restart()
    calls: Any = story.product.get("/v1/calls")["calls"]
    record = next(call for call in calls if call["carrier_ref"] == caller.call_sid)
    assert record["ended_at"], "the call is still open"


@pytest.mark.covers("CARD-12")
async def test_everything_comes_back_in_an_empty_database_and_ends_cleanly(
    story: Story,
    roles: House,
    s3_server: S3Server,
    postgres_server: PostgresServer,
    tmp_path: Path,
) -> None:
    objects = s3_server.settings("many")
    roles.restart(objects)
    recovery_key = chapters.is_backed_up(story, tmp_path)
    with fresh_database(postgres_server) as empty:
        for role in ROLES:
            roles[role].kill()
            shutil.rmtree(roles[role].home)
        more = {**objects, "DATABASE_URL": empty}
        story.product.extra = {**story.product.extra, **more}
        story.product.command("restore", "--recovery-key", str(recovery_key))
        roles.restart(more)
        await chapters.has_come_back(story)
        for role in ROLES:
            assert roles[role].terminate() == 0, roles[role].said()
            told = "Ringback is ready" if role == "backend" else f"part is ready: {role}"
            assert told in roles[role].said()
