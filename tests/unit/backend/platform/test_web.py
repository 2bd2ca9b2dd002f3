"""The edges that all doors share."""

import asyncio
from collections.abc import AsyncIterator

import httpx2
import pytest
from fastapi import FastAPI, Request, WebSocket
from pydantic import BaseModel
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect
from structlog.testing import capture_logs

from backend.kernel.errors import Busy, Forbidden, Missing, Unavailable
from backend.kernel.ids import OwnerId
from backend.kernel.people import Actor, ActorKind, Assurance
from backend.platform.settings import Settings, UrlSettings
from backend.platform.telemetry.metrics import Metrics
from backend.platform.web import (
    AccessLog,
    BodyLimit,
    Caller,
    CloseCode,
    ErrorBoundary,
    SecurityHeaders,
    allowed_origin,
    close_code,
    install_error_handlers,
)
from backend.platform.web_layers import content_security_policy
from tests.fakes.clock import FakeClock

LIMIT = 2000


class Words(BaseModel):
    number: int


@pytest.fixture
def metrics() -> Metrics:
    return Metrics()


def add_failures(app: FastAPI) -> None:
    @app.get("/missing/{name}")
    async def missing(name: str) -> str:
        raise Missing(cure="make one")

    @app.get("/busy")
    async def busy() -> str:
        raise Busy

    @app.get("/broken")
    async def broken() -> str:
        raise ValueError("words of a caller")

    @app.get("/bundled")
    async def bundled() -> str:
        async with asyncio.TaskGroup() as group:
            group.create_task(busy())
        return "never"


@pytest.fixture
def app(metrics: Metrics) -> FastAPI:
    app = FastAPI()
    install_error_handlers(app)

    @app.post("/words")
    async def words(given: Words) -> dict[str, int]:
        return {"number": given.number}

    @app.post("/raw")
    async def raw(request: Request) -> dict[str, int]:
        return {"bytes": len(await request.body())}

    @app.post("/large")
    async def large(request: Request) -> dict[str, int]:
        return {"bytes": len(await request.body())}

    @app.get("/me")
    async def me(actor: Caller) -> str:
        return actor.name

    add_failures(app)

    @app.websocket("/socket")
    async def socket(line: WebSocket) -> None:
        await line.accept()
        if await line.receive_text() == "break":
            raise ValueError("words of a caller")
        raise Forbidden

    app.add_middleware(BodyLimit, bytes_max=LIMIT, exceptions={"/large": 4 * LIMIT})
    app.add_middleware(SecurityHeaders, origins=["https://sync.example"])
    app.add_middleware(AccessLog, clock=FakeClock(), metrics=metrics)
    app.add_middleware(ErrorBoundary)
    return app


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx2.AsyncClient]:
    transport = httpx2.ASGITransport(app=app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://localhost") as client:
        yield client


async def in_pieces(size: int) -> AsyncIterator[bytes]:
    for _ in range(size // 100):
        yield b"x" * 100


async def test_a_body_within_the_limit_is_taken(client: httpx2.AsyncClient) -> None:
    assert (await client.post("/raw", content=b"x" * LIMIT)).json() == {"bytes": LIMIT}


@pytest.mark.parametrize("path", ["/raw", "/words"])
@pytest.mark.parametrize("is_announced", [True, False])
async def test_a_body_beyond_the_limit_is_refused_however_it_comes(
    client: httpx2.AsyncClient, path: str, is_announced: bool
) -> None:
    size = LIMIT + 1000
    answer = await client.post(path, content=b"x" * size if is_announced else in_pieces(size))
    assert answer.status_code == 413
    assert answer.json()["error"]["code"] == "too_large"


async def test_one_path_may_have_its_own_limit(client: httpx2.AsyncClient) -> None:
    assert (await client.post("/large", content=b"x" * 3 * LIMIT)).status_code == 200
    assert (await client.post("/large", content=b"x" * 5 * LIMIT)).status_code == 413


async def test_a_length_that_is_no_number_is_refused(client: httpx2.AsyncClient) -> None:
    answer = await client.post("/raw", content=b"x", headers={"content-length": "-1"})
    assert answer.status_code == 413


async def test_our_errors_say_code_message_and_cure(client: httpx2.AsyncClient) -> None:
    answer = await client.get("/missing/x")
    assert answer.status_code == 404
    assert answer.json() == {
        "error": {"code": "missing", "message": "There is no such thing.", "cure": "make one"}
    }


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nowhere", 404, "missing"),
        ("GET", "/words", 405, "method_not_allowed"),
        ("POST", "/words", 422, "invalid"),
        ("GET", "/me", 401, "unauthorised"),
        ("GET", "/busy", 429, "busy"),
        ("GET", "/bundled", 429, "busy"),
        ("GET", "/broken", 500, "error"),
    ],
)
async def test_every_error_has_the_same_shape(
    client: httpx2.AsyncClient, method: str, path: str, status: int, code: str
) -> None:
    answer = await client.request(method, path)
    assert answer.status_code == status
    assert answer.json()["error"]["code"] == code
    assert set(answer.json()["error"]) == {"code", "message", "cure"}


async def test_what_was_sent_wrongly_is_never_repeated(client: httpx2.AsyncClient) -> None:
    answer = await client.post("/words", json={"number": "my secret words"})
    assert "number" in answer.text
    assert "secret" not in answer.text


async def test_who_may_come_again_is_told_when(client: httpx2.AsyncClient) -> None:
    assert (await client.get("/busy")).headers["retry-after"] == "1"
    assert (await client.get("/me")).headers["www-authenticate"] == "Bearer"


async def test_a_failure_nobody_expected_is_logged_without_its_words(
    client: httpx2.AsyncClient,
) -> None:
    with capture_logs() as lines:
        answer = await client.get("/broken")
    assert "words" not in answer.text
    [failed] = [line for line in lines if line["event"] == "request_failed"]
    assert failed["route"] == "/broken"


async def test_a_request_is_logged_by_its_route_and_never_with_its_query(
    client: httpx2.AsyncClient, metrics: Metrics
) -> None:
    with capture_logs() as lines:
        await client.get("/missing/annas-diary?token=secret")
        await client.get("/nowhere/annas-diary")
    assert [(line["route"], line["status"]) for line in lines] == [
        ("/missing/{name}", 404),
        ("unmatched", 404),
    ]
    assert "secret" not in str(lines)
    assert "diary" not in str(lines)
    assert b'route="/missing/{name}",status="404"' in metrics.render()


async def test_a_method_that_a_client_made_up_is_no_figure_of_its_own(
    client: httpx2.AsyncClient, metrics: Metrics
) -> None:
    await client.request("MADEUP", "/words")
    assert b"MADEUP" not in metrics.render()
    assert b'method="OTHER"' in metrics.render()


async def test_a_browser_is_told_what_a_page_may_do(client: httpx2.AsyncClient) -> None:
    headers = (await client.get("/missing/x")).headers
    policy = headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "connect-src 'self' https://sync.example wss://sync.example" in policy
    assert "unsafe-eval" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["cache-control"] == "no-store"
    assert "microphone=(self)" in headers["permissions-policy"]
    assert "strict-transport-security" not in headers


def test_the_pages_server_may_allow_its_own_scripts_by_hash() -> None:
    policy = content_security_policy(scripts=["'sha256-abc='"])
    assert "script-src 'self' 'sha256-abc='" in policy


def test_a_socket_is_closed_with_a_code_that_says_why(app: FastAPI) -> None:
    client = TestClient(app)
    for words, code in (("refuse", CloseCode.FORBIDDEN), ("break", CloseCode.FAILED)):
        with client.websocket_connect("/socket") as line:
            line.send_text(words)
            with pytest.raises(WebSocketDisconnect) as caught:
                line.receive_text()
        assert caught.value.code == code


def test_every_error_has_a_code_for_sockets() -> None:
    assert close_code(Forbidden()) is CloseCode.FORBIDDEN
    assert close_code(Busy()) is CloseCode.TRY_LATER
    assert close_code(Unavailable()) is CloseCode.TRY_LATER


async def test_who_asks_is_known_from_the_guard(app: FastAPI, client: httpx2.AsyncClient) -> None:
    @app.middleware("http")
    async def guard(request: Request, call_next):  # type: ignore[no-untyped-def]
        request.state.actor = Actor(OwnerId("o"), ActorKind.CLI, Assurance.HELD, name="Ada")
        return await call_next(request)

    async with asyncio.timeout(5):
        assert (await client.get("/me")).json() == "Ada"


@pytest.mark.parametrize(
    ("origin", "host", "is_allowed"),
    [
        ("", "localhost:7464", True),  # no page: a program
        ("http://localhost:7464", "localhost:7464", True),
        ("http://127.0.0.1:7464", "127.0.0.1:7464", True),
        ("https://ring.example", "anything", True),
        ("https://sync.example", "anything", True),
        ("http://localhost:3000", "localhost:7464", False),
        ("https://evil.example", "localhost:7464", False),
        ("http://evil.example:7464", "evil.example:7464", False),  # DNS rebinding
        ("null", "localhost:7464", False),
        ("https://ring.example.evil", "ring.example", False),
    ],
)
def test_only_our_own_pages_may_talk_to_us(origin: str, host: str, is_allowed: bool) -> None:
    settings = Settings(
        public_url="https://ring.example", urls=UrlSettings(sync="https://sync.example")
    )
    headers = {"host": host} | ({"origin": origin} if origin else {})
    assert allowed_origin(headers, settings) is is_allowed


def test_on_a_public_bind_our_own_name_is_whatever_we_were_called() -> None:
    headers = {"origin": "https://box.lan", "host": "box.lan"}
    assert allowed_origin(headers, Settings(bind="0.0.0.0"))
    assert not allowed_origin(headers | {"origin": "https://else.lan"}, Settings(bind="0.0.0.0"))
