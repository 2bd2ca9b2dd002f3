"""Every way in, and everything that is turned away."""

import httpx2
import pytest
from fastapi import FastAPI, Request

from backend.kernel.people import ActorKind
from backend.platform.keys import Keys
from backend.platform.settings import Settings
from backend.trust.guard import CSRF_HEADER, SESSION_COOKIE, SUBPROTOCOL_PREFIX, Guard
from backend.trust.identity import CredentialKind
from tests.unit.backend.trust.house import ORIGIN, House
from tests.unit.backend.trust.socket import is_refused, open_socket, told

MINE = "/v1/memory/mine"
FOREIGN = {"Origin": "https://evil.example"}


async def signed_in(house: House, client: httpx2.AsyncClient) -> str:
    """Come in by the owner's link; return the CSRF token."""
    async with house.database.transaction() as tx:
        link = await house.identity.issue_owner_link(tx)
    answer = await client.post("/v1/session", json={"code": link.token})
    assert answer.status_code == 200, answer.text
    return str(answer.json()["csrf"])


# ── bearer tokens ────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    "kind", [CredentialKind.API, CredentialKind.DEVICE, CredentialKind.CLI, CredentialKind.SESSION]
)
async def test_a_bearer_token_opens_its_owners_routes(
    house: House, client: httpx2.AsyncClient, kind: CredentialKind
) -> None:
    answer = await client.get(MINE, headers=await house.bearer(kind))
    assert answer.json() == {"owner_id": house.owner.owner_id}


async def test_without_a_credential_nothing_opens(client: httpx2.AsyncClient) -> None:
    for method, path in (
        ("GET", MINE),
        ("GET", "/v1/people"),
        ("GET", "/v1/tokens"),
        ("POST", "/v1/tickets"),
        ("POST", "/v1/owner/link"),
        ("GET", "/v1/session"),
    ):
        assert (await client.request(method, path)).status_code == 401, path


@pytest.mark.parametrize(
    "shown", ["Bearer ", "Bearer x", "Basic b3duZXI6", "Bearer ringback_api_no"]
)
async def test_a_wrong_token_is_turned_away(client: httpx2.AsyncClient, shown: str) -> None:
    answer = await client.get(MINE, headers={"Authorization": shown})
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"


async def test_a_token_reaches_as_far_as_its_scopes(
    house: House, client: httpx2.AsyncClient
) -> None:
    headers = await house.bearer(CredentialKind.API, None, "documents")
    answer = await client.get(MINE, headers=headers)
    assert answer.status_code == 403
    assert answer.json()["error"]["cure"] == "ringback tokens create --scope memory"


async def test_an_expired_token_is_turned_away(house: House, client: httpx2.AsyncClient) -> None:
    headers = await house.bearer(CredentialKind.SESSION)
    house.clock.advance(31 * 86_400)
    assert (await client.get(MINE, headers=headers)).status_code == 401


async def test_a_token_of_another_instance_is_turned_away(client: httpx2.AsyncClient) -> None:
    foreign = f"ringback_api_{'A' * 43}"
    answer = await client.get(MINE, headers={"Authorization": f"Bearer {foreign}"})
    assert answer.status_code == 401
    assert foreign not in answer.text


# ── the browser's session ────────────────────────────────────────────────────────────────────
async def test_the_owners_link_makes_a_session_once(
    house: House, client: httpx2.AsyncClient
) -> None:
    async with house.database.transaction() as tx:
        link = await house.identity.issue_owner_link(tx)
    first = await client.post("/v1/session", json={"code": link.token})
    assert first.json()["role"] == "owner"
    client.cookies.clear()
    second = await client.post("/v1/session", json={"code": link.token})
    assert second.status_code == 401


async def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(
    house: House, client: httpx2.AsyncClient
) -> None:
    await signed_in(house, client)
    async with house.database.transaction() as tx:
        link = await house.identity.issue_owner_link(tx)
    cookie = (await client.post("/v1/session", json={"code": link.token})).headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "samesite=strict" in cookie.lower()
    assert "Secure" not in cookie  # plain HTTP on this machine: a browser would drop it


async def test_the_cookie_is_secure_behind_https(house: House, app: FastAPI) -> None:
    async with house.database.transaction() as tx:
        link = await house.identity.issue_owner_link(tx)
    transport = httpx2.ASGITransport(app)
    async with httpx2.AsyncClient(transport=transport, base_url="https://127.0.0.1") as client:
        answer = await client.post("/v1/session", json={"code": link.token})
    assert "Secure" in answer.headers["set-cookie"]


@pytest.mark.parametrize(
    ("opened_by", "is_secure"),
    [("http://ringback.example", True), ("http://192.168.1.7:7464", False)],
)
async def test_behind_a_proxy_the_cookie_is_secure_for_who_came_by_it(
    house: House, opened_by: str, *, is_secure: bool
) -> None:
    settings = Settings(public_url="https://ringback.example", bind="0.0.0.0")
    guard = Guard(
        database=house.database,
        identity=house.identity,
        trust=house.trust,
        settings=settings,
        clock=house.clock,
        keys=Keys(bytes(32)),
    )
    url = httpx2.URL(opened_by)
    headers = [(b"host", url.netloc)]
    request = Request({"type": "http", "scheme": "http", "path": "/", "headers": headers})
    assert guard.is_secure(request) is is_secure


async def test_a_session_reads_with_its_cookie_alone(
    house: House, client: httpx2.AsyncClient
) -> None:
    csrf = await signed_in(house, client)
    assert (await client.get(MINE)).status_code == 200
    assert (await client.get("/v1/session")).json()["csrf"] == csrf


async def test_a_session_changes_nothing_without_its_csrf_token(
    house: House, client: httpx2.AsyncClient
) -> None:
    csrf = await signed_in(house, client)
    assert (await client.post(MINE)).status_code == 403
    assert (await client.post(MINE, headers={CSRF_HEADER: "0" * 64})).status_code == 403
    assert (await client.post(MINE, headers={CSRF_HEADER: csrf})).status_code == 200


async def test_the_csrf_token_of_another_session_does_not_fit(
    house: House, client: httpx2.AsyncClient
) -> None:
    other = await signed_in(house, client)
    client.cookies.clear()
    await signed_in(house, client)
    assert (await client.post(MINE, headers={CSRF_HEADER: other})).status_code == 403


async def test_a_token_of_another_kind_is_no_session_cookie(
    house: House, client: httpx2.AsyncClient
) -> None:
    issued = await house.issue(CredentialKind.API)
    client.cookies.set(SESSION_COOKIE, issued.token)
    assert (await client.get(MINE)).status_code == 401


async def test_a_foreign_page_is_turned_away_whatever_it_shows(
    house: House, client: httpx2.AsyncClient
) -> None:
    csrf = await signed_in(house, client)
    bearer = await house.bearer(CredentialKind.API)
    assert (await client.get(MINE, headers=FOREIGN)).status_code == 403
    assert (await client.post(MINE, headers={**FOREIGN, CSRF_HEADER: csrf})).status_code == 403
    assert (await client.get(MINE, headers={**FOREIGN, **bearer})).status_code == 403
    async with house.database.transaction() as tx:
        link = await house.identity.issue_owner_link(tx)
    answer = await client.post("/v1/session", json={"code": link.token}, headers=FOREIGN)
    assert answer.status_code == 403


async def test_our_own_page_is_let_in(house: House, client: httpx2.AsyncClient) -> None:
    await signed_in(house, client)
    assert (await client.get(MINE, headers={"Origin": ORIGIN})).status_code == 200


async def test_going_out_revokes_the_session(house: House, client: httpx2.AsyncClient) -> None:
    csrf = await signed_in(house, client)
    kept = dict(client.cookies)
    assert (await client.delete("/v1/session", headers={CSRF_HEADER: csrf})).status_code == 204
    client.cookies.update(kept)  # somebody kept a copy
    assert (await client.get(MINE)).status_code == 401


@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b'{"code": 1}', b'{"code":"x","more":1}'])
async def test_what_is_no_code_is_refused_plainly(client: httpx2.AsyncClient, body: bytes) -> None:
    answer = await client.post("/v1/session", content=body)
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "invalid"


# ── sockets ──────────────────────────────────────────────────────────────────────────────────
async def test_a_ticket_opens_one_socket(
    house: House, app: FastAPI, client: httpx2.AsyncClient
) -> None:
    csrf = await signed_in(house, client)
    made = (await client.post("/v1/tickets", headers={CSRF_HEADER: csrf})).json()
    query = f"ticket={made['ticket']}"
    first = told(await open_socket(app, "/sync/notes", query=query))
    assert first == {"owner_id": house.owner.owner_id, "kind": ActorKind.SESSION}
    assert is_refused(await open_socket(app, "/sync/notes", query=query))


async def test_a_ticket_dies_after_a_minute(
    house: House, app: FastAPI, client: httpx2.AsyncClient
) -> None:
    csrf = await signed_in(house, client)
    made = (await client.post("/v1/tickets", headers={CSRF_HEADER: csrf})).json()
    assert made["expires_in_s"] == 60
    house.clock.advance(60)
    assert is_refused(await open_socket(app, "/sync/notes", query=f"ticket={made['ticket']}"))


async def test_a_device_shows_its_token_in_any_of_three_places(house: House, app: FastAPI) -> None:
    token = (await house.issue(CredentialKind.DEVICE, None, "documents")).token
    protocol = SUBPROTOCOL_PREFIX + token
    assert told(await open_socket(app, "/sync/notes", query=f"token={token}"))
    assert told(
        await open_socket(app, "/sync/notes", headers=[("authorization", f"Bearer {token}")])
    )
    sent = await open_socket(app, "/sync/notes", subprotocols=["other", protocol])
    assert told(sent)
    assert sent[0]["subprotocol"] == protocol  # a browser hangs up without it


async def test_a_cookie_opens_no_socket(
    house: House, app: FastAPI, client: httpx2.AsyncClient
) -> None:
    await signed_in(house, client)
    cookie = f"{SESSION_COOKIE}={client.cookies[SESSION_COOKIE]}"
    assert is_refused(await open_socket(app, "/sync/notes", headers=[("cookie", cookie)]))


async def test_a_foreign_page_opens_no_socket_even_with_a_token(house: House, app: FastAPI) -> None:
    token = (await house.issue(CredentialKind.DEVICE)).token
    sent = await open_socket(
        app, "/sync/notes", query=f"token={token}", headers=[("origin", FOREIGN["Origin"])]
    )
    assert is_refused(sent)


async def test_a_socket_needs_the_scope_of_its_door(house: House, app: FastAPI) -> None:
    token = (await house.issue(CredentialKind.API, None, "memory")).token
    assert is_refused(await open_socket(app, "/sync/notes", query=f"token={token}"))


# ── limits ───────────────────────────────────────────────────────────────────────────────────
async def test_codes_can_not_be_tried_one_after_the_other(
    house: House, client: httpx2.AsyncClient
) -> None:
    allowed = house.settings.limits.failures_per_minute
    for number in range(allowed):
        answer = await client.post("/v1/session", json={"code": f"WRONG{number:05d}"})
        assert answer.status_code == 401
    async with house.database.transaction() as tx:
        link = await house.identity.issue_owner_link(tx)
    assert (await client.post("/v1/session", json={"code": link.token})).status_code == 429
    house.clock.advance(60)
    assert (await client.post("/v1/session", json={"code": link.token})).status_code == 200


async def test_a_right_token_passes_from_an_address_that_guesses(
    house: House, client: httpx2.AsyncClient
) -> None:
    wrong = {"Authorization": f"Bearer ringback_api_{'B' * 43}"}
    statuses = [
        (await client.get(MINE, headers=wrong)).status_code
        for _ in range(house.settings.limits.failures_per_minute + 1)
    ]
    assert statuses[-1] == 429
    assert (await client.get(MINE, headers=await house.bearer(CredentialKind.API))).is_success
