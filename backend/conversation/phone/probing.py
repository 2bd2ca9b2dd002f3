"""Looks at our own doors from outside: whether a carrier would reach this very instance.

Each probe is signed with this instance's own secret and asks for a proof that only this process
has, once. Whatever else answers under the public name (a tunnel's welcome page, an older process,
somebody else's machine) does not know it, and who has seen one probe can't repeat it.
"""

import asyncio
import hmac
import secrets
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx2
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus, WebSocketException

from backend.conversation.carriers.signatures import HEADER, sign
from backend.conversation.phone.gate import MEDIA_PATH
from backend.kernel.errors import Forbidden

PATH = "/phone/status"
FORM = {"CallSid": "CA" + "0" * 32, "CallStatus": "probe"}  # says nothing of any call
PROBE_FIELD = "RingbackProbe"  # of the form, and of the socket's query
PROOF_HEADER = "X-Ringback-Proof"
PROBE_S_MAX = 10.0
PROBES_MAX = 16  # on their way; the oldest goes


class Probes:
    """The probes of this process that are on their way, each with the proof it waits for."""

    def __init__(self) -> None:
        self._proofs: dict[str, str] = {}

    def send(self) -> tuple[str, str]:
        """Return a probe that was never sent before, and what proves that it came to us."""
        probe, proof = secrets.token_urlsafe(24), secrets.token_urlsafe(24)
        self._proofs[probe] = proof
        while len(self._proofs) > PROBES_MAX:
            del self._proofs[next(iter(self._proofs))]
        return probe, proof

    def answer(self, probe: str) -> str:
        """Return the proof, once; a probe that is not ours, or came before, is refused."""
        proof = self._proofs.pop(probe, None)
        if proof is None:
            raise Forbidden("This probe is not on its way.")
        return proof


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

    def __init__(self, public_url: str, *, secret: str, probes: Probes) -> None:
        self._url, self._secret, self._probes = public_url, secret, probes

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
        """Post a signed form; only this process can answer it."""
        url = self._url + PATH
        probe, proof = self._probes.send()
        form = FORM | {PROBE_FIELD: probe}
        signature = sign(url, list(form.items()), self._secret)
        try:
            async with httpx2.AsyncClient(timeout=PROBE_S_MAX, trust_env=False) as client:
                answer = await client.post(url, data=form, headers={HEADER: signature})
        except httpx2.HTTPError as failure:
            return Reached(
                f"Nothing answers at {self._url} ({type(failure).__name__}).",
                "start the tunnel, and check that it leads to this machine's port",
            )
        if _is_proof(answer.headers.get(PROOF_HEADER, ""), proof):
            return None
        if answer.status_code in {204, 403}:
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
        probe, proof = self._probes.send()
        url = f"{self._url.replace('http', 'ws', 1)}{MEDIA_PATH}?{PROBE_FIELD}={probe}"
        try:
            async with asyncio.timeout(PROBE_S_MAX):
                async with connect(
                    url,
                    additional_headers={HEADER: sign(url, (), self._secret)},
                    proxy=None,
                    open_timeout=PROBE_S_MAX,
                ) as socket:
                    if _is_proof(str(await socket.recv()), proof):
                        return None
                    reason = f"The media socket at {self._url} is somebody else's."
        except InvalidStatus as refusal:
            status = refusal.response.status_code
            reason = f"The media socket at {self._url} is refused ({status})."
        except (OSError, TimeoutError, WebSocketException) as failure:
            reason = f"The media socket at {self._url} can't be opened ({type(failure).__name__})."
        return Reached(reason, "let the tunnel or proxy pass WebSockets on")


def _is_proof(given: str, proof: str) -> bool:
    return hmac.compare_digest(given.encode(), proof.encode())
