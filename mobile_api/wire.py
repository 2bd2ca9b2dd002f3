"""The whole protocol between an app and Ringback, in one place; TypeScript types are made from it.

One WebSocket at `/v1/live`. Text frames are JSON objects with a `type`; binary frames are sound
behind an eight-byte header. The client speaks first, with `hello`. Within one version fields and
types are only ever added: whoever does not know one ignores it. An unknown version is closed
with 4406.
"""

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from backend.kernel.audio import FRAME_BYTES, RATE_HZ
from backend.kernel.errors import Invalid, TooLarge

WIRE = 1
SOUND_RATE_HZ = RATE_HZ
SOUND_FRAME_BYTES = FRAME_BYTES  # 20 ms
SOUND_BYTES_MAX = 10 * FRAME_BYTES  # 200 ms: more than that in one message is a client that stalled
TEXT_CHARACTERS_MAX = 4_000
MESSAGE_BYTES_MAX = 32 * 1024  # holds the longest text in any script, escaped
HELLO_WITHIN_S = 10  # a socket that says nothing is closed
SILENCE_S_MAX = 60  # nothing at all, not even a ping, for so long: the client is gone

_HEADER = struct.Struct(">BBHI")  # kind, stream, reserved, sequence: big-endian
HEADER_BYTES = _HEADER.size
_RESERVED = 0


class CloseCode(IntEnum):
    """Why the server closes: 1000 to 1013 as everywhere, from 4400 on like HTTP's statuses."""

    GOODBYE = 1000
    GOING_AWAY = 1001
    TOO_LARGE = 1009
    FAILED = 1011
    TRY_LATER = 1013
    GARBAGE = 4400
    UNAUTHORISED = 4401
    FORBIDDEN = 4403
    UNKNOWN_WIRE = 4406
    SILENT = 4408
    FLOOD = 4429


class SoundKind(IntEnum):
    """What a binary frame carries."""

    MICROPHONE = 1  # client to server
    SPEECH = 2  # server to client


Mode = Literal["voice", "chat"]
Name = Annotated[str, Field(min_length=1, max_length=64)]


class WireMessage(BaseModel):
    """What every text frame has: a type, and room for fields that we don't know yet."""

    model_config = ConfigDict(extra="ignore", frozen=True)


# ── client to server ─────────────────────────────────────────────────────────────────────────
class Hello(WireMessage):
    """The first message: which wire, who, and whether with sound. Browsers show a ticket."""

    type: Literal["hello"] = "hello"
    wire: int = Field(strict=True)
    client: Annotated[str, Field(max_length=64)] = ""
    mode: Mode = "voice"
    # The conversation that a broken line left: it goes on where it was, if it still waits.
    resume: Annotated[str, Field(max_length=64)] = ""
    token: str | None = Field(default=None, min_length=1, max_length=512, repr=False)
    ticket: str | None = Field(default=None, min_length=1, max_length=512, repr=False)


class Text(WireMessage):
    """Something typed: it is answered like something said."""

    type: Literal["text"] = "text"
    text: Annotated[str, Field(min_length=1, max_length=TEXT_CHARACTERS_MAX)]


class MarkHeard(WireMessage):
    """Everything before the server's mark of this name has been played aloud."""

    type: Literal["mark"] = "mark"
    name: Name


class Bye(WireMessage):
    """The client hangs up."""

    type: Literal["bye"] = "bye"


class Ping(WireMessage):
    """A sign of life from a client that sends no sound."""

    type: Literal["ping"] = "ping"


ClientMessage = Annotated[Hello | Text | MarkHeard | Bye | Ping, Field(discriminator="type")]


# ── server to client ─────────────────────────────────────────────────────────────────────────
class Welcome(WireMessage):
    """The line is open."""

    type: Literal["welcome"] = "welcome"
    wire: int = WIRE
    conversation_id: str
    name: str  # who the server takes the client for
    resumed: bool = False  # the conversation asked for goes on; what was not played is gone


class VoiceStarted(WireMessage):
    """Somebody began to speak into the microphone."""

    type: Literal["voice_started"] = "voice_started"


class PartialHeard(WireMessage):
    """What somebody has said so far, while they still speak: all of it, each time anew.

    Stable words stay as they are; the others are a guess, and the next one replaces it.
    """

    type: Literal["partial_heard"] = "partial_heard"
    text: str
    is_stable: bool


class Heard(WireMessage):
    """What was said or typed, in words."""

    type: Literal["heard"] = "heard"
    turn_id: str
    text: str


class Typing(WireMessage):
    """What was said is understood, and an answer is on its way."""

    type: Literal["typing"] = "typing"
    turn_id: str


class Written(WireMessage):
    """In a chat: the next piece of the reply, as it comes. All of them make up the reply."""

    type: Literal["written"] = "written"
    turn_id: str
    text: str


class Said(WireMessage):
    """A phrase of the reply, as it goes out."""

    type: Literal["said"] = "said"
    turn_id: str
    text: str
    index: int


class Interrupted(WireMessage):
    """The reply fell silent, because somebody spoke; whether it goes on is not known yet."""

    type: Literal["interrupted"] = "interrupted"
    turn_id: str


class Resumed(WireMessage):
    """It was only a cough or a nod: the reply goes on from the last word heard."""

    type: Literal["resumed"] = "resumed"
    turn_id: str


class Spoken(WireMessage):
    """A reply is over, heard whole or cut off: together both parts are all of it."""

    type: Literal["spoken"] = "spoken"
    turn_id: str
    heard: str  # up to the last whole word
    unheard: str


class Source(WireMessage):
    """Where something that was recalled is known from."""

    message_id: str
    text: str
    when: str  # RFC 3339
    channel: str


class TurnEnded(WireMessage):
    """The turn is committed: from here on it is never lost."""

    type: Literal["turn_ended"] = "turn_ended"
    turn_id: str
    heard: str
    said: str
    sources: list[Source]
    spans: dict[str, list[float]] = {}  # stage → [start ms, end ms], as far as it came
    engines: dict[str, str] = {}  # hearing, mind, speaking → which one


class EndOfTurn(WireMessage):
    """Why what somebody said was taken to be all of it."""

    why: str
    silence_ms: int = 0


class Speculation(WireMessage):
    """Work that was done before anybody knew that it would be needed."""

    what: str  # transcript, reply
    ms: float
    outcome: str  # used, dropped
    cost_micros: int = 0


class Interruption(WireMessage):
    """Where a reply was cut off."""

    at_ms: float
    heard_words: int
    unheard_words: int


class Hold(WireMessage):
    """A while in which a reply was silent, and then went on."""

    at_ms: float
    ms: float


class TurnClosed(WireMessage):
    """A turn's reply is over too: where its time and its money went."""

    type: Literal["turn_closed"] = "turn_closed"
    turn_id: str
    spans: dict[str, list[float]] = {}  # stage → [start ms, end ms], on one axis
    engines: dict[str, str] = {}  # hearing, mind, speaking → which one
    end: EndOfTurn | None = None
    confidence: float | None = None  # of the words
    speculated: list[Speculation] = []
    interrupted: Interruption | None = None
    held: list[Hold] = []
    filler: bool = False  # something was said while the answer was made
    resumed_line: int = 0  # so often the line broke and came back meanwhile
    cost_micros: int = 0


class Mark(WireMessage):
    """Answer with the same `mark` when all sound before it has been played aloud."""

    type: Literal["mark"] = "mark"
    name: Name


class Clear(WireMessage):
    """Drop all sound that is not yet played; answer the marks in it at once."""

    type: Literal["clear"] = "clear"


class Closed(WireMessage):
    """The conversation is over; the socket closes next."""

    type: Literal["closed"] = "closed"
    reason: str


class Error(WireMessage):
    """Something was refused or failed; `cure` says what helps."""

    type: Literal["error"] = "error"
    code: str
    message: str
    cure: str = ""


class Pong(WireMessage):
    """The answer to a ping."""

    type: Literal["pong"] = "pong"


ServerMessage = Annotated[
    Welcome
    | VoiceStarted
    | PartialHeard
    | Heard
    | Typing
    | Written
    | Said
    | Interrupted
    | Resumed
    | Spoken
    | TurnEnded
    | TurnClosed
    | Mark
    | Clear
    | Closed
    | Error
    | Pong,
    Field(discriminator="type"),
]

_CLIENT: TypeAdapter[ClientMessage] = TypeAdapter(ClientMessage)


def read(text: str) -> ClientMessage | None:
    """Understand one text frame of a client, or raise without repeating what it said.

    None is a message of a type that came after us: it is left unanswered.
    """
    if len(text) > MESSAGE_BYTES_MAX:  # characters: never more than bytes
        raise TooLarge(f"A message holds at most {MESSAGE_BYTES_MAX} bytes.")
    try:
        return _CLIENT.validate_json(text)
    except ValidationError as refusal:
        fault = refusal.errors(include_input=False, include_url=False, include_context=False)[0]
        if fault["type"] == "union_tag_invalid":
            return None
        where = ".".join(str(part) for part in fault["loc"])
        raise Invalid(
            f"This message can't be understood: {where or 'it'} ({fault['type']})."
        ) from None


def wire_of(text: str) -> int | None:
    """Return the version that a first message claims, even when the rest of it is strange."""
    try:
        claimed = TypeAdapter(Mapping[str, object]).validate_json(text).get("wire")
    except ValidationError:
        return None
    return claimed if isinstance(claimed, int) and not isinstance(claimed, bool) else None


# ── sound ────────────────────────────────────────────────────────────────────────────────────
@dataclass(frozen=True, slots=True)
class SoundFrame:
    """One binary frame: up to 200 ms of PCM16 at 16 kHz and where it belongs."""

    kind: SoundKind
    sequence: int
    pcm: bytes
    stream: int = 0  # 0: the conversation itself; others are for later

    def pack(self) -> bytes:
        """Return the frame as it travels."""
        return (
            _HEADER.pack(self.kind, self.stream, _RESERVED, self.sequence & 0xFFFFFFFF) + self.pcm
        )


def read_sound(payload: bytes) -> SoundFrame:
    """Understand one binary frame of a client."""
    if len(payload) > HEADER_BYTES + SOUND_BYTES_MAX:
        raise TooLarge("A sound frame holds at most 200 milliseconds.")
    if len(payload) < HEADER_BYTES:
        raise Invalid("This sound frame is shorter than its header.")
    kind, stream, _reserved, sequence = _HEADER.unpack_from(payload)
    if kind != SoundKind.MICROPHONE:
        raise Invalid("A client sends only microphone sound.")
    pcm = payload[HEADER_BYTES:]
    if len(pcm) % 2:
        raise Invalid("This sound frame ends in half a sample.")
    return SoundFrame(SoundKind.MICROPHONE, sequence, pcm, stream)
