"""The gate in front of the detector."""

import numpy as np

from backend.conversation.hearing.noise_gate import NoiseGate

SILENCE = np.zeros(512, np.float32)


def noise(level: float) -> np.ndarray:
    return (np.random.default_rng(1).normal(size=512) * level).astype(np.float32)


def test_digital_silence_never_asks_the_detector() -> None:
    gate = NoiseGate()
    assert not any(gate.passes(SILENCE) for _ in range(100))


def test_steady_noise_of_the_line_is_soon_not_worth_asking() -> None:
    gate = NoiseGate()
    verdicts = [gate.passes(noise(0.003)) for _ in range(50)]
    assert not any(verdicts[5:])


def test_whatever_rises_above_the_noise_is_asked_about_at_once() -> None:
    gate = NoiseGate()
    for _ in range(50):
        gate.passes(noise(0.003))
    assert gate.passes(noise(0.008))


def test_loud_sound_is_always_asked_about_however_long_it_lasts() -> None:
    gate = NoiseGate()
    assert all(gate.passes(noise(0.1)) for _ in range(2000))


def test_a_window_of_nothing_is_judged_like_any_other_without_being_looked_at() -> None:
    looking, sparing = NoiseGate(), NoiseGate()
    for level in (0.1, 0.0, 0.003, 0.0, 0.0, 0.008, 0.0, 0.003):
        assert looking.passes(noise(level)) == (
            sparing.passes_nothing() if level == 0.0 else sparing.passes(noise(level))
        )
        looking.heard(level * 3)
        sparing.heard(level * 3)


def test_near_a_voice_no_window_is_left_out() -> None:
    gate = NoiseGate()
    gate.passes(noise(0.1))
    gate.heard(0.9)
    assert [gate.passes(SILENCE) for _ in range(20)] == [True] * 16 + [False] * 4
