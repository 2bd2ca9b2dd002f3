"""Who speaks on a line, read from what they say: labelled sentences on the line of Dana Keller."""

import pytest

from backend.conversation.reasoning.at_the_line import at_the_line

DANA = frozenset({"dana keller", "dany"})

GUESTS = {
    "This is Eli, I live in Madrid.": ("Eli", "I live in Madrid."),
    "This is Eli.": ("Eli", ""),
    "This is Eli": ("Eli", ""),
    "this is eli, i live in madrid": ("Eli", "I live in madrid"),
    "Hi, it's Eli on Dana's phone. I'm allergic to shrimps.": ("Eli", "I'm allergic to shrimps."),
    "It\u2019s Eli on Dana\u2019s phone.": ("Eli", ""),
    "Eli on Dana's phone. What time is it?": ("Eli", "What time is it?"),
    "I'm not Dana, I'm her son Max. I am ten years old.": ("Max", "I am ten years old."),
    "I'm not Dana. I'm Max.": ("Max", ""),
    "No, this is not Dana, this is Eli.": ("Eli", ""),
    "I'm not Dana.": ("", ""),
    "Eli here, I like tea.": ("Eli", "I like tea."),
    "Eli here.": ("Eli", ""),
    "Hello, Eli speaking.": ("Eli", ""),
    "Hello, this is Max speaking, I have a dog.": ("Max", "I have a dog."),
    "Hi, this is Anna.": ("Anna", ""),
    "Hey Ringback, it's Anna.": ("Anna", ""),
    "I'm Eli, Dana's husband. I work at Bosch.": ("Eli", "I work at Bosch."),
    "This is Max, her son. I go to school in Ulm.": ("Max", "I go to school in Ulm."),
    "I'm Dana's son Max and I like trains.": ("Max", "I like trains."),
    "You're talking to Eli now.": ("Eli", ""),
    "I'm Eli.": ("Eli", ""),
    "This is Xanthe, I live in Madrid.": ("Xanthe", "I live in Madrid."),
    "Sorry, this is Anna. Can you remember that I like figs?": (
        "Anna",
        "Can you remember that I like figs?",
    ),
}
NOBODY_NEW = (
    "This is great.",
    "This is Anna's number.",
    "It's Friday.",
    "I'm hungry.",
    "I'm hungry, I could eat a horse.",
    "This is my sister Anna.",
    "This is Anna, my sister.",
    "This is Anna, my best friend.",
    "This is London.",
    "It's Paris.",
    "No, it's Chicago.",
    "It's Anna.",
    "It's Eli, I think.",
    "This is Eli, I told you about him.",
    "I'm not sure.",
    "I'm not Catholic.",
    "I'm not hungry, I'm tired.",
    "I'm not Eli's mother.",
    "I'm German, I live in Ulm.",
    "I'm Martin's neighbour.",
    "I'm Anna's sister.",
    "My name is Sam.",
    "My sister Anna is here.",
    "Anna here is the best cook.",
    "Anna is back from Rome.",
    "Sunny here, and how is it in Rome?",
    "Generally speaking, I like tea.",
    "This is Spotify.",
    "This is Monday's list.",
    "Call Eli.",
    "Eli lives in Madrid.",
    "Eli says hello.",
    "It's me.",
    "Nothing here.",
    "Here is my number.",
    "This is where I live.",
    "I am ten years old.",
    "It's Easter, I have a day off.",
    "Remember this: Eli likes tea.",
    "My phone is on the table.",
)
BACK = (
    "Dana again.",
    "dana again",
    "It's me again.",
    "me again",
    "This is Dana.",
    "This is Dana again, I have a question.",
    "I'm Dana.",
    "Dana here.",
    "Dana is back.",
    "Hi, it's Dany.",
    "It's Dana Keller.",
)


@pytest.mark.parametrize(("said", "read"), GUESTS.items())
def test_who_says_that_they_speak_now_is_a_guest(said: str, read: tuple[str, str]) -> None:
    found = at_the_line(said)
    assert found is not None
    assert found.is_guest(DANA)
    assert (found.name, found.rest) == read


@pytest.mark.parametrize("said", NOBODY_NEW)
def test_other_words_leave_the_line_with_whose_it_is(said: str) -> None:
    found = at_the_line(said)
    assert found is None or not (found.is_guest(DANA) or found.is_host(DANA) or found.is_again)


@pytest.mark.parametrize("said", BACK)
def test_whose_line_it_is_is_no_guest_there(said: str) -> None:
    found = at_the_line(said)
    assert found is not None
    assert not found.is_guest(DANA)
    assert found.is_again or found.is_host(DANA)


def test_who_has_never_said_a_name_introduces_themselves() -> None:
    found = at_the_line("This is Eli, I live in Madrid.")
    assert found is not None
    assert not found.is_guest(frozenset())


def test_a_name_that_is_no_first_name_is_one_when_it_was_spoken_of() -> None:
    found = at_the_line("This is Xanthe.")
    assert found is not None
    assert not found.is_guest(DANA)
    assert found.is_guest(DANA, is_known=True)
