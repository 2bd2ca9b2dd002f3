"""Whisper by faster-whisper and CTranslate2, in windows no longer than the speech needs."""

import asyncio
import os
import threading
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from ctranslate2 import StorageView
from faster_whisper import WhisperModel
from faster_whisper.tokenizer import Tokenizer
from faster_whisper.transcribe import get_suppressed_tokens

from backend.conversation.hearing.belief import Draft, Verdict, weighed
from backend.conversation.hearing.pool import FairPool
from backend.conversation.hearing.voicing import Voicing
from backend.conversation.hearing.windows import WINDOWS_S, pieces, window_s
from backend.kernel.audio import RATE_HZ
from backend.kernel.errors import NotConfigured, Unavailable
from backend.kernel.speech import Transcript, Utterance
from backend.llm import Payer
from backend.platform.compute import Compute
from backend.platform.weights import Weights

THREADS_MAX = 4  # more threads than this only wait for each other on short windows
TRANSCRIBE_S_MAX = 30.0
BEAMS = 2  # two cost 5 % more than one and mend one error in ten; five mend no more
BEAMS_OF_A_GLANCE = 1
FRAMES_PER_S = 100
# Nobody says more than about seven tokens a second: what writes more has lost its way.
TOKENS_PER_S = 9
TOKENS_SPARE = 24
# What people say to a companion, as if it had just been said: of 200 telephone utterances it mends
# one error in eight (8.4 to 7.4 %). On noise it makes the model invent, though never surely: an
# unsure draft is read once more without it.
STANDING_HINT = "Take a note: buy bread, oat milk and eggs. When is the birthday? Goodbye"
HINTS_MAX = 24
HINT_TOKENS_MAX = 96

Samples = npt.NDArray[np.float32]


class FasterWhisper:
    """One model for all calls, shared fairly."""

    def __init__(
        self,
        weights: Weights,
        compute: Compute,
        *,
        model: str | Path = "whisper-base",
        language: str = "en",
        threads: int | None = None,
        voicing: Voicing | None = None,
    ) -> None:
        """Read as many utterances at once as `compute` has threads, each by so many of its own.

        A model is the name of a set of weights, or a folder of the user's own.
        """
        self._weights, self._compute = weights, compute
        self._model, self._language = model, language
        self._threads = threads or min(THREADS_MAX, _cores())
        self._voicing = voicing
        self._pool: FairPool[Verdict] = FairPool(compute)
        self._loading, self._making = asyncio.Lock(), threading.Lock()
        self._reader: _Reader | None = None

    @property
    def name(self) -> str:
        """Which engine and model it is."""
        model = self._model.name if isinstance(self._model, Path) else self._model
        return f"faster-whisper/{model.removeprefix('whisper-')}"

    @property
    def is_idle(self) -> bool:
        """Whether something would be read at once."""
        return self._pool.is_idle

    async def warm(self) -> None:
        """Load the model and let it read a second of silence: the first run is the slowest."""
        await self._loaded()

    async def close(self) -> None:
        """Let the memory go; what is being read ends first."""
        self._reader = None

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
        if not utterance.pcm:
            return Transcript("", 0.0, self.name)
        samples = np.frombuffer(utterance.pcm, "<i2").astype(np.float32) / np.float32(32768)
        task = _Task(samples, tuple(hints), is_final=is_final)
        if self._pool.leave_hung():
            self._reader = None  # it may hang in the model, so the next one has a model of its own
        try:
            async with asyncio.timeout(TRANSCRIBE_S_MAX):
                reader = await self._loaded()
                verdict = await self._pool.run(
                    lambda: reader.read(task), line=line, is_final=is_final
                )
        except TimeoutError as silence:
            raise Unavailable("The transcription took too long.") from silence
        except (RuntimeError, ValueError) as failure:
            raise Unavailable(f"Whisper failed: {failure}") from failure
        finally:
            task.is_unwanted.set()
        return Transcript(verdict.text, verdict.confidence, self.name, verdict.is_unsure)

    async def _loaded(self) -> "_Reader":
        async with self._loading:
            if self._reader is not None:
                return self._reader
            if self._voicing is not None:
                await self._voicing.warm()
            return await self._compute.run(self._load, str(await self._folder()))

    def _load(self, path: str) -> "_Reader":
        """Load the model, in a thread; whoever can't wait so long leaves it to the next."""
        with self._making:
            reader = self._reader
            if reader is None:
                reader = _Reader(
                    path,
                    self._language,
                    threads=self._threads,
                    workers=self._compute.threads,
                    voicing=self._voicing,
                )
                reader.read(_Task(np.zeros(RATE_HZ, np.float32), (), is_final=True))
                self._reader = reader
            return reader

    async def _folder(self) -> Path:
        if not isinstance(self._model, Path):
            return await self._weights.ensure(self._model)
        if not await asyncio.to_thread((self._model / "model.bin").is_file):
            raise NotConfigured(
                f"There is no model in {self._model}.",
                cure="RINGBACK_VOICE__WHISPER_MODEL names a folder with CTranslate2's model.bin",
            )
        return self._model


class _Task:
    """What is to be read; nobody may want it any more while it is."""

    def __init__(self, samples: Samples, hints: tuple[str, ...], *, is_final: bool) -> None:
        self.samples, self.hints, self.is_final = samples, hints, is_final
        self.is_unwanted = threading.Event()


class _Reader:
    """The loaded model; its methods run in a thread."""

    def __init__(
        self, path: str, language: str, *, threads: int, workers: int, voicing: Voicing | None
    ) -> None:
        try:
            self._model = WhisperModel(
                path,
                device="cpu",
                compute_type="int8",
                cpu_threads=threads,
                num_workers=workers,
                local_files_only=True,
            )
            is_multilingual = self._model.model.is_multilingual
            # Hints help the models of many languages and make the small English one loop.
            self._takes_hints = is_multilingual
            self._tokenizer = Tokenizer(
                self._model.hf_tokenizer,
                is_multilingual,
                task="transcribe",
                language=language if is_multilingual else "en",
            )
        except (RuntimeError, ValueError, OSError) as failure:
            raise Unavailable(f"Whisper can't load {path}: {failure}") from failure
        self._voicing = voicing
        self._suppressed = get_suppressed_tokens(self._tokenizer, [-1])

    def read(self, task: _Task) -> Verdict:
        """Return what was said; nobody speaks longer than a window without a place to cut."""
        read = [
            self._read(piece, task)
            for piece in pieces(task.samples)
            if not task.is_unwanted.is_set()
        ]
        said = [verdict for verdict in read if verdict.text]
        if len(said) <= 1:
            return said[0] if said else read[0] if read else Verdict("", 0.0, is_unsure=False)
        return Verdict(
            " ".join(verdict.text for verdict in said),
            min(verdict.confidence for verdict in said),
            any(verdict.is_unsure for verdict in said),
        )

    def _read(self, samples: Samples, task: _Task) -> Verdict:
        """Read in the shortest window; unsure, without hints; gone wrong, in the longest."""
        window = window_s(len(samples) / RATE_HZ)
        sound = self._encoded(samples, window)
        beams = BEAMS if task.is_final else BEAMS_OF_A_GLANCE
        first = self._draft(sound, samples, self._prompt((*task.hints, STANDING_HINT)), beams)
        if first.is_sure or not task.is_final or task.is_unwanted.is_set():
            return weighed(first, None, has_voice=None)
        has_voice = self._voicing.is_voice(samples) if self._voicing is not None else None
        if has_voice is False:
            return weighed(first, None, has_voice=False)
        second = self._draft(sound, samples, self._prompt(()), beams) if self._takes_hints else None
        if not (second or first).is_sound and window != WINDOWS_S[-1]:
            sound = self._encoded(samples, WINDOWS_S[-1])
            second = self._draft(sound, samples, self._prompt(()), beams)
        return weighed(first, second, has_voice=has_voice)

    def _encoded(self, samples: Samples, window: int) -> StorageView:
        length = window * RATE_HZ
        padded = np.zeros(length, np.float32)
        padded[: len(samples)] = samples[:length]
        features = self._model.feature_extractor(padded)[:, : window * FRAMES_PER_S]
        return self._model.encode(np.ascontiguousarray(features, np.float32))

    def _draft(self, sound: StorageView, samples: Samples, prompt: list[int], beams: int) -> Draft:
        tokens_max = TOKENS_SPARE + int(TOKENS_PER_S * len(samples) / RATE_HZ)
        result = self._model.model.generate(
            sound,
            [prompt],
            beam_size=beams,
            max_length=min(self._model.max_length, len(prompt) + tokens_max),
            return_scores=True,
            return_no_speech_prob=True,
            suppress_blank=True,
            suppress_tokens=self._suppressed,
        )[0]
        tokens = result.sequences_ids[0]
        # The score is a mean over the tokens; the end token, which it leaves out, counts as one.
        log_probability = result.scores[0] * len(tokens) / (len(tokens) + 1)
        return Draft(
            self._tokenizer.decode(tokens).strip(),
            log_probability,
            result.no_speech_prob,
            is_cut=len(tokens) >= tokens_max,
        )

    def _prompt(self, hints: tuple[str, ...]) -> list[int]:
        previous: list[int] = []
        if hints and self._takes_hints:
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
