"""What changed may be told in a roundabout way; what is asked or supposed changes nothing."""

import pytest

from backend.kernel.clock import SECOND, Instant
from backend.memory.facts import read_facts

SAID_AT = Instant(1_795_233_600 * SECOND)

RETOLD = [
    ("My favourite colour is no longer blue, it's green now.", ("favourite colour", "green")),
    ("My favourite colour isn't blue any more, it's green.", ("favourite colour", "green")),
    ("They raised my ibuprofen from 200 mg to 400 mg.", ("takes", "400 mg of ibuprofen")),
    ("I've got a new number, it's 0170 8765432.", ("phone number", "01708765432")),
    ("My new number is 0170 8765432.", ("phone number", "01708765432")),
]
NOTHING = [
    "Has my doctor lowered my sertraline to 25 mg?",
    "If they lowered my sertraline to 25 mg, I would sleep.",
    "Do I have a new phone number: 0170 8765432?",
    "I don't drink coffee after four.",
    "I don't eat meat on Fridays.",
    "I don't drink wine with dinner.",
]


@pytest.mark.parametrize(("text", "fact"), RETOLD)
def test_what_changed_is_read_with_the_words_that_say_so(text: str, fact: tuple[str, str]) -> None:
    (read,) = read_facts(text, speaker="", said_at=SAID_AT, zone="UTC")
    assert (read.predicate, read.object, read.quote) == (*fact, text.rstrip("."))


@pytest.mark.parametrize("text", NOTHING)
def test_nothing_is_read_from_what_is_not_so(text: str) -> None:
    assert not read_facts(text, speaker="", said_at=SAID_AT, zone="UTC")
