"""How long a silence must last before it is an end."""

from dataclasses import fields

from hypothesis import given
from hypothesis import strategies as st

from backend.conversation.hearing import Expected, Why
from backend.conversation.hearing.evidence import Known, weigh
from backend.conversation.tuning import Patience, VoiceTuning

TUNING = VoiceTuning()
PATIENCE = TUNING.patience


def why(text: str | None, **known: object) -> Why:
    return weigh(Known(500, text, **known), TUNING).why  # type: ignore[arg-type] # as it comes


def test_unread_words_are_waited_for() -> None:
    assert weigh(Known(500), TUNING).silence_ms == PATIENCE.unread_ms


def test_unread_words_after_digits_may_be_more_digits() -> None:
    assert why(None, was_open=True) == Why.DICTATING


def test_a_cough_ends_at_once() -> None:
    assert weigh(Known(500, ""), TUNING).silence_ms == PATIENCE.min_ms


def test_what_was_asked_for_decides_what_a_fragment_is() -> None:
    assert why("The second one.") == Why.UNFINISHED
    assert why("The second one.", expected=Expected.SHORT_ANSWER) == Why.SHORT_ANSWER
    assert why("Tuesday.", expected=Expected.SHORT_ANSWER) == Why.SHORT_ANSWER
    assert why("I would like the", expected=Expected.SHORT_ANSWER) == Why.UNFINISHED


def test_expected_digits_are_waited_for_until_they_are_whole() -> None:
    assert why("8 2 5", expected=Expected.DIGITS, digits=4) == Why.DICTATING
    assert why("8 2 5 1", expected=Expected.DIGITS, digits=4) == Why.WHOLE_NUMBER


def test_doubtful_words_end_nothing_early() -> None:
    assert why("What is on my list?", confidence=0.3) == Why.DOUBTFUL
    assert why("What is on my", confidence=0.3) == Why.UNFINISHED


def test_a_witness_moves_the_bound_only_a_little() -> None:
    text = "I went to the market and bought some fish."
    plain = weigh(Known(2_000, text), TUNING).silence_ms
    assert 0 < weigh(Known(2_000, text, ending=0.01), TUNING).silence_ms - plain <= 100
    assert weigh(Known(2_000, text, ending=0.99), TUNING).silence_ms < plain
    assert weigh(Known(2_000, text, ending=0.5), TUNING).silence_ms == plain


KNOWN = st.builds(
    Known,
    st.integers(0, 30_000),
    st.none() | st.text(max_size=80),
    expected=st.sampled_from(Expected),
    digits=st.integers(0, 12),
    extra_ms=st.integers(-2_000, 5_000),
    confidence=st.floats(0, 1),
    ending=st.none() | st.floats(0, 1),
    was_open=st.booleans(),
)


@given(KNOWN)
def test_the_caps_hold_whatever_is_known(known: Known) -> None:
    assert PATIENCE.min_ms <= weigh(known, TUNING).silence_ms <= PATIENCE.max_ms


def test_every_usual_patience_lies_between_the_caps() -> None:
    usual = [getattr(PATIENCE, field.name) for field in fields(Patience)]
    assert all(PATIENCE.min_ms <= value <= PATIENCE.max_ms for value in usual)
