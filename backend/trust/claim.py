"""Keeps an instance on a public address shut until its owner has come in by the code."""

from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from backend.kernel.errors import Forbidden, NotConfigured
from backend.platform.settings import Settings
from backend.trust.identity import Identity

# No script and no other file: this page is all that a stranger gets to see.
CLAIM_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Ringback: who owns this?</title>
<main>
<h1>This Ringback has no owner yet</h1>
<p>Enter the owner's code: the value of <code>RINGBACK_OWNER_CODE</code>.</p>
<form method="post" action="/v1/session">
<label>Owner's code
<input name="code" type="password" autocomplete="one-time-code" required autofocus></label>
<button>Open</button>
</form>
</main>
</html>
"""


async def refuse_open_door(settings: Settings, identity: Identity) -> None:
    """Raise when the whole world could reach an instance that nobody owns."""
    if settings.is_bound_to_loopback or settings.owner_code.get_secret_value():
        return
    if not await identity.is_claimed():
        raise NotConfigured(
            "A public address needs an owner first: whoever came first would be it.",
            cure="Set RINGBACK_OWNER_CODE to the output of `openssl rand -hex 16`, "
            "or start once on 127.0.0.1 and open the owner link.",
        )


class ClaimGate:
    """Lets only health and the use of the code pass, until the code was used."""

    def __init__(self, app: ASGIApp, *, settings: Settings, identity: Identity) -> None:
        self._app, self._identity = app, identity
        # On loopback without a code the one-time link does the same, and the page may load for it.
        self._is_open = settings.is_bound_to_loopback and not settings.owner_code.get_secret_value()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer it here."""
        if scope["type"] == "lifespan" or self._is_open or _is_always_open(scope):
            await self._app(scope, receive, send)
            return
        self._is_open = await self._identity.is_claimed()
        if self._is_open:
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1008})
        else:
            await _answer(scope)(scope, receive, send)


def _is_always_open(scope: Scope) -> bool:
    if scope["type"] != "http":
        return False
    if str(scope["path"]).startswith("/health/"):
        return True
    return (scope["method"], scope["path"]) == ("POST", "/v1/session")


def _answer(scope: Scope) -> Response:
    if scope["path"] == "/" and scope["method"] in {"GET", "HEAD"}:
        return HTMLResponse(CLAIM_PAGE, headers={"Cache-Control": "no-store"})
    error = {
        "code": Forbidden.code,
        "message": "This instance has no owner yet.",
        "cure": "Open its address in a browser and enter the owner's code.",
    }
    return JSONResponse({"error": error}, status_code=Forbidden.status)
