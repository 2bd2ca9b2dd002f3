"""Too much, too slow, too often, too strange: the started product refuses it and goes on."""

import json
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any
from urllib.parse import urlsplit

import httpx2
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from tests.journey.doors import Door, doors_of
from tests.journey.product import NO_TLS, Product, eventually, running
from tests.journey.residents import SCOPES

BODY_BYTES_MAX = 1 << 20
CONNECTIONS_MAX = 24
FAILURES_MAX = 6
PATIENCE_S = 30.0  # for a close that comes after a second or two

STRANGE_BODIES = {
    "deep": b"[" * 50_000 + b"]" * 50_000,
    "not UTF-8": b'{"text":"\xff\xfe","query":"\xff"}',
    "half a pair": b'{"text":"\\ud800","query":"\\ud800","name":"\\ud800","code":"\\ud800aaaaaaa"}',
    "zero": b'{"text":"a\\u0000","query":"\\u0000","name":"\\u0000","code":"\\u0000aaaaaaa"}',
    "endless number": b'{"k":1e999,"query":"x","text":"x","days":' + b"9" * 5_000 + b"}",
    "not a number": b'{"turns":[{"id":"1","text":"x","timestamp":NaN}],"query":"x"}',
    "no object": b'"x"',
    "nothing": b"",
    "no JSON": b"\x00\x01\x02<xml/>",
}
STRANGE_NAMES = ("%00", "%ff%fe", "..%2f..%2fetc%2fpasswd", "%F0%9F%92%A9", "a" * 4_000, "-1")
STRANGE_QUERY = {
    "before": "9" * 60 + ".x",
    "after": "9" * 60,
    "limit": "-1",
    "name": "\0",
    "hops": "x",
}
STRANGE_HEADERS = (
    {"Origin": "http://["},
    {"Origin": "http://x:99999999"},
    {"Host": "["},
    {"Host": "a:b:c"},
    {"Host": '"><script>'},
    {"Cookie": "ringback_session=\x7f; ringback_session="},
    {"Content-Type": "application/json; charset=klingon"},
    {"Content-Type": "multipart/form-data; boundary="},
    {"Authorization": "Bearer " + "x" * 8_000},
)

Json = Any


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    settings = {
        "RINGBACK_LIMITS__BODY_BYTES": str(BODY_BYTES_MAX),
        "RINGBACK_LIMITS__CONNECTIONS_MAX": str(CONNECTIONS_MAX),
        "RINGBACK_LIMITS__FAILURES_PER_MINUTE": str(FAILURES_MAX),
        "RINGBACK_LIMITS__HEAD_SECONDS": "1",
        "RINGBACK_LIMITS__REQUEST_SECONDS": "2",
    }
    with running(tmp_path_factory.mktemp("limits") / "home", settings) as opened:
        yield opened


@pytest.fixture(scope="module")
def owners(product: Product) -> str:
    return (product.home / "cli.token").read_text().strip()


@pytest.fixture(scope="module")
def doors(product: Product, owners: str) -> list[Door]:
    return doors_of(product.url, owners)


@pytest.fixture
def client(product: Product) -> Iterator[httpx2.Client]:
    with product.client() as opened:
        yield opened


def wire(product: Product) -> socket.socket:
    """Open a bare connection."""
    place = urlsplit(product.url)
    opened = socket.create_connection((place.hostname, place.port or 0), timeout=PATIENCE_S)
    opened.settimeout(PATIENCE_S)
    return opened


def is_closed(connection: socket.socket) -> bool:
    """Read to the end, and say whether there was one."""
    try:
        while connection.recv(65_536):
            pass
    except ConnectionError:
        return True
    except TimeoutError:
        return False
    return True


def is_alive(product: Product) -> bool:
    return httpx2.get(f"{product.url}/health/live", timeout=PATIENCE_S).status_code == 200


# ── too strange ──────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("kind", list(STRANGE_BODIES))
def test_no_body_however_strange_is_a_failure_of_ours(
    client: httpx2.Client, doors: list[Door], kind: str
) -> None:
    for door in doors:
        if door.is_reading or str(door) in {"POST /v1/backups", "DELETE /v1/session"}:
            continue
        for media in ("application/json", "application/x-www-form-urlencoded"):
            path = next(door.paths(("nobody",)))
            body, headers = STRANGE_BODIES[kind], {"Content-Type": media}
            check(client.request(door.method, path, content=body, headers=headers), str(door))


def test_no_address_however_strange_is_a_failure_of_ours(
    client: httpx2.Client, doors: list[Door]
) -> None:
    for door in doors:
        if str(door) in {"POST /v1/backups", "DELETE /v1/session"}:
            continue
        for path in door.paths(STRANGE_NAMES):
            for query in ({}, STRANGE_QUERY):
                check(client.request(door.method, path, params=query, json=door.body), str(door))


@pytest.mark.parametrize("headers", STRANGE_HEADERS, ids=str)
def test_no_header_however_strange_is_a_failure_of_ours(
    product: Product, doors: list[Door], headers: dict[str, str]
) -> None:
    for door in doors:
        path = product.url + next(door.paths(("nobody",)))
        answer = httpx2.request(door.method, path, headers=headers, json=door.body, verify=NO_TLS)
        check(answer, str(door))


def check(answer: httpx2.Response, door: str) -> None:
    assert answer.status_code < 500, (door, answer.text)
    assert "Traceback" not in answer.text
    assert 'File "' not in answer.text
    if answer.status_code >= 400:
        assert set(answer.json()["error"]) == {"code", "message", "cure"}, door


@pytest.mark.parametrize(
    "method", ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"]
)
@pytest.mark.parametrize("path", ["/v1/nowhere", "/v1/", "/v1/notes/", "/phone/x", "/sync/x"])
def test_what_is_not_there_is_missing_by_every_method(
    client: httpx2.Client, method: str, path: str
) -> None:
    answer = client.request(method, path, headers={"Accept": "text/html"})
    if path == "/v1/notes/" and method in {"PATCH", "DELETE"}:
        assert answer.status_code in {404, 422}  # the note without a name
        return
    if path == "/v1/notes/":
        assert answer.status_code in {404, 405}
        return
    assert answer.status_code == 404
    if method != "HEAD":
        assert answer.json()["error"]["code"] == "missing"


def test_a_door_says_which_methods_it_does_not_know(client: httpx2.Client) -> None:
    for method, path in (("PUT", "/v1/notes"), ("GET", "/v1/rebuild"), ("DELETE", "/v1/where")):
        assert client.request(method, path).status_code == 405, path


def test_a_page_that_is_not_there_is_missing(client: httpx2.Client) -> None:
    for accept in ("text/html", "application/json"):
        assert client.get("/nowhere", headers={"Accept": accept}).status_code == 404


# ── too much ─────────────────────────────────────────────────────────────────────────────────
def test_a_body_that_is_too_long_is_taken_by_no_door(product: Product, doors: list[Door]) -> None:
    limits = {"/v1/memory/ingest": 32 << 20, "/v1/import": 4 << 30}
    for door in (door for door in doors if not door.is_reading):
        size = limits.get(door.path, BODY_BYTES_MAX) + 1
        with wire(product) as connection:
            path = next(door.paths(("nobody",)))
            connection.sendall(
                f"{door.method} {path} HTTP/1.1\r\nHost: {urlsplit(product.url).netloc}\r\n"
                f"Content-Length: {size}\r\n\r\n".encode()
            )
            assert b" 413 " in connection.recv(4096).split(b"\r\n")[0], str(door)


@pytest.mark.parametrize("path", ["/v1/notes", "/v1/session", "/v1/devices", "/sms/incoming"])
def test_a_body_in_pieces_ends_at_the_limit(client: httpx2.Client, path: str) -> None:
    pieces = (b"x" * 65_536 for _ in range(64))
    media = "application/x-www-form-urlencoded" if path.startswith("/sms") else "application/json"
    answer = client.post(path, content=pieces, headers={"Content-Type": media})
    # The carrier's doors read nothing at all without a signature.
    assert answer.status_code == (403 if path.startswith("/sms") else 413)


def test_a_head_that_is_too_long_is_refused(product: Product) -> None:
    with wire(product) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nX-Long: " + b"a" * 200_000 + b"\r\n\r\n")
        assert b" 400 " in connection.recv(4096).split(b"\r\n")[0]


@pytest.mark.parametrize("path", ["/v1/live", "/sync/notes"])
def test_a_message_that_is_too_long_ends_its_socket(
    product: Product, owners: str, path: str
) -> None:
    address = product.url.replace("http", "ws", 1) + path
    headers = {"Authorization": f"Bearer {owners}"}
    with connect(address, additional_headers=headers, max_size=None) as line:
        assert closed_by(line, b"\x00\x02" + b"x" * (9 << 20)) in {None, 1009}
    assert is_alive(product)


def closed_by(line: ClientConnection, *messages: str | bytes) -> int | None:
    """Send all of it, read to the end, and return the code of the close; None: it was cut."""
    try:
        for message in messages:
            line.send(message)
        while True:
            line.recv(timeout=PATIENCE_S)
    except ConnectionClosed as closed:
        return closed.rcvd.code if closed.rcvd else None


# ── too slow ─────────────────────────────────────────────────────────────────────────────────
def test_who_never_asks_is_not_waited_for(product: Product) -> None:
    with wire(product) as connection:
        assert is_closed(connection)


def test_a_request_in_drops_is_not_waited_for(product: Product) -> None:
    with wire(product) as connection:
        connection.settimeout(0.2)
        connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n")

        def drips_away() -> bool:
            try:
                connection.sendall(b"X-Drop: 1\r\n")
                return connection.recv(1) == b""
            except TimeoutError:
                return False
            except ConnectionError:
                return True

        eventually(drips_away, seconds=PATIENCE_S)


def test_a_second_request_in_drops_is_not_waited_for(product: Product) -> None:
    with wire(product) as connection:
        connection.sendall(b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n")
        assert b" 200 " in connection.recv(4096)
        connection.sendall(b"GET /health")
        assert is_closed(connection)


def test_a_body_that_never_ends_is_not_waited_for(product: Product, owners: str) -> None:
    with wire(product) as connection:
        connection.sendall(
            f"POST /v1/notes HTTP/1.1\r\nHost: {urlsplit(product.url).netloc}\r\n"
            f"Authorization: Bearer {owners}\r\nContent-Type: application/json\r\n"
            'Content-Length: 900\r\n\r\n{"text":'.encode()
        )
        assert is_closed(connection)


def test_a_socket_that_is_quiet_outlives_what_a_request_may_take(
    product: Product, owners: str
) -> None:
    address = product.url.replace("http", "ws", 1) + "/sync/notes"
    headers = {"Authorization": f"Bearer {owners}"}
    with connect(address, additional_headers=headers) as line:
        line.recv(timeout=PATIENCE_S)
        with wire(product) as slow:
            assert is_closed(slow)  # twice as long as a request may take has now passed
        with wire(product) as slow:
            slow.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n")
            assert is_closed(slow)
        line.send(b"\x00\x00\x01\x00")
        assert line.recv(timeout=PATIENCE_S)


# ── too often ────────────────────────────────────────────────────────────────────────────────
def test_more_connections_than_the_limit_are_turned_away_and_nobody_else_suffers(
    product: Product,
) -> None:
    with ExitStack() as crowd:
        opened = [crowd.enter_context(wire(product)) for _ in range(3 * CONNECTIONS_MAX)]
        assert all(is_closed(connection) for connection in opened)
    eventually(lambda: is_alive(product), seconds=PATIENCE_S)


def test_a_code_can_not_be_tried_out_by_whoever_has_a_ticket(product: Product) -> None:
    """A ticket that is right forgives no code that was wrong."""
    scopes = [word for scope in SCOPES for word in ("--scope", scope)]
    made: Json = product.told("tokens", "create", *scopes)
    own = {"Authorization": f"Bearer {made['token']}"}
    live = product.url.replace("http", "ws", 1) + "/v1/live"
    statuses = []
    for number in range(2 * FAILURES_MAX):
        wrong = {"code": f"WRNG{number:04}"}
        statuses.append(httpx2.post(f"{product.url}/v1/session", json=wrong).status_code)
        ticket = httpx2.post(f"{product.url}/v1/tickets", headers=own).json()["ticket"]
        with connect(live) as line:
            hello = {"type": "hello", "wire": 1, "mode": "chat", "ticket": ticket}
            line.send(json.dumps(hello))
            line.recv(timeout=PATIENCE_S)
    assert statuses[-1] == 429, statuses
    assert statuses.count(401) <= FAILURES_MAX
    paired = httpx2.post(f"{product.url}/v1/devices", json={"code": "WRONG234", "name": "x"})
    assert paired.status_code == 429, "codes of devices are counted with those of owners"
    # Whoever has a right token goes on.
    assert httpx2.get(f"{product.url}/v1/notes", headers=own).status_code == 200


def test_texts_without_end_end_a_line(product: Product, owners: str) -> None:
    live = product.url.replace("http", "ws", 1) + "/v1/live"
    with connect(live) as line:
        line.send(json.dumps({"type": "hello", "wire": 1, "mode": "chat", "token": owners}))
        assert closed_by(line, *['{"type": "ping"}'] * 2_000) == 4429
