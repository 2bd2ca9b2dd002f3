"""What ends something is read as what it ends, and only there."""

import pytest

from backend.kernel.clock import Instant
from backend.kernel.people import Assurance
from backend.memory.facts.reading.denials import read_denials
from backend.memory.facts.reading.endings import read_endings
from backend.memory.facts.reading.reading import read_facts
from backend.memory.facts.types import FactView, SaidBy

SAID_AT = Instant(1_795_233_600_000_000)


def ended(text: str) -> list[tuple[str, str]]:
    found = read_endings(text, said_at=SAID_AT, zone="UTC")
    return [(name, value) for each in found for name in each.predicates for value in each.objects]


@pytest.mark.parametrize(
    ("text", "over"),
    [
        ("I eat meat again.", ("diet", "vegetarian")),
        ("I eat cheese now.", ("diet", "vegan")),
        ("I am vegetarian.", ("eats", "meat")),
        ("I can eat shrimps again.", ("allergic to", "shrimps")),
        ("I can drink milk again.", ("does not drink", "milk")),
        ("I'm no longer allergic to nuts.", ("allergic to", "nuts")),
        ("I'm not allergic to nuts any more.", ("allergic to", "nuts")),
        ("Don't call me Captain any more.", ("called", "captain")),
        ("Please stop calling me Captain again.", ("called", "captain")),
        ("I broke up with Ludmilla.", ("girlfriend", "ludmilla")),
        ("I don't work from home any more.", ("habit", "work from home")),
        ("I no longer go swimming.", ("habit", "go swimming")),
        ("We divorced last week.", ("marital status", "married")),
        ("My wife and I split up.", ("marital status", "married")),
        ("I stopped going to the gym.", ("habit", "go to the gym")),
        ("I quit swimming.", ("habit", "swim")),
        ("I don't eat oysters any more.", ("eats", "oysters")),
    ],
)
def test_an_ending_says_what_is_over(text: str, over: tuple[str, str]) -> None:
    assert over in ended(text)


@pytest.mark.parametrize(
    ("text", "kin"),
    [
        ("My wife and I split up.", "wife"),
        ("I broke up with my girlfriend.", "girlfriend"),
        ("We divorced last week.", "husband"),
    ],
)
def test_whoever_was_left_needs_no_name(text: str, kin: str) -> None:
    found = read_endings(text, said_at=SAID_AT, zone="UTC")
    assert any(kin in each.predicates and not each.objects for each in found)


@pytest.mark.parametrize(
    "text",
    [
        "Can I eat shrimps again?",
        "If I eat meat again, tell me.",
        "I might eat meat again.",
        "I eat fish sometimes.",
        "I eat apples again.",
        "Don't call me any more.",
        "We split the bill.",
        "My brother and I split up.",
        "We split up at the station and met later.",
        "I don't like tea.",
        "I broke up with laughter at that joke.",
    ],
)
def test_what_ends_nothing_is_no_ending(text: str) -> None:
    found = ended(text)
    assert [each for each in found if each[0] in {"diet", "called", "marital status"}] == []


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("I started smoking again.", ("smoking", "a smoker")),
        ("I smoke again.", ("smoking", "a smoker")),
        ("We divorced last week.", ("marital status", "divorced")),
        ("I started eating meat again.", ("eats", "meat")),
    ],
)
def test_what_began_again_is_told(text: str, told: tuple[str, str]) -> None:
    read = read_facts(text, speaker="", said_at=SAID_AT, zone="UTC")
    assert told in [(each.predicate, each.object) for each in read if not each.is_ended]


@pytest.mark.parametrize(
    ("text", "is_ended"),
    [
        ("I was joking, I do not live in Madrid.", False),
        ("I never lived in Madrid.", True),
        ("I have never lived in Madrid.", True),
    ],
)
def test_a_denial_reaches_what_is_over_when_it_never_was(text: str, *, is_ended: bool) -> None:
    [denied] = read_denials(text, said_at=SAID_AT, zone="UTC")
    assert (denied.predicate, denied.object, denied.is_ended) == ("lives in", "Madrid", is_ended)


def _held(predicate: str, value: str) -> FactView:
    return FactView(
        id="1",
        subject="",
        predicate=predicate,
        object=value,
        statement="",
        confidence=0.9,
        said_by=SaidBy.OWNER,
        assurance=Assurance.HELD,
        is_pinned=False,
        valid_from=SAID_AT,
        valid_to=None,
        learnt_at=SAID_AT,
    )


@pytest.mark.parametrize(
    ("text", "predicate", "value", "is_over"),
    [
        ("I can eat shrimps again.", "allergic to", "shrimp", True),
        ("I don't eat oysters any more.", "eats", "oyster", True),
        ("I don't like strawberries any more.", "likes", "strawberry", True),
        ("I stopped going swimming.", "habit", "go swimming every Tuesday", True),
        ("I can eat nuts again.", "allergic to", "walnuts", False),
        ("I don't like the news any more.", "likes", "new shoes", False),
        ("I don't like bus any more.", "likes", "bu", False),
    ],
)
def test_an_ending_reaches_the_same_thing_in_another_number_and_nothing_else(
    text: str, predicate: str, value: str, *, is_over: bool
) -> None:
    found = read_endings(text, said_at=SAID_AT, zone="UTC")
    assert any(each.is_of(_held(predicate, value)) for each in found) is is_over
