"""Of several with one name: who an answer means."""

import pytest

from backend.conversation.reasoning.unwanted import whom
from backend.conversation.reasoning.which import called, is_none, picked

TWO = ("sister", "from work")


@pytest.mark.parametrize(
    ("heard", "meant"),
    [
        ("My sister.", ("sister",)),
        ("the colleague", ("from work",)),
        ("The one from work, please.", ("from work",)),
        ("the first one", ("sister",)),
        ("the second", ("from work",)),
        ("Both.", TWO),
        ("all of them", TWO),
        ("My sister and the colleague.", TWO),
    ],
)
def test_an_answer_means_somebody(heard: str, meant: tuple[str, ...]) -> None:
    assert picked(heard, TWO) == meant


@pytest.mark.parametrize(
    "heard",
    ["Anna", "yes", "not my sister", "My sister or the colleague", "all but my sister", "",
     "neither", "My sister isn't the one",
     "Well I was talking to my sister about it the other day"],
)  # fmt: skip
def test_an_unclear_answer_means_nobody(heard: str) -> None:
    assert picked(heard, TWO) == ()


def test_neither_means_nobody() -> None:
    assert is_none("Neither of them.")
    assert not is_none("My sister.")


def test_each_is_called_as_they_are_told_apart() -> None:
    told = [called("Anna", which) for which in ("sister", "from work", "Martin's sister")]
    assert told == ["your sister", "Anna from work", "Martin's sister"]


@pytest.mark.parametrize(
    ("topic", "name"),
    [
        ("anna", ("anna", "")),
        ("my sister anna", ("anna", "sister")),
        ("Anna from work", ("Anna", "from work")),
        ("my little sister Anna", ("Anna", "sister")),
        ("the garden gate that creaks so loudly", ("", "")),
    ],
)
def test_a_topic_may_name_somebody(topic: str, name: tuple[str, str]) -> None:
    assert whom(topic) == name
