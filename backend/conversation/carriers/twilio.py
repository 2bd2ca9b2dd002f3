"""A telephone call as a line: Twilio's media stream, exactly as Twilio speaks it.

In: connected, start, media (µ-law 8 kHz, base64, 20 ms), mark, dtmf, stop. Out: media, mark, clear.
"""

import asyncio
import binascii
import json
import re
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from backend.conversation.carriers.port import HungUp, KeyPressed, LineEvent, MarkHeard
from backend.conversation.sound import Framer, TelephoneDecoder, TelephoneEncoder
from backend.kernel.audio import RATE_HZ, Frame
from backend.kernel.clock import Clock
from backend.kernel.errors import Invalid, RingbackError, TooLarge
from backend.kernel.events import Happening
from backend.platform.sockets import Socket, SocketClosed

MESSAGE_CHARACTERS_MAX = 16_384  # Twilio sends about 350 for 20 ms
START_SECONDS_MAX = 5.0  # Twilio sends `start` at once
BAD_MESSAGES_MAX = 10  # a slip is forgiven, a peer that speaks another protocol is not
AHEAD_MS_MAX = 5_000  # sound faster than time: a stalled network delivers a backlog, never more
OTHERS_BURST, OTHERS_PER_S = 300, 60.0  # marks and keys, and sound that is spelt unusually
NAME_CHARACTERS_MAX = 256
PARAMETERS_MAX = 16
ULAW_BYTES_PER_MS = 8
DIGITS = frozenset("0123456789*#ABCD")

# Close codes of RFC 6455.
NORMAL, POLICY, TOO_BIG = 1000, 1008, 1009

# A message of sound exactly as Twilio writes it, which is fifty a second of each call. Whatever
# differs, by a blank or by a field, is read as JSON.
_SOUND = re.compile(
    r'\{"event": ?"media", ?"sequenceNumber": ?"\d{1,12}", ?"media": ?\{"track": ?"inbound", ?'
    r'"chunk": ?"\d{1,12}", ?"timestamp": ?"\d{1,12}", ?"payload": ?"([A-Za-z0-9+/=]*)"\}, ?'
    r'"streamSid": ?"(\w{1,64})"\}'
).fullmatch

Message = dict[str, Any]  # a JSON object off the wire: each field is checked where it is read


@dataclass(frozen=True, slots=True)
class StreamStart:
    """What Twilio says of a stream when it begins."""

    stream_sid: str
    call_sid: str
    parameters: dict[str, str]


async def await_start(socket: Socket, *, seconds_max: float = START_SECONDS_MAX) -> StreamStart:
    """Read up to the `start` message; raise Invalid when the peer does not begin as Twilio does."""
    try:
        async with asyncio.timeout(seconds_max):
            message = parse(await socket.receive())
            if message.get("event") == "connected":
                message = parse(await socket.receive())
    except TimeoutError as error:
        raise Invalid("The stream did not start in time.") from error
    if message.get("event") != "start":
        raise Invalid("The stream must begin with its start message.")
    return _read_start(message)


def _read_start(message: Message) -> StreamStart:
    start = _object(message, "start")
    form = _object(start, "mediaFormat")
    if (form.get("encoding"), form.get("sampleRate")) != ("audio/x-mulaw", 8000):
        raise Invalid("Only µ-law at 8 kHz is spoken here.")
    parameters = start.get("customParameters") or {}
    if not isinstance(parameters, dict) or len(parameters) > PARAMETERS_MAX:
        raise Invalid("These parameters are not Twilio's.")
    return StreamStart(
        stream_sid=_name(start, "streamSid"),
        call_sid=_name(start, "callSid"),
        parameters={name: value for name, value in parameters.items() if isinstance(value, str)},
    )


def parse(text: str | bytes) -> Message:
    """Read one message; raise TooLarge or Invalid."""
    if len(text) > MESSAGE_CHARACTERS_MAX:
        raise TooLarge("A message of the media stream is too long.")
    if isinstance(text, bytes):
        raise Invalid("The media stream speaks in text alone.")
    try:
        message = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Invalid("A message of the media stream is not JSON.") from error
    if not isinstance(message, dict):
        raise Invalid("A message of the media stream is not an object.")
    return message


def _object(message: Message, field: str) -> Message:
    value = message.get(field)
    if not isinstance(value, dict):
        raise Invalid(f"The field {field} is missing.")
    return value


def _name(message: Message, field: str) -> str:
    value = message.get(field)
    if not isinstance(value, str) or not 0 < len(value) <= NAME_CHARACTERS_MAX:
        raise Invalid(f"The field {field} is missing.")
    return value


class TwilioLine:
    """One call over one media socket; implements `Line`."""

    carrier = "phone"
    is_spoken = True

    def __init__(self, socket: Socket, start: StreamStart, *, clock: Clock) -> None:
        self._socket, self._start, self._clock = socket, start, clock
        self._decoder, self._encoder = TelephoneDecoder(), TelephoneEncoder()
        self._framer = Framer()
        self._opened = clock.monotonic()
        self._arrived_ms = 0  # caller's sound so far, by its length
        self._bad_messages = self._others = 0
        self._hear_first: Callable[[Frame], bool] | None = None
        self._decoded: tuple[str, Sequence[Frame]] | None = None  # a message that was refused
        self._gone: HungUp | None = None
        self.refusal: RingbackError | None = None  # why we cut it, if we did

    async def events(self) -> AsyncIterator[LineEvent]:
        """Decode what arrives until the call ends; the socket loop does nothing else."""
        while self._gone is None:
            try:
                for event in self._read_text(await self._socket.receive()):
                    yield event
            except SocketClosed:
                self._gone = self._gone or HungUp("lost")
            except TooLarge as error:
                await self._refuse(TOO_BIG, error)
            except Invalid as error:
                self._bad_messages += 1
                if self._bad_messages > BAD_MESSAGES_MAX:
                    await self._refuse(POLICY, error)
        yield self._gone

    def divert(self, hear: Callable[[Frame], bool]) -> None:
        """Offer sound that arrives while nothing waits, one whole frame in a message."""
        self._hear_first = hear
        self._socket.look_first(self._take_sound)

    async def play(self, pcm: bytes) -> None:
        """Send sound to the caller's ear; Twilio buffers as much as we send."""
        await self._send_sound(self._encoder.feed(pcm, RATE_HZ))

    async def mark(self, name: str) -> None:
        """Flush the resampler, so that the mark stands behind the last sample, then ask for it."""
        await self._send_sound(self._encoder.flush())
        await self._send({"event": "mark", "mark": {"name": name}})

    async def clear(self) -> None:
        """Make Twilio drop what it has buffered."""
        self._encoder = TelephoneEncoder()  # its tail belongs to what nobody shall hear
        await self._send({"event": "clear"})

    async def tell(self, happening: Happening) -> None:
        """Do nothing: a telephone shows no captions."""

    async def hang_up(self) -> None:
        """Close the stream: Twilio then goes on with its TwiML, which ends the call."""
        await self._drop(NORMAL, "")

    async def _refuse(self, code: int, error: RingbackError) -> None:
        self.refusal = error
        await self._drop(code, error.message)

    async def _drop(self, code: int, reason: str) -> None:
        self._gone = self._gone or HungUp("lost" if code == NORMAL else "refused")
        await self._socket.close(code, reason)

    async def _send_sound(self, ulaw: bytes) -> None:
        if ulaw:
            payload = binascii.b2a_base64(ulaw, newline=False).decode()
            await self._send({"event": "media", "media": {"payload": payload}})

    async def _send(self, message: Message) -> None:
        if self._gone is not None:
            return
        try:
            await self._socket.send(json.dumps(message | {"streamSid": self._start.stream_sid}))
        except SocketClosed:
            self._gone = self._gone or HungUp("lost")

    # ── what arrives ─────────────────────────────────────────────────────────────────────────
    def _take_sound(self, text: str) -> bool:
        """Take a message of sound as it arrives; what is wrong with one is told by `events`."""
        payload = self._payload(text)
        if payload is None or self._hear_first is None or self._gone is not None:
            return False
        try:
            frames = self._hear(payload)
        except RingbackError:
            return False
        if len(frames) == 1 and self._hear_first(frames[0]):
            return True
        self._decoded = (text, frames)  # the next message that is received: nothing overtakes it
        return False

    def _read_text(self, text: str | bytes) -> Sequence[LineEvent]:
        """Read one message; sound as Twilio writes it is not parsed as JSON first."""
        decoded, self._decoded = self._decoded, None
        if decoded is not None and decoded[0] is text:
            return decoded[1]
        payload = self._payload(text)
        return self._read(parse(text)) if payload is None else self._hear(payload)

    def _payload(self, text: str | bytes) -> str | None:
        """Return the sound of a message of this stream that is written as Twilio writes it."""
        if not isinstance(text, str) or len(text) > MESSAGE_CHARACTERS_MAX:
            return None
        sound = _SOUND(text)
        return sound[1] if sound is not None and sound[2] == self._start.stream_sid else None

    def _read(self, message: Message) -> Sequence[LineEvent]:
        self._others += 1
        elapsed_s = self._clock.monotonic() - self._opened
        if self._others > OTHERS_BURST + OTHERS_PER_S * elapsed_s:
            raise TooLarge("More comes than anybody could press or play.")
        event = message.get("event")
        if message.get("streamSid", self._start.stream_sid) != self._start.stream_sid:
            raise Invalid("This message belongs to another stream.")
        if event == "media":
            return self._read_media(_object(message, "media"))
        if event == "mark":
            return [MarkHeard(_name(_object(message, "mark"), "name"))]
        if event == "dtmf":
            digit = _name(_object(message, "dtmf"), "digit")
            if digit not in DIGITS:
                raise Invalid("There is no such key.")
            return [KeyPressed(digit)]
        if event == "stop":
            self._gone = HungUp("caller")
        return []  # an event that Twilio may invent later is none of our business

    def _read_media(self, media: Message) -> Sequence[LineEvent]:
        if media.get("track", "inbound") != "inbound":
            return []  # our own voice, were both tracks ever ordered
        payload = media.get("payload")
        if not isinstance(payload, str):
            raise Invalid("The sound is missing.")
        return self._hear(payload)

    def _hear(self, payload: str) -> Sequence[Frame]:
        try:
            ulaw = binascii.a2b_base64(payload, strict_mode=True)
        except ValueError as error:
            raise Invalid("The sound is not base64.") from error
        self._arrived_ms += max(1, len(ulaw) // ULAW_BYTES_PER_MS)  # an empty one is no gift
        if self._arrived_ms > (self._clock.monotonic() - self._opened) * 1000 + AHEAD_MS_MAX:
            raise TooLarge("The sound comes faster than time passes.")
        return self._framer.feed(self._decoder.feed(ulaw))
