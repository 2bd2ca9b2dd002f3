"""Keys sound as a telephone's do: sox makes the same tones, and ffmpeg hears the same pair."""

import shutil
import subprocess

import numpy as np
import pytest

from backend.conversation.sound import to_samples, tones
from backend.conversation.sound.dtmf import GAP_MS, PAIRS_HZ, TONE_MS
from backend.kernel.audio import RATE_HZ

TONE_BYTES = TONE_MS * RATE_HZ // 1000 * 2


def loudest(pcm: bytes) -> set[int]:
    """Return the two strongest frequencies, each to the nearest that a telephone knows."""
    samples = to_samples(pcm)
    known = sorted({hz for pair in PAIRS_HZ.values() for hz in pair})
    times = np.arange(len(samples)) / RATE_HZ
    power = {hz: abs(np.dot(samples, np.exp(-2j * np.pi * hz * times))) for hz in known}
    return set(sorted(known, key=lambda hz: power[hz])[-2:])


@pytest.mark.parametrize("key", PAIRS_HZ)
def test_each_key_is_its_own_pair(key: str) -> None:
    assert loudest(tones(key)[:TONE_BYTES]) == set(PAIRS_HZ[key])


def test_keys_follow_each_other_with_gaps_and_pauses() -> None:
    one = len(tones("1"))
    assert one == (TONE_MS + GAP_MS) * RATE_HZ // 1000 * 2
    assert len(tones("1ww2W#")) == 3 * one + 2 * RATE_HZ * 2
    assert tones("x") == b""


def test_nothing_is_clipped() -> None:
    assert max(abs(to_samples(tones("".join(PAIRS_HZ))))) < 32_767


@pytest.mark.skipif(shutil.which("sox") is None, reason="sox is not installed here")
@pytest.mark.parametrize("key", ["1", "5", "#"])
def test_a_key_is_what_sox_makes_of_the_same_pair(key: str) -> None:
    low, high = PAIRS_HZ[key]
    shape = ["-n", "-t", "raw", "-r", str(RATE_HZ), "-b", "16", "-e", "signed", "-c", "1", "-"]
    made = ["synth", str(TONE_MS / 1000), "sine", str(low), "sine", str(high), "remix", "1,2"]
    command = ["sox", "-D", "-R", *shape, *made]
    theirs = to_samples(subprocess.run(command, capture_output=True, check=True).stdout)
    ours = to_samples(tones(key)[:TONE_BYTES])
    match = np.dot(ours, theirs) / (np.linalg.norm(ours) * np.linalg.norm(theirs))
    assert match > 0.999
