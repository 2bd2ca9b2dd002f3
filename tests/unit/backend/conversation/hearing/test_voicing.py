"""How much voice an utterance needs to be speech."""

import numpy as np
import numpy.typing as npt
import pytest

from backend.conversation.hearing.voicing import Voicing
from tests.fakes.engines import LoudnessDetector

WINDOW = 512


def sound(loud_windows: int, *, of: int = 20) -> npt.NDArray[np.float32]:
    samples = np.zeros(of * WINDOW, np.float32)
    samples[: loud_windows * WINDOW] = 0.5
    return samples


@pytest.mark.parametrize(("loud", "is_voice"), [(0, False), (1, False), (2, True), (20, True)])
def test_two_windows_prove_a_voice_and_one_is_a_click(loud: int, is_voice: bool) -> None:
    assert Voicing(LoudnessDetector()).is_voice(sound(loud)) is is_voice


def test_nothing_more_is_heard_once_a_voice_is_proved() -> None:
    detector = LoudnessDetector()
    Voicing(detector).is_voice(sound(20))
    assert len(detector.rounds) == 2


def test_less_than_a_window_is_no_voice() -> None:
    assert not Voicing(LoudnessDetector()).is_voice(np.ones(100, np.float32))
