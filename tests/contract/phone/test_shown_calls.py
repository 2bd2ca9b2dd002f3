"""What is shown of calls: found by the beginning of an id, filtered, with cost and details."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI
from sqlalchemy import insert

from backend.conversation import calls
from backend.platform.database.tables import conversations, messages, turns
from backend.platform.web import install_error_handlers
from backend.trust.identity import CredentialKind
from backend.trust.identity.types import NewCredential
from tests.contract.phone.house import House

IDS = (
    "01936f2a-7b3c-7000-8000-000000000001",
    "01936f2a-9999-7000-8000-000000000002",
    "01936f2b-0000-7000-8000-000000000003",
)
DETAILS = {"engines": {"hearing": "whisper"}, "end": {"why": "complete", "silence_ms": 380}}


class Recorded:
    """Opens one recording, in two pieces."""

    async def read(self, key: str, conversation_id: str) -> AsyncIterator[bytes]:
        assert key == f"recordings/{conversation_id}"
        yield b"RIFF"
        yield b"...."


@pytest.fixture
async def shown(house: House) -> House:
    """Three exchanges: two by phone, the last by keyboard; the second one was ours."""
    async with house.database.transaction() as tx:
        for index, call_id in enumerate(IDS):
            await tx.execute(
                insert(conversations).values(
                    id=call_id,
                    owner_id=house.owner.owner_id,
                    person_id=house.anna.id,
                    carrier="talk" if index == 2 else "phone",
                    remote="+15005550007",
                    assurance="verified",
                    direction="out" if index == 1 else "in",
                    recording=f"recordings/{call_id}" if index == 0 else "",
                    started_at=tx.at + index,
                    ended_at=tx.at + index + 5,
                    ended_by="caller",
                )
            )
        for number in range(2):
            await tx.execute(
                insert(turns).values(
                    id=f"t{number}",
                    owner_id=house.owner.owner_id,
                    conversation_id=IDS[0],
                    engine="offline",
                    timeline={"respond": [0, 5]},
                    details=DETAILS,
                    cost_micros=150,
                    started_at=tx.at,
                    ended_at=tx.at,
                )
            )
        await tx.execute(
            insert(messages).values(
                id="m0",
                owner_id=house.owner.owner_id,
                conversation_id=IDS[0],
                turn_id="t0",
                namespace="",
                role="companion",
                speaker="Ringback",
                text="Then rest",
                unheard="a little.",
                assurance="verified",
                is_recallable=False,
                said_at=tx.at,
                learnt_at=tx.at,
            )
        )
    return house


@asynccontextmanager
async def client(house: House) -> AsyncIterator[httpx2.AsyncClient]:
    app = FastAPI()
    install_error_handlers(app)
    app.include_router(
        calls.router(database=house.database, guard=house.guard, recordings=Recorded())
    )
    wanted = NewCredential(
        CredentialKind.API,
        house.owner.owner_id,
        person_id=house.owner.id,
        scopes=frozenset({"memory"}),
    )
    async with house.database.transaction() as tx:
        issued = await house.identity.issue(tx, wanted)
    headers = {"Authorization": f"Bearer {issued.token}"}
    transport = httpx2.ASGITransport(app=app)
    async with httpx2.AsyncClient(
        transport=transport, base_url="http://here", headers=headers
    ) as asking:
        yield asking


async def asked(house: House, path: str, status: int = 200) -> Any:
    async with client(house) as asking:
        answer = await asking.get(path)
    assert answer.status_code == status, answer.text
    return answer.json()


async def listed(house: House, query: str) -> list[str]:
    found = await asked(house, f"/v1/calls?{query}")
    return [call["id"] for call in found["calls"]]


async def test_calls_are_listed_newest_first_by_every_filter(shown: House) -> None:
    first, ours, typed = IDS
    assert await listed(shown, "") == [ours, first]
    assert await listed(shown, "carrier=any") == [typed, ours, first]
    assert await listed(shown, "direction=out") == [ours]
    assert await listed(shown, f"before={ours}") == [first]
    assert await listed(shown, "person=ann") == [ours, first]
    assert await listed(shown, "person=zoe") == []
    assert await listed(shown, "number=0007") == [ours, first]
    assert await listed(shown, "number=%25") == []
    assert await listed(shown, f"since={2**62}") == []
    await asked(shown, "/v1/calls?nothing=1", 422)


@pytest.mark.parametrize("name", [IDS[0], IDS[0][:13], IDS[0][:13].upper()])
async def test_a_call_is_found_by_the_beginning_of_its_id(shown: House, name: str) -> None:
    assert (await asked(shown, f"/v1/calls/{name}"))["id"] == IDS[0]


async def test_the_last_call_is_found_on_any_line_or_on_one(shown: House) -> None:
    assert (await asked(shown, "/v1/calls/last"))["id"] == IDS[2]
    assert (await asked(shown, "/v1/calls/last?carrier=phone"))["id"] == IDS[1]


@pytest.mark.parametrize(
    ("name", "status"), [("01936f2a", 409), ("019", 404), ("%25%25%25%25", 404), ("zzzz", 404)]
)
async def test_a_name_that_means_no_single_call_is_refused(
    shown: House, name: str, status: int
) -> None:
    await asked(shown, f"/v1/calls/{name}", status)


async def test_a_call_shows_its_details_its_cost_and_what_nobody_heard(shown: House) -> None:
    call = await asked(shown, f"/v1/calls/{IDS[0]}")
    assert (call["cost_micros"], call["turns_taken"], call["person"]) == (300, 2, "Anna")
    turn = call["turns"][0]
    assert (turn["said"], turn["unheard"]) == ("Then rest", "a little.")
    assert (turn["details"], turn["cost_micros"]) == (DETAILS, 150)


async def test_a_recording_is_given_as_a_file_and_only_where_there_is_one(shown: House) -> None:
    async with client(shown) as asking:
        answer = await asking.get(f"/v1/calls/{IDS[0]}/recording")
        assert answer.content == b"RIFF...."
        assert answer.headers["content-type"] == "audio/wav"
        assert (await asking.get(f"/v1/calls/{IDS[1]}/recording")).status_code == 404
