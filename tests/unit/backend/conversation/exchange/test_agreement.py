"""Which growing words can be counted on."""

from hypothesis import given
from hypothesis import strategies as st

from backend.conversation.exchange.agreement import Agreement


def test_what_was_read_once_is_not_stable() -> None:
    assert Agreement().take("Remind me to call") is None


def test_the_same_words_twice_are_stable_but_for_the_last() -> None:
    agreement = Agreement()
    agreement.take("Remind me to cull")
    assert agreement.take("remind me to call Anna.") == "remind me to"


def test_what_changes_is_not_stable() -> None:
    agreement = Agreement()
    agreement.take("I need a car")
    assert agreement.take("My knee hurts a lot") is None


@given(st.lists(st.text("ab ", max_size=12), max_size=20))
def test_stable_words_only_become_more(texts: list[str]) -> None:
    agreement, last = Agreement(), 0
    for text in texts:
        stable = agreement.take(text)
        if stable is not None:
            assert len(stable.split()) > last
            last = len(stable.split())
