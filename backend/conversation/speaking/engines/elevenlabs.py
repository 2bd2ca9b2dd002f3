"""ElevenLabs' voices, streamed together with the times of their letters.

Each sentence is a request of its own over a kept connection, not a stream into one long socket: a
connection that dies costs one sentence at most, and a cancel closes nothing that others need.
"""

import base64
import json
import math
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from backend.conversation.speaking.engines.streams import (
    TEXT_LETTERS_MAX,
    SpeechStreams,
    whole_samples,
)
from backend.kernel.audio import RATE_HZ, Sound, WordEnd
from backend.kernel.errors import TooLarge, Unavailable

BASE_URL = "https://api.elevenlabs.io"
FORMAT = f"pcm_{RATE_HZ}"  # our own rate: every plan may have it
LINE_LETTERS_MAX = 4 << 20
# How a line can be no speech: no JSON, too deep, of other kinds, or with times that no clock shows.
GARBAGE = (ValueError, TypeError, AttributeError, OverflowError, RecursionError)


class ElevenLabs:
    """One voice of one model."""

    def __init__(
        self,
        *,
        api_key: str,
        base_url: str = "",
        model: str = "eleven_flash_v2_5",
        voice: str = "JBFqnCBsd6RMkjVDRZzb",
        language: str = "",
    ) -> None:
        self._model, self._voice, self._language = model, voice, language
        self._streams = SpeechStreams(
            base_url or BASE_URL,
            headers={"xi-api-key": api_key},
            title="ElevenLabs",
            key_name="ELEVENLABS_API_KEY",
        )

    @property
    def name(self) -> str:
        """Which engine and voice it is."""
        return f"elevenlabs/{self._voice}"

    async def warm(self) -> None:
        """Do nothing: a word said to nobody would cost money."""

    async def speak(self, text: str) -> AsyncGenerator[Sound, None]:
        """Give the sound of a phrase as it arrives; closing it stops the work."""
        if len(text) > TEXT_LETTERS_MAX:
            raise TooLarge("The phrase is too long to be spoken.")
        times = _Times(text.split())
        async with self._streams.open(
            f"/v1/text-to-speech/{quote(self._voice, safe='')}/stream/with-timestamps",
            query={"output_format": FORMAT},
            body=self._asked(text),
        ) as response:
            rest = b""
            async for line in response.aiter_lines():
                if not line.strip():
                    continue
                piece = _read(line)
                pcm, rest = whole_samples(rest, piece.pcm)
                words = times.ended(piece, len(pcm))
                if pcm:
                    yield Sound(pcm, RATE_HZ, words)

    async def close(self) -> None:
        """Close the connections."""
        await self._streams.close()

    def _asked(self, text: str) -> dict[str, str]:
        asked = {"text": text, "model_id": self._model}
        # Only the newer models take it; the others know the language from the words.
        if self._language and self._model.endswith("_v2_5"):
            asked["language_code"] = self._language
        return asked


@dataclass(frozen=True, slots=True)
class _Piece:
    pcm: bytes
    letters: tuple[str, ...] = ()
    starts_s: tuple[float, ...] = ()
    ends_s: tuple[float, ...] = ()


class _Times:
    """Puts the times of letters together to those of words."""

    def __init__(self, words: list[str]) -> None:
        self._words, self._next = words, 0
        self._letters_left = len(words[0]) if words else 0
        self._given_ms = 0.0  # sound that was given before
        self._last_end_s = 0.0
        self._waiting: list[tuple[str, float]] = []  # ended later than the sound that is here

    def ended(self, piece: _Piece, sound_bytes: int) -> tuple[WordEnd, ...]:
        """Return the words that end in a piece's sound."""
        # Times count from the beginning of the request; some servers let them start anew.
        starts_anew = bool(piece.starts_s) and piece.starts_s[0] < self._last_end_s - 0.05
        offset_ms = self._given_ms if starts_anew else 0.0
        for letter, end_s in zip(piece.letters, piece.ends_s, strict=False):
            self._last_end_s = end_s
            self._pass(letter, offset_ms + end_s * 1000)
        begins_ms, self._given_ms = self._given_ms, self._given_ms + sound_bytes / RATE_HZ * 500
        ready = [word for word in self._waiting if word[1] <= self._given_ms]
        self._waiting = self._waiting[len(ready) :]
        return tuple(WordEnd(text, max(0, round(end_ms - begins_ms))) for text, end_ms in ready)

    def _pass(self, letter: str, end_ms: float) -> None:
        if letter.isspace() or self._next >= len(self._words):
            return
        self._letters_left -= len(letter)
        if self._letters_left <= 0:
            self._waiting.append((self._words[self._next], end_ms))
            self._next += 1
            if self._next < len(self._words):
                self._letters_left = len(self._words[self._next])


def _read(line: str) -> _Piece:
    """Read one line of the stream; what can't be read is no speech."""
    if len(line) > LINE_LETTERS_MAX:
        raise Unavailable("ElevenLabs sent more at once than speech can be.")
    try:
        read: Mapping[str, Any] = json.loads(line)  # Any: the provider's own JSON
        pcm = base64.b64decode(read.get("audio_base64") or "", validate=True)
        alignment = read.get("alignment") or {}
        return _Piece(
            pcm,
            tuple(str(letter) for letter in alignment.get("characters") or ()),
            _seconds(alignment.get("character_start_times_seconds")),
            _seconds(alignment.get("character_end_times_seconds")),
        )
    except GARBAGE as garbage:
        raise Unavailable("ElevenLabs sent what is no speech.") from garbage


def _seconds(times: Any) -> tuple[float, ...]:  # Any: whatever stood there
    seconds = tuple(float(time) for time in times or ())
    if not all(map(math.isfinite, seconds)):
        raise ValueError("These are no times.")
    return seconds
