"""Local voices: how soon they are heard, alone and eight at once, and how fast they fall silent.

`python -m bench.voices [--at-once 8] [--processes 1]`; bench/voice asks the same functions.
"""

import argparse
import asyncio
import shutil
import statistics
import time
from collections.abc import AsyncGenerator
from dataclasses import dataclass

from backend.conversation.speaking import Voice
from backend.conversation.speaking.engines.espeak import Espeak
from backend.conversation.speaking.engines.kokoro import Kokoro
from backend.conversation.speaking.engines.piper import Piper
from backend.kernel.audio import Sound
from backend.kernel.errors import RingbackError
from backend.platform.clock import SystemClock
from backend.platform.settings import default_models_folder
from backend.platform.weights import KOKORO_PACKAGED, Weights
from bench.calling.serving import Bench
from bench.instance import NotMeasured

CLAUSE = "On Saturday by phone you told me, "  # what a reply begins with
SENTENCE = "that you went out of the house at five thirty to buy oat milk for your sister."
CANCELS, CANCELS_QUICK = 60, 20
CANCEL_MS = 20.0  # the limit of one cancellation, whichever voice speaks


@dataclass(frozen=True)
class Speed:
    """What was measured of one voice, in milliseconds."""

    name: str
    first_ms: float  # median, alone
    first_at_once_ms: float  # 95th percentile, several at once
    cancel_ms: float  # 95th percentile: closing a phrase in the middle
    stop_ms: float  # 95th percentile: until the engine does something else
    times_real: float  # how much faster than speech, alone


async def first_sound_ms(voice: Voice, text: str = CLAUSE) -> float:
    """Ask for a phrase and wait for its first sound."""
    began = time.perf_counter()
    sounds = voice.speak(text)
    await anext(sounds)
    waited_ms = (time.perf_counter() - began) * 1000
    async for _ in sounds:
        pass
    return waited_ms


async def cancel_ms(voice: Voice, *, after_s: float = 0.05) -> float:
    """Close a phrase in the middle of its making; return how long that takes."""
    sounds: AsyncGenerator[Sound, None] = voice.speak(f"{CLAUSE}{SENTENCE} " * 4)
    first = asyncio.ensure_future(anext(sounds))
    await asyncio.sleep(after_s)
    began = time.perf_counter()
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)
    await sounds.aclose()
    return (time.perf_counter() - began) * 1000


async def stop_ms(voice: Voice) -> float:
    """Cancel a long phrase; return how much later than alone the next one is heard."""
    alone = await first_sound_ms(voice, "Yes.")
    await cancel_ms(voice)
    return max(0.0, await first_sound_ms(voice, "Yes.") - alone)


async def times_real(voice: Voice) -> float:
    """Return how many seconds of speech it makes in one."""
    began = time.perf_counter()
    made_ms = sum([sound.duration_ms async for sound in voice.speak(f"{CLAUSE}{SENTENCE}")])
    return made_ms / 1000 / (time.perf_counter() - began)


async def measured(voice: Voice, *, at_once: int, rounds: int = 3) -> Speed:
    """Measure one voice, warm."""
    await voice.warm()
    alone = [await first_sound_ms(voice) for _ in range(rounds)]
    crowd: list[float] = []
    for _ in range(rounds):
        crowd += await asyncio.gather(*[_reply(voice) for _ in range(at_once)])
    return Speed(
        voice.name,
        statistics.median(alone),
        percentile_95(crowd),
        percentile_95([await cancel_ms(voice) for _ in range(CANCELS_QUICK)]),
        percentile_95([await stop_ms(voice) for _ in range(CANCELS_QUICK // 4)]),
        statistics.median([await times_real(voice) for _ in range(3)]),
    )


async def _reply(voice: Voice) -> float:
    """Speak a clause and the sentence after it, as a call does; return its first sound's wait."""
    waited_ms = await first_sound_ms(voice)
    await first_sound_ms(voice, SENTENCE)
    return waited_ms


def percentile_95(values: list[float]) -> float:
    """Return the value that one in twenty is above."""
    return sorted(values)[min(len(values) - 1, round(0.95 * len(values)))]


def local_voices(*, processes: int = 1, threads: int = 1) -> list[Voice]:
    """Return the voices of this machine."""
    weights = Weights(default_models_folder(), clock=SystemClock())
    voices: list[Voice] = [Piper(weights, processes=processes, threads=threads)]
    if weights.find("kokoro"):
        voices.append(Kokoro(weights, voice=KOKORO_PACKAGED[0]))
    if shutil.which("espeak-ng"):
        voices.append(Espeak())
    return voices


async def measure_all(
    *, at_once: int = 8, processes: int = 1, threads: int = 1, only: str = ""
) -> list[Speed]:
    """Measure every voice of this machine, one after the other."""
    speeds = []
    for voice in local_voices(processes=processes, threads=threads):
        if not voice.name.startswith(only):
            continue
        try:
            speeds.append(await measured(voice, at_once=at_once))
        finally:
            await voice.close()
    return speeds


def cancelling(bench: Bench) -> None:
    """Cancel each voice of this machine in the middle of a phrase, again and again."""
    count = CANCELS_QUICK if bench.is_quick else CANCELS
    took = asyncio.run(_cancelled(count))
    for name, waits in took.items():
        bench.tell(f"cancel_p95_ms_{name.partition('/')[0]}", percentile_95(waits), "ms")
    worst = max(percentile_95(waits) for waits in took.values())
    bench.tell("cancel_p95_ms", worst, "ms", limit=CANCEL_MS)


async def _cancelled(count: int) -> dict[str, list[float]]:
    took: dict[str, list[float]] = {}
    for voice in local_voices():
        try:
            await voice.warm()
            took[voice.name] = [await cancel_ms(voice) for _ in range(count)]
        except RingbackError as failure:
            raise NotMeasured(f"{voice.name}: {failure.message}") from failure
        finally:
            await voice.close()
    return took


def main() -> None:
    """Print the table."""
    asked = argparse.ArgumentParser()
    asked.add_argument("--at-once", type=int, default=8)
    asked.add_argument("--only", default="", help="the beginning of a voice's name")
    asked.add_argument("--processes", type=int, default=1)
    asked.add_argument("--threads", type=int, default=1)
    given = asked.parse_args()
    speeds = asyncio.run(
        measure_all(
            at_once=given.at_once,
            processes=given.processes,
            threads=given.threads,
            only=given.only,
        )
    )
    crowd = f"p95 of {given.at_once}"
    print(f"{'voice':<18}{'first':>9}{crowd:>11}{'cancel':>9}{'stop':>9}{'x real':>9}")
    for speed in speeds:
        print(
            f"{speed.name:<18}{speed.first_ms:>6.0f} ms{speed.first_at_once_ms:>8.0f} ms"
            f"{speed.cancel_ms:>6.1f} ms{speed.stop_ms:>6.1f} ms{speed.times_real:>9.1f}"
        )


if __name__ == "__main__":
    main()
