"""Whisper by faster-whisper and CTranslate2, in windows no longer than the speech needs."""

import asyncio
import math
import os
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from faster_whisper import WhisperModel
from faster_whisper.tokenizer import Tokenizer
from faster_whisper.transcribe import get_suppressed_tokens

from backend.conversation.hearing.windows import (
    WINDOWS_S,
    is_looping,
    is_phantom,
    window_s,
    without_annotations,
)
from backend.kernel.audio import RATE_HZ
from backend.kernel.errors import Busy, Unavailable
from backend.kernel.speech import Transcript, Utterance
from backend.platform.compute import Compute
from backend.platform.weights import Weights

THREADS_MAX = 4  # more threads than this only wait for each other on short windows
PENDING_MAX = 32
TRANSCRIBE_S_MAX = 30.0
BEAMS = 2  # two cost 2 % more than one and mend one word in twenty; five mend no more
FRAMES_PER_S = 100
# Nobody says more than about seven tokens a second: what writes more has lost its way.
TOKENS_PER_S = 9
TOKENS_SPARE = 24
# What people say to a companion, as if it had just been said: of 200 words through a telephone it
# mends three errors in four (12.5 to 3 %). On noise it makes the model invent, though never surely
# (at most 0.29, speech has 0.57 and more): an unsure draft is read once more without it.
STANDING_HINT = "Take a note: buy bread, oat milk and eggs. When is the birthday? Goodbye"
SURE = math.log(0.4)
HINTS_MAX = 24
HINT_TOKENS_MAX = 96


@dataclass(frozen=True, slots=True)
class _Draft:
    text: str
    log_probability: float
    no_speech_probability: float
    is_cut: bool  # it never came to an end by itself

    @property
    def is_sound(self) -> bool:
        return not self.is_cut and not is_looping(self.text)

    @property
    def is_sure(self) -> bool:
        return self.is_sound and self.log_probability > SURE


class FasterWhisper:
    """One model for all calls; whoever came first is served first, and too many are refused."""

    def __init__(
        self,
        weights: Weights,
        compute: Compute,
        *,
        model: str = "whisper-base",
        language: str = "en",
        threads: int | None = None,
        at_once: int = 1,
    ) -> None:
        self._weights, self._compute = weights, compute
        self._model_name, self._language = model, language
        self._threads = threads or min(THREADS_MAX, _cores())
        self._at_once, self._pending = at_once, 0
        self._turn = asyncio.Semaphore(at_once)
        self._loading = asyncio.Lock()
        self._reader: _Reader | None = None

    @property
    def name(self) -> str:
        """Which engine and model it is."""
        return f"faster-whisper/{self._model_name}"

    @property
    def is_idle(self) -> bool:
        """Whether nothing is being read."""
        return self._pending == 0

    async def warm(self) -> None:
        """Load the model and let it read a second of silence: the first run is the slowest."""
        reader = await self._loaded()
        silence = np.zeros(RATE_HZ, np.float32)
        await self._compute.run(reader.read, silence, ())

    async def transcribe(
        self,
        utterance: Utterance,
        *,
        hints: Sequence[str] = (),
        is_final: bool = True,
        line: str = "",
    ) -> Transcript:
        """Return the words; empty text when there were none."""
        if not utterance.pcm:
            return Transcript("", 0.0, self.name)
        if self._pending >= PENDING_MAX:
            raise Busy("Too many utterances wait to be transcribed.")
        samples = np.frombuffer(utterance.pcm, "<i2").astype(np.float32) / np.float32(32768)
        self._pending += 1
        try:
            async with asyncio.timeout(TRANSCRIBE_S_MAX):
                reader = await self._loaded()
                async with self._turn:
                    draft = await self._compute.run(reader.read, samples, tuple(hints))
        except TimeoutError as silence:
            raise Unavailable("The transcription took too long.") from silence
        except (RuntimeError, ValueError) as failure:
            raise Unavailable(f"Whisper failed: {failure}") from failure
        finally:
            self._pending -= 1
        return self._judged(draft)

    def _judged(self, draft: _Draft) -> Transcript:
        text = without_annotations(draft.text)
        is_phantom_text = is_phantom(
            text,
            log_probability=draft.log_probability,
            no_speech_probability=draft.no_speech_probability,
        )
        if not draft.is_sound or is_phantom_text:
            return Transcript("", 0.0, self.name)
        return Transcript(text, min(1.0, math.exp(draft.log_probability)), self.name)

    async def _loaded(self) -> "_Reader":
        async with self._loading:
            if self._reader is None:
                path = str(await self._weights.ensure(self._model_name))
                self._reader = await self._compute.run(
                    _Reader, path, self._language, threads=self._threads, workers=self._at_once
                )
            return self._reader


class _Reader:
    """The loaded model; its methods run in a thread."""

    def __init__(self, path: str, language: str, *, threads: int, workers: int) -> None:
        self._model = WhisperModel(
            path,
            device="cpu",
            compute_type="int8",
            cpu_threads=threads,
            num_workers=workers,
            local_files_only=True,
        )
        self._is_multilingual = self._model.model.is_multilingual
        self._tokenizer = Tokenizer(
            self._model.hf_tokenizer,
            self._is_multilingual,
            task="transcribe",
            language=language if self._is_multilingual else "en",
        )
        self._suppressed = get_suppressed_tokens(self._tokenizer, [-1])

    def read(self, samples: npt.NDArray[np.float32], hints: tuple[str, ...]) -> _Draft:
        """Read in the shortest window; unsure, without hints; gone wrong, in the longest."""
        window = window_s(len(samples) / RATE_HZ)
        draft = self._draft(samples, window, self._prompt((*hints, STANDING_HINT)))
        if not draft.is_sure:
            draft = self._draft(samples, window, self._prompt(()))
        if draft.is_sound or window == WINDOWS_S[-1]:
            return draft
        return self._draft(samples, WINDOWS_S[-1], self._prompt(()))

    def _draft(self, samples: npt.NDArray[np.float32], window: int, prompt: list[int]) -> _Draft:
        tokens_max = TOKENS_SPARE + int(TOKENS_PER_S * len(samples) / RATE_HZ)
        result = self._model.model.generate(
            self._model.encode(self._features(samples, window)),
            [prompt],
            beam_size=BEAMS,
            max_length=min(self._model.max_length, len(prompt) + tokens_max),
            return_scores=True,
            return_no_speech_prob=True,
            suppress_blank=True,
            suppress_tokens=self._suppressed,
        )[0]
        tokens = result.sequences_ids[0]
        # The score is a mean over the tokens; the end token, which it leaves out, counts as one.
        log_probability = result.scores[0] * len(tokens) / (len(tokens) + 1)
        return _Draft(
            self._tokenizer.decode(tokens).strip(),
            log_probability,
            result.no_speech_prob,
            len(tokens) >= tokens_max,
        )

    def _features(self, samples: npt.NDArray[np.float32], window: int) -> npt.NDArray[np.float32]:
        length = window * RATE_HZ
        padded = np.zeros(length, np.float32)
        padded[: len(samples)] = samples[:length]
        features = self._model.feature_extractor(padded)[:, : window * FRAMES_PER_S]
        return np.ascontiguousarray(features, np.float32)

    def _prompt(self, hints: tuple[str, ...]) -> list[int]:
        previous: list[int] = []
        # Hints help the model of many languages (9.9 to 7.5 % errors) and make the small English
        # one loop.
        if hints and self._is_multilingual:
            text = ", ".join(hints[-HINTS_MAX:])
            previous = self._tokenizer.encode(f" {text}.")[-HINT_TOKENS_MAX:]
        prompt: list[int] = self._model.get_prompt(
            self._tokenizer, previous, without_timestamps=True
        )
        return prompt


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
