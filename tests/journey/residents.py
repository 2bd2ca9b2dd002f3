"""The people of one house: what each tells the companion, and everything that each can ask it."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx2
from websockets.asyncio.client import connect
from websockets.sync.client import connect as connect_now

from tests.journey.product import NO_TLS, Product
from tests.journey.telephone import Telephone

SCOPES = ("voice", "memory", "documents", "feed", "jobs")
IDENTIFIER = re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}\b")
NAMESPACE = "imported"
WHAT_STATE = b"\x00\x00\x01\x00"  # y-websocket: "I have nothing, what do I lack?"
THAT_STATE = b"\x00\x01"

Json = Any  # what the doors answer


@dataclass
class Resident:
    """Somebody with a telephone, a program's token and a paired device."""

    product: Product
    name: str
    number: str
    sentinel: str  # a word that nobody else says
    carrier_secret: str
    token: str = ""
    device: str = ""
    identifiers: tuple[str, ...] = field(default=())

    def move_in(self, *, is_owner: bool) -> None:
        """Get a token and a device by the command line, as the operator hands them out."""
        whose = () if is_owner else ("--person", self.name)
        scopes = [word for scope in SCOPES for word in ("--scope", scope)]
        made: Json = self.product.told("tokens", "create", *scopes, *whose)
        self.token = made["token"]
        pairing: Json = self.product.told("devices", "pair", *whose)
        wanted = {"code": pairing["code"], "name": f"{self.sentinel} phone"}
        paired = httpx2.post(f"{self.product.url}/v1/devices", json=wanted).json()
        self.device = paired["token"]
        self.identifiers = (made["id"], paired["id"])

    # ── telling ──────────────────────────────────────────────────────────────────────────────
    def tell_everything(self) -> None:
        """Say the word on every way in."""
        telephone = Telephone(self.product, self.carrier_secret, self.number)
        telephone.text(f"Please remember that the code of my garden gate is {self.sentinel}.")
        telephone.text(f"Take a note: buy {self.sentinel}.")
        self.chat(f"Please remember that my friend {self.sentinel.title()} lives in Bergen.")
        turns = [{"id": "turn-1", "speaker": "me", "text": f"The boat is called {self.sentinel}."}]
        imported = {"namespace": NAMESPACE, "turns": turns, "wait": True}
        assert self.ask("POST", "/v1/memory/ingest", json=imported).status_code == 200
        noted = self.ask("POST", "/v1/notes", json={"text": f"paint the {self.sentinel}"})
        assert noted.status_code == 201
        self.ring()

    def ring(self) -> None:
        """Ring and hang up again: a call that leaves a row."""
        telephone = Telephone(self.product, self.carrier_secret, self.number)
        url = f"{self.product.url}/phone/incoming"
        form = {"CallSid": f"CA{self.sentinel}", "From": self.number, "To": "+15005550001"}
        signed = {"X-Twilio-Signature": telephone.sign(url, form)}
        answer = httpx2.post(url, data=form, headers=signed).text
        token = re.search(r'name="token" value="([^"]+)"', answer)
        assert token is not None, answer
        media = self.sockets + "/phone/media"
        start = {
            "streamSid": "MZ1",
            "callSid": form["CallSid"],
            "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
            "customParameters": {"token": token[1]},
        }
        headers = {"X-Twilio-Signature": telephone.sign(media, {})}
        with connect_now(media, additional_headers=headers) as stream:
            stream.send(json.dumps({"event": "start", "start": start}))
            stream.recv(timeout=20)  # the greeting begins

    # ── asking ───────────────────────────────────────────────────────────────────────────────
    @property
    def sockets(self) -> str:
        """The origin of the sockets."""
        return self.product.url.replace("http", "ws", 1)

    def ask(self, method: str, path: str, *, token: str = "", **more: Json) -> httpx2.Response:
        """Ask a door with the program's token, or another."""
        bearer = {"Authorization": f"Bearer {token or self.token}"}
        url = self.product.url + path
        return httpx2.request(method, url, headers=bearer, timeout=30, verify=NO_TLS, **more)

    def text(self, body: str) -> str:
        """Send an SMS and return its answer."""
        return Telephone(self.product, self.carrier_secret, self.number).text(body)

    def chat(self, *sentences: str) -> str:
        """Type into a live line of the device; return everything that came back."""
        heard: list[str] = []
        hello = {"type": "hello", "wire": 1, "mode": "chat", "token": self.device}
        with connect_now(f"{self.sockets}/v1/live") as line:
            line.send(json.dumps(hello))
            for sentence in sentences:
                line.send(json.dumps({"type": "text", "text": sentence}))
                while not heard or json.loads(heard[-1])["type"] != "turn_ended":
                    heard.append(str(line.recv(timeout=30)))
                heard.append('{"type": "asked"}')
        return "\n".join(heard)

    async def document(self, name: str) -> bytes:
        """Open a shared document and return all that the server sends of it."""
        address = f"{self.sockets}/sync/{name}?token={self.device}"
        async with connect(address) as socket:
            await socket.send(WHAT_STATE)
            frames = b""
            while True:
                frame = await socket.recv()
                assert isinstance(frame, bytes)
                frames += frame
                if frame.startswith(THAT_STATE):
                    return frames

    def learn_own_identifiers(self) -> None:
        """Collect the identifiers of everything that is this person's."""
        found = {*self.identifiers}
        for path in ("/v1/calls", "/v1/memory", "/v1/notes", "/v1/jobs", "/v1/devices", "/v1/feed"):
            found |= set(identifiers_in(self.ask("GET", path).text))
        self.identifiers = tuple(sorted(found))


def identifiers_in(answer: str) -> Iterator[str]:
    """Yield whatever looks like one of our identifiers."""
    return (found.group() for found in IDENTIFIER.finditer(answer))
