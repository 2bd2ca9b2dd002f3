"""OpenAI's transcription, and that of every server that speaks its language."""

import asyncio
import io
import json
import math
import wave
from collections.abc import Sequence
from typing import Any

import httpx2
import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from backend.conversation.hearing.belief import Draft, weighed
from backend.conversation.hearing.endpoint import Endpoint
from backend.conversation.hearing.voicing import Voicing
from backend.kernel.audio import RATE_HZ
from backend.kernel.errors import Busy, Invalid, NotConfigured, RingbackError, Unavailable
from backend.kernel.speech import Transcript, Utterance
from backend.llm import Payer
from backend.platform.compute import Compute

BASE_URL = "https://api.openai.com/v1"
CONNECT_S = 3.0
ANSWER_S = 10.0  # the levels' patience is shorter
IDLE_S = 120.0  # a connection that nobody used for so long is closed
CONNECTIONS_MAX = 64
ANSWER_BYTES_MAX = 1 << 20
UTTERANCE_BYTES_MAX = 24 << 20  # they refuse 25 MB
PROMPT_LETTERS_MAX = 600
# A maker that says nothing of its own doubt is trusted like a good reading of our own.
UNTOLD_LOG_PROBABILITY = -0.2
# What a server does with a connection that it had kept for us and has closed meanwhile.
STALE = (httpx2.RemoteProtocolError, httpx2.ReadError, httpx2.WriteError)


class _Part(BaseModel):
    model_config = ConfigDict(extra="ignore")

    avg_logprob: float = UNTOLD_LOG_PROBABILITY
    no_speech_prob: float = Field(0.0, ge=0, le=1)


class _Token(BaseModel):
    model_config = ConfigDict(extra="ignore")

    logprob: float


class _Answer(BaseModel):
    """What `json` and `verbose_json` have in common, and what only one of them tells."""

    model_config = ConfigDict(extra="ignore")

    text: str = Field(max_length=20_000)
    segments: list[_Part] | None = None
    logprobs: list[_Token] | None = None

    def draft(self) -> Draft:
        """Return the words with the maker's doubt about them, as far as it is told."""
        log_probability, no_speech = UNTOLD_LOG_PROBABILITY, 0.0
        if self.segments:
            log_probability = sum(part.avg_logprob for part in self.segments) / len(self.segments)
            no_speech = min(part.no_speech_prob for part in self.segments)
        elif self.logprobs:
            log_probability = sum(token.logprob for token in self.logprobs) / len(self.logprobs)
        if not math.isfinite(log_probability):
            log_probability = UNTOLD_LOG_PROBABILITY
        return Draft(self.text.strip(), min(0.0, log_probability), no_speech)


class OpenAITranscriber:
    """One model by `/audio/transcriptions`; who speaks in no voice is not sent anywhere."""

    def __init__(
        self, endpoint: Endpoint, *, language: str, voicing: Voicing | None, compute: Compute
    ) -> None:
        self._endpoint, self._language = endpoint, language
        self._base_url = (endpoint.base_url or BASE_URL).rstrip("/")
        self._voicing, self._compute = voicing, compute
        self._client: httpx2.AsyncClient | None = None
        self._asked = 0

    @property
    def name(self) -> str:
        """Which provider and model it is."""
        return f"{self._endpoint.provider}/{self._endpoint.model}"

    @property
    def is_idle(self) -> bool:
        """Whether a further utterance would not have to wait for a connection."""
        return self._asked < CONNECTIONS_MAX

    async def warm(self) -> None:
        """Load the voice detector; a word sent for nothing would cost money."""
        if self._voicing is not None:
            await self._voicing.warm()

    async def close(self) -> None:
        """Close the connections."""
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()

    async def transcribe(
        self,
        utterance: Utterance,
        *,
        hints: Sequence[str] = (),
        is_final: bool = True,
        line: str = "",
        payer: Payer | None = None,
    ) -> Transcript:
        """Return the words; empty text when there were none."""
        if not is_final or not self.is_idle:
            raise Busy("Only whole utterances are sent out, and not too many.")
        if len(utterance.pcm) > UTTERANCE_BYTES_MAX:
            raise Invalid("The utterance is too long.")
        self._asked += 1
        try:
            if not await self._has_voice(utterance):
                return Transcript("", 0.0, self.name)
            answer = _read(await self._answered(utterance, hints))
        finally:
            self._asked -= 1
        verdict = weighed(answer.draft(), None, has_voice=True if self._voicing else None)
        return Transcript(verdict.text, verdict.confidence, self.name, verdict.is_unsure)

    async def _has_voice(self, utterance: Utterance) -> bool:
        if not any(utterance.pcm):
            return False
        if self._voicing is None:
            return True
        samples = np.frombuffer(utterance.pcm, "<i2").astype(np.float32) / np.float32(32768)
        return await self._compute.run(self._voicing.is_voice, samples)

    async def _answered(self, utterance: Utterance, hints: Sequence[str]) -> bytes:
        form = self._form(hints)
        try:
            async with asyncio.timeout(ANSWER_S):
                try:
                    return await self._sent(utterance, form)
                except STALE:  # nothing was answered yet: a fresh connection may ask again
                    return await self._sent(utterance, form)
        except (httpx2.HTTPError, httpx2.InvalidURL, OSError) as failure:  # its timeouts as well
            raise Unavailable(f"{self._title} does not answer.") from failure

    async def _sent(self, utterance: Utterance, form: dict[str, Any]) -> bytes:  # Any: a form's
        if self._client is None:
            key = self._endpoint.api_key  # a local server wants none
            self._client = httpx2.AsyncClient(
                headers={"authorization": f"Bearer {key}"} if key else {},
                timeout=httpx2.Timeout(ANSWER_S, connect=CONNECT_S),
                limits=httpx2.Limits(max_connections=CONNECTIONS_MAX, keepalive_expiry=IDLE_S),
            )
        async with self._client.stream(
            "POST",
            f"{self._base_url}/audio/transcriptions",
            data=form,
            files={"file": ("utterance.wav", _wav(utterance.pcm), "audio/wav")},
        ) as response:
            if response.status_code != httpx2.codes.OK:
                raise self._refusal(response.status_code)
            body = bytearray()
            async for chunk in response.aiter_bytes():
                body += chunk
                if len(body) > ANSWER_BYTES_MAX:
                    raise Unavailable(f"{self._title} answers without end.")
            return bytes(body)

    def _form(self, hints: Sequence[str]) -> dict[str, Any]:  # Any: repeated fields are lists
        form: dict[str, Any] = {"model": self._endpoint.model}
        if self._language:
            form["language"] = self._language
        if hints:
            form["prompt"] = ", ".join(hints)[:PROMPT_LETTERS_MAX]
        if self._endpoint.model.startswith("gpt-"):  # these know no other format
            return form | {"response_format": "json", "include[]": ["logprobs"]}
        return form | {"response_format": "verbose_json", "temperature": "0"}

    @property
    def _title(self) -> str:
        return f"Transcription by {self._endpoint.provider}"

    def _refusal(self, status: int) -> RingbackError:
        match status:
            case 401 | 403:
                cure = f"check {self._endpoint.key_name}"
                return NotConfigured(f"{self._title} refuses our key.", cure=cure)
            case 402 | 429:
                return Busy(f"{self._title} limits us.")
            case 404 | 405:
                return NotConfigured(
                    f"{self._title}: there is no such model or no transcription.",
                    cure="take it out of RINGBACK_VOICE__HEARERS, or name another model",
                )
            case 400 | 413 | 415 | 422:
                return Invalid(f"{self._title} can't take this utterance.")
            case _:
                return Unavailable(f"{self._title} answers with an error ({status}).")


def _read(body: bytes) -> _Answer:
    try:
        return _Answer.model_validate(json.loads(body))
    except (ValidationError, ValueError, RecursionError) as garbage:
        raise Unavailable("The transcription can't be understood.") from garbage


def _wav(pcm: bytes) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(RATE_HZ)
        sound.writeframes(pcm)
    return file.getvalue()
