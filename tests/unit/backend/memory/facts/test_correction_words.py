"""People put right what they hear in many ways, and say no to much that is no fact."""

import pytest

from backend.memory.facts import CorrectionKind, FactView, read_correction
from tests.fakes.facts import fact

DENIED, CORRECTED = CorrectionKind.DENIED, CorrectionKind.CORRECTED
CHANGED, ENDED = CorrectionKind.CHANGED, CorrectionKind.ENDED

HOME = fact("", "lives in", "Lisbon")
HERS = fact("Anna", "lives in", "Lisbon")
DAY = fact("Anna", "birthday", "4 May")
WORK = fact("", "works at", "Acme")
DIET = fact("", "diet", "vegetarian")
COLOUR = fact("", "favourite colour", "green")
SISTER = fact("", "sister", "Anna")

READ = [
    ("No, it's the fifth of May.", DAY, CORRECTED, "5 May"),
    ("No, the fifth of May.", DAY, CORRECTED, "5 May"),
    ("No, May 5th.", DAY, CORRECTED, "5 May"),
    ("Actually, it's the fifth.", DAY, CORRECTED, "5 May"),
    ("It's on the fifth of May, not the fourth.", DAY, CORRECTED, "5 May"),
    ("That's wrong, it's on the fifth of May.", DAY, CORRECTED, "5 May"),
    ("Her birthday is on the fifth of May.", DAY, CORRECTED, "5 May"),
    ("That's wrong, it's Porto.", HOME, CORRECTED, "Porto"),
    ("That's not right, it's Porto.", HOME, CORRECTED, "Porto"),
    ("Wrong. It's Porto.", HOME, CORRECTED, "Porto"),
    ("No no, Porto!", HOME, CORRECTED, "Porto"),
    ("Porto, not Lisbon.", HOME, CORRECTED, "Porto"),
    ("Not Lisbon, Porto.", HOME, CORRECTED, "Porto"),
    ("Sorry, I meant Porto.", HOME, CORRECTED, "Porto"),
    ("Please correct that: Porto.", HOME, CORRECTED, "Porto"),
    ("Change that to Porto.", HOME, CORRECTED, "Porto"),
    ("No, that's not correct, I live in Porto.", HOME, CORRECTED, "Porto"),
    ("No, she lives in Porto.", HERS, CORRECTED, "Porto"),
    ("It's Initech, actually.", WORK, CORRECTED, "Initech"),
    ("My favourite colour is not green, it's blue.", COLOUR, CORRECTED, "blue"),
    ("You mean blue.", COLOUR, CORRECTED, "blue"),
    ("I'm vegan, not vegetarian.", DIET, CORRECTED, "vegan"),
    ("Her name is Hanna, not Anna.", SISTER, CORRECTED, "Hanna"),
    ("No, I moved to Porto.", HOME, CHANGED, "Porto"),
    ("Not any more, now it's Initech.", WORK, CHANGED, "Initech"),
    ("It was Acme, now it's Initech.", WORK, CHANGED, "Initech"),
    ("It used to be Lisbon, but now it's Porto.", HOME, CHANGED, "Porto"),
    ("That's not true any more.", HOME, ENDED, ""),
    ("That's not true anymore.", HOME, ENDED, ""),
    ("That isn't true any longer.", HOME, ENDED, ""),
    ("That's no longer true.", HOME, ENDED, ""),
    ("That's no longer the case.", HOME, ENDED, ""),
    ("No, that's outdated.", HOME, ENDED, ""),
    ("That's old news.", HOME, ENDED, ""),
    ("That has changed.", HOME, ENDED, ""),
    ("Not anymore.", WORK, ENDED, ""),
    ("I don't work there any more.", WORK, ENDED, ""),
    ("I quit.", WORK, ENDED, ""),
    ("I left Acme.", WORK, ENDED, ""),
    ("I was joking.", HOME, DENIED, ""),
    ("I was only joking.", HOME, DENIED, ""),
    ("Just kidding.", HOME, DENIED, ""),
    ("I was kidding about that.", HOME, DENIED, ""),
    ("That was a joke.", HOME, DENIED, ""),
    ("I made that up.", HOME, DENIED, ""),
    ("I lied.", HOME, DENIED, ""),
    ("You're mistaken.", HOME, DENIED, ""),
    ("You are wrong about that.", HOME, DENIED, ""),
    ("You've got that wrong.", HOME, DENIED, ""),
    ("I don't think that's right.", HOME, DENIED, ""),
    ("That can't be right.", HOME, DENIED, ""),
    ("I never said that.", HOME, DENIED, ""),
    ("I'm not vegetarian.", DIET, DENIED, ""),
    ("My favourite colour isn't green.", COLOUR, DENIED, ""),
]


@pytest.mark.parametrize(("text", "told", "kind", "value"), READ)
def test_what_was_told_is_put_right(
    text: str, told: FactView, kind: CorrectionKind, value: str
) -> None:
    found = read_correction(text, [told])
    assert found is not None
    assert (found.kind, found.value) == (kind, value)


@pytest.mark.parametrize(
    "text",
    [
        "No, thanks.",
        "No thank you.",
        "That's not what I asked.",
        "That's not what I meant.",
        "No, I asked about Anna.",
        "No, that's fine.",
        "No, that's right.",
        "That's right.",
        "Actually, never mind.",
        "Actually, what time is it?",
        "Actually, can you repeat that?",
        "Actually, remind me tomorrow.",
        "No, tell me the weather.",
        "No, call Anna.",
        "No, I'm tired.",
        "No, I'm good.",
        "No, it's late.",
        "It's raining now.",
        "It's nice here.",
        "Not bad.",
        "Not now.",
        "No, later.",
        "No, really?",
        "No way!",
        "No idea.",
        "No worries.",
        "No, stop.",
        "No, go on.",
        "No, not really.",
        "No, that's all.",
        "No, that's it.",
        "No, nothing else.",
        "No, the second one.",
        "Wrong number.",
        "That's not funny.",
        "That's not all.",
        "That's not necessary.",
        "That is not your business.",
        "That's too bad.",
        "That was quick.",
        "He was joking.",
        "I was joking with Anna yesterday.",
        "I was wrong about the weather.",
        "I left Anna a note.",
        "I quit smoking.",
        "I moved the sofa.",
        "I'm not sure.",
        "I'm not hungry.",
        "I don't know.",
        "It's not important.",
        "Nothing has changed.",
    ],
)
@pytest.mark.parametrize("told", [HOME, DAY, WORK, COLOUR])
def test_a_no_to_something_else_changes_nothing(text: str, told: FactView) -> None:
    assert read_correction(text, [told]) is None
