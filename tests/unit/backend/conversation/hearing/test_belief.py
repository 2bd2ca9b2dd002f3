"""When words are believed, when they are doubted, and when nobody spoke."""

import math

import pytest

from backend.conversation.hearing.belief import NOTHING, Draft, weighed


def draft(text: str, log_probability: float, no_speech: float = 0.05) -> Draft:
    return Draft(text, log_probability, no_speech)


def test_a_sure_reading_is_taken_as_it_is() -> None:
    verdict = weighed(draft("Buy some milk.", -0.1), None, has_voice=None)
    assert (verdict.text, verdict.is_unsure) == ("Buy some milk.", False)
    assert verdict.confidence == pytest.approx(math.exp(-0.1))


def test_words_without_a_voice_are_not_believed() -> None:
    reading = draft("I don't know.", -0.7)
    assert weighed(reading, reading, has_voice=False) == NOTHING


def test_a_reading_without_hope_is_nothing() -> None:
    reading = draft("I'm going to eat the bread.", -1.6, 0.3)
    assert weighed(reading, reading, has_voice=True) == NOTHING


def test_the_makers_own_doubt_counts_more_where_no_voice_is_proved() -> None:
    hinted, plain = draft("Come on over.", -0.8), draft("Come on over.", -0.8, 0.5)
    assert weighed(hinted, plain, has_voice=None) == NOTHING
    assert weighed(hinted, plain, has_voice=True).text == "Come on over."


def test_two_readings_that_differ_are_asked_back() -> None:
    verdict = weighed(draft("Tell Emma.", -0.4), draft("Tell him.", -0.42), has_voice=True)
    assert (verdict.text, verdict.is_unsure) == ("Tell Emma.", True)


def test_two_readings_that_agree_are_believed() -> None:
    verdict = weighed(draft("Tell Emma.", -0.4), draft("tell Emma", -0.5), has_voice=True)
    assert (verdict.text, verdict.is_unsure) == ("Tell Emma.", False)


def test_what_goes_round_in_circles_gives_way_to_what_does_not() -> None:
    circles = draft("Buy 6-8-8-8-8-8-8-8-8-8-8-8-8-8-8-8", -0.1)
    verdict = weighed(circles, draft("Buy six eggs.", -0.5), has_voice=True)
    assert verdict.text == "Buy six eggs."
    assert weighed(circles, circles, has_voice=True) == NOTHING


def test_thanks_out_of_noise_are_not_taken_for_thanks() -> None:
    reading = draft("Thank you.", -0.8, 0.2)
    assert weighed(reading, reading, has_voice=True) == NOTHING


@pytest.mark.parametrize("text", ["", "[Music]", "♪♪", "...", "(sighs)"])
def test_what_is_no_word_is_nothing(text: str) -> None:
    assert weighed(draft(text, -0.1), None, has_voice=True) == NOTHING
