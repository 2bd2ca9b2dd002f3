"""How much Whisper must look at, and whether what it wrote can be believed."""

import re
import zlib

import numpy as np
import numpy.typing as npt

from backend.kernel.audio import RATE_HZ

Samples = npt.NDArray[np.float32]

WINDOWS_S = (10, 15, 30)
# With less room than this after the speech Whisper repeats itself instead of ending.
SPARE_S = 5.0
# Who speaks on without a pause is cut where it is quietest, between these.
PIECE_S_MIN, PIECE_S_MAX = 18, 25
QUIET_SAMPLES = RATE_HZ // 10
# More text than this per byte once compressed is the same words again and again.
COMPRESSION_MAX = 2.4
REPEATS_MAX = 3
REPEATED_WORDS_MAX = 8
NO_SPEECH_PROBABILITY = 0.6
UNSURE_LOG_PROBABILITY = -1.0
# What Whisper has learnt to write under silent or noisy film; believed only when it is sure.
PHANTOMS = frozenset(
    {
        "",
        "beep",
        "beep beep",
        "beep beep beep",
        "bye",
        "bye bye",
        "goodbye",
        "goodbye goodbye",
        "hmm",
        "oh",
        "okay",
        "please subscribe",
        "so",
        "subtitles by the amara org community",
        "thank you",
        "thank you for watching",
        "thank you so much for watching",
        "thank you very much",
        "thanks for watching",
        "the end",
        "you",
    }
)
PHANTOM_LOG_PROBABILITY = -0.6
PHANTOM_NO_SPEECH_PROBABILITY = 0.3
ANNOTATION = re.compile(r"\[[^\]]*\]|\([^)]*\)|[♪♫*]+")
NO_WORD = re.compile(r"[^\w\s]")
SEPARATOR = re.compile(r"[-/,.]")  # "8-8-8" goes round in circles as "8 8 8" does


def window_s(duration_s: float) -> int:
    """Return the shortest window that holds the speech with room to spare."""
    for window in WINDOWS_S:
        if duration_s + SPARE_S <= window:
            return window
    return WINDOWS_S[-1]


def pieces(samples: Samples) -> list[Samples]:
    """Return an utterance in pieces that each fit the longest window."""
    found: list[Samples] = []
    while len(samples) > PIECE_S_MAX * RATE_HZ:
        search = samples[PIECE_S_MIN * RATE_HZ : PIECE_S_MAX * RATE_HZ]
        blocks = np.square(search).reshape(-1, QUIET_SAMPLES).mean(axis=1)
        quietest = int(np.argmin(blocks)) * QUIET_SAMPLES + QUIET_SAMPLES // 2
        cut = PIECE_S_MIN * RATE_HZ + quietest
        found.append(samples[:cut])
        samples = samples[cut:]
    return [*found, samples]


def is_looping(text: str) -> bool:
    """Say whether the text repeats itself as no speaker does."""
    data = text.encode()
    if len(data) > 60 and len(data) / len(zlib.compress(data)) > COMPRESSION_MAX:
        return True
    words = NO_WORD.sub("", SEPARATOR.sub(" ", text.lower())).split()
    for size in range(1, REPEATED_WORDS_MAX + 1):
        # "no, no, no, no" is said by people: single words may repeat more often.
        repeats = REPEATS_MAX * (3 if size == 1 else 1)
        if _repeats(words, size, repeats):
            return True
    return False


def without_annotations(text: str) -> str:
    """Return only what was said: no "[music]", no "(sighs)"."""
    return " ".join(ANNOTATION.sub(" ", text).split())


def is_phantom(text: str, *, log_probability: float, no_speech_probability: float) -> bool:
    """Say whether there was probably nobody who said this."""
    if no_speech_probability > NO_SPEECH_PROBABILITY and log_probability < UNSURE_LOG_PROBABILITY:
        return True
    words = " ".join(NO_WORD.sub(" ", text.lower()).split())
    return words in PHANTOMS and (
        log_probability < PHANTOM_LOG_PROBABILITY
        or no_speech_probability > PHANTOM_NO_SPEECH_PROBABILITY
    )


def _repeats(words: list[str], size: int, times: int) -> bool:
    run = 0
    for index in range(size, len(words)):
        run = run + 1 if words[index] == words[index - size] else 0
        if run >= size * (times - 1):
            return True
    return False
