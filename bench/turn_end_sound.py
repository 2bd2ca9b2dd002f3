"""Makes a caller's turns into sound: synthetic voices, pauses of exact length, a telephone."""

import shutil
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from backend.conversation.sound import (
    TelephoneDecoder,
    TelephoneEncoder,
    from_samples,
    silence,
    to_samples,
)
from backend.conversation.speaking.engines.espeak import Espeak
from backend.conversation.speaking.engines.kokoro import Kokoro
from backend.conversation.speaking.engines.piper import Piper
from backend.conversation.speaking.voice import Voice
from backend.kernel.audio import RATE_HZ
from backend.platform.clock import SystemClock
from backend.platform.weights import Weights
from bench.turn_end_set import Line

# Of each maker's voices the one that the ears understand best over a telephone. The robot of
# espeak-ng they misread in one word of four all the same: it shows what doubt does, and is no bar.
KOKORO_VOICE = "jm_kumo"
ROBOT, ESPEAK_VOICE = "espeak-ng", "en-us+klatt"
BEFORE_MS = 400
AFTER_MS = 3_200  # longer than the longest patience
NOISE_RMS = 12.0  # a quiet line: -69 dB of full scale
SOUNDS_ABOVE = 0.012  # of a clip's loudest 10 ms: below it there is only the voice's own breath
STEP = RATE_HZ // 100


@dataclass(frozen=True, slots=True)
class Spoken:
    """One turn as it comes out of a telephone line, and when each of its parts sounds."""

    line: Line
    voice: str
    pcm: bytes
    begins_ms: tuple[int, ...]
    ends_ms: tuple[int, ...]


async def speak_all(lines: Sequence[Line], *, models: Path) -> AsyncIterator[Spoken]:
    """Give every line in every voice that is here."""
    noise = np.random.default_rng(20_261_121)
    async with AsyncExitStack() as stack:
        weights = Weights(models, clock=SystemClock())
        voices: list[Voice] = [Piper(weights), Kokoro(weights, voice=KOKORO_VOICE)]
        if shutil.which("espeak-ng") is not None:
            voices.append(Espeak(accent=ESPEAK_VOICE))
        for voice in voices:
            stack.push_async_callback(voice.close)
            for line in lines:
                yield await _spoken(line, voice, noise)


async def _spoken(line: Line, voice: Voice, noise: np.random.Generator) -> Spoken:
    encoder, decoder = TelephoneEncoder(), TelephoneDecoder()
    turn, begins, ends = silence(BEFORE_MS), [], []
    for part, pause_ms in zip(line.said, (*line.pauses_ms, AFTER_MS), strict=True):
        begins.append(len(turn) // 32)
        # Whoever means to go on does not sound as at the end: a comma tells the voice so.
        is_last = len(begins) == len(line.said)
        turn += await _part(part if is_last or not part[-1].isalnum() else f"{part},", voice)
        ends.append(len(turn) // 32)
        turn += silence(pause_ms)
    samples = to_samples(turn)
    noisy = from_samples(samples + noise.normal(size=len(samples)).astype(np.float32) * NOISE_RMS)
    pcm = decoder.feed(encoder.feed(noisy) + encoder.flush())
    return Spoken(line, voice.name, pcm, tuple(begins), tuple(ends))


async def _part(text: str, voice: Voice) -> bytes:
    """Return only what sounds of a part: the pauses around it are ours to make."""
    down = TelephoneEncoder(), TelephoneDecoder()
    ulaw = b"".join([down[0].feed(sound.pcm, sound.rate_hz) async for sound in voice.speak(text)])
    samples = to_samples(down[1].feed(ulaw + down[0].flush()))
    steps = samples[: len(samples) // STEP * STEP].reshape(-1, STEP)
    loud = np.sqrt((steps**2).mean(axis=1))
    sounding = np.flatnonzero(loud > loud.max() * SOUNDS_ABOVE)
    return from_samples(samples[sounding[0] * STEP : (sounding[-1] + 1) * STEP])
