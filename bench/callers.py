"""People on the telephone: committed sentences in several voices, speeds, pitches and noises."""

import subprocess
import sys
import tempfile
import tomllib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from backend.conversation.sound import (
    Resampler,
    TelephoneDecoder,
    TelephoneEncoder,
    from_samples,
    read_wav,
    to_samples,
)
from backend.kernel.audio import RATE_HZ
from backend.kernel.speech import Utterance
from bench.noises import NOISES, levelled

Samples = npt.NDArray[np.float32]

TEXTS = Path(__file__).with_name("utterances.toml")
SPEAK_S_MAX = 300.0
# How much silence the turn-taking leaves around what was said.
LEAD_S, TAIL_S = 0.25, 0.25
BAND_HZ = (300.0, 3_400.0)  # what a telephone line lets through
ESPEAK_WORDS_PER_MINUTE = 165
ESPEAK_PITCH = 50


@dataclass(frozen=True, slots=True)
class Manner:
    """How somebody speaks, and where they stand."""

    slowness: float  # 1 is the voice's own; more takes longer
    pitch: float  # 1 is the voice's own
    noise: str  # one of NOISES, or "quiet"
    snr_db: float
    level_dbfs: float


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence as it comes out of the line, and what it really was."""

    kind: str
    text: str
    voice: str
    manner: Manner
    utterance: Utterance


# A fifth of the callers stand in a quiet room, the others in a street, a car, a kitchen, a café.
PLACES = (
    ("quiet", 60.0),
    ("pink", 25.0),
    ("white", 20.0),
    ("babble", 20.0),
    ("fan", 15.0),
    ("pink", 15.0),
    ("hum", 15.0),
    ("babble", 15.0),
    ("white", 12.0),
    ("pink", 10.0),
)
SLOWNESSES = (1.0, 0.85, 1.15, 0.95, 1.3)
PITCHES = (1.0, 1.08, 0.93)
LEVELS_DBFS = (-20.0, -26.0, -16.0, -32.0)


def sentences() -> list[tuple[str, str]]:
    """Return all sentences as (kind, text)."""
    read = tomllib.loads(TEXTS.read_text(encoding="utf-8"))
    return [(kind, text) for kind, texts in read.items() for text in texts]


def manner(index: int) -> Manner:
    """Return how the sentence of this number is said: in every place every speed and pitch."""
    round_, place = divmod(index, len(PLACES))
    noise, snr_db = PLACES[place]
    return Manner(
        SLOWNESSES[(round_ + 3 * place) % len(SLOWNESSES)],
        PITCHES[(round_ + place) % len(PITCHES)],
        noise,
        snr_db,
        LEVELS_DBFS[(round_ // 2 + place) % len(LEVELS_DBFS)],
    )


def said(
    texts: Sequence[tuple[str, str]], *, voice: str, model: Path, is_quiet: bool = False
) -> list[Said]:
    """Return the sentences by one voice ("piper" or "espeak"), each in its own manner."""
    manners = [manner(index) for index in range(len(texts))]
    if is_quiet:
        manners = [quiet(how) for how in manners]
    words = [text for _, text in texts]
    sounds = _piper(words, manners, model) if voice == "piper" else _espeak(words, manners)
    return [
        Said(kind, text, voice, how, _over_the_line(sound, how, seed))
        for seed, ((kind, text), how, sound) in enumerate(zip(texts, manners, sounds, strict=True))
    ]


def quiet(how: Manner) -> Manner:
    """Return the same speaker in a quiet room."""
    return Manner(how.slowness, how.pitch, "quiet", 60.0, how.level_dbfs)


def _over_the_line(samples: Samples, how: Manner, seed: int) -> Utterance:
    """Add the room, cut the band, go through µ-law at 8 kHz, and come out at 16 kHz."""
    lead, tail = np.zeros(int(LEAD_S * RATE_HZ)), np.zeros(int(TAIL_S * RATE_HZ))
    sound = np.concatenate([lead, levelled(samples, how.level_dbfs), tail]).astype(np.float32)
    if how.noise != "quiet":
        noise = NOISES[how.noise](len(sound), np.random.default_rng(seed))
        sound = sound + levelled(noise, how.level_dbfs - how.snr_db)
    return telephone(sound)


def telephone(samples: Samples) -> Utterance:
    """Return the sound as the other end of a telephone line has it."""
    spectrum = np.fft.rfft(samples)
    frequencies = np.fft.rfftfreq(len(samples), 1 / RATE_HZ)
    spectrum[(frequencies < BAND_HZ[0]) | (frequencies > BAND_HZ[1])] = 0
    band = np.fft.irfft(spectrum, len(samples)).astype(np.float32)
    encoder, decoder = TelephoneEncoder(), TelephoneDecoder()
    ulaw = encoder.feed(from_samples(np.clip(band, -32_768, 32_767))) + encoder.flush()
    pcm = decoder.feed(ulaw)
    return Utterance(pcm, 0, len(pcm) // 32)


def _piper(texts: Sequence[str], manners: Sequence[Manner], model: Path) -> list[Samples]:
    """Speak with Piper's own program: one run for every speed, since that is set at its start."""
    groups: dict[float, list[int]] = defaultdict(list)
    for index, how in enumerate(manners):
        # A pitch is made by playing faster or slower, so that much slower or faster is spoken.
        groups[round(how.slowness * how.pitch, 4)].append(index)
    sounds: dict[int, Samples] = {}
    for slowness, indices in groups.items():
        with tempfile.TemporaryDirectory(prefix="ringback-callers-") as scratch:
            command = [sys.executable, "-m", "piper", "-m", str(model), "-d", scratch]
            command += ["--length-scale", str(slowness), "--output-dir-naming", "timestamp"]
            lines = "\n".join(texts[index] for index in indices)
            subprocess.run(
                command, input=lines, text=True, check=True, capture_output=True,
                timeout=SPEAK_S_MAX,
            )  # fmt: skip
            files = sorted(Path(scratch).glob("*.wav"), key=lambda file: int(file.stem))
            for index, file in zip(indices, files, strict=True):
                sounds[index] = _pitched(_samples(file.read_bytes()), manners[index].pitch)
    return [sounds[index] for index in range(len(texts))]


def _espeak(texts: Sequence[str], manners: Sequence[Manner]) -> list[Samples]:
    sounds = []
    for text, how in zip(texts, manners, strict=True):
        speed = round(ESPEAK_WORDS_PER_MINUTE / how.slowness)
        pitch = round(ESPEAK_PITCH * how.pitch**3)
        command = ["espeak-ng", "--stdout", "-v", "en-us", "-s", str(speed), "-p", str(pitch)]
        done = subprocess.run(
            [*command, text], check=True, capture_output=True, timeout=SPEAK_S_MAX
        )
        sounds.append(_samples(done.stdout))
    return sounds


def _samples(wav: bytes) -> Samples:
    return to_samples(read_wav(wav).pcm)


def _pitched(samples: Samples, pitch: float) -> Samples:
    """Play faster for a higher voice; its speaker spoke slower by as much."""
    if pitch == 1.0:
        return samples
    resampler = Resampler(round(RATE_HZ * pitch), RATE_HZ)
    pcm = resampler.feed(from_samples(samples)) + resampler.flush()
    return to_samples(pcm)
