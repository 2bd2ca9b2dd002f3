"""What wants nothing is answered civilly and never kept."""

import pytest

from backend.conversation.reasoning import Intent, understand
from backend.conversation.reasoning.small_talk import ANSWERS, answer


@pytest.mark.parametrize(
    ("heard", "topic"),
    [
        ("ok", "nod"),
        ("never mind", "no"),
        ("haha", "laugh"),
        ("You're great!", "praise"),
        ("you are so stupid", "rude"),
        ("No, that's wrong.", "wrong"),
        ("That's not what I said.", "wrong"),
        ("I'm bored", "low"),
        ("I am feeling very sad today.", "low"),
        ("Who made you?", "age"),
        ("Can you speak German?", "english"),
        ("Where is my data?", "privacy"),
        ("What did I tell you yesterday?", "everything"),
    ],
)
def test_small_talk_is_known_and_not_kept(heard: str, topic: str) -> None:
    understood = understand(heard)
    assert (understood.intent, understood.content) == (Intent.SMALL_TALK, topic)
    assert not understood.tells_something
    assert not understood.wants_recall


@pytest.mark.parametrize(
    "heard",
    [
        "I love tea.",
        "That's right next to the station.",
        "You are invited to Anna's party.",
        "I'm sick of the neighbours' dog.",
        "No one was there.",
        "Nothing was left of the cake.",
        "My data is on the blue disk.",
    ],
)
def test_what_tells_something_is_no_small_talk(heard: str) -> None:
    assert understand(heard).intent is Intent.STATEMENT


@pytest.mark.parametrize(
    "heard",
    [
        "Guten Tag, wie geht es dir?",
        "\u00bfC\u00f3mo te llamas?",
        "Je m'appelle Sam",
        "\u4eca\u5929",
    ],
)
def test_other_languages_are_owned_up_to(heard: str) -> None:
    assert understand(heard).intent is Intent.OTHER_LANGUAGE


@pytest.mark.parametrize("heard", ["I met Chlo\u00e9 in M\u00fcnchen.", "La La Land is my film."])
def test_a_foreign_name_is_no_other_language(heard: str) -> None:
    assert understand(heard).intent is Intent.STATEMENT


@pytest.mark.parametrize("heard", ["\N{PARTY POPPER}", "asdfghjkl", "Lisbon"])
def test_what_says_nothing_by_itself_is_asked_about(heard: str) -> None:
    assert understand(heard).intent is Intent.UNCLEAR
    assert not understand(heard).tells_something


@pytest.mark.parametrize("heard", ["whats annas birthday", "wheres my car", "dont i like tea"])
def test_typed_in_haste_a_question_is_one(heard: str) -> None:
    assert understand(heard).intent is Intent.QUESTION


def test_every_topic_has_an_answer() -> None:
    assert all(answer(topic).endswith(".") for topic, _, _ in ANSWERS)


@pytest.mark.parametrize(
    "unit", ["ha", "no ", "you are so ", "i am ", "tick ", "my my ", "a-", "("]
)
def test_no_words_are_so_strange_that_they_are_not_read(unit: str) -> None:
    assert understand(unit * 2000).intent in Intent  # a pattern that explodes would hang here
