"""Which note is meant."""

import pytest

from backend.conversation.reasoning import Intent, picked, understand

NOTES = ("call mom", "buy oat milk", "buy eggs and bread")


@pytest.mark.parametrize(
    ("phrase", "places"),
    [
        ("milk", [1]),
        ("the oat milk", [1]),
        ("the note about the milk", [1]),
        ("call mom", [0]),
        ("eggs", [2]),
        ("the first one", [0]),
        ("the last note", [2]),
        ("note 2", [1]),
        ("number three", [2]),
        ("everything", [0, 1, 2]),
        ("all my notes", [0, 1, 2]),
        ("my list", [0, 1, 2]),
        ("buy", []),  # two of them
        ("that", []),
        ("cheese", []),
        ("the ninth note", []),
        ("note 0", []),
        ("", []),
    ],
)
def test_the_note_is_found(phrase: str, places: list[int]) -> None:
    assert picked(phrase, NOTES) == places


def test_with_one_note_it_is_that_one() -> None:
    assert picked("it", ["buy milk"]) == [0]
    assert picked("it", []) == []
    assert picked("all", []) == []


def test_of_two_that_are_the_same_one_is_taken() -> None:
    assert picked("milk", ["milk", "milk"]) == [0]


@pytest.mark.parametrize(
    ("heard", "content"),
    [
        ("Tick off milk.", "milk"),
        ("Please cross call mom off my list", "call mom"),
        ("Mark the first note as done", "the first note"),
        ("Remove eggs and bread from my list.", "eggs and bread"),
        ("Take the milk off the shopping list", "the milk"),
        ("Delete all notes", "all notes"),
        ("Can you delete the note about milk?", "the note about milk"),
        ("Clear my shopping list", "my shopping list"),
        ("Check off the last one", "the last one"),
    ],
)
def test_a_wish_to_tick_off_is_understood(heard: str, content: str) -> None:
    understood = understand(heard)
    assert (understood.intent, understood.content) == (Intent.NOTE_DONE, content)


@pytest.mark.parametrize(
    "heard", ["Take the kids off at school.", "I crossed the street.", "Forget what I said."]
)
def test_other_words_tick_nothing_off(heard: str) -> None:
    assert understand(heard).intent is not Intent.NOTE_DONE
