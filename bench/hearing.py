"""How well it hears: errors over the telephone, words out of noise, doubts, and what it all costs.

Two hundred committed sentences are spoken by the packaged voice (Piper's joe) at several speeds,
pitches and levels, in ten places from a quiet room to 10 dB of noise, cut to a telephone's band and
sent through µ-law. espeak's robot says the same; it is told beside, for nobody rings with it. The
usual way is measured in the same run: faster-whisper as its own README calls it, in 30 s windows.
"""

import argparse
import asyncio
import statistics
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from faster_whisper import WhisperModel

from backend.conversation.hearing import Transcriber
from backend.conversation.hearing.engines.faster_whisper import FasterWhisper
from backend.conversation.hearing.engines.silero import Silero
from backend.conversation.hearing.voicing import Voicing
from backend.kernel.errors import RingbackError
from backend.kernel.speech import Transcript, Utterance
from backend.platform.clock import SystemClock
from backend.platform.compute import Compute
from backend.platform.settings import Settings
from backend.platform.weights import Weights
from bench.callers import Said, said, sentences, telephone
from bench.figures import Bar, publish
from bench.noises import clips
from bench.words import errors

CLIPS, CLIPS_QUICK = 200, 48
SENTENCES_QUICK = 80
USUAL, USUAL_QUICK = 60, 20  # sentences that are read the usual way too
LINES, TURN_S, ROUNDS, ROUNDS_QUICK = 8, 12.0, 4, 1
SPEECH_MS = (2_700, 3_300)
DOUBTS = (0.3, 0.4, 0.5, 0.6, 0.7, 0.8)


@dataclass(frozen=True, slots=True)
class Read:
    """One sentence, and what was made of it."""

    said: Said
    transcript: Transcript
    wrong: int
    words: int


async def read_all(ears: Transcriber, everything: Sequence[Said]) -> list[Read]:
    """Have all sentences read, one after the other."""
    read = []
    for each in everything:
        transcript = await ears.transcribe(each.utterance)
        wrong, words = errors(each.text, transcript.text)
        read.append(Read(each, transcript, wrong, words))
    return read


def error_rate(read: Sequence[Read]) -> float:
    """Return the words that are wrong, missing or invented, of a hundred that were said."""
    return 100 * sum(each.wrong for each in read) / sum(each.words for each in read)


class Bench:
    """Measures one group of figures after the other."""

    def __init__(self, *, is_quick: bool) -> None:
        settings = Settings()
        self._is_quick, self._settings = is_quick, settings
        self._weights = Weights(settings.models.folder, clock=SystemClock())
        self._threads = settings.voice.threads
        self.bars: list[Bar] = []
        self.skipped: list[str] = ["espeak", "tiny.en"] if is_quick else []

    async def run(self) -> None:
        """Measure everything."""
        model = await self._weights.ensure("piper-joe") / "en_US-joe-medium.onnx"
        texts = sentences()
        if self._is_quick:
            texts = texts[:: max(1, len(texts) // SENTENCES_QUICK)]
        _say("the callers speak …")
        piper = await asyncio.to_thread(said, texts, voice="piper", model=model)
        ears = await self._ears("whisper-base")
        await self._words(ears, piper)
        quiet = await asyncio.to_thread(said, texts, voice="piper", model=model, is_quiet=True)
        await self._quiet(ears, quiet)
        await self._cost(piper)
        await self._noise(ears, "base")
        if not self._is_quick:
            espeak = await asyncio.to_thread(said, texts, voice="espeak", model=model)
            robot = await read_all(ears, espeak)
            self._tell("word_error_rate_espeak", error_rate(robot), "%")
            tiny = await self._ears("whisper-tiny.en")
            self._tell("word_error_rate_tiny_en", error_rate(await read_all(tiny, piper)), "%")
            await self._noise(tiny, "tiny_en")
        await self._speed(piper)

    # ── the groups ───────────────────────────────────────────────────────────────────────────
    async def _words(self, ears: FasterWhisper, piper: Sequence[Said]) -> None:
        """Errors, rejections and doubts of telephone utterances."""
        _say("words over the telephone …")
        read = await read_all(ears, piper)
        self._tell("word_error_rate", error_rate(read), "%", limit=8.0)
        for kind in dict.fromkeys(each.said.kind for each in read):
            of_kind = [each for each in read if each.said.kind == kind]
            self._tell(f"of_it_{kind}", error_rate(of_kind), "%")
        rejected = _share(read, [each for each in read if not each.transcript.text])
        self._tell("speech_rejected", rejected, "%", limit=1.0)
        unsure = [each for each in read if each.transcript.is_unsure]
        self._tell("asks_back", _share(read, unsure), "%")
        garbled = [each for each in read if each.wrong * 3 > each.words]
        sure = [each for each in garbled if each.transcript.text and each not in unsure]
        self._tell("garbled", _share(read, garbled), "%")
        self._tell("garbled_and_sure", _share(read, sure), "%")
        _curve(read)

    async def _quiet(self, ears: FasterWhisper, quiet: Sequence[Said]) -> None:
        """The same sentences without any noise: whoever speaks so is not to be asked again."""
        _say("words in a quiet room …")
        read = await read_all(ears, quiet)
        self._tell("word_error_rate_quiet", error_rate(read), "%")
        asked = [each for each in read if each.transcript.is_unsure]
        self._tell("asks_back_quiet", _share(read, asked), "%", limit=3.0)
        needless = [each for each in asked if not each.wrong]
        self._tell("asks_back_quiet_needlessly", _share(read, needless), "%")

    async def _cost(self, piper: Sequence[Said]) -> None:
        """What a sentence takes of the processor, beside the usual way in the same run.

        By one thread each: two that wait for each other on a busy machine burn time in doing so.
        """
        _say("the usual way …")
        ears = await self._ears("whisper-base", threads=1)
        some = piper[:: max(1, len(piper) // (USUAL_QUICK if self._is_quick else USUAL))]
        began = time.process_time()
        ours = await read_all(ears, some)
        ours_s = (time.process_time() - began) / len(some)
        folder = await self._weights.ensure("whisper-base")
        usual = await asyncio.to_thread(_usual, folder, some)
        self._tell("cpu_per_utterance", ours_s, "s")
        self._tell("cpu_per_utterance_usual", usual.cpu_s, "s")
        self._tell("cpu_vs_usual", ours_s / usual.cpu_s, limit=0.25)
        self._tell("word_error_rate_of_these", error_rate(ours), "%")
        self._tell("word_error_rate_of_these_usual", usual.error_rate, "%")

    async def _noise(self, ears: FasterWhisper, model: str) -> None:
        """Words that come of sounds in which nobody speaks."""
        _say(f"noise ({model}) …")
        count = CLIPS_QUICK if self._is_quick else CLIPS
        invented = 0
        for clip in clips(count):
            transcript = await ears.transcribe(telephone(clip.samples))
            if transcript.text:
                invented += 1
                _say(f"  {clip.kind}: {transcript.text!r} {transcript.confidence:.2f}")
        self._tell(f"words_out_of_{count}_noises_{model}", invented, limit=0.0)

    async def _speed(self, piper: Sequence[Said]) -> None:
        """How long a caller of three seconds waits, alone and among eight, by threads."""
        fitting = [each.utterance for each in piper if _is_long_enough(each.utterance)]
        usual = (self._settings.voice.hearings_max, self._threads)
        splits = [usual] if self._is_quick else list(dict.fromkeys([usual, (1, 1), (1, 2), (2, 1)]))
        for at_once, threads in splits:
            _say(f"speed, {at_once} at once by {threads} threads …")
            ears = await self._ears("whisper-base", at_once=at_once, threads=threads)
            alone_ms = [await _timed_ms(ears, each) for each in fitting[:20]]
            rounds = ROUNDS_QUICK if self._is_quick else ROUNDS
            crowd_ms = await _crowd(ears, fitting, rounds)
            name = f"{at_once}x{threads}"
            self._tell(f"alone_ms_{name}", statistics.median(alone_ms), "ms")
            self._tell(f"of_{LINES}_lines_median_ms_{name}", statistics.median(crowd_ms), "ms")
            self._tell(f"of_{LINES}_lines_p95_ms_{name}", float(np.percentile(crowd_ms, 95)), "ms")

    # ── how ──────────────────────────────────────────────────────────────────────────────────
    async def _ears(
        self, model: str, *, at_once: int = 1, threads: int | None = None
    ) -> FasterWhisper:
        ears = FasterWhisper(
            self._weights,
            Compute(at_once),
            model=model,
            threads=threads or self._threads,
            voicing=Voicing(Silero(folder=self._weights.folder)),
        )
        await ears.warm()
        return ears

    def _tell(self, name: str, value: float, unit: str = "", *, limit: float | None = None) -> None:
        self.bars.append(Bar(name, round(value, 3), limit, unit=unit))


@dataclass(frozen=True, slots=True)
class _Usual:
    cpu_s: float
    error_rate: float


def _usual(folder: Path, some: Sequence[Said]) -> _Usual:
    """Read as faster-whisper's README does: five beams, whole windows of 30 s."""
    model = WhisperModel(
        str(folder), device="cpu", compute_type="int8", cpu_threads=1, local_files_only=True
    )
    wrong = words = 0
    began = time.process_time()
    for each in some:
        samples = np.frombuffer(each.utterance.pcm, "<i2").astype(np.float32) / np.float32(32768)
        segments, _ = model.transcribe(samples, language="en", beam_size=5)
        text = " ".join(segment.text.strip() for segment in segments)
        of_it = errors(each.text, text)
        wrong, words = wrong + of_it[0], words + of_it[1]
    return _Usual((time.process_time() - began) / len(some), 100 * wrong / words)


async def _timed_ms(ears: Transcriber, utterance: Utterance, line: str = "") -> float:
    began = time.monotonic()
    await ears.transcribe(utterance, line=line)
    return 1000 * (time.monotonic() - began)


async def _crowd(ears: Transcriber, utterances: Sequence[Utterance], rounds: int) -> list[float]:
    """Have eight lines speak every twelve seconds, each at a moment of its own."""
    chance, clock = np.random.default_rng(4), SystemClock()

    async def line(number: int) -> list[float]:
        waits = []
        for round_ in range(rounds):
            pause_s = float(chance.uniform(0.0, TURN_S))
            await clock.sleep(pause_s)
            utterance = utterances[(number * rounds + round_) % len(utterances)]
            waits.append(await _timed_ms(ears, utterance, f"line {number}"))
            await clock.sleep(max(0.0, TURN_S - pause_s - waits[-1] / 1000))
        return waits

    return [wait for waits in await asyncio.gather(*map(line, range(LINES))) for wait in waits]


def _is_long_enough(utterance: Utterance) -> bool:
    return SPEECH_MS[0] <= utterance.ended_ms - utterance.started_ms <= SPEECH_MS[1]


def _share(all_: Sequence[Read], some: Sequence[Read]) -> float:
    return 100 * len(some) / len(all_)


def _curve(read: Sequence[Read]) -> None:
    """Print what another threshold of confidence would have asked back."""
    right = [each for each in read if not each.wrong]
    wrong = [each for each in read if each.wrong]
    _say("confidence below | asks back of the right | of the wrong")
    for doubt in DOUBTS:
        shares = [
            _share(group, [each for each in group if each.transcript.confidence < doubt])
            for group in (right, wrong)
        ]
        _say(f"            {doubt:.1f} | {shares[0]:20.1f} % | {shares[1]:8.1f} %")


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def main() -> int:
    """Measure and publish."""
    parser = argparse.ArgumentParser(prog="bench-hearing")
    parser.add_argument("--quick", action="store_true", help="under four minutes")
    bench = Bench(is_quick=parser.parse_args().quick)
    try:
        asyncio.run(bench.run())
    except RingbackError as failure:
        bench.bars.append(Bar("word_error_rate", None, 8.0, unit="%", why=failure.message))
    return publish("hearing", bench.bars, skipped=bench.skipped)


if __name__ == "__main__":
    sys.exit(main())
