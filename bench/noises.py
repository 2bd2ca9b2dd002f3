"""Sounds in which nobody says a word, made from seeds: rooms, lines, machines, breath and music."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from backend.kernel.audio import RATE_HZ

Samples = npt.NDArray[np.float32]
Noise = Callable[[int, np.random.Generator], Samples]

FULL_SCALE = 32_768.0
DTMF_HZ = ((697, 770, 852, 941), (1209, 1336, 1477))
NOTES_HZ = (220.0, 246.9, 261.6, 293.7, 329.6, 349.2, 392.0, 440.0)
BABBLERS = 8


@dataclass(frozen=True, slots=True)
class Clip:
    """A sound without words."""

    kind: str
    samples: Samples


def levelled(samples: Samples, level_dbfs: float) -> Samples:
    """Return the sound at a mean level; silence stays silence."""
    power = float(np.sqrt(np.mean(np.square(samples)))) if len(samples) else 0.0
    if power == 0.0:
        return samples
    return (samples * (FULL_SCALE * 10 ** (level_dbfs / 20) / power)).astype(np.float32)


def clips(count: int) -> Iterator[Clip]:
    """Give so many clips without words: every kind, loud and soft, short and long."""
    kinds, levels = list(NOISES), (-18.0, -28.0, -38.0, -48.0)
    durations_s = (0.7, 1.5, 3.0, 5.0, 8.0, 12.0)
    for seed in range(count):
        chance = np.random.default_rng(seed)
        kind = kinds[seed % len(kinds)]
        length = int(durations_s[(seed // len(kinds)) % len(durations_s)] * RATE_HZ)
        level = levels[(seed // 5) % len(levels)]
        yield Clip(kind, levelled(NOISES[kind](length, chance), level))


def _white(length: int, chance: np.random.Generator) -> Samples:
    return chance.normal(size=length).astype(np.float32)


def _coloured(length: int, chance: np.random.Generator, slope: float) -> Samples:
    spectrum = np.fft.rfft(chance.normal(size=length))
    frequencies = np.fft.rfftfreq(length, 1 / RATE_HZ)
    spectrum *= np.maximum(frequencies, 50.0) ** -slope
    return np.asarray(np.fft.irfft(spectrum, length), np.float32)


def _pink(length: int, chance: np.random.Generator) -> Samples:
    return _coloured(length, chance, 0.5)


def _brown(length: int, chance: np.random.Generator) -> Samples:
    return _coloured(length, chance, 1.0)


def _band(noise: Samples, low_hz: float, high_hz: float) -> Samples:
    spectrum = np.fft.rfft(noise)
    frequencies = np.fft.rfftfreq(len(noise), 1 / RATE_HZ)
    spectrum[(frequencies < low_hz) | (frequencies > high_hz)] = 0
    return np.asarray(np.fft.irfft(spectrum, len(noise)), np.float32)


def _breath(length: int, chance: np.random.Generator) -> Samples:
    """In and out, every two to four seconds."""
    period_s = chance.uniform(2.0, 4.0)
    swell = np.sin(np.pi * _time(length) / period_s * 2) ** 4
    return np.asarray(_band(_pink(length, chance), 400, 3_000) * swell, np.float32)


def _clicks(length: int, chance: np.random.Generator) -> Samples:
    sound = np.zeros(length, np.float32)
    for at in chance.integers(0, length, size=max(2, int(length / RATE_HZ * 4))):
        width = int(chance.integers(8, 120))
        piece = chance.normal(size=width) * np.exp(-np.arange(width) / (width / 4))
        sound[at : at + width] += piece[: length - at].astype(np.float32)
    return sound


def _keyboard(length: int, chance: np.random.Generator) -> Samples:
    return (_clicks(length, chance) + 0.02 * _pink(length, chance)).astype(np.float32)


def _chords(length: int, chance: np.random.Generator) -> Samples:
    """Music of a kind: three notes with overtones, another chord every half second."""
    sound, step = np.zeros(length, np.float32), RATE_HZ // 2
    for start in range(0, length, step):
        size = min(step, length - start)
        time = _time(size)
        envelope = np.exp(-2.0 * time)
        for note in chance.choice(NOTES_HZ, size=3, replace=False):
            for overtone in range(1, 6):
                tone = np.sin(2 * np.pi * note * overtone * time) / overtone
                sound[start : start + size] += (tone * envelope).astype(np.float32)
    return sound


def _hum(length: int, chance: np.random.Generator) -> Samples:
    """A power line's hum and its overtones: a telephone lets only these through."""
    line_hz, time = float(chance.choice([50.0, 60.0])), _time(length)
    overtones = [
        np.sin(2 * np.pi * line_hz * order * time + chance.uniform(0, 6)) / order
        for order in range(1, 24)
    ]
    return np.asarray(np.sum(overtones, axis=0), np.float32)


def _dtmf(length: int, chance: np.random.Generator) -> Samples:
    sound = np.zeros(length, np.float32)
    for start in range(0, length, RATE_HZ // 4):
        size = min(RATE_HZ // 8, length - start)
        time = _time(size)
        tones = [np.sin(2 * np.pi * float(chance.choice(group)) * time) for group in DTMF_HZ]
        sound[start : start + size] = (tones[0] + tones[1]).astype(np.float32)
    return sound


def _ringing(length: int, chance: np.random.Generator) -> Samples:
    """The tone of a called telephone, American or European."""
    time = _time(length)
    if chance.random() < 0.5:
        tone, is_on = np.sin(2 * np.pi * 440 * time) + np.sin(2 * np.pi * 480 * time), time % 6 < 2
    else:
        tone, is_on = np.sin(2 * np.pi * 425 * time), time % 5 < 1
    return (tone * is_on).astype(np.float32)


def _busy(length: int, chance: np.random.Generator) -> Samples:
    time = _time(length)
    pitch_hz = float(chance.choice([425.0, 480.0, 620.0]))
    return (np.sin(2 * np.pi * pitch_hz * time) * (time % 1 < 0.5)).astype(np.float32)


def _fan(length: int, chance: np.random.Generator) -> Samples:
    blades_hz = chance.uniform(20, 60)
    swell = 1 + 0.3 * np.sin(2 * np.pi * blades_hz * _time(length))
    return (_brown(length, chance) * swell + 0.2 * _hum(length, chance)).astype(np.float32)


def _rumble(length: int, chance: np.random.Generator) -> Samples:
    """A car from inside: what is low, and now and then a bump."""
    return (_brown(length, chance) + 3.0 * _band(_clicks(length, chance), 60, 500)).astype(
        np.float32
    )


def _crackle(length: int, chance: np.random.Generator) -> Samples:
    """A bad line: hiss that comes and goes, with gaps."""
    swell = np.repeat(chance.random(length // 320 + 1) > 0.3, 320)[:length]
    return (_white(length, chance) * swell).astype(np.float32)


def _cough(length: int, chance: np.random.Generator) -> Samples:
    """One or two bursts of air."""
    sound = np.zeros(length, np.float32)
    for _ in range(int(chance.integers(1, 3))):
        start = int(chance.integers(0, max(1, length - RATE_HZ // 2)))
        size = min(int(RATE_HZ * chance.uniform(0.15, 0.4)), length - start)
        decay = np.exp(-np.arange(size) / (size / 4))
        burst = _band(_white(size, chance), 300, 2_500) * decay
        sound[start : start + size] += burst.astype(np.float32)
    return sound


def _babble(length: int, chance: np.random.Generator) -> Samples:
    """A room full of voices of which none can be understood: buzzing throats, moving mouths."""
    voices = [_voice(length, chance) for _ in range(BABBLERS)]
    return np.asarray(np.sum(voices, axis=0), np.float32)


def _voice(length: int, chance: np.random.Generator) -> Samples:
    time, syllable_hz = _time(length), chance.uniform(3.0, 6.0)
    pitch_hz = chance.uniform(90, 230) * (
        1 + 0.08 * np.sin(2 * np.pi * time * chance.uniform(1, 3))
    )
    phase = 2 * np.pi * np.cumsum(pitch_hz) / RATE_HZ
    formants = [
        middle * (1 + 0.25 * np.sin(2 * np.pi * time * chance.uniform(2, 5) + chance.uniform(0, 6)))
        for middle in (500.0, 1_500.0, 2_500.0)
    ]
    sound = np.zeros(length)
    for overtone in range(1, 20):
        at_hz = pitch_hz * overtone
        gain = sum(np.exp(-(((at_hz - middle) / 180.0) ** 2)) for middle in formants)
        sound += gain * np.sin(phase * overtone)
    syllables = np.maximum(0, np.sin(2 * np.pi * syllable_hz * time + chance.uniform(0, 6)))
    return (sound * syllables).astype(np.float32)


def _nothing(length: int, chance: np.random.Generator) -> Samples:
    """Digital silence with its last bit trembling."""
    return chance.integers(-1, 2, size=length).astype(np.float32)


def _time(length: int) -> npt.NDArray[np.float64]:
    return np.arange(length) / RATE_HZ


NOISES: Mapping[str, Noise] = {
    "white": _white,
    "pink": _pink,
    "breath": _breath,
    "clicks": _clicks,
    "keyboard": _keyboard,
    "chords": _chords,
    "hum": _hum,
    "dtmf": _dtmf,
    "ringing": _ringing,
    "busy": _busy,
    "fan": _fan,
    "rumble": _rumble,
    "crackle": _crackle,
    "cough": _cough,
    "babble": _babble,
    "nothing": _nothing,
}
"""Every kind by name."""
