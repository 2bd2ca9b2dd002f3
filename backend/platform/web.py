"""The edges that all doors share: limits, errors, headers, origins and the access log."""

import ipaddress
import math
from collections.abc import Mapping
from enum import IntEnum
from typing import Annotated, cast
from urllib.parse import urlsplit

from fastapi import Depends, FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection, Request
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketState

from backend.kernel.errors import Busy, RingbackError, Unauthorised
from backend.kernel.people import Actor
from backend.platform.settings import Settings
from backend.platform.web_layers import (
    AccessLog,
    BodyLimit,
    ErrorBoundary,
    SecurityHeaders,
    error_body,
)

__all__ = [
    "AccessLog",
    "BodyLimit",
    "Caller",
    "CloseCode",
    "ErrorBoundary",
    "SecurityHeaders",
    "actor_of",
    "allowed_origin",
    "close_code",
    "error_body",
    "error_response",
    "install_error_handlers",
]

_CODES: Mapping[int, str] = {
    400: "invalid",
    401: "unauthorised",
    403: "forbidden",
    404: "missing",
    405: "method_not_allowed",
    413: "too_large",
    415: "invalid",
    429: "busy",
    503: "unavailable",
}


class CloseCode(IntEnum):
    """Why a socket was closed, as the client is told."""

    NORMAL = 1000
    GOING_AWAY = 1001  # the server stops: come again
    INVALID = 1007
    POLICY = 1008
    TOO_LARGE = 1009
    FAILED = 1011
    TRY_LATER = 1013
    UNAUTHORISED = 4401
    FORBIDDEN = 4403
    UNKNOWN_WIRE = 4406
    TIMED_OUT = 4408
    REPLACED = 4409


_CLOSE_CODES: Mapping[int, CloseCode] = {
    400: CloseCode.INVALID,
    401: CloseCode.UNAUTHORISED,
    403: CloseCode.FORBIDDEN,
    413: CloseCode.TOO_LARGE,
}


def actor_of(connection: HTTPConnection) -> Actor:
    """Return who asks, as the guard in front of the route found out."""
    actor = getattr(connection.state, "actor", None)
    if not isinstance(actor, Actor):
        raise Unauthorised
    return actor


Caller = Annotated[Actor, Depends(actor_of)]


def allowed_origin(headers: Mapping[str, str], settings: Settings) -> bool:
    """Say whether a page of this origin may talk to us; what is no page sends none."""
    origin = headers.get("origin")
    if not origin:
        return True
    urls = settings.urls
    if origin in {settings.public_url, urls.backend, urls.mobile_api, urls.sync} - {""}:
        return True
    here = headers.get("host", "")
    if not here or _place(origin) != here.lower():
        return False
    # The page came from us. On a machine of one's own that is only true under a name that no
    # stranger can point at it: else any web site could (DNS rebinding).
    return not settings.is_bound_to_loopback or _is_own_name(here)


def install_error_handlers(app: FastAPI) -> None:
    """Answer every error of every route in one shape: {"error": {code, message, cure}}."""
    app.add_exception_handler(RingbackError, _on_ringback_error)
    app.add_exception_handler(RequestValidationError, _on_invalid_request)
    app.add_exception_handler(HTTPException, _on_http_error)


def error_response(failure: RingbackError) -> JSONResponse:
    """Return an error as an answer."""
    headers = {"Retry-After": str(_wait_s(failure))} if failure.retryable else {}
    if failure.status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    body = error_body(failure.code, failure.message, failure.cure)
    return JSONResponse(body, status_code=failure.status, headers=headers)


def close_code(failure: RingbackError) -> CloseCode:
    """Return how a socket says this error."""
    if failure.status in _CLOSE_CODES:
        return _CLOSE_CODES[failure.status]
    return CloseCode.TRY_LATER if failure.retryable else CloseCode.FAILED


def _wait_s(failure: RingbackError) -> int:
    """Return after how many whole seconds the caller may come again."""
    return math.ceil(failure.retry_after_s) if isinstance(failure, Busy) else 1


class NoAnswer(Response):
    """What is sent after a socket's close: nothing, or the server would take it for a mistake."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send nothing."""


async def _on_ringback_error(connection: HTTPConnection, failure: Exception) -> Response:
    refusal = cast(RingbackError, failure)  # registered for it only
    if isinstance(connection, WebSocket):
        # Before the handshake this is a plain 403; after it the code tells the client more.
        if connection.application_state != WebSocketState.DISCONNECTED:
            await connection.close(close_code(refusal), refusal.code)
        return NoAnswer()  # a socket has no answer but its close
    return error_response(refusal)


async def _on_invalid_request(_: Request, failure: Exception) -> JSONResponse:
    # The input itself is left out: it may be somebody's words or token.
    problems = [
        f"{'.'.join(str(part) for part in problem['loc'])}: {problem['msg']}"
        for problem in cast(RequestValidationError, failure).errors()  # registered for it only
    ]
    body = error_body("invalid", "; ".join(problems)[:1000], "see /openapi.json")
    return JSONResponse(body, status_code=422)


async def _on_http_error(_: Request, failure: Exception) -> JSONResponse:
    refusal = cast(HTTPException, failure)  # registered for it only
    code = _CODES.get(refusal.status_code, "error")
    return JSONResponse(
        error_body(code, str(refusal.detail)),
        status_code=refusal.status_code,
        headers=refusal.headers,
    )


def _place(origin: str) -> str:
    """Return the host and port of an origin; nothing of what is none: anybody can send that."""
    try:
        return urlsplit(origin).netloc.lower()
    except ValueError:
        return ""


def _is_own_name(host: str) -> bool:
    name = (urlsplit(f"//{host}").hostname or "").lower()
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
