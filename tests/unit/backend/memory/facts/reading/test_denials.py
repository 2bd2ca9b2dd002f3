"""What is denied in so many words is read as what it denies."""

import pytest

from backend.kernel.clock import Instant
from backend.memory.facts.reading.denials import ANYTHING, read_denials
from backend.memory.facts.types import ONESELF

SAID_AT = Instant(1_700_000_000_000_000)


@pytest.mark.parametrize(
    ("said", "denied"),
    [
        ("I'm not allergic to peanuts.", (ONESELF, "allergic to", "peanuts")),
        ("I don't have a wife.", (ONESELF, "wife", ANYTHING)),
        ("I have no wife", (ONESELF, "wife", ANYTHING)),
        ("I haven't got any sisters.", (ONESELF, "sister", ANYTHING)),
        ("Anna doesn't live in Porto.", ("Anna", "lives in", "Porto")),
        ("My name is not Sam.", (ONESELF, "name", "Sam")),
        ("Anna isn't allergic to nuts.", ("Anna", "allergic to", "nuts")),
    ],
)
def test_a_denial_says_what_is_not_so(said: str, denied: tuple[str, str, str]) -> None:
    read = read_denials(said, said_at=SAID_AT, zone="UTC")
    assert denied in [(each.subject, each.predicate, each.object) for each in read]


@pytest.mark.parametrize(
    "said",
    [
        "I have a wife.",
        "I'm allergic to peanuts.",
        "I don't live in Porto any more.",
        "Don't I live in Porto?",
        "I don't know.",
        "No, thanks.",
        "If I'm not allergic to nuts, I may eat them.",
        "I don't only live in Porto.",
        "I am vegetarian but I am not strict.",
        "I live in Porto and I am not well.",
    ],
)
def test_what_denies_nothing_is_no_denial(said: str) -> None:
    assert read_denials(said, said_at=SAID_AT, zone="UTC") == ()
