"""The ASGI layers around every door, from the outermost in: boundary, log, headers, body limit."""

from collections.abc import Iterable, Mapping
from contextlib import suppress

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from backend.kernel.clock import Clock
from backend.kernel.errors import RingbackError, TooLarge
from backend.platform.telemetry.logs import get_logger
from backend.platform.telemetry.metrics import Metrics

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "SOCKET"})
DOORS = {
    "/phone/": "phone",
    "/v1/live": "live",
    "/v1/events": "events",
    "/sync": "sync",
    "/hocuspocus": "sync",
}
WATCHED = frozenset({"/health/live", "/health/ready", "/metrics"})

_log = get_logger("web")


def error_body(code: str, message: str, cure: str = "") -> dict[str, dict[str, str]]:
    """Return the one shape of an error."""
    return {"error": {"code": code, "message": message, "cure": cure}}


class ErrorBoundary:
    """Where failures end: the unexpected is logged by kind and place, and answered with 500."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request or socket."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        sent: set[str] = set()

        async def watching(message: Message) -> None:
            sent.add(message["type"])
            await send(message)

        try:
            await self._app(scope, receive, watching)
        except Exception as failure:  # the route boundary
            known = _known(failure)
            if known is None:
                _log.error("request_failed", route=_route(scope), failure=failure)
            if scope["type"] == "http" and not sent:
                await _refuse(scope, receive, send, known or RingbackError())
            elif scope["type"] == "websocket" and "websocket.close" not in sent:
                with suppress(RuntimeError, OSError):  # the other side may have gone already
                    await send({"type": "websocket.close", "code": 1011})


class AccessLog:
    """One line and one figure for each request: never the query, which may carry a token."""

    def __init__(self, app: ASGIApp, *, clock: Clock, metrics: Metrics) -> None:
        self._app, self._clock, self._metrics = app, clock, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request or socket."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        started = self._clock.monotonic()
        status = 0

        async def watching(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            elif message["type"] == "websocket.close":
                status = message.get("code", 1000)
            await send(message)

        try:
            if scope["type"] == "websocket":
                with self._metrics.sockets.labels(_door(scope)).track_inprogress():
                    await self._app(scope, receive, watching)
            else:
                await self._app(scope, receive, watching)
        finally:
            seconds = self._clock.monotonic() - started
            route, method = _route(scope), _method(scope)
            if scope["type"] == "http":
                self._metrics.requests.labels(route, method, str(status)).inc()
                self._metrics.request_seconds.labels(route).observe(seconds)
            # Whoever watches over us asks every few seconds: that would bury all else.
            write = _log.debug if scope["path"] in WATCHED else _log.info
            write(
                "request_served",
                method=method,
                route=route,
                status=status,
                milliseconds=round(seconds * 1000, 1),
            )


class SecurityHeaders:
    """Tells browsers what a page of ours may do: what the answer itself says comes first."""

    def __init__(self, app: ASGIApp, *, origins: Iterable[str] = ()) -> None:
        self._app = app
        self._headers = {
            "Content-Security-Policy": content_security_policy(origins),
            "X-Content-Type-Options": "nosniff",
            "X-Frame-Options": "DENY",
            "Referrer-Policy": "no-referrer",  # an address of ours may hold a one-time code
            "Permissions-Policy": "microphone=(self), camera=(), geolocation=()",
            "Cross-Origin-Opener-Policy": "same-origin",
            "Cross-Origin-Resource-Policy": "same-origin",
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        is_private = not scope["path"].startswith("/_next/")

        async def adding(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
                if is_private:
                    headers.setdefault("Cache-Control", "no-store")
                if scope.get("scheme") == "https":
                    headers.setdefault("Strict-Transport-Security", "max-age=31536000")
            await send(message)

        await self._app(scope, receive, adding)


class BodyLimit:
    """Refuses a body beyond the limit, whether its length was announced or comes in pieces."""

    def __init__(
        self, app: ASGIApp, *, bytes_max: int, exceptions: Mapping[str, int] | None = None
    ) -> None:
        self._app = app
        self._bytes_max = bytes_max
        self._exceptions = dict(exceptions or {})  # path → its own limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        bytes_max = self._exceptions.get(scope["path"], self._bytes_max)
        refusal = TooLarge(f"A body of more than {bytes_max} bytes is not taken here.")
        announced = Headers(scope=scope).get("content-length", "0")
        if not announced.isdecimal() or int(announced) > bytes_max:
            await _refuse(scope, receive, send, refusal)
            return
        received = 0
        is_beyond = has_begun = False

        async def counting() -> Message:
            nonlocal received, is_beyond
            message = await receive()
            received += len(message.get("body", b""))
            if received > bytes_max:
                is_beyond = True
                raise refusal
            return message

        async def guarded(message: Message) -> None:
            nonlocal has_begun
            # Some readers answer a broken body with an error of their own: ours is the true one.
            if is_beyond and not has_begun:
                return
            has_begun = True
            await send(message)

        try:
            await self._app(scope, counting, guarded)
        except TooLarge as failure:
            if failure is not refusal:
                raise
        if is_beyond and not has_begun:
            await _refuse(scope, receive, send, refusal)


def content_security_policy(origins: Iterable[str] = (), scripts: Iterable[str] = ()) -> str:
    """Return what a page may load; the page's server adds the hashes of its own inline scripts."""
    reach = ["'self'"]
    for origin in origins:
        if origin:
            reach += [origin, origin.replace("http", "ws", 1)]
    return "; ".join(
        (
            "default-src 'self'",
            " ".join(("script-src 'self'", *scripts)),
            "style-src 'self'",
            "img-src 'self' data: blob:",
            "media-src 'self' blob:",
            "worker-src 'self' blob:",
            f"connect-src {' '.join(reach)}",
            "object-src 'none'",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        )
    )


def _known(failure: Exception) -> RingbackError | None:
    """Return our own error, also out of a task group's bundle of one kind."""
    if isinstance(failure, RingbackError):
        return failure
    if isinstance(failure, ExceptionGroup) and failure.split(RingbackError)[1] is None:
        return _known(failure.exceptions[0])
    return None


def _method(scope: Scope) -> str:
    """Return the method; one that a client made up must not become a figure of its own."""
    method = str(scope.get("method", "SOCKET"))
    return method if method in METHODS else "OTHER"


def _door(scope: Scope) -> str:
    """Return which door a socket came to; a path that a client made up is no figure of its own."""
    path = str(scope["path"])
    return next((door for start, door in DOORS.items() if path.startswith(start)), "other")


def _route(scope: Scope) -> str:
    """Return the route's pattern: a path itself may name a person's document."""
    route = scope.get("route")
    return str(getattr(route, "path", "")) or "unmatched"


async def _refuse(scope: Scope, receive: Receive, send: Send, failure: RingbackError) -> None:
    body = error_body(failure.code, failure.message, failure.cure)
    # The rest of the body is not read: the connection can't be used again.
    answer = JSONResponse(body, status_code=failure.status, headers={"Connection": "close"})
    await answer(scope, receive, send)
