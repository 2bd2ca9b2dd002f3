"""What the command line says on the app's socket; `mobile_api/wire.py` is the protocol."""

import json
import struct
from collections.abc import Mapping

from backend.cli.output import when
from backend.kernel.errors import Unavailable

PATH = "/v1/live"
WIRE = 1
MESSAGE_BYTES_MAX = 1 << 20
TEXT_CHARACTERS_MAX = 4_000  # one typed turn
CLIENT = "ringback talk"

_HEADER = struct.Struct(">BBHI")  # kind, stream, reserved, sequence
_MICROPHONE, _SPEECH = 1, 2

_CHANNELS = {
    "phone": "by phone",
    "sms": "by text",
    "app": "in the app",
    "web": "on the web",
    "talk": "at the keyboard",
    "api": "by a program",
    "cli": "from the command line",
    "import": "from a file",
    "session": "on the web",
    "device": "in the app",
}

Message = Mapping[str, object]


def hello(token: str, mode: str) -> str:
    """Return the first message: who we are and how we speak."""
    return json.dumps(
        {"type": "hello", "wire": WIRE, "client": CLIENT, "mode": mode, "token": token}
    )


def message(kind: str, **fields: str) -> str:
    """Return any other message."""
    return json.dumps({"type": kind, **fields})


def microphone_frame(pcm: bytes, sequence: int) -> bytes:
    """Return a stretch of our sound as it travels."""
    return _HEADER.pack(_MICROPHONE, 0, 0, sequence & 0xFFFFFFFF) + pcm


def speech_of(payload: bytes) -> bytes:
    """Return the sound in a frame of the companion's speech."""
    if len(payload) < _HEADER.size or payload[0] != _SPEECH:
        return b""
    return payload[_HEADER.size :]


def source_said(source: Mapping[str, str]) -> str:
    """Return where something is known from: "2026-11-21 04:20, by phone"."""
    return ", ".join((when(source["when"]), channel_said(source["channel"])))


def channel_said(channel: str) -> str:
    """Return how something was said, in words: "by phone"."""
    return _CHANNELS.get(channel, channel)


def understand(text: str) -> Message:
    """Return a message of the instance; what it refuses is raised."""
    told: Message = json.loads(text)
    if told.get("type") == "error":
        raise Unavailable(str(told.get("message", "")), cure=str(told.get("cure", "")))
    return told
