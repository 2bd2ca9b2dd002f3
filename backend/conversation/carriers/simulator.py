"""A whole telephone caller: rings, speaks, listens and hangs up as Twilio would.

It signs and posts the webhook, opens the media socket, sends a frame every 20 ms, plays what comes
back into a buffer that drains in real time, and gives marks back when they would have been heard.
"""

import asyncio
import base64
import json
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from types import TracebackType
from urllib.parse import urlsplit, urlunsplit
from xml.etree import ElementTree as Xml

import httpx2
import numpy as np
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from backend.conversation.carriers.signatures import HEADER, sign
from backend.conversation.sound import TelephoneDecoder, TelephoneEncoder
from backend.kernel.audio import FRAME_MS, RATE_HZ, Sound
from backend.kernel.clock import Clock
from backend.kernel.errors import Conflict, Refused, Unavailable
from backend.kernel.ids import Ids

FRAME_ULAW_BYTES = 160
SILENT_FRAME = b"\xff" * FRAME_ULAW_BYTES
ULAW_BYTES_PER_SECOND = 8000
VOICED_PEAK = 512  # of 32768: above it a frame is sound
ACCOUNT = "AC" + "0" * 32
ANSWER_SECONDS_MAX = 20.0
TICK_SECONDS = FRAME_MS / 1000


@dataclass(frozen=True, slots=True)
class Dial:
    """Who calls whom, and through which door."""

    url: str  # where the instance listens, for example http://127.0.0.1:7464
    secret: str  # signs as the carrier would
    public_url: str = ""  # the origin that is signed, when it is not `url`
    number: str = "+15005550006"
    to: str = "+15005550001"
    verdict: str = ""  # StirVerstat, for example "TN-Validation-Passed-A"
    settle_seconds: float = 1.2  # so much silence ends a reply
    reply_seconds_max: float = 60.0


@dataclass(slots=True)
class _Ear:
    """What has been played into the caller's ear, and when."""

    pieces: list[tuple[float, bytes]] = field(default_factory=list)  # starts, µ-law
    ends: float = 0.0  # when the buffer runs dry
    voiced_until: float = 0.0
    marks: deque[tuple[float, str]] = field(default_factory=deque)

    def play(self, now: float, ulaw: bytes) -> bool:
        """Append to the buffer; say whether there is a voice in it."""
        begins = max(now, self.ends)
        self.ends = begins + len(ulaw) / ULAW_BYTES_PER_SECOND
        self.pieces.append((begins, ulaw))
        if has_voice := _is_voiced(ulaw):
            self.voiced_until = self.ends
        return has_voice

    def clear(self, now: float) -> None:
        """Drop what has not been heard yet; its marks are due at once."""
        kept = []
        for begins, ulaw in self.pieces:
            heard = max(0, round((now - begins) * ULAW_BYTES_PER_SECOND))
            if heard:
                kept.append((begins, ulaw[:heard]))
        self.pieces = kept
        self.ends = min(self.ends, now)
        self.voiced_until = min(self.voiced_until, now)
        self.marks = deque((now, name) for _, name in self.marks)

    def due_marks(self, now: float) -> Iterator[str]:
        """Take the marks whose place has been heard."""
        while self.marks and self.marks[0][0] <= now:
            yield self.marks.popleft()[1]

    def since(self, start: float) -> bytes:
        """Return what was heard from then on, without the silence before and between."""
        return b"".join(ulaw for begins, ulaw in self.pieces if begins >= start)


class Caller:
    """One simulated call; `async with Caller(...) as caller` rings and, at the end, hangs up."""

    def __init__(
        self,
        dial: Dial,
        *,
        clock: Clock,
        ids: Ids,
        listen: Callable[[bytes], None] = lambda pcm: None,
    ) -> None:
        self._dial, self._clock, self._listen = dial, clock, listen
        unique = ids.new().replace("-", "")
        self.call_sid, self._stream_sid = "CA" + unique, "MZ" + unique
        self.greeting_ms: float | None = None  # socket open → first sound
        self.reply_ms: list[float] = []  # last word → first sound received, one a turn
        self.parting = ""  # what the carrier was told to say after the stream
        self.is_hung_up = False  # by the other side
        self.returns = 0  # how often the call went on over another socket
        self._ear = _Ear()
        self._spoken: list[tuple[float, bytes]] = []
        self._to_send: deque[bytes] = deque()
        self._keys: deque[str] = deque()
        self._last_word: float | None = None  # set while a reply is awaited
        self._reply_from = 0.0
        self._sequence = 0
        self._is_over = self._is_reported = False
        self._after_url = ""
        self._group = asyncio.TaskGroup()
        self._http = httpx2.AsyncClient(timeout=ANSWER_SECONDS_MAX, trust_env=False)
        self._socket: ClientConnection | None = None
        self._decoder = TelephoneDecoder()
        self._opened = 0.0

    # ── the call ─────────────────────────────────────────────────────────────────────────────
    async def __aenter__(self) -> "Caller":
        try:
            await self._begin()
        except BaseException:
            await self._http.aclose()
            raise
        await self._group.__aenter__()
        self._group.create_task(self._receive())
        self._group.create_task(self._speak())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            await self.hang_up()
            await self._group.__aexit__(kind, error, trace)
        finally:
            await self._http.aclose()

    async def say(self, sound: Sound) -> None:
        """Speak, at the pace of speech; return when the last frame has left."""
        if self._is_over:
            raise Conflict("The call is over.")
        frames = _frames(sound)
        voiced = [index for index, frame in enumerate(frames) if _is_voiced(frame)]
        if not voiced:
            raise Refused("There is nothing to hear in this sound.")
        # Silence around the words would be counted into the time that the answer takes.
        self._to_send.extend(frames[voiced[0] : voiced[-1] + 1])
        while self._to_send and not self._is_over:
            await self._clock.sleep(TICK_SECONDS / 2)
        self._last_word = self._reply_from = self._clock.monotonic()

    async def hear_out(self, *, seconds_max: float | None = None) -> Sound:
        """Wait for the reply to begin and to end; return it, empty when none came."""
        deadline = self._clock.monotonic() + (seconds_max or self._dial.reply_seconds_max)
        while not self._is_over and self._clock.monotonic() < deadline:
            now = self._clock.monotonic()
            voiced = self._ear.voiced_until
            if voiced > self._reply_from and now - voiced >= self._dial.settle_seconds:
                break
            await self._clock.sleep(TICK_SECONDS)
        ulaw = self._ear.since(self._reply_from)
        self._reply_from = self._clock.monotonic()
        return Sound(TelephoneDecoder().feed(ulaw) if ulaw else b"", RATE_HZ)

    async def press(self, digits: str) -> None:
        """Press keys, one every 200 ms as a person would at most."""
        for digit in digits:
            self._keys.append(digit)
            await self._clock.sleep(0.2)

    def lose_connection(self) -> None:
        """Break the media socket, as a network does: the carrier then asks what comes next."""
        if self._socket is not None:
            self._socket.transport.abort()

    async def wait(self, seconds: float) -> None:
        """Stay silent."""
        await self._clock.sleep(seconds)

    async def hang_up(self) -> None:
        """End the call unless the other side has; then report it once, as the carrier does."""
        if not self._is_over:
            self._is_over = True
            stop = {"accountSid": ACCOUNT, "callSid": self.call_sid}
            await self._send({"event": "stop", "stop": stop})
        if self._socket is not None:
            await self._socket.close()
        if not self._is_reported:
            self._is_reported = True
            with suppress(Unavailable):  # a carrier does not mind that nobody is there any more
                await self.report_end()

    def both_sides(self) -> tuple[Sound, Sound]:
        """Return what was spoken and what was heard, each from the first frame on, aligned."""
        return self._aligned(self._spoken), self._aligned(self._ear.pieces)

    # ── the webhooks ─────────────────────────────────────────────────────────────────────────
    async def ring(self) -> str:
        """Ask what is to be done with the call."""
        form = {"CallStatus": "ringing", "Direction": "inbound"}
        if self._dial.verdict:
            form["StirVerstat"] = self._dial.verdict
        return await self.post("/phone/incoming", form)

    async def report_end(self) -> None:
        """Tell that the call is over."""
        await self.post("/phone/status", {"CallStatus": "completed"})

    async def _begin(self) -> None:
        answer = Xml.fromstring(await self.ring())  # noqa: S314 (our own)
        stream = answer.find(".//Stream")
        if stream is None:
            raise Refused("".join(answer.itertext()).strip() or "The call was not answered.")
        self._opened = await self._join(answer, stream)

    async def _join(self, answer: Xml.Element, stream: Xml.Element) -> float:
        """Open the media socket that an answer names; return when it was open."""
        joined = answer.find(".//Connect")
        self._after_url = joined.get("action", "") if joined is not None else ""
        stream_url = stream.get("url", "")
        parameters = {p.get("name", ""): p.get("value", "") for p in stream.findall("Parameter")}
        reached = _at_origin(stream_url, self._dial.url)
        try:
            self._socket = await connect(
                reached,
                additional_headers={HEADER: sign(stream_url, (), self._dial.secret)},
                user_agent_header="Twilio.TmeWs/1.0",
                compression=None,
                ping_interval=None,
                proxy=None,
                open_timeout=ANSWER_SECONDS_MAX,
            )
        except (OSError, TimeoutError, WebSocketException) as error:
            raise Unavailable(f"The media socket can't be opened: {error}") from error
        opened = self._clock.monotonic()
        await self._send({"event": "connected", "protocol": "Call", "version": "1.0.0"})
        await self._send({"event": "start", "start": self._start(parameters)})
        return opened

    def _start(self, parameters: dict[str, str]) -> dict[str, object]:
        return {
            "accountSid": ACCOUNT,
            "streamSid": self._stream_sid,
            "callSid": self.call_sid,
            "tracks": ["inbound"],
            "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
            "customParameters": parameters,
        }

    async def post(self, path: str, form: dict[str, str]) -> str:
        """Post a signed webhook of this call; return what is answered."""
        whole = form | {
            "AccountSid": ACCOUNT,
            "ApiVersion": "2010-04-01",
            "CallSid": self.call_sid,
            "From": self._dial.number,
            "To": self._dial.to,
        }
        signed = (self._dial.public_url or self._dial.url).rstrip("/") + path
        signature = sign(signed, list(whole.items()), self._dial.secret)
        try:
            answer = await self._http.post(
                self._dial.url.rstrip("/") + path, data=whole, headers={HEADER: signature}
            )
        except httpx2.HTTPError as error:
            raise Unavailable(f"{self._dial.url} does not answer: {error}") from error
        if answer.status_code >= 400:
            raise Refused(f"The webhook answered {answer.status_code}.")
        return answer.text

    # ── the media socket ─────────────────────────────────────────────────────────────────────
    async def _speak(self) -> None:
        """Send a frame every 20 ms on an absolute schedule, and the marks that are due."""
        tick = self._clock.monotonic()
        chunk = 0
        while not self._is_over:
            frame = self._to_send.popleft() if self._to_send else SILENT_FRAME
            chunk += 1
            self._spoken.append((tick, frame))
            media = {"track": "inbound", "chunk": str(chunk), "timestamp": str(chunk * FRAME_MS)}
            payload = base64.b64encode(frame).decode()
            await self._send({"event": "media", "media": media | {"payload": payload}})
            for name in self._ear.due_marks(self._clock.monotonic()):
                await self._send({"event": "mark", "mark": {"name": name}})
            if self._keys:
                key = {"track": "inbound_track", "digit": self._keys.popleft()}
                await self._send({"event": "dtmf", "dtmf": key})
            tick += TICK_SECONDS
            await self._clock.sleep(max(0.0, tick - self._clock.monotonic()))

    async def _send(self, message: dict[str, object]) -> None:
        self._sequence += 1
        whole = message | {"sequenceNumber": str(self._sequence), "streamSid": self._stream_sid}
        try:
            if self._socket is not None:
                await self._socket.send(json.dumps(whole))
        except WebSocketException:
            pass  # the receiving side sees the same close and says so

    async def _receive(self) -> None:
        while not self._is_over:
            assert self._socket is not None
            with suppress(WebSocketException):  # a broken stream has ended as well
                async for text in self._socket:
                    self._take(json.loads(text))
            if not self._is_over and not await self._is_joined_again():
                self._is_over = self.is_hung_up = True

    async def obey(self, answer: Xml.Element) -> Xml.Element:
        """Do what comes before a stream; a caller who knows of transfers puts through here."""
        return answer

    async def _is_joined_again(self) -> bool:
        """Ask what comes after the stream, as the carrier does; say whether it is another one."""
        self._ear.clear(self._clock.monotonic())  # a stream's buffer ends with it
        self._ear.marks.clear()
        if not self._after_url:
            return False
        try:
            told = await self.post(urlsplit(self._after_url).path, {"CallStatus": "in-progress"})
            answer = await self.obey(Xml.fromstring(told))  # noqa: S314 (our own)
            stream = answer.find(".//Stream")
            if stream is None:
                self.parting = "".join(answer.itertext()).strip()
                return False
            self._stream_sid = f"{self._stream_sid[:34]}{self.returns + 1}"
            await self._join(answer, stream)
        except (Unavailable, Refused):
            return False
        self.returns += 1
        return True

    def _take(self, message: dict[str, dict[str, str]]) -> None:
        now = self._clock.monotonic()
        event = str(message.get("event"))
        if event == "media":
            ulaw = base64.b64decode(message["media"]["payload"])
            self._listen(self._decoder.feed(ulaw))
            if self._ear.play(now, ulaw):
                self._note_first_sound(now)
        elif event == "mark":
            self._ear.marks.append((max(now, self._ear.ends), message["mark"]["name"]))
        elif event == "clear":
            self._ear.clear(now)

    def _note_first_sound(self, now: float) -> None:
        if self.greeting_ms is None:
            self.greeting_ms = (now - self._opened) * 1000
        if self._last_word is not None:
            self.reply_ms.append((now - self._last_word) * 1000)
            self._last_word = None

    def _aligned(self, pieces: list[tuple[float, bytes]]) -> Sound:
        track = bytearray()
        for begins, ulaw in pieces:
            at = max(0, round((begins - self._opened) * ULAW_BYTES_PER_SECOND))
            track.extend(b"\xff" * (at - len(track)))
            track.extend(ulaw)
        return Sound(TelephoneDecoder().feed(bytes(track)) if track else b"", RATE_HZ)


def _frames(sound: Sound) -> list[bytes]:
    """Cut a sound into telephone frames."""
    encoder = TelephoneEncoder()
    ulaw = encoder.feed(sound.pcm, sound.rate_hz) + encoder.flush()
    cut = [ulaw[at : at + FRAME_ULAW_BYTES] for at in range(0, len(ulaw), FRAME_ULAW_BYTES)]
    return [frame.ljust(FRAME_ULAW_BYTES, b"\xff") for frame in cut]


def _is_voiced(ulaw: bytes) -> bool:
    """Say whether a stretch of µ-law is louder than a line's hiss."""
    # µ-law is kept inverted: the loudest sample has the smallest low seven bits.
    loudest = int((~np.frombuffer(ulaw, np.uint8) & 0x7F).max(initial=0))
    return ((((loudest & 0x0F) << 3) + 0x84) << (loudest >> 4)) - 0x84 > VOICED_PEAK


def _at_origin(url: str, origin: str) -> str:
    """Return the address with another origin: the public name is signed, the near door is used."""
    near, path = urlsplit(origin), urlsplit(url)
    scheme = "wss" if near.scheme == "https" else "ws"
    return urlunsplit((scheme, near.netloc, path.path, path.query, ""))
