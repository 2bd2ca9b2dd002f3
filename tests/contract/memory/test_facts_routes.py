"""The doors of facts: each shows and changes only what is the caller's own."""

from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest
from sqlalchemy import insert

from backend.kernel.clock import Clock
from backend.kernel.ids import OwnerId
from backend.memory.facts import Facts, SaidBy
from backend.memory.facts.routes import routes
from backend.platform.database.engine import Database
from backend.platform.database.tables import conversations, messages, turns
from tests.contract.memory.teller import SAM, Told, read
from tests.contract.memory.visitors import visiting

Json = dict[str, Any]  # Any: JSON


class Sounds:
    """Gives what is asked of it, in words."""

    async def cut(self, key: str, conversation_id: str, begin_s: float, end_s: float) -> bytes:
        return f"{key} {conversation_id} {begin_s:.1f} {end_s:.1f}".encode()


@pytest.fixture
async def http(facts: Facts, database: Database, clock: Clock) -> AsyncIterator[httpx2.AsyncClient]:
    async with visiting(
        routes(facts, database=database, clock=clock, recordings=Sounds()), owner="owner-sam"
    ) as client:
        yield client


async def got(http: httpx2.AsyncClient, path: str = "", **query: str) -> Json:
    answer = await http.get(f"/v1/facts{path}", params=query)
    assert answer.status_code == 200, answer.text
    found: Json = answer.json()
    return found


async def posted(http: httpx2.AsyncClient, path: str, body: Json | None = None) -> Json:
    answer = await http.post(f"/v1/facts{path}", json=body)
    assert answer.status_code == 200, answer.text
    done: Json = answer.json()
    return done


@pytest.mark.covers("IM-04", "AG-23")
async def test_what_is_known_is_seen_and_put_right(http: httpx2.AsyncClient, tell: Told) -> None:
    await tell(read("lives in", "Porto"), day=-3)
    (fact,) = (await got(http))["facts"]
    assert (fact["statement"], fact["state"], fact["pinned"]) == ("They live in Porto.", "", False)
    assert fact["sources"][0]["quote"] == "words of Porto"
    done = await posted(http, f"/{fact['id']}/correct", {"object": "Lisbon"})
    assert [change["kind"] for change in done["changes"]] == ["corrected", "learnt"]
    (now,) = (await got(http, about="me"))["facts"]
    assert now["object"] == "Lisbon"
    assert (await got(http, f"/{fact['id']}"))["former"] == []
    await posted(http, f"/changes/{done['changes'][0]['id']}/undo")
    whole = await got(http, f"/{fact['id']}")
    assert (whole["object"], whole["state"]) == ("Porto", "")
    kinds = [change["kind"] for change in whole["history"]]
    assert kinds == ["learnt", "corrected", "restored"]
    again = await http.post(f"/v1/facts/changes/{done['changes'][0]['id']}/undo")
    assert again.status_code == 409


@pytest.mark.covers("IM-05")
async def test_what_was_true_is_asked_for_by_its_day(http: httpx2.AsyncClient, tell: Told) -> None:
    await tell(read("lives in", "Porto"), day=-400)
    await tell(read("lives in", "Lisbon"), day=-3)
    (now,) = (await got(http, about="me"))["facts"]
    assert now["object"] == "Lisbon"
    assert len((await got(http, about="me", history="true"))["facts"]) == 2
    before = (await got(http, f"/{now['id']}"))["former"]
    assert [fact["object"] for fact in before] == ["Porto"]
    (then,) = (await got(http, at=before[0]["since"]))["facts"]
    assert then["object"] == "Porto"
    assert (await http.get("/v1/facts", params={"at": "whenever"})).status_code == 400


async def test_of_what_only_ended_it_is_said_that_nobody_knows_since_when(
    http: httpx2.AsyncClient, tell: Told
) -> None:
    await tell(read("likes", "coffee", is_ended=True), read("likes", "tea"), day=-400)
    found = (await got(http, history="true"))["facts"]
    assert {fact["object"]: fact["since_known"] for fact in found} == {"coffee": False, "tea": True}
    (before,) = (await got(http, at="2001-01-01"))["facts"]
    assert (before["object"], before["since_known"]) == ("coffee", False)


async def test_what_nobody_in_particular_said_is_changed_by_no_person(
    http: httpx2.AsyncClient, tell: Told
) -> None:
    await tell(read("lives in", "Porto"), day=-3, said_by=SaidBy.IMPORT, person_id="")
    await tell(read("likes", "tea"), day=-2)
    by = {}
    for fact in (await got(http))["facts"]:
        (learnt,) = (await got(http, f"/{fact['id']}"))["history"]
        by[fact["object"]] = learnt["by"]
    assert by == {"Porto": "import", "tea": "owner:person-sam"}


async def test_the_list_pages_from_the_newest(http: httpx2.AsyncClient, tell: Told) -> None:
    for number in range(5):
        await tell(read("likes", f"thing {number}"), day=-9 + number)
    first = await got(http, limit="2")
    assert [fact["object"] for fact in first["facts"]] == ["thing 4", "thing 3"]
    rest = await got(http, limit="9", before=first["next"])
    assert [fact["object"] for fact in rest["facts"]] == ["thing 2", "thing 1", "thing 0"]
    assert rest["next"] is None
    assert (await http.get("/v1/facts", params={"before": "x"})).status_code == 400


async def test_pins_merges_and_denials_by_their_doors(http: httpx2.AsyncClient, tell: Told) -> None:
    await tell(read("lives in", "Porto", "Anna"), day=-3)
    (fact,) = (await got(http, about="anna"))["facts"]
    await posted(http, f"/{fact['id']}/pin")
    assert (await got(http, f"/{fact['id']}"))["pinned"]
    await posted(http, f"/{fact['id']}/unpin")
    merged = await posted(http, "/merge", {"kept": {"name": "Hanna"}, "merged": {"name": "Anna"}})
    (kept,) = (await got(http, about="Hanna"))["facts"]
    assert kept["id"] == fact["id"]
    (known,) = (await got(http, "/merges"))["merges"]
    assert (known["merged"], known["kept"], known["undone"]) == ("Anna", "Hanna", None)
    await posted(http, f"/merges/{merged['id']}/undo")
    assert (await got(http, f"/{fact['id']}"))["subject"] == "Anna"
    await posted(http, f"/{fact['id']}/deny")
    assert (await got(http, about="anna"))["facts"] == []


async def test_nobody_reaches_anothers_facts(http: httpx2.AsyncClient, tell: Told) -> None:
    await tell(read("lives in", "Porto"), day=-3)
    fact = await tell.only()
    (learnt,) = await tell.facts.history(fact_id=fact.id, owner_id=OwnerId("owner-sam"))
    headers = {"x-owner": "owner-kim"}
    assert (await http.get("/v1/facts", headers=headers)).json()["facts"] == []
    source = fact.sources[0].message_id
    for path in (f"/{fact.id}", f"/{fact.id}/sources/{source}/audio"):
        assert (await http.get(f"/v1/facts{path}", headers=headers)).status_code == 404
    for path in (f"/{fact.id}/deny", f"/{fact.id}/pin", f"/changes/{learnt.id}/undo"):
        assert (await http.post(f"/v1/facts{path}", headers=headers)).status_code == 404
    assert (await tell.only()) == fact


async def test_a_guest_changes_nothing_by_any_door(http: httpx2.AsyncClient, tell: Told) -> None:
    await tell(read("lives in", "Porto"), day=-3)
    fact = await tell.only()
    headers = {"x-role": "household"}
    body = {"object": "Rome"}
    for path in ("correct", "deny", "pin"):
        answer = await http.post(f"/v1/facts/{fact.id}/{path}", headers=headers, json=body)
        assert answer.status_code == 403
    assert (await tell.only()) == fact
    audio = await http.get(f"/v1/facts/{fact.id}/sources/x/audio", headers=headers)
    assert audio.status_code == 403


PROGRAM = {"x-scopes": "memory"}


async def test_a_program_changes_nothing_that_is_pinned(
    http: httpx2.AsyncClient, tell: Told
) -> None:
    await tell(read("name", "Sam"), read("takes", "metformin 500 mg"), day=-3)
    await tell(read("lives in", "Porto"), day=-2)
    wished = {view.predicate: view.id for view in await tell.facts.list(SAM)}
    await posted(http, f"/{wished['lives in']}/pin")
    (learnt, pinned) = await tell.facts.history(SAM, wished["lives in"])
    before = await tell.facts.list(SAM)
    for fact_id in wished.values():
        for path, body in (("correct", {"object": "Bob"}), ("deny", {}), ("unpin", {})):
            answer = await http.post(f"/v1/facts/{fact_id}/{path}", headers=PROGRAM, json=body)
            assert answer.status_code == 403, (fact_id, path)
            assert "operate" in answer.json()["error"]["cure"]
    for change in (learnt, pinned):
        answer = await http.post(f"/v1/facts/changes/{change.id}/undo", headers=PROGRAM)
        assert answer.status_code == 403
    assert await tell.facts.list(SAM) == before


async def test_a_program_neither_pins_nor_takes_a_pins_place_nor_joins_its_name(
    http: httpx2.AsyncClient, tell: Told
) -> None:
    await tell(read("lives in", "Oslo", "Anna"), read("lives in", "Rome", "Hanna"), day=-3)
    annas, hannas = await tell.only("Anna"), await tell.only("Hanna")
    answer = await http.post(f"/v1/facts/{annas.id}/pin", headers=PROGRAM)
    assert answer.status_code == 403
    await posted(http, f"/{annas.id}/pin")
    renamed = {"subject": "Anna"}
    await http.post(f"/v1/facts/{hannas.id}/correct", headers=PROGRAM, json=renamed)
    assert (await tell.only("Anna")).object == "Oslo"
    joined = {"kept": {"name": "Eva"}, "merged": {"name": "Anna"}}
    answer = await http.post("/v1/facts/merge", headers=PROGRAM, json=joined)
    assert answer.status_code == 403
    merged = await posted(http, "/merge", joined)
    answer = await http.post(f"/v1/facts/merges/{merged['id']}/undo", headers=PROGRAM)
    assert answer.status_code == 403
    assert (await tell.only("Eva")).object == "Oslo"


async def test_a_program_puts_right_what_is_not_pinned(
    http: httpx2.AsyncClient, tell: Told
) -> None:
    await tell(read("lives in", "Porto"), day=-3)
    fact = await tell.only()
    answer = await http.post(
        f"/v1/facts/{fact.id}/correct", headers=PROGRAM, json={"object": "Lisbon"}
    )
    assert answer.status_code == 200
    (change, *_) = answer.json()["changes"]
    assert (await tell.only()).object == "Lisbon"
    undone = await http.post(f"/v1/facts/changes/{change['id']}/undo", headers=PROGRAM)
    assert undone.status_code == 200
    assert (await tell.only()).object == "Porto"


async def test_the_second_of_the_recording_is_known_and_played(
    http: httpx2.AsyncClient, tell: Told, database: Database
) -> None:
    source = tell.source(-3.0, conversation_id="call-1")
    async with database.transaction() as tx:
        await tx.execute(insert(conversations).values(**call(recording_from_ms=2_000)))
        await tx.execute(insert(turns).values(**turn(began_ms=12_000, ended_ms=15_000)))
        await tx.execute(insert(messages).values(**message(source.message_id)))
        await tell.facts.believe(tx, [read("lives in", "Porto")], source)
    (fact,) = (await got(http))["facts"]
    told = fact["sources"][0]
    assert told["second"] == 10.0
    answer = await http.get(told["audio"])
    assert (answer.headers["content-type"], answer.text) == (
        "audio/wav",
        "recordings/call-1 call-1 9.6 13.4",
    )


async def test_words_without_a_recording_say_so(http: httpx2.AsyncClient, tell: Told) -> None:
    await tell(read("lives in", "Porto"), day=-3)
    (fact,) = (await got(http))["facts"]
    assert fact["sources"][0]["audio"] is None
    answer = await http.get(f"/v1/facts/{fact['id']}/sources/message--3/audio")
    assert answer.status_code == 404
    assert "recorded" in answer.json()["error"]["message"]


def call(**more: object) -> Json:
    made = {
        "id": "call-1",
        "owner_id": "owner-sam",
        "carrier": "phone",
        "assurance": "verified",
        "recording": "recordings/call-1",
        "started_at": 1,
    }
    return made | more


def turn(*, began_ms: int, ended_ms: int) -> Json:
    end = {"why": "complete", "voice_began_ms": began_ms, "voice_ended_ms": ended_ms}
    return {
        "id": "turn-1",
        "owner_id": "owner-sam",
        "conversation_id": "call-1",
        "engine": "offline",
        "timeline": {},
        "details": {"end": end},
        "started_at": 1,
        "ended_at": 2,
    }


def message(message_id: str) -> Json:
    return {
        "id": message_id,
        "owner_id": "owner-sam",
        "conversation_id": "call-1",
        "turn_id": "turn-1",
        "speaker": "Sam",
        "role": "person",
        "text": "I live in Porto",
        "assurance": "verified",
        "is_recallable": True,
        "said_at": 1,
        "learnt_at": 1,
    }


@pytest.mark.parametrize(
    ("object_", "told"),
    [
        ("sk-proj-" + "a1B2c3D4" * 4, "secret (key)"),
        ("4111 1111 1111 1111", "secret (card number)"),
        ("Lis\u202ebon", "nobody sees"),
        ("Lis\x07bon", "nobody sees"),
        ("Lis\u2066bon", "nobody sees"),
    ],
)
async def test_a_correction_holds_neither_secrets_nor_what_nobody_sees(
    http: httpx2.AsyncClient, tell: Told, object_: str, told: str
) -> None:
    await tell(read("lives in", "Porto"))
    (fact,) = (await got(http))["facts"]
    answer = await http.post(f"/v1/facts/{fact['id']}/correct", json={"object": object_})
    assert answer.status_code == 400
    assert told in answer.json()["error"]["message"]
    assert object_ not in answer.text
    assert [each["object"] for each in (await got(http))["facts"]] == ["Porto"]
