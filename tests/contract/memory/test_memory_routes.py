"""The doors of memory: import, search, list, each within what the caller owns."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest

from backend.kernel.clock import Clock, Instant
from backend.kernel.ids import OwnerId
from backend.kernel.people import Assurance
from backend.memory import NewMemory, NewMessage
from backend.memory.routes import routes
from backend.platform.settings import LimitSettings
from tests.contract.memory.conftest import Room
from tests.contract.memory.visitors import visiting

AT = Instant(1)
TURNS: list[dict[str, object]] = [
    {
        "id": "D1:1",
        "speaker": "Melanie",
        "text": "I ran a charity race last Saturday.",
        "timestamp": "2023-05-25T13:14:00",
        "session": 2,
        "caption": "",
    },
    {"id": "D1:2", "speaker": "Caroline", "text": "Look!", "caption": "a rainbow flag mural"},
]


@pytest.fixture
async def http(room: Room, clock: Clock) -> AsyncIterator[httpx2.AsyncClient]:
    async with visiting(
        routes(room.memory, clock, LimitSettings(ingest_turns=50)), owner="sam"
    ) as client:
        yield client


async def ingest(http: httpx2.AsyncClient, **more: object) -> httpx2.Response:
    return await http.post("/v1/memory/ingest", json={"namespace": "n", "turns": TURNS, **more})


async def search(
    http: httpx2.AsyncClient, query: str, headers: dict[str, str] | None = None, **more: object
) -> list[dict[str, Any]]:  # Any: JSON
    body = {"namespace": "n", "query": query, "k": 5, **more}
    answer = await http.post("/v1/memory/search", json=body, headers=headers)
    assert answer.status_code == 200, answer.text
    results: list[dict[str, Any]] = answer.json()["results"]  # Any: JSON
    return results


@pytest.mark.covers("ME-01")
async def test_what_was_imported_is_found_at_once(http: httpx2.AsyncClient) -> None:
    answer = await ingest(http)
    assert (answer.status_code, answer.json()) == (202, {"accepted": 2, "searchable": False})
    (found,) = await search(http, "When did Melanie run the charity race?")
    assert found["id"] == "D1:1"
    assert found["source_ids"] == ["D1:1"]
    assert found["when"] == "2023-05-25T13:14:00Z"
    assert found["speaker"] == "Melanie"
    assert 0 < found["score"] <= 1


async def test_what_is_sent_again_is_told_as_known_before(http: httpx2.AsyncClient) -> None:
    await ingest(http)
    news = {"id": "D1:3", "speaker": "Caroline", "text": "I baked a tart."}
    answer = await ingest(http, turns=[*TURNS, news])
    assert answer.json() == {"accepted": 3, "searchable": False, "known_before": 2}


@pytest.mark.parametrize("changed", [{"text": "I won it."}, {"caption": "a medal"}])
async def test_an_id_that_is_known_in_other_words_is_named_and_nothing_is_changed(
    http: httpx2.AsyncClient, changed: dict[str, str]
) -> None:
    await ingest(http)
    news = {"id": "D1:3", "speaker": "Caroline", "text": "I baked a tart."}
    answer = await ingest(http, turns=[{**TURNS[0], **changed}, news])
    assert answer.json() == {"accepted": 1, "searchable": False, "conflicts": ["D1:1"]}
    (found,) = await search(http, "charity race")
    assert found["text"] == TURNS[0]["text"]
    assert await search(http, "tart")


async def test_of_two_in_one_request_with_one_id_the_first_is_kept(
    http: httpx2.AsyncClient,
) -> None:
    second = {**TURNS[0], "text": "I swam across the lake."}
    answer = await ingest(http, turns=[*TURNS, second])
    assert answer.json() == {"accepted": 2, "searchable": False, "conflicts": ["D1:1"]}
    assert await search(http, "lake") == []


async def test_explain_shows_the_signals(http: httpx2.AsyncClient, room: Room) -> None:
    await ingest(http)
    await room.work()
    found = (await search(http, "charity race", explain=True))[0]
    assert {"dense", "lexical", "cosine", "coverage"} <= set(found["signals"])
    plain = (await search(http, "charity race"))[0]
    assert "signals" not in plain


async def test_other_owners_find_nothing(http: httpx2.AsyncClient) -> None:
    await ingest(http)
    assert await search(http, "charity race", headers={"x-owner": "kim"}) == []
    assert len(await search(http, "charity race")) == 1


async def test_other_namespaces_find_nothing(http: httpx2.AsyncClient) -> None:
    await ingest(http)
    assert await search(http, "charity race", namespace="m") == []
    assert await search(http, "charity race", namespace="") == []


@pytest.mark.parametrize(
    "written",
    ["that summer", "2099-01-01", -1e18, 1e300, "1899-12-31T23:59:59Z", 9_999_999_999, "9" * 17],
)
async def test_a_date_that_can_not_be_is_refused_by_its_place_and_nothing_is_kept(
    http: httpx2.AsyncClient, written: str | float
) -> None:
    turns: list[dict[str, object]] = [
        {"id": "1", "speaker": "A", "text": "We sailed.", "timestamp": "2023-05-08"},
        {"id": "2", "speaker": "A", "text": "We sailed back.", "timestamp": written},
    ]
    refused = await ingest(http, turns=turns)
    assert refused.status_code == 400
    assert "turns[1].timestamp" in refused.json()["error"]["message"]
    assert await search(http, "sailed") == []


@pytest.mark.parametrize("written", [None, "", "1900-01-01", "8 May 2023", 0])
async def test_a_turn_without_a_date_was_said_now_and_an_old_one_is_welcome(
    http: httpx2.AsyncClient, written: str | float | None
) -> None:
    turns = [{"id": "1", "speaker": "A", "text": "We sailed.", "timestamp": written}]
    assert (await ingest(http, turns=turns)).status_code == 202
    assert len(await search(http, "sailed")) == 1


async def test_turns_without_words_are_left_out(http: httpx2.AsyncClient) -> None:
    answer = await ingest(http, turns=[{"id": "1", "speaker": "A", "text": "  "}])
    assert answer.json()["accepted"] == 0


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"turns": [{"id": str(n), "text": "x"} for n in range(51)]}, 413),
        ({"turns": [{"id": "", "text": "x"}]}, 422),
        ({"turns": [{"id": "1", "text": "x" * 20_001}]}, 422),
        ({"namespace": "n" * 201}, 422),
        ({"turns": "all"}, 422),
    ],
)
async def test_what_is_too_much_or_wrong_is_refused(
    http: httpx2.AsyncClient, body: dict[str, object], status: int
) -> None:
    answer = await ingest(http, **body)
    assert answer.status_code == status
    assert answer.json()["error"]["code"]


async def test_the_list_shows_sources_and_pages(http: httpx2.AsyncClient, room: Room) -> None:
    for number in range(3):
        new = NewMessage(
            OwnerId("sam"),
            f"said {number}",
            "Sam",
            "person",
            Assurance.VERIFIED,
            AT,
            channel="phone",
        )
        async with room.database.transaction() as tx:
            (message_id,) = await room.memory.keep(tx, [new])
            await room.memory.remember(
                tx, NewMemory(OwnerId("sam"), f"fact {number}", message_id, Assurance.VERIFIED, AT)
            )
    first = (await http.get("/v1/memory?limit=2")).json()
    assert [each["text"] for each in first["memories"]] == ["fact 2", "fact 1"]
    assert first["memories"][0]["sources"][0]["channel"] == "phone"
    rest = (await http.get("/v1/memory", params={"before": first["next"]})).json()
    assert [each["text"] for each in rest["memories"]] == ["fact 0"]
    assert rest["next"] is None
    assert (await http.get("/v1/memory", headers={"x-owner": "kim"})).json()["memories"] == []
    assert (await http.get("/v1/memory?before=nonsense")).status_code == 400


async def test_relations_are_shown_with_their_evidence_to_their_owner_only(
    http: httpx2.AsyncClient, room: Room
) -> None:
    turns = [{"id": "1", "speaker": "Sam", "text": "My sister Anna lives in Lisbon."}]
    await ingest(http, turns=turns)
    await room.work()
    shown = (await http.get("/v1/memory/graph?name=Anna")).json()["relations"]
    assert {(each["subject"], each["predicate"], each["object"]) for each in shown} == {
        ("Sam", "sister", "Anna"),
        ("Anna", "lives in", "Lisbon"),
    }
    theirs = await http.get("/v1/memory/graph?name=Anna", headers={"x-owner": "kim"})
    assert theirs.json()["relations"] == []


async def test_waiting_ends_when_everything_is_searchable(
    http: httpx2.AsyncClient, room: Room
) -> None:
    async with asyncio.TaskGroup() as tasks:
        waiting = tasks.create_task(ingest(http, wait=True))
        while not waiting.done():
            await room.work()
            await asyncio.sleep(0.02)  # noqa: TID251 - the other task's turn
    answer = waiting.result()
    assert (answer.status_code, answer.json()["searchable"]) == (200, True)
