"""Scripted providers of speech on a socket: OpenAI's `/audio/speech` and ElevenLabs' stream.

It hums for as long as a text would take, keeps every request it was sent, and breaks in the ways
that real ones break. It runs in a thread, so that a product in another process can use it too:

    with SpeechServer() as server:
        server.script(Hum(), Hum(status=429))
        … OPENAI_BASE_URL=server.openai_url  ELEVENLABS_BASE_URL=server.elevenlabs_url
"""

import base64
import json
import math
import struct
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from tests.fakes.http_server import ProviderHandler, ProviderServer

LETTER_MS = 60
PIECE_MS = 100
LOUDNESS = 9_000
PITCH_HZ = 150.0
OPENAI_RATE_HZ = 24_000
REFUSAL = b'{"detail": {"status": "scripted", "message": "scripted failure"}}'


@dataclass(frozen=True)
class Hum:
    """How one request is answered."""

    status: int = 200
    before_s: float = 0.0  # silence before the first piece
    between_s: float = 0.0  # silence before each further piece
    cut_after: int | None = None  # pieces after which the connection is cut
    stall_after: int | None = None  # pieces after which nothing comes any more
    garbage_after: int | None = None  # pieces after which nonsense comes
    garbage: bytes = b"{nonsense\n"
    is_empty: bool = False  # answers well, and without any sound
    closes_quietly: bool = False  # keeps the connection, then closes it without a word
    times_start_anew: bool = False  # each piece counts its letters' times from nought
    piece_bytes_odd: bool = False  # pieces end in the middle of a sample


@dataclass(frozen=True)
class Asked:
    """One request as it came."""

    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: dict[str, Any]

    @property
    def text(self) -> str:
        return str(self.body.get("input") or self.body.get("text") or "")


@dataclass
class Counters:
    """What became of the answers."""

    connections: int = 0
    broken_by_client: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)


class SpeechServer(ProviderServer[Hum]):
    """Hums, and counts who came and who hung up."""

    def __init__(self) -> None:
        super().__init__(Hum())
        self.requests: list[Asked] = []
        self.counters = Counters()

    @property
    def elevenlabs_url(self) -> str:
        return self.origin

    def connected(self) -> None:
        with self.counters.lock:
            self.counters.connections += 1

    def broken_off(self) -> None:
        with self.counters.lock:
            self.counters.broken_by_client += 1

    def answer_to(self, asked: Asked) -> Hum:
        self.requests.append(asked)
        return self.next_answer()


class _Handler(ProviderHandler):
    def post(self) -> None:
        asked = self._read()
        hum = self.server.owner.answer_to(asked)
        if hum.status != 200:
            self.answer(hum.status, REFUSAL)
            return
        self.server.owner.pause(hum.before_s)
        self.send_response(200)
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()
        pieces = _openai if asked.path.endswith("/audio/speech") else _elevenlabs
        for number, data in enumerate(() if hum.is_empty else pieces(asked, hum)):
            if number == hum.stall_after:
                self.server.owner.pause(60)
            if number == hum.cut_after:
                self.cut()
                return
            self.chunk(hum.garbage if number == hum.garbage_after else data)
            self.server.owner.pause(hum.between_s)
        self.chunk(b"")
        self.close_connection = hum.closes_quietly

    def _read(self) -> Asked:
        body = json.loads(self.sent())
        address = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(address.query).items()}
        headers = self.small_headers()
        return Asked(unquote(address.path), query, headers, body)


def _hum(duration_ms: int, rate_hz: int) -> bytes:
    count = duration_ms * rate_hz // 1000
    wave = (math.sin(2 * math.pi * PITCH_HZ * n / rate_hz) for n in range(count))
    return struct.pack(f"<{count}h", *(int(LOUDNESS * level) for level in wave))


def _pieces(text: str, rate_hz: int, *, is_odd: bool) -> Iterator[bytes]:
    pcm = _hum(max(PIECE_MS, len(text) * LETTER_MS), rate_hz)
    size = PIECE_MS * rate_hz // 1000 * 2 + (1 if is_odd else 0)
    for start in range(0, len(pcm), size):
        yield pcm[start : start + size]


def _openai(asked: Asked, hum: Hum) -> Iterator[bytes]:
    return _pieces(asked.text, OPENAI_RATE_HZ, is_odd=hum.piece_bytes_odd)


def _elevenlabs(asked: Asked, hum: Hum) -> Iterator[bytes]:
    """A line of JSON for each piece, with the letters that are spoken in it."""
    rate_hz = int(asked.query["output_format"].removeprefix("pcm_"))
    for number, pcm in enumerate(_pieces(asked.text, rate_hz, is_odd=hum.piece_bytes_odd)):
        begins_ms, ends_ms = number * PIECE_MS, (number + 1) * PIECE_MS
        spoken = [
            (letter, index * LETTER_MS, (index + 1) * LETTER_MS)
            for index, letter in enumerate(asked.text)
            if begins_ms < (index + 1) * LETTER_MS <= ends_ms
        ]
        zero_ms = begins_ms if hum.times_start_anew else 0
        alignment = {
            "characters": [letter for letter, _, _ in spoken],
            "character_start_times_seconds": [
                max(0, start - zero_ms) / 1000 for _, start, _ in spoken
            ],
            "character_end_times_seconds": [(end - zero_ms) / 1000 for _, _, end in spoken],
        }
        line = {
            "audio_base64": base64.b64encode(pcm).decode(),
            "alignment": alignment if spoken else None,
            "normalized_alignment": None,
        }
        yield json.dumps(line).encode() + b"\n"


SpeechServer.handler = _Handler
