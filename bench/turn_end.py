"""Measures when a turn is taken for ended: who is cut off, and how long the others wait.

Real sound, the real detector, the real ears; time is simulated: frames are fed as fast as can be,
and a pause's words arrive as much later on the sound's clock as reading them really took.
"""

import argparse
import asyncio
import os
import statistics
import sys
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, fields
from pathlib import Path

from backend.conversation.hearing import (
    Expected,
    Hub,
    TurnTaker,
    UtteranceEnded,
    UtterancePaused,
    UtteranceResumed,
)
from backend.conversation.hearing.engines.faster_whisper import FasterWhisper
from backend.conversation.hearing.engines.silero import Silero
from backend.conversation.sound import Framer
from backend.conversation.tuning import Patience, VoiceTuning
from backend.kernel.audio import FRAME_MS, Frame
from backend.kernel.clock import Clock
from backend.kernel.errors import RingbackError
from backend.kernel.speech import Transcript, Utterance
from backend.platform.clock import SystemClock
from backend.platform.compute import Compute
from backend.platform.settings import default_models_folder
from backend.platform.weights import Weights
from bench.figures import Bar, publish
from bench.turn_end_set import Kind, Line, lines
from bench.turn_end_sound import ROBOT, Spoken, speak_all

CUT_INS_PERCENT_MAX = 3.0
WAIT_MS_MAX = 450.0
QUICK_EVERY = 4
TIMERS_MS = (200, 700)
COMPLETE = frozenset({Kind.SENTENCE, Kind.THINKING, Kind.TRAILING, Kind.SEVERAL})

Words = tuple[Transcript, float]
"""What an utterance says, and how many seconds it took to know."""
Reader = Callable[[Utterance], Awaitable[Words]]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one turn."""

    spoken: Spoken
    cut: tuple[tuple[int, str], ...]  # verdicts while more was to come: when, and why
    wait_ms: float | None  # from the last sound to the verdict; none: nobody was heard
    why: str = ""
    read: tuple[Transcript, ...] = ()  # in each pause

    @property
    def is_cut(self) -> bool:
        """Whether somebody was cut off."""
        return bool(self.cut)


@dataclass(frozen=True, slots=True)
class Heard:
    """A turn as the detector heard it: every taker is fed with the same."""

    spoken: Spoken
    frames: tuple[Frame, ...]
    probabilities: tuple[float, ...]


async def listen_all(spoken: Sequence[Spoken], *, models: Path) -> list[Heard]:
    """Return what the detector hears in each turn."""
    silero = Silero(folder=models)
    await silero.warm()
    hub, heard = Hub(silero), []
    for turn in spoken:
        ear = hub.open()
        frames = tuple(Framer().feed(turn.pcm))
        probabilities = tuple([await ear.listen(frame) for frame in frames])
        ear.close()
        heard.append(Heard(turn, frames, probabilities))
    return heard


async def take(heard: Heard, tuning: VoiceTuning, *, read: Reader | None) -> Outcome:
    """Feed a turn to a taker; without a reader it is a plain timer."""
    taker, known = TurnTaker(tuning), []
    if heard.spoken.line.kind is Kind.SHORT:
        taker.expect(Expected.SHORT_ANSWER)
    coming: tuple[float, Utterance, Transcript] | None = None
    ended: list[tuple[int, str]] = []
    for frame, probability in zip(heard.frames, heard.probabilities, strict=True):
        now_ms = frame.at_ms + FRAME_MS
        if coming is not None and coming[0] <= now_ms:
            known.append(coming[2])
            taker.read(coming[1], coming[2].text, confidence=coming[2].confidence)
            coming = None
        match taker.push(frame, probability):
            case UtterancePaused(utterance=utterance) if read is not None:
                transcript, seconds = await read(utterance)
                coming = (now_ms + seconds * 1000, utterance, transcript)
            case UtteranceResumed():
                coming = None
            case UtteranceEnded(utterance=utterance, why=why):
                ended.append((now_ms, why))
                if coming is not None and coming[1] is not utterance:
                    coming = None
    return _outcome(heard.spoken, ended, tuple(known))


def _outcome(spoken: Spoken, ended: list[tuple[int, str]], read: tuple[Transcript, ...]) -> Outcome:
    cut = tuple((at, why) for at, why in ended if at <= spoken.begins_ms[-1])
    last = [(at, why) for at, why in ended if at > spoken.begins_ms[-1]]
    if not last:
        return Outcome(spoken, cut, None, read=read)
    # A verdict in the middle of the last part is a cut as well.
    cut += tuple(last[:-1])
    at, why = last[-1]
    return Outcome(spoken, cut, at - spoken.ends_ms[-1], why, read)


class Ears:
    """Whisper, and how long it took for each utterance."""

    def __init__(self, models: Path, clock: Clock) -> None:
        self._clock = clock
        threads = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 2
        self._compute = Compute(2)
        self._whisper = FasterWhisper(
            Weights(models, clock=clock), self._compute, threads=min(2, threads)
        )
        self.took_s: list[float] = []

    async def __aenter__(self) -> "Ears":
        await self._whisper.warm()
        return self

    async def __aexit__(self, *_: object) -> None:
        self._compute.close()

    async def read(self, utterance: Utterance) -> Words:
        """Return the words and the seconds."""
        begin = self._clock.monotonic()
        transcript = await self._whisper.transcribe(utterance)
        self.took_s.append(self._clock.monotonic() - begin)
        return transcript, self.took_s[-1]


def timer(silence_ms: int) -> VoiceTuning:
    """Return the tuning of a plain timer, which knows nothing but silence."""
    return VoiceTuning(patience=Patience(**{field.name: silence_ms for field in fields(Patience)}))


async def measure(
    *, models: Path | None = None, is_quick: bool = False, told: Sequence[Line] | None = None
) -> list[Bar]:
    """Return the figures of the whole set, and of the third that was held out."""
    folder = models or default_models_folder()
    chosen = list(told if told is not None else lines()[:: QUICK_EVERY if is_quick else 1])
    heard = await listen_all(
        [turn async for turn in speak_all(chosen, models=folder)], models=folder
    )
    async with Ears(folder, SystemClock()) as ears:
        outcomes = [await take(turn, VoiceTuning(), read=ears.read) for turn in heard]
    robots = [outcome for outcome in outcomes if outcome.spoken.voice.startswith(ROBOT)]
    outcomes = [outcome for outcome in outcomes if not outcome.spoken.voice.startswith(ROBOT)]
    bars = _bars(outcomes, "", is_bar=True)
    held_out = [outcome for outcome in outcomes if outcome.spoken.line.is_held_out]
    bars += _bars(held_out, "_held_out", is_bar=True)
    bars += _by_kind(outcomes)
    bars += _bars(robots, "_of_a_robot", is_bar=False) if robots else []
    natural = [turn for turn in heard if not turn.spoken.voice.startswith(ROBOT)]
    for silence_ms in TIMERS_MS:
        plain = [await take(turn, timer(silence_ms), read=None) for turn in natural]
        bars += _bars(plain, f"_of_a_{silence_ms}_ms_timer", is_bar=False)
    bars.append(Bar("turns", float(len(outcomes))))
    bars.append(Bar("words_known_after_ms", _middle(ears.took_s) * 1000, unit="ms"))
    return bars


def _bars(outcomes: Sequence[Outcome], suffix: str, *, is_bar: bool) -> list[Bar]:
    """Tell the share of turns with a cut, of those that pause, and the waits after sentences."""
    pausing = [outcome for outcome in outcomes if outcome.spoken.line.pauses_ms]
    waits = sorted(
        outcome.wait_ms
        for outcome in outcomes
        if outcome.spoken.line.kind in COMPLETE and outcome.wait_ms is not None
    )
    unheard = sum(outcome.wait_ms is None for outcome in outcomes)
    return [
        Bar(
            f"false_cut_ins{suffix}",
            _percent(outcomes),
            CUT_INS_PERCENT_MAX if is_bar else None,
            unit="%",
        ),
        Bar(f"false_cut_ins_where_they_pause{suffix}", _percent(pausing), unit="%"),
        Bar(
            f"wait_after_a_sentence{suffix}",
            _middle(waits),
            WAIT_MS_MAX if is_bar else None,
            unit="ms",
        ),
        Bar(f"wait_after_a_sentence_p95{suffix}", waits[int(len(waits) * 0.95)], unit="ms"),
        Bar(f"unheard{suffix}", float(unheard)),
    ]


def _by_kind(outcomes: Sequence[Outcome]) -> list[Bar]:
    bars = []
    for kind in Kind:
        those = [outcome for outcome in outcomes if outcome.spoken.line.kind is kind]
        waits = [outcome.wait_ms for outcome in those if outcome.wait_ms is not None]
        if those:
            bars.append(Bar(f"false_cut_ins: {kind}", _percent(those), unit="%"))
            bars.append(Bar(f"wait: {kind}", _middle(waits), unit="ms"))
    return bars


def _percent(outcomes: Sequence[Outcome]) -> float:
    return 100 * sum(outcome.is_cut for outcome in outcomes) / max(1, len(outcomes))


def _middle(values: Sequence[float]) -> float:
    return statistics.median(values) if values else 0.0


def main() -> int:
    """Measure and publish."""
    parser = argparse.ArgumentParser(prog="bench-turn-end")
    parser.add_argument("--quick", action="store_true", help="a quarter of the set")
    is_quick = parser.parse_args().quick
    try:
        bars = asyncio.run(measure(is_quick=is_quick))
    except RingbackError as failure:
        bars = [
            Bar("false_cut_ins", None, CUT_INS_PERCENT_MAX, unit="%", why=failure.message),
            Bar("wait_after_a_sentence", None, WAIT_MS_MAX, unit="ms", why=failure.message),
        ]
    return publish("turn-end", bars, skipped=["three quarters of the set"] if is_quick else [])


if __name__ == "__main__":
    sys.exit(main())
