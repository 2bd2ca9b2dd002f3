"""One call as Twilio makes it: the signed webhook, the media socket, a frame every 20 ms."""

import asyncio
import base64
import binascii
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit, urlunsplit
from xml.etree import ElementTree as Xml

import httpx2
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from backend.conversation.carriers.signatures import HEADER, sign
from backend.conversation.carriers.simulator import ACCOUNT, SILENT_FRAME
from bench.calling.playback import FRAME_S, Playback
from bench.calling.script import Actor, Plan, Turn

ANSWER_S_MAX = 20.0
CLOSE_S_MAX = 2.0

# Not the loop's clock: uvloop's has a resolution of a millisecond.
clock = time.monotonic


@dataclass(frozen=True, slots=True)
class Target:
    """Who is called: an instance with its webhook, or a bare media socket."""

    url: str  # of the webhook's origin, or of the socket when there is no secret
    secret: str = ""
    number: str = "+15005550006"
    verdict: str = "TN-Validation-Passed-A"

    @property
    def has_webhook(self) -> bool:
        """Say whether it is rung before the stream begins."""
        return bool(self.secret)


@dataclass(slots=True)
class Outcome:
    """What one call was like."""

    call_sid: str
    turns: list[Turn] = field(default_factory=list)
    greeting_ms: float | None = None
    late_ms: list[float] = field(default_factory=list)
    sent_late_ms: list[float] = field(default_factory=list)  # our own slips
    seconds: float = 0.0
    bad_messages: int = 0
    failure: str = ""


class LoadCall:
    """One call of many: two tasks, one that sends by the clock and one that listens."""

    def __init__(
        self, target: Target, plan: Plan, *, utterances: Sequence[Sequence[bytes]], number: int
    ) -> None:
        unique = f"{number:08x}{time.monotonic_ns():024x}"[:32]
        self._target, self._plan = target, plan
        self._utterances, self._number = utterances, number
        self._stream_sid = "MZ" + unique
        self._playback = Playback()
        self._tick = self._opened = 0.0
        self._sequence = 0
        self._socket: ClientConnection | None = None
        self._is_cut_off = False  # by the other side
        self.outcome = Outcome("CA" + unique)

    async def run(self) -> Outcome:
        """Hold the call; whatever fails is told in the outcome."""
        try:
            await self._hold()
        except (OSError, TimeoutError, WebSocketException, httpx2.HTTPError) as error:
            self.outcome.failure = f"{type(error).__name__}: {error}"
        if self._opened:
            self.outcome.seconds = clock() - self._opened
        self.outcome.late_ms = self._playback.late_ms
        return self.outcome

    async def _hold(self) -> None:
        address, signed = self._target.url, ""
        parameters: dict[str, str] = {}
        if self._target.has_webhook:
            signed, parameters = await self._ring()
            address = _at_origin(signed, self._target.url)
        async with connect(
            address,
            additional_headers={HEADER: sign(signed, (), self._target.secret)} if signed else {},
            user_agent_header="Twilio.TmeWs/1.0",
            compression=None,
            max_queue=None,
            ping_interval=None,
            proxy=None,
            open_timeout=ANSWER_S_MAX,
            close_timeout=CLOSE_S_MAX,
        ) as self._socket:
            self._opened = clock()
            await self._send({"event": "connected", "protocol": "Call", "version": "1.0.0"})
            await self._send({"event": "start", "start": self._start(parameters)})
            async with asyncio.TaskGroup() as group:
                listening = group.create_task(self._listen())
                try:
                    await self._speak()
                except WebSocketException:
                    self._is_cut_off = True
                listening.cancel()
        if self._is_cut_off:
            self.outcome.failure = "the other side hung up"

    async def _ring(self) -> tuple[str, dict[str, str]]:
        """Ask the voice webhook; return the stream's address and parameters."""
        form = {
            "AccountSid": ACCOUNT,
            "ApiVersion": "2010-04-01",
            "Direction": "inbound",
            "CallSid": self.outcome.call_sid,
            "CallStatus": "ringing",
            "From": self._target.number,
            "To": "+15005550001",
            "StirVerstat": self._target.verdict,
        }
        url = self._target.url.rstrip("/") + "/phone/incoming"
        signature = sign(url, list(form.items()), self._target.secret)
        async with httpx2.AsyncClient(timeout=ANSWER_S_MAX, trust_env=False) as client:
            answer = await client.post(url, data=form, headers={HEADER: signature})
        answer.raise_for_status()
        stream = Xml.fromstring(answer.text).find(".//Stream")
        if stream is None:
            raise OSError("the call was not answered")
        told = {p.get("name", ""): p.get("value", "") for p in stream.findall("Parameter")}
        return stream.get("url", ""), told

    def _start(self, parameters: dict[str, str]) -> dict[str, object]:
        return {
            "accountSid": ACCOUNT,
            "streamSid": self._stream_sid,
            "callSid": self.outcome.call_sid,
            "tracks": ["inbound"],
            "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
            "customParameters": parameters,
        }

    # ── speaking ─────────────────────────────────────────────────────────────────────────────
    async def _speak(self) -> None:
        """Send a frame every 20 ms on an absolute schedule, until the script is over."""
        self._tick = clock()
        actor = Actor(
            self._plan,
            self._playback,
            lambda: self._tick,
            utterances=self._utterances,
            first=self._number,
        )
        self.outcome.turns = actor.turns
        due = self._tick
        for chunk, tick in enumerate(actor.ticks(), 1):
            if self._is_cut_off:
                return
            if isinstance(tick, str):
                key = {"track": "inbound_track", "digit": tick}
                await self._send({"event": "dtmf", "dtmf": key})
            await self._send_frame(tick if isinstance(tick, bytes) else SILENT_FRAME, chunk)
            for name in self._playback.due(self._tick):
                await self._send({"event": "mark", "mark": {"name": name}})
            due += FRAME_S
            await asyncio.sleep(max(0.0, due - clock()))
            self._tick = clock()
            self.outcome.sent_late_ms.append((self._tick - due) * 1000)
        stop = {"accountSid": ACCOUNT, "callSid": self.outcome.call_sid}
        await self._send({"event": "stop", "stop": stop})

    async def _send_frame(self, ulaw: bytes, chunk: int) -> None:
        assert self._socket is not None
        self._sequence += 1
        payload = binascii.b2a_base64(ulaw, newline=False).decode()
        await self._socket.send(
            f'{{"event":"media","sequenceNumber":"{self._sequence}","media":{{"track":"inbound",'
            f'"chunk":"{chunk}","timestamp":"{chunk * 20}","payload":"{payload}"}},'
            f'"streamSid":"{self._stream_sid}"}}'
        )

    async def _send(self, message: dict[str, object]) -> None:
        assert self._socket is not None
        self._sequence += 1
        whole = message | {"sequenceNumber": str(self._sequence), "streamSid": self._stream_sid}
        await self._socket.send(json.dumps(whole))

    # ── listening ────────────────────────────────────────────────────────────────────────────
    async def _listen(self) -> None:
        assert self._socket is not None
        async for text in self._socket:
            try:
                self._take(clock(), json.loads(text))
            except (ValueError, KeyError, TypeError):
                self.outcome.bad_messages += 1
        self._is_cut_off = True

    def _take(self, now: float, message: dict[str, Any]) -> None:  # Any: JSON, checked here
        if message["streamSid"] != self._stream_sid:
            raise ValueError("another stream's")
        event = message["event"]
        if event == "media":
            ulaw = base64.b64decode(message["media"]["payload"], validate=True)
            voiced_from = len(self._playback.stretches)
            heard = self._playback.play(now, ulaw)
            if heard is not None:
                self._note_sound(now, heard, is_fresh=len(self._playback.stretches) > voiced_from)
        elif event == "mark":
            self._playback.mark(now, message["mark"]["name"])
        elif event == "clear":
            self._note_clear(now)
        else:
            raise ValueError("unknown event")

    def _note_sound(self, now: float, heard: float, *, is_fresh: bool) -> None:
        """Tell a greeting and the first sound of an answer from what was still being said."""
        if self.outcome.greeting_ms is None:
            self.outcome.greeting_ms = (now - self._opened) * 1000
        turn = self.outcome.turns[-1] if self.outcome.turns else None
        if turn is None or turn.answered is not None:
            return
        is_old_reply = turn.kind == "barge" and turn.cleared is None
        if is_old_reply and not (is_fresh and turn.ended is not None):
            return  # the reply that they talk over
        if turn.ended is None:
            turn.is_premature = turn.kind == "say" or turn.is_premature
            return
        turn.answered, turn.heard = now, heard

    def _note_clear(self, now: float) -> None:
        self._playback.clear(now)
        turn = self.outcome.turns[-1] if self.outcome.turns else None
        if turn is not None and turn.kind == "barge" and turn.cleared is None:
            turn.cleared = now


def _at_origin(url: str, origin: str) -> str:
    """Return the address with another origin: the public name is signed, the near door is used."""
    near, path = urlsplit(origin), urlsplit(url)
    scheme = "wss" if near.scheme == "https" else "ws"
    return urlunsplit((scheme, near.netloc, path.path, path.query, ""))
