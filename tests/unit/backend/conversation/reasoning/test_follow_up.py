"""An answer to what we asked is what was asked for."""

from backend.conversation.reasoning import Intent, Line, understand_next
from backend.conversation.reasoning.noting import ASK_MEMORY, ASK_NOTE


def test_what_follows_the_question_for_a_note_is_the_note() -> None:
    understood = understand_next("Buy oat milk.", [Line("companion", ASK_NOTE)])
    assert (understood.intent, understood.content) == (Intent.NOTE, "buy oat milk")


def test_one_word_is_enough() -> None:
    assert understand_next("Milk", [Line("companion", ASK_NOTE)]).intent is Intent.NOTE


def test_what_follows_the_question_for_a_memory_is_remembered() -> None:
    understood = understand_next("I like tea. Bye.", [Line("companion", ASK_MEMORY)])
    assert (understood.intent, understood.content) == (Intent.REMEMBER, "I like tea")
    assert understood.ends_exchange


def test_whoever_changes_their_mind_is_not_noted_down() -> None:
    asked = [Line("companion", ASK_NOTE)]
    assert understand_next("Never mind.", asked).intent is Intent.SMALL_TALK
    assert understand_next("What time is it?", asked).intent is Intent.TIME
    assert understand_next("Goodbye", asked).intent is Intent.GOODBYE


def test_only_the_last_words_count() -> None:
    history = [Line("companion", ASK_NOTE), Line("person", "hm"), Line("companion", "All right.")]
    assert understand_next("I like tea.", history).intent is Intent.STATEMENT
