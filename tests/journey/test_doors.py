"""Who is nobody gets nothing: every door of the started product, and every socket, without a right.

The doors are those that the product describes itself. What is open to everybody is named here; a
new door that forgets to ask who comes fails.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as Xml

import httpx2
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from tests.journey.doors import SOCKETS, Door, doors_of
from tests.journey.product import NO_TLS, Product
from tests.journey.telephone import Telephone

CARRIER_SECRET = "the-secret-of-the-carrier-0123456789"
NUMBER = "+15005550006"
DAY_S = 86_400
FOREIGN = {"Origin": "https://evil.example"}

OPEN_TO_ALL = {  # and why
    "GET /health/live",  # machines watch it
    "GET /health/ready",
    "GET /metrics",  # on a machine of one's own only
    "GET /v1/where",  # addresses, nothing else
    "POST /v1/session",  # the owner's code is the right
    "POST /v1/devices",  # the pairing code is the right
}
REACH = {  # scope → what a token of it may open
    "voice": set[str](),
    "call": {"POST /v1/calls", "POST /v1/texts", "GET /v1/deliveries", "DELETE /v1/deliveries"},
    "memory": {"/v1/memory", "/v1/facts", "GET /v1/calls", "GET /v1/forget"},
    "documents": {"/v1/notes"},
    "feed": {"/v1/feed", "/v1/devices"},
    "jobs": {"/v1/jobs"},
}
ANYBODYS = {"/v1/session", "/v1/tickets", "/v1/where", "/v1/devices", "/metrics"}

Json = Any

FORM = {"CallSid": "CA1", "MessageSid": "SM1", "From": NUMBER, "To": "+15005550001", "Body": "Hi"}


@pytest.fixture(scope="module")
def clock(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("clock") / "offset"
    file.write_text("0")
    return file


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory, clock: Path) -> Iterator[Product]:
    settings = {
        "TWILIO_AUTH_TOKEN": CARRIER_SECRET,
        "RINGBACK_LIMITS__FAILURES_PER_MINUTE": "100000",  # floods have a test of their own
    }
    opened = Product(tmp_path_factory.mktemp("doors") / "home", settings)
    try:
        yield opened.start("--clock", str(clock))
    finally:
        opened.stop()


@pytest.fixture(scope="module")
def owners(product: Product) -> str:
    """The command line's token: it opens everything."""
    return (product.home / "cli.token").read_text().strip()


@pytest.fixture(scope="module")
def doors(product: Product, owners: str) -> list[Door]:
    return doors_of(product.url, owners)


@pytest.fixture
def browser(product: Product) -> Iterator[httpx2.Client]:
    """A browser in which the owner is in: a cookie, and no header yet."""
    link: Json = product.told("owner", "link")
    with httpx2.Client(base_url=product.url, timeout=30) as client:
        opened = client.post("/v1/session", json={"code": link["code"]})
        client.headers["X-Test-CSRF"] = opened.json()["csrf"]
        yield client


def created(product: Product, *words: str) -> dict[str, Any]:
    made: Json = product.told("tokens", "create", *words)
    return dict(made)


def refused(product: Product, door: Door, **shown: Json) -> int:
    path = next(door.paths(("nobody",)))
    sent: Json = {"data": FORM} if is_carriers(door) else {"json": door.body}
    url = product.url + path
    return httpx2.request(
        door.method, url, params=door.query, timeout=30, verify=NO_TLS, **sent, **shown
    ).status_code


def is_carriers(door: Door) -> bool:
    return door.path.startswith(("/phone/", "/sms/"))


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


# ── credentials ──────────────────────────────────────────────────────────────────────────────
@pytest.mark.covers("IM-09")
def test_without_a_credential_every_door_is_shut(product: Product, doors: list[Door]) -> None:
    found = {str(door): refused(product, door) for door in doors if str(door) not in OPEN_TO_ALL}
    assert len(found) > 30
    assert {door: status for door, status in found.items() if status not in {401, 403}} == {}


@pytest.mark.covers("IM-09")
@pytest.mark.parametrize(
    "credential", ["wrong", "of another kind", "revoked", "expired", "cookie that is none"]
)
def test_what_was_never_or_is_no_more_a_credential_opens_nothing(
    product: Product, doors: list[Door], clock: Path, credential: str
) -> None:
    shown = bearer("ringback_api_" + "A" * 43)
    if credential == "of another kind":
        link: Json = product.told("owner", "link")
        shown = bearer(link["code"])
    elif credential == "revoked":
        made = created(product, "--scope", "operate")
        product.command("tokens", "revoke", made["id"])
        shown = bearer(made["token"])
    elif credential == "expired":
        shown = bearer(created(product, "--scope", "operate", "--days", "1")["token"])
        clock.write_text(str(DAY_S + 60))
    elif credential == "cookie that is none":
        token = (product.home / "cli.token").read_text().strip()
        shown = {"Cookie": f"ringback_session={token}"}
    try:
        found = {
            str(door): refused(product, door, headers=shown)
            for door in doors
            if str(door) not in OPEN_TO_ALL
        }
    finally:
        clock.write_text("0")
    assert {door: status for door, status in found.items() if status not in {401, 403}} == {}


@pytest.mark.parametrize("scope", list(REACH))
def test_a_token_reaches_no_further_than_its_scope(
    product: Product, doors: list[Door], scope: str
) -> None:
    shown = bearer(created(product, "--scope", scope)["token"])
    opened = [
        door
        for door in doors
        if not door.path.startswith("/health/")
        and str(door) != "DELETE /v1/session"  # would withdraw what asks
        and refused(product, door, headers=shown) not in {401, 403}
    ]
    may = REACH[scope] | ANYBODYS
    assert {str(door) for door in opened if not any(begins(door, each) for each in may)} == set()
    assert all(any(begins(door, each) for door in opened) for each in REACH[scope])


def begins(door: Door, beginning: str) -> bool:
    return door.path.startswith(beginning) or str(door).startswith(beginning)


# ── browsers ─────────────────────────────────────────────────────────────────────────────────
@pytest.mark.covers("IM-09")
def test_a_foreign_page_opens_nothing_with_the_owners_cookie(
    browser: httpx2.Client, doors: list[Door]
) -> None:
    csrf = {"X-Ringback-CSRF": browser.headers["X-Test-CSRF"]}
    for origin in ("https://evil.example", "null", "http://[", f"{browser.base_url}.evil.example"):
        for door in doors:
            if str(door) in OPEN_TO_ALL or is_carriers(door):
                continue
            asked = browser.request(
                door.method,
                next(door.paths(("nobody",))),
                params=door.query,
                json=door.body,
                headers={"Origin": origin, **csrf},
            )
            assert asked.status_code == 403, (origin, str(door))
            assert "access-control-allow-origin" not in asked.headers


def test_no_foreign_page_is_told_that_it_may_ask(product: Product, doors: list[Door]) -> None:
    for path in {door.path for door in doors}:
        asks = {**FOREIGN, "Access-Control-Request-Method": "POST"}
        answer = httpx2.options(product.url + path, headers=asks)
        assert answer.status_code >= 400
        assert not [name for name in answer.headers if name.startswith("access-control")]


def test_a_cookie_alone_changes_nothing(browser: httpx2.Client, doors: list[Door]) -> None:
    for door in doors:
        if door.is_reading or str(door) in OPEN_TO_ALL or is_carriers(door):
            continue
        path = next(door.paths(("nobody",)))
        for csrf in (b"", b"0" * 64, "é".encode()):
            shown = {b"X-Ringback-CSRF": csrf} if csrf else {}
            asked = browser.request(door.method, path, json=door.body, headers=shown)
            assert asked.status_code == 403, str(door)
    right = {"X-Ringback-CSRF": browser.headers["X-Test-CSRF"]}
    assert browser.post("/v1/notes", json={"text": "milk"}, headers=right).status_code == 201


def test_no_header_makes_another_method_of_a_request(product: Product, owners: str) -> None:
    made = httpx2.post(f"{product.url}/v1/notes", json={"text": "stays"}, headers=bearer(owners))
    for name in ("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"):
        path = f"{product.url}/v1/notes/{made.json()['id']}?_method=DELETE"
        httpx2.get(path, headers={**bearer(owners), name: "DELETE"})
    listed = httpx2.get(f"{product.url}/v1/notes", headers=bearer(owners)).json()
    assert made.json()["id"] in {note["id"] for note in listed["notes"]}


# ── sockets ──────────────────────────────────────────────────────────────────────────────────
def ended(product: Product, path: str, *, hello: Json = None, **more: Json) -> int:
    """Return how a socket was refused: the status of its handshake, or the code of its close."""
    address = product.url.replace("http", "ws", 1) + path
    try:
        with connect(address, **more) as socket:
            if path.startswith("/v1/live"):
                socket.send(
                    json.dumps({"type": "hello", "wire": 1, "mode": "chat", **(hello or {})})
                )
            while True:
                socket.recv(timeout=30)
    except InvalidStatus as answer:
        return answer.response.status_code
    except ConnectionClosed as closed:
        return closed.rcvd.code if closed.rcvd else 0


@pytest.mark.covers("IM-09")
@pytest.mark.parametrize("path", SOCKETS)
@pytest.mark.parametrize("query", ["", "?token=ringback_device_wrong", "?ticket=ringback_ticket_x"])
def test_without_a_credential_every_socket_is_shut(product: Product, path: str, query: str) -> None:
    assert ended(product, path + query) in {403, 4401}


@pytest.mark.parametrize("path", SOCKETS[:2])
def test_a_cookie_opens_no_socket(browser: httpx2.Client, product: Product, path: str) -> None:
    session = browser.cookies["ringback_session"]
    headers = {"Cookie": f"ringback_session={session}"}
    assert ended(product, path, additional_headers=headers) == 4401


@pytest.mark.covers("IM-09")
@pytest.mark.parametrize("path", SOCKETS[:2])
def test_a_foreign_page_opens_no_socket_even_with_a_ticket(
    product: Product, owners: str, path: str
) -> None:
    tickets = httpx2.post(f"{product.url}/v1/tickets", headers=bearer(owners)).json()
    hello = {"ticket": tickets["ticket"]}
    address = f"{path}?ticket={tickets['ticket']}"
    assert ended(product, address, hello=hello, origin="https://evil.example") == 4403


@pytest.mark.parametrize("path", SOCKETS[:2])
def test_a_ticket_is_soon_too_old(product: Product, owners: str, clock: Path, path: str) -> None:
    tickets = httpx2.post(f"{product.url}/v1/tickets", headers=bearer(owners)).json()
    clock.write_text("61")
    try:
        assert ended(product, f"{path}?ticket={tickets['ticket']}") == 4401
    finally:
        clock.write_text("0")


@pytest.mark.parametrize(("path", "scope"), [("/v1/live", "documents"), ("/sync/notes", "voice")])
def test_a_token_of_another_scope_opens_no_socket(product: Product, path: str, scope: str) -> None:
    token = created(product, "--scope", scope)["token"]
    assert ended(product, f"{path}?token={token}") == 4403


def test_there_is_no_other_socket(product: Product, owners: str) -> None:
    for path in ("/", "/v1/lives", "/sync", "/phone/relay", "/v1/notes", "/health/live"):
        assert ended(product, path, additional_headers=bearer(owners)) in {403, 404}


# ── the carrier ──────────────────────────────────────────────────────────────────────────────
@pytest.mark.covers("CL-14", "IM-09")
@pytest.mark.parametrize(
    "fault", ["missing", "empty", "wrong", "other url", "other host", "query", "changed", "added"]
)
def test_a_carriers_door_opens_to_the_carriers_signature_alone(
    product: Product, doors: list[Door], fault: str
) -> None:
    phone = Telephone(product, CARRIER_SECRET, NUMBER)
    carriers = [door for door in doors if is_carriers(door)]
    assert len(carriers) >= 5
    for door in carriers:
        url = product.url + door.path
        signed = {
            "wrong": Telephone(product, "another secret", NUMBER).sign(url, FORM),
            "other url": phone.sign(f"{product.url}/phone/elsewhere", FORM),
            "other host": phone.sign(f"https://evil.example{door.path}", FORM),
            "empty": "",
        }.get(fault, phone.sign(url, FORM))
        headers = {} if fault == "missing" else {"X-Twilio-Signature": signed}
        changed = {
            "changed": {"From": "+15005550007"},
            "added": {"StirVerstat": "TN-Validation-Passed-A"},
        }
        form = FORM | changed.get(fault, {})
        # Who says by what name they came is not believed either.
        headers |= {"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https"}
        answer = httpx2.post(url + ("?a=b" if fault == "query" else ""), data=form, headers=headers)
        assert answer.status_code == 403, (str(door), answer.text)


def test_a_media_socket_opens_to_the_carriers_signature_alone(product: Product) -> None:
    phone = Telephone(product, CARRIER_SECRET, NUMBER)
    media = product.url.replace("http", "ws", 1) + "/phone/media"
    for signature in (phone.sign(f"{media}/x", {}), phone.sign(media, {"a": "b"}), "x", ""):
        headers = {"X-Twilio-Signature": signature}
        assert ended(product, "/phone/media", additional_headers=headers) == 403


@pytest.mark.covers("CL-14")
def test_an_event_that_comes_again_changes_nothing(product: Product, owners: str) -> None:
    phone = Telephone(product, CARRIER_SECRET, NUMBER)
    product.command("people", "add", "Sam", "--number", NUMBER)
    first = phone.text("Take a note: only once.", sid="SMreplayed")
    assert phone.text("Take a note: only once.", sid="SMreplayed") == first
    listed = httpx2.get(f"{product.url}/v1/notes", headers=bearer(owners)).json()
    assert [note["text"] for note in listed["notes"]].count("only once") == 1


@pytest.mark.parametrize(
    "name", ["<Say>Hello</Say>", '"/><Dial>+1900</Dial><x a="', "]]>&amp;&#0;"]
)
def test_no_name_and_no_words_become_orders_to_the_carrier(product: Product, name: str) -> None:
    number = f"+1500555{sum(name.encode()) % 9000 + 1000}"
    product.command("people", "add", name, "--number", number)
    phone = Telephone(product, CARRIER_SECRET, number)
    phone.text(f"Please remember that the tag is {name}.")
    greeted = phone.post("Hello")
    assert [element.tag for element in Xml.fromstring(greeted).iter()] == ["Response", "Message"]
    url = f"{product.url}/phone/incoming"
    form = {"CallSid": f"CA{sum(name.encode())}", "From": number, "To": name}
    answer = httpx2.post(url, data=form, headers={"X-Twilio-Signature": phone.sign(url, form)})
    assert answer.status_code == 200
    assert "<Say" not in answer.text
    assert "<Dial" not in answer.text
