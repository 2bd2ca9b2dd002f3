"""Stands at every door: who comes in, with which secret, as far as which scope."""

import hashlib
import hmac
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

from fastapi import Request
from starlette.requests import HTTPConnection
from starlette.websockets import WebSocket

from backend.kernel.clock import Clock
from backend.kernel.errors import Forbidden, Unauthorised
from backend.kernel.people import Action, Actor
from backend.platform.database.engine import Database
from backend.platform.database.transaction import Transaction
from backend.platform.keys import Keys
from backend.platform.settings import Settings
from backend.platform.web import allowed_origin
from backend.trust.attempts import Attempts
from backend.trust.identity import CredentialKind, Identity, Redeemed
from backend.trust.identity.tokens import kind_of
from backend.trust.identity.types import CODES
from backend.trust.service import Trust

SESSION_COOKIE = "ringback_session"
CSRF_HEADER = "X-Ringback-CSRF"
SUBPROTOCOL_PREFIX = "ringback.token."
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

Dependency = Callable[[Request], Awaitable[Actor]]


class Guard:
    """Turns what a request or a socket shows into an actor, or turns it away."""

    def __init__(
        self, *, database: Database, identity: Identity, trust: Trust, settings: Settings,
        clock: Clock, keys: Keys,
    ) -> None:  # fmt: skip
        self._database, self._identity, self._trust = database, identity, trust
        self._settings = settings
        self._attempts = Attempts(clock=clock, failures_max=settings.limits.failures_per_minute)
        self._csrf_key = keys.derive("csrf")

    # ── requests ─────────────────────────────────────────────────────────────────────────────
    def require(self, scope: str) -> Dependency:
        """Return the dependency that lets only actors with this scope through.

        It leaves the actor in `request.state.actor`, where `platform.web.actor_of` finds it.
        """

        async def admit_request(request: Request) -> Actor:
            actor = await self.request_actor(request)
            await self._check_scope(actor, scope, resource=request.url.path)
            request.state.actor = actor
            return actor

        return admit_request

    async def request_actor(self, request: Request) -> Actor:
        """Return who makes this request, by a bearer token or a browser's session."""
        self.check_origin(request)
        bearer = _bearer(request.headers)
        if bearer is not None:
            return await self._recognise(bearer, request)
        session = request.cookies.get(SESSION_COOKIE)
        if not session:
            raise Unauthorised(cure="Open the page by: ringback owner link")
        if kind_of(session) is not CredentialKind.SESSION:
            raise Unauthorised
        actor = await self._recognise(session, request)
        if request.method not in SAFE_METHODS:
            self._check_csrf(actor, request.headers.get(CSRF_HEADER, ""))
        return actor

    def csrf(self, actor: Actor) -> str:
        """Return the token that a page of this session sends with whatever changes something."""
        identifier = (actor.credential_id or "").encode()
        return hmac.new(self._csrf_key, identifier, hashlib.sha256).hexdigest()

    def is_secure(self, connection: HTTPConnection) -> bool:
        """Say whether the browser came by HTTPS, as it sees it: a proxy may speak HTTP to us.

        Whoever opens the page by another name than the public one came past the proxy: a cookie
        for HTTPS only would be lost on them.
        """
        if connection.url.scheme in {"https", "wss"}:
            return True
        public = urlsplit(self._settings.public_url)
        return public.scheme == "https" and connection.url.netloc == public.netloc

    @asynccontextmanager
    async def redeeming(
        self, kind: CredentialKind, code: str, connection: HTTPConnection
    ) -> AsyncIterator[tuple[Transaction, Redeemed]]:
        """Spend a one-use code in the transaction that makes what it is spent for.

        Should that fail, the code is still good; wrong codes count against the address.
        """
        remote = remote_of(connection)
        self._attempts.check(remote)
        async with self._database.transaction() as tx:
            try:
                redeemed = await self._identity.redeem(tx, kind, code)
            except Unauthorised:
                self._attempts.failed(remote)
                raise
            yield tx, redeemed
        if kind in CODES:  # a ticket is no guess that came true: its holder could guess on for ever
            self._attempts.succeeded(remote)

    async def redeem(self, kind: CredentialKind, code: str, connection: HTTPConnection) -> Redeemed:
        """Spend a one-use code in a transaction of its own."""
        async with self.redeeming(kind, code, connection) as (_, redeemed):
            return redeemed

    # ── sockets ──────────────────────────────────────────────────────────────────────────────
    async def websocket_actor(self, socket: WebSocket, scope: str) -> Actor:
        """Return who opens a socket, by a ticket or token in its address, headers or subprotocol.

        A cookie is never enough: any page can make a browser open a socket with it.
        """
        token = socket_token(socket)
        if token is None:
            self.check_origin(socket)
            raise Unauthorised("This socket needs a ticket or a token.")
        return await self.admit(token, scope, socket)

    async def admit(self, token: str, scope: str, connection: HTTPConnection) -> Actor:
        """Return who holds a ticket or token that came in a socket's first message."""
        self.check_origin(connection)
        if kind_of(token) is CredentialKind.TICKET:
            actor = (await self.redeem(CredentialKind.TICKET, token, connection)).actor
        else:
            actor = await self._recognise(token, connection)
        await self._check_scope(actor, scope, resource=connection.url.path)
        return actor

    # ── checks ───────────────────────────────────────────────────────────────────────────────
    async def _recognise(self, token: str, connection: HTTPConnection) -> Actor:
        # A right token passes even while its address is counted out: 256 bits can't be guessed, and
        # a whole household may share that address with whoever tries.
        remote = remote_of(connection)
        try:
            return await self._identity.authenticate(token)
        except Unauthorised:
            self._attempts.check(remote)
            self._attempts.failed(remote)
            raise

    async def _check_scope(self, actor: Actor, scope: str, *, resource: str) -> None:
        if scope == "operate":
            await self._trust.require(actor, Action.OPERATE, resource=resource, cause="request")
        elif not actor.has_scope(scope):
            raise Forbidden(
                f"This credential does not reach {scope}.",
                cure=f"ringback tokens create --scope {scope}",
            )

    def _check_csrf(self, actor: Actor, shown: str) -> None:
        if not hmac.compare_digest(shown.encode(), self.csrf(actor).encode()):
            raise Forbidden(f"The header {CSRF_HEADER} is missing or wrong.")

    def check_origin(self, connection: HTTPConnection) -> None:
        """Raise when a browser says that a foreign page makes this request."""
        if not allowed_origin(connection.headers, self._settings):
            raise Forbidden(
                "This page may not speak to the instance.",
                cure="Set RINGBACK_PUBLIC_URL to the address that the page is opened by.",
            )


def socket_token(socket: WebSocket) -> str | None:
    """Return the ticket or token that a socket's handshake shows."""
    for name in ("ticket", "token"):
        shown = socket.query_params.get(name)
        if shown:
            return shown
    for offered in socket.scope.get("subprotocols", []):
        if offered.startswith(SUBPROTOCOL_PREFIX):
            return str(offered).removeprefix(SUBPROTOCOL_PREFIX)
    return _bearer(socket.headers)


def chosen_subprotocol(socket: WebSocket) -> str | None:
    """Return the subprotocol to accept with: a browser hangs up when its offer is not answered."""
    for offered in socket.scope.get("subprotocols", []):
        if offered.startswith(SUBPROTOCOL_PREFIX):
            return str(offered)
    return None


def remote_of(connection: HTTPConnection) -> str:
    """Return the address at the other end; forwarded headers are never believed."""
    return connection.client.host if connection.client else ""


def _bearer(headers: Mapping[str, str]) -> str | None:
    scheme, _, token = headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" and token.strip() else None
