"""Which window, and what is believed."""

import numpy as np
import pytest

from backend.conversation.hearing.windows import (
    PIECE_S_MAX,
    PIECE_S_MIN,
    SPARE_S,
    is_looping,
    is_phantom,
    pieces,
    window_s,
    without_annotations,
)
from backend.kernel.audio import RATE_HZ


@pytest.mark.parametrize(
    ("duration_s", "window"), [(0.2, 10), (5.0, 10), (5.1, 15), (10.0, 15), (10.1, 30), (28.0, 30)]
)
def test_the_window_is_the_shortest_with_room_to_spare(duration_s: float, window: int) -> None:
    assert window_s(duration_s) == window
    assert window == 30 or window - duration_s >= SPARE_S


@pytest.mark.parametrize(
    "text",
    [
        "no thanks. no thanks. no thanks. no thanks.",
        "I am going to the I am going to the I am going to the",
        "ha " * 40,
        "Buy 6-8-8-8-8-8-8-8-8-8-8-8-8",
    ],
)
def test_what_goes_round_in_circles_is_seen(text: str) -> None:
    assert is_looping(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "No, no, no, no.",
        "It was a very, very long day.",
        "My number is five five five five oh one.",
        "Please remember that my sister Anna has her birthday on the fourth of May.",
        "Knock knock. Who is there? Knock knock. Who is there?",
    ],
)
def test_what_people_do_say_is_no_circle(text: str) -> None:
    assert not is_looping(text)


def test_only_what_was_said_is_kept() -> None:
    assert without_annotations("[Music] hello (sighs) there ♪♪") == "hello there"
    assert without_annotations("(laughter)") == ""


def test_thanks_under_noise_are_not_believed_and_real_ones_are() -> None:
    assert is_phantom("Thank you.", log_probability=-0.9, no_speech_probability=0.1)
    assert is_phantom("Thank you.", log_probability=-0.2, no_speech_probability=0.5)
    assert not is_phantom("Thank you.", log_probability=-0.2, no_speech_probability=0.05)


def test_anything_is_disbelieved_when_the_model_doubts_both_voice_and_words() -> None:
    assert is_phantom("buy some milk", log_probability=-1.4, no_speech_probability=0.8)
    assert not is_phantom("buy some milk", log_probability=-0.4, no_speech_probability=0.8)


def test_what_fits_a_window_is_left_in_one_piece() -> None:
    speech = np.ones(PIECE_S_MAX * RATE_HZ, np.float32)
    assert len(pieces(speech)) == 1
    assert len(pieces(speech[:0])) == 1


def test_who_speaks_on_is_cut_where_it_is_quietest_and_nothing_is_lost() -> None:
    speech = np.ones(70 * RATE_HZ, np.float32)
    speech[21 * RATE_HZ : 22 * RATE_HZ] = 0.01
    found = pieces(speech)
    assert np.array_equal(np.concatenate(found), speech)
    assert 21 * RATE_HZ <= len(found[0]) <= 22 * RATE_HZ
    assert all(PIECE_S_MIN * RATE_HZ <= len(piece) <= PIECE_S_MAX * RATE_HZ for piece in found[:-1])
