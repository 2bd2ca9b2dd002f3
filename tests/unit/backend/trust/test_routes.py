"""The doors of people, tokens and the map; a member sees nothing of the owner on any of them."""

import httpx2
import pytest

from backend.trust.identity import CredentialKind
from tests.unit.backend.trust.house import House

OPERATOR_DOORS = [
    ("GET", "/v1/people", None),
    ("POST", "/v1/people", {"name": "Eve", "number": "+49301234599"}),
    ("PATCH", "/v1/people/owner", {"name": "Eve"}),
    ("DELETE", "/v1/people/{owner}", None),
    ("POST", "/v1/people/{owner}/pairing", None),
    ("PUT", "/v1/people/{owner}/pin", {"pin": "4815"}),
    ("DELETE", "/v1/people/{owner}/pin", None),
    ("GET", "/v1/tokens", None),
    ("POST", "/v1/tokens", {"scopes": ["memory"]}),
    ("DELETE", "/v1/tokens/{token}", None),
    ("POST", "/v1/owner/link", None),
]


@pytest.fixture
async def owners(house: House) -> dict[str, str]:
    return await house.bearer(CredentialKind.CLI)


@pytest.mark.parametrize(("method", "path", "body"), OPERATOR_DOORS)
@pytest.mark.parametrize("is_member", [True, False])
@pytest.mark.parametrize("kind", [CredentialKind.API, CredentialKind.DEVICE])
async def test_nobody_but_the_owner_operates(  # noqa: PLR0913 (the matrix of the claim)
    house: House,
    client: httpx2.AsyncClient,
    *,
    method: str,
    path: str,
    body: dict[str, object] | None,
    is_member: bool,
    kind: CredentialKind,
) -> None:
    token = await house.issue(CredentialKind.API)
    other = await house.add("Mia", is_member=is_member)
    address = path.format(owner=house.owner.id, token=token.id)
    headers = await house.bearer(kind, other)  # asks for everything, as far as it can be had
    answer = await client.request(method, address, json=body, headers=headers)
    assert answer.status_code == 403
    assert house.owner.id not in answer.text
    assert await house.identity.authenticate(token.token)


@pytest.mark.parametrize("scope", ["memory", "documents", "voice", "feed", "jobs"])
async def test_a_token_of_the_owner_without_operate_does_not_operate(
    house: House, client: httpx2.AsyncClient, scope: str
) -> None:
    headers = await house.bearer(CredentialKind.API, None, scope)
    assert (await client.get("/v1/people", headers=headers)).status_code == 403


async def test_a_pin_is_set_and_never_told(
    house: House, client: httpx2.AsyncClient, owners: dict[str, str]
) -> None:
    path = f"/v1/people/{house.owner.id}/pin"
    weak = await client.put(path, json={"pin": "1234"}, headers=owners)
    long = await client.put(path, json={"pin": "48151" * 20}, headers=owners)
    set_ = await client.put(path, json={"pin": "481516"}, headers=owners)
    assert (weak.status_code, long.status_code, set_.status_code) == (400, 422, 200)
    assert set_.json() == {"person": house.owner.name, "digits": 6}
    shown = await client.get("/v1/people", headers=owners)
    assert shown.json()["people"][0]["has_pin"] is True
    for answer in (weak, long, set_, shown):
        assert "4815" not in answer.text
        assert "1234" not in answer.text.replace(house.owner.id, "")
    assert (await client.delete(path, headers=owners)).status_code == 204
    assert (await house.identity.owner()).pin_digits == 0


async def test_a_member_reaches_their_own_memory_alone(
    house: House, client: httpx2.AsyncClient
) -> None:
    mia = await house.add("Mia", is_member=True)
    headers = await house.bearer(CredentialKind.DEVICE, mia)
    answer = await client.get("/v1/memory/mine", headers=headers)
    assert answer.json() == {"owner_id": mia.id}


async def test_a_refusal_of_somebody_known_is_written_down(
    house: House, client: httpx2.AsyncClient
) -> None:
    mia = await house.add("Mia", is_member=True)
    await client.get("/v1/people", headers=await house.bearer(CredentialKind.API, mia))
    verification = await house.trust.verify_audit()
    assert (verification.lines, verification.holds) == (1, True)


async def test_people_come_and_go(client: httpx2.AsyncClient, owners: dict[str, str]) -> None:
    wanted = {"name": "Mia", "number": "+49 30 1234567", "member": True}
    made = await client.post("/v1/people", json=wanted, headers=owners)
    assert made.status_code == 201
    assert made.json()["numbers"] == ["+49301234567"]
    assert made.json()["memory"] == "a memory of their own"
    listed = (await client.get("/v1/people", headers=owners)).json()["people"]
    assert [person["name"] for person in listed] == ["Owner", "Mia"]
    gone = await client.delete(f"/v1/people/{made.json()['id']}", headers=owners)
    assert gone.status_code == 204
    assert len((await client.get("/v1/people", headers=owners)).json()["people"]) == 1


async def test_the_owner_is_changed_under_that_name(
    client: httpx2.AsyncClient, owners: dict[str, str]
) -> None:
    change = {"name": "Kim", "zone": "Europe/Berlin", "voice": "joe", "number": "+49301234567"}
    for _ in range(2):  # setting up again changes nothing more
        answer = await client.patch("/v1/people/owner", json=change, headers=owners)
        assert answer.status_code == 200
    assert answer.json()["zone"] == "Europe/Berlin"
    assert answer.json()["numbers"] == ["+49301234567"]


async def test_a_token_is_shown_once_and_listed_without_its_secret(
    client: httpx2.AsyncClient, owners: dict[str, str]
) -> None:
    wanted = {"scopes": ["memory"], "name": "laptop", "days": 7}
    made = (await client.post("/v1/tokens", json=wanted, headers=owners)).json()
    listed = await client.get("/v1/tokens", headers=owners)
    assert made["token"] not in listed.text
    assert listed.json()["tokens"][0]["expires_at"] == made["expires_at"]
    opened = await client.get(
        "/v1/memory/mine", headers={"Authorization": f"Bearer {made['token']}"}
    )
    assert opened.status_code == 200
    await client.delete(f"/v1/tokens/{made['id']}", headers=owners)
    assert (await client.get("/v1/tokens", headers=owners)).json() == {"tokens": []}


@pytest.mark.parametrize(
    "wanted",
    [
        {"scopes": ["*"]},
        {"scopes": []},
        {"scopes": ["everything"]},
        {"scopes": ["operate"], "person": "Mia"},
        {"scopes": ["memory"], "days": 0},
        {"scopes": ["memory"], "surprise": 1},
    ],
)
async def test_a_token_that_reaches_too_far_is_not_made(
    house: House, client: httpx2.AsyncClient, owners: dict[str, str], wanted: dict[str, object]
) -> None:
    await house.add("Mia", is_member=True)
    answer = await client.post("/v1/tokens", json=wanted, headers=owners)
    assert answer.status_code in {400, 422}
    assert (await client.get("/v1/tokens", headers=owners)).json() == {"tokens": []}


async def test_a_token_for_a_member_opens_the_members_memory(
    house: House, client: httpx2.AsyncClient, owners: dict[str, str]
) -> None:
    mia = await house.add("Mia", is_member=True)
    wanted = {"scopes": ["memory"], "person": "mia"}
    made = (await client.post("/v1/tokens", json=wanted, headers=owners)).json()
    actor = await house.identity.authenticate(made["token"])
    assert actor.owner_id == mia.owner_id


async def test_a_pairing_code_for_a_member_is_the_members(
    house: House, client: httpx2.AsyncClient, owners: dict[str, str]
) -> None:
    mia = await house.add("Mia", is_member=True)
    made = (await client.post(f"/v1/people/{mia.id}/pairing", headers=owners)).json()
    async with house.database.transaction() as tx:
        redeemed = await house.identity.redeem(tx, CredentialKind.PAIRING, made["code"])
    assert redeemed.actor.owner_id == mia.owner_id


async def test_the_owners_link_carries_its_code_in_the_fragment(
    client: httpx2.AsyncClient, owners: dict[str, str]
) -> None:
    made = (await client.post("/v1/owner/link", headers=owners)).json()
    assert made["url"] == f"http://127.0.0.1:7464/#code={made['code']}"


async def test_the_map_names_absolute_addresses(client: httpx2.AsyncClient) -> None:
    assert (await client.get("/v1/where")).json() == {
        "backend": "http://127.0.0.1:7464",
        "mobile_api": "http://127.0.0.1:7464",
        "sync": "http://127.0.0.1:7464",
        "live": "ws://127.0.0.1:7464/v1/live",
        "documents": "ws://127.0.0.1:7464/sync",
    }
