"""How long this caller is silent in the middle of what they say."""

from hypothesis import given
from hypothesis import strategies as st

from backend.conversation.hearing.pauses import EXTRA_MS_MAX, EXTRA_MS_MIN, Pauses


def test_nobody_is_known_at_first() -> None:
    assert Pauses().extra_ms == 0


def test_one_long_pause_changes_little_and_many_change_more() -> None:
    once, often = Pauses(), Pauses()
    once.went_on(600)
    for _ in range(10):
        often.went_on(600)
    assert 0 < once.extra_ms < 100 < often.extra_ms


def test_one_that_thought_very_long_does_not_slow_everything() -> None:
    pauses = Pauses()
    for _ in range(9):
        pauses.went_on(200)
    pauses.went_on(2_400)
    assert pauses.extra_ms <= 0


def test_speaking_on_right_after_an_end_shows_that_it_was_none() -> None:
    cut, answered = Pauses(), Pauses()
    for pauses, again_ms in ((cut, 300), (answered, 3_000)):
        pauses.ended(10_000, 400)
        pauses.began(10_000 + again_ms)
    assert cut.extra_ms > 0
    assert answered.extra_ms == 0


@given(st.lists(st.integers(0, 10_000)))
def test_patience_stays_within_bounds(pauses_ms: list[int]) -> None:
    pauses = Pauses()
    for pause_ms in pauses_ms:
        pauses.went_on(pause_ms)
    assert EXTRA_MS_MIN <= pauses.extra_ms <= EXTRA_MS_MAX
