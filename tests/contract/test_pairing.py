"""What pairing and the feed promise, over real requests."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest
from sqlalchemy import insert

from backend.kernel.ids import OwnerId
from backend.platform.database.tables import memories, messages, sticky_notes, turns
from backend.trust.identity import CredentialKind
from tests.contract.app_house import AppHouse, app_house


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[AppHouse]:
    async with app_house(tmp_path) as opened:
        yield opened


@pytest.fixture
async def owner(house: AppHouse) -> AsyncIterator[httpx2.AsyncClient]:
    """The owner at the command line."""
    async with client(house, await house.token(CredentialKind.CLI)) as http:
        yield http


def client(house: AppHouse, token: str = "") -> httpx2.AsyncClient:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return httpx2.AsyncClient(base_url=house.url, headers=headers, timeout=15)


async def offer(http: httpx2.AsyncClient) -> str:
    answer = await http.post("/v1/devices/pairing")
    assert answer.status_code == 201
    return str(answer.json()["code"])


async def pair(house: AppHouse, code: str) -> httpx2.Response:
    async with client(house) as nobody:
        return await nobody.post("/v1/devices", json={"code": code, "name": "My phone"})


async def test_an_offer_can_be_scanned_and_is_not_kept_by_browsers(
    house: AppHouse, owner: httpx2.AsyncClient
) -> None:
    answer = await owner.post("/v1/devices/pairing")
    told = answer.json()
    assert told["text"].startswith(
        f"ringback://pair?url=http%3A%2F%2F127.0.0.1%3A{house.port}&code="
    )
    assert told["qr"].startswith("<svg")
    assert answer.headers["cache-control"] == "no-store"


async def test_a_code_makes_one_device_that_can_talk(
    house: AppHouse, owner: httpx2.AsyncClient
) -> None:
    code = await offer(owner)
    paired = await pair(house, f" {code[:4].lower()}-{code[4:]} ")
    assert paired.status_code == 201
    assert paired.json()["person"] == "Sam"
    assert (await pair(house, code)).status_code == 401
    first = {"type": "hello", "wire": 1, "mode": "chat", "token": paired.json()["token"]}
    async with house.line(first) as line:
        await line.hear("welcome")


async def test_a_removed_device_is_turned_away_at_once(
    house: AppHouse, owner: httpx2.AsyncClient
) -> None:
    device = (await pair(house, await offer(owner))).json()
    assert (await owner.delete(f"/v1/devices/{device['id']}")).status_code == 204
    assert (await owner.get("/v1/devices")).json() == {"devices": []}
    async with house.line({"type": "hello", "wire": 1, "token": device["token"]}) as line:
        assert await line.close_code() == 4401


async def test_a_device_pairs_no_other_and_removes_only_itself(
    house: AppHouse, owner: httpx2.AsyncClient
) -> None:
    one, other = [(await pair(house, await offer(owner))).json() for _ in range(2)]
    async with client(house, one["token"]) as device:
        assert (await device.post("/v1/devices/pairing")).status_code == 403
        assert (await device.delete(f"/v1/devices/{other['id']}")).status_code == 403
        assert (await device.delete(f"/v1/devices/{one['id']}")).status_code == 204


async def test_the_door_of_devices_removes_nothing_but_devices(
    house: AppHouse, owner: httpx2.AsyncClient
) -> None:
    held = await house.identity.credentials(CredentialKind.CLI)
    assert (await owner.delete(f"/v1/devices/{held[0].id}")).status_code == 404


async def test_more_devices_than_the_limit_are_refused_with_the_cure(
    house: AppHouse, owner: httpx2.AsyncClient
) -> None:
    for _ in range(3):
        await pair(house, await offer(owner))
    refused = await owner.post("/v1/devices/pairing")
    assert refused.status_code == 409
    assert refused.json()["error"]["cure"] == "ringback devices remove ID"


async def test_a_member_sees_and_removes_only_their_own_devices(
    house: AppHouse, owner: httpx2.AsyncClient
) -> None:
    device = (await pair(house, await offer(owner))).json()
    mia = await house.member("Mia")
    async with client(house, await house.token(CredentialKind.CLI, mia)) as member:
        assert (await member.get("/v1/devices")).json() == {"devices": []}
        assert (await member.delete(f"/v1/devices/{device['id']}")).status_code == 404


@pytest.mark.parametrize("path", ["/v1/devices", "/v1/feed"])
async def test_strangers_see_nothing(house: AppHouse, path: str) -> None:
    async with client(house) as nobody:
        assert (await nobody.get(path)).status_code == 401


# ── the feed ─────────────────────────────────────────────────────────────────────────────────
async def fill(house: AppHouse, owner_id: OwnerId, mark: str) -> None:
    """Commit one turn, one memory, one note and the event of it."""
    async with house.database.transaction() as tx:
        turn = house.ids.new()
        shared = {"owner_id": owner_id}
        await tx.execute(
            insert(turns).values(
                id=turn, conversation_id="c", engine="", timeline={}, started_at=tx.at,
                ended_at=tx.at, **shared,
            )
        )  # fmt: skip
        for role, text in (("person", f"heard {mark}"), ("companion", f"said {mark}")):
            await tx.execute(
                insert(messages).values(
                    id=house.ids.new(), turn_id=turn, speaker="Sam", role=role, text=text,
                    channel="phone", assurance="held", is_recallable=True, said_at=tx.at,
                    learnt_at=tx.at, namespace="", **shared,
                )
            )  # fmt: skip
        await tx.execute(
            insert(memories).values(
                id=house.ids.new(), text=f"memory {mark}", message_id="m", assurance="held",
                namespace="", valid_from=tx.at, learnt_at=tx.at, **shared,
            )
        )  # fmt: skip
        await tx.execute(
            insert(sticky_notes).values(
                id=house.ids.new(), document_id="d", text=f"note {mark}", is_done=False,
                created_at=tx.at, **shared,
            )
        )  # fmt: skip
        await house.events.append(
            tx, owner_id=owner_id, stream=f"owner:{owner_id}", kind="turn", payload={}, actor="test"
        )


async def test_the_feed_shows_ones_own_newest_first(
    house: AppHouse, owner: httpx2.AsyncClient
) -> None:
    owner_id = (await house.identity.owner()).owner_id
    mia = await house.member("Mia")
    await fill(house, owner_id, "one")
    await fill(house, owner_id, "two")
    await fill(house, mia.owner_id, "hers")
    page = (await owner.get("/v1/feed")).json()
    assert [(turn["heard"], turn["said"]) for turn in page["turns"]] == [
        ("heard two", "said two"),
        ("heard one", "said one"),
    ]
    assert [memory["text"] for memory in page["memories"]] == ["memory two", "memory one"]
    assert [note["text"] for note in page["notes"]] == ["note two", "note one"]
    assert page["cursor"] == 2


async def test_the_feed_waits_for_news(house: AppHouse, owner: httpx2.AsyncClient) -> None:
    owner_id = (await house.identity.owner()).owner_id
    async with asyncio.TaskGroup() as group:
        waiting = group.create_task(owner.get("/v1/feed", params={"after": 0, "wait_s": 20}))
        await house.clock.sleep(0.1)
        assert not waiting.done()
        await fill(house, owner_id, "news")
    assert waiting.result().json()["cursor"] == 1


async def test_the_feed_answers_after_the_wait_even_without_news(
    house: AppHouse, owner: httpx2.AsyncClient
) -> None:
    answer = await owner.get("/v1/feed", params={"after": 0, "wait_s": 0.05})
    assert answer.json() == {"cursor": 0, "turns": [], "memories": [], "notes": []}
