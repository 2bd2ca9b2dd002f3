"""Looks at our own doors from outside: whether a carrier would reach this very instance.

The probe is signed with this instance's own secret. Whatever else answers under the public name (a
tunnel's welcome page, an older process, somebody else's machine) does not know it.
"""

import asyncio
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx2
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus, WebSocketException

from backend.conversation.carriers.signatures import HEADER, sign
from backend.conversation.phone.gate import MEDIA_PATH

PATH = "/phone/status"
FORM = {"CallSid": "CA" + "0" * 32, "CallStatus": "probe"}  # says nothing of any call
PROBE_S_MAX = 10.0


@dataclass(frozen=True, slots=True)
class Reached:
    """What the probe met; an empty reason means that all is well."""

    reason: str = ""
    cure: str = ""

    @property
    def is_ours(self) -> bool:
        """Say whether a carrier would reach us."""
        return not self.reason


class PublicDoor:
    """The origin that the carrier is told."""

    def __init__(self, public_url: str, *, secret: str) -> None:
        self._url, self._secret = public_url, secret

    async def check(self) -> Reached:
        """Ring at our own webhook, then at our own media socket."""
        if urlsplit(self._url).scheme != "https":
            return Reached(
                "RINGBACK_PUBLIC_URL does not begin with https://, and a carrier sends calls to "
                "nothing else.",
                "put the https:// address of your tunnel or server there",
            )
        return await self.check_webhook() or await self.check_socket() or Reached()

    async def check_webhook(self) -> Reached | None:
        """Post a signed form; only this instance takes it."""
        url = self._url + PATH
        signature = sign(url, list(FORM.items()), self._secret)
        try:
            async with httpx2.AsyncClient(timeout=PROBE_S_MAX, trust_env=False) as client:
                answer = await client.post(url, data=FORM, headers={HEADER: signature})
        except httpx2.HTTPError as failure:
            return Reached(
                f"Nothing answers at {self._url} ({type(failure).__name__}).",
                "start the tunnel, and check that it leads to this machine's port",
            )
        if answer.status_code == 204:
            return None
        if answer.status_code == 403:
            return Reached(
                f"A Ringback answers at {self._url}, but not this one.",
                "let the tunnel lead to this instance",
            )
        return Reached(
            f"Something else answers at {self._url} ({answer.status_code}).",
            "check that the tunnel leads to this machine's port",
        )

    async def check_socket(self) -> Reached | None:
        """Open the media socket as the carrier would: some proxies carry no WebSockets."""
        url = self._url.replace("http", "ws", 1) + MEDIA_PATH
        try:
            async with asyncio.timeout(PROBE_S_MAX):
                async with connect(
                    url,
                    additional_headers={HEADER: sign(url, (), self._secret)},
                    proxy=None,
                    open_timeout=PROBE_S_MAX,
                ):
                    return None
        except InvalidStatus as refusal:
            status = refusal.response.status_code
            reason = f"The media socket at {self._url} is refused ({status})."
        except (OSError, TimeoutError, WebSocketException) as failure:
            reason = f"The media socket at {self._url} can't be opened ({type(failure).__name__})."
        return Reached(reason, "let the tunnel or proxy pass WebSockets on")
