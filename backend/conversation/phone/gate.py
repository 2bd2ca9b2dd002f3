"""Lets only the carrier in, and the simulator that the operator holds the secret of."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.requests import ClientDisconnect, HTTPConnection, Request

from backend.conversation.carriers.forms import (
    FORM_BYTES_MAX,
    Form,
    is_form,
    read_form,
)
from backend.conversation.carriers.signatures import HEADER, is_signed
from backend.kernel.clock import Clock
from backend.kernel.errors import Forbidden, Invalid, RingbackError, TooLarge
from backend.platform.keys import Keys
from backend.platform.settings import Settings
from backend.platform.telemetry.damper import Damper
from backend.platform.telemetry.logs import get_logger

MEDIA_PATH = "/phone/media"
AFTER_PATH = "/phone/after"
SIMULATOR_PURPOSE = "phone simulator"
FORM_S_MAX = 10.0  # the carrier sends its few kilobytes at once

_log = get_logger("phone")


@dataclass(frozen=True, slots=True)
class Doors:
    """Where the carrier reaches us, as it must be written into an answer."""

    media_url: str
    after_url: str


class Gate:
    """Checks every webhook and every media socket; whoever is turned away leaves one log line."""

    def __init__(
        self, settings: Settings, keys: Keys, *, clock: Clock, form_s: float = FORM_S_MAX
    ) -> None:
        self._settings, self._form_s = settings, form_s
        self._damper = Damper(clock=clock)
        token = settings.twilio.auth_token.get_secret_value()
        self._secrets = (token, simulator_secret(keys))

    async def form(self, request: Request) -> Form:
        """Return a form that is signed; raise for every other, whoever sent it."""
        try:
            return await self._form(request)
        except RingbackError as refusal:
            self.note_refusal("webhook", refusal)
            raise

    def admits(self, socket: HTTPConnection) -> bool:
        """Say whether a socket's handshake is the carrier's."""
        if self.is_signed(socket, ()):
            return True
        self.note_refusal("socket", Forbidden())
        return False

    def is_signed(self, connection: HTTPConnection, fields: Sequence[tuple[str, str]]) -> bool:
        """Say whether the carrier, or our simulator, signed this URL with these fields."""
        query = f"?{connection.url.query}" if connection.url.query else ""
        url = self._origin(connection) + connection.url.path + query
        return is_signed(url, fields, connection.headers.get(HEADER, ""), self._secrets)

    def doors(self, request: Request) -> Doors:
        """Return where the carrier reaches us: by the public name, else by the one it used."""
        origin = self._origin(request)
        return Doors(
            media_url=origin.replace("http", "ws", 1) + MEDIA_PATH, after_url=origin + AFTER_PATH
        )

    def note_refusal(self, door: str, refusal: RingbackError) -> None:
        """Log that somebody was turned away: one line a minute for each cause, with a count."""
        if times := self._damper.count(f"{door} {refusal.code}"):
            _log.warning("phone_refused", door=door, cause=refusal.code, times=times)

    async def _form(self, request: Request) -> Form:
        if not request.headers.get(HEADER):
            raise Forbidden("The signature of the carrier is missing.")  # nothing else is read
        content_type = request.headers.get("content-type", "")
        if not is_form(content_type):
            raise Invalid("The carrier sends forms.")
        try:
            async with asyncio.timeout(self._form_s):
                body = await _body(request)
        except TimeoutError:
            raise Invalid("The form did not arrive in time.") from None
        except ClientDisconnect:
            raise Invalid("The form was never finished.") from None
        form = read_form(body, content_type)
        if not self.is_signed(request, form.fields):
            raise Forbidden("The signature of the carrier is wrong.")
        return form

    def _origin(self, connection: HTTPConnection) -> str:
        # Forwarded headers are never asked: anybody can send them.
        is_socket = connection.scope["type"] == "websocket"
        public = self._settings.public_url
        if public:
            origin = urlsplit(public)
            scheme = origin.scheme.replace("http", "ws", 1) if is_socket else origin.scheme
            return f"{scheme}://{origin.netloc}"
        return f"{connection.url.scheme}://{connection.url.netloc}"


def simulator_secret(keys: Keys) -> str:
    """Return what signs simulated calls: derived, so that no key of the carrier is needed."""
    return keys.derive(SIMULATOR_PURPOSE).hex()


async def _body(request: Request) -> bytes:
    """Read a body, but no more of it than a form may have."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > FORM_BYTES_MAX:
            raise TooLarge("The form is too large.")
    return bytes(body)
