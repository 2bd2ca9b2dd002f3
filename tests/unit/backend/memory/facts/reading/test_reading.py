"""Facts are read from any text, at a cost that its length bounds."""

import sys
from collections.abc import Callable
from datetime import UTC, datetime
from types import FrameType
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from backend.kernel.clock import SECOND, Instant
from backend.memory.facts import ReadFact, read_correction, read_facts, scrubbed
from backend.memory.facts.language.words import TEXT_CHARACTERS_MAX

NOW = Instant(round(datetime(2026, 11, 21, 10, tzinfo=UTC).timestamp() * SECOND))
PIECES = (
    "I live in Lisbon ", "my sister Anna ", "and ", "since May ", "I'm allergic to nuts, ", "her ",
    "three years ago ", "a ", "My name is ", "the 14th of ", "May ", "double four ", "@a.b", "I ",
    "never call me ", "four one one one ", "my password is ", "eyJ", "sk-", "'s ", "-", ".", "?",
    "until 2019 ", "from 2015 to ", "for three ",
    "favourite ", "call me ", "on Friday ", "twenty ", "that ", "not ", "used to ", "\u2019", "\n",
)  # fmt: skip
STEPS_PER_CHARACTER_MAX = 80  # lines of Python: 4,000 characters are 20 ms at the very worst


def read(text: str, *, speaker: str = "Martin", zone: str = "Europe/Berlin") -> list[ReadFact]:
    return list(read_facts(text, speaker=speaker, said_at=NOW, zone=zone))


def steps_of(call: Callable[[str], object], text: str) -> int:
    """Count the lines of Python that a call takes: the same on every machine, under any load."""
    count = 0

    def trace(frame: FrameType, event: str, argument: Any) -> Any:  # as sys.settrace has it
        nonlocal count
        count += event == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        call(text)
    finally:
        sys.settrace(before)
    return count


@given(st.text(max_size=TEXT_CHARACTERS_MAX))
@settings(max_examples=60, deadline=None)
def test_any_text_of_any_script_is_read(text: str) -> None:
    assert all(fact.quote in text for fact in read(text))


@given(st.lists(st.sampled_from(PIECES), max_size=200).map("".join))
@settings(max_examples=100, deadline=None)
def test_every_quote_stands_in_the_text(text: str) -> None:
    facts = read(text)
    assert all(fact.quote and fact.quote in text for fact in facts)
    assert all(fact.object and fact.statement.endswith(".") for fact in facts)


@given(st.lists(st.sampled_from(PIECES), min_size=1, max_size=4).map("".join))
@settings(max_examples=25, deadline=None)
@example("I live in Lisbon sk-\n")  # every few letters begin a clause
def test_a_text_costs_what_it_is_long_whatever_is_repeated_in_it(piece: str) -> None:
    text = (piece * (TEXT_CHARACTERS_MAX // len(piece) + 1))[:TEXT_CHARACTERS_MAX]
    assert steps_of(read, text) <= STEPS_PER_CHARACTER_MAX * len(text)


@pytest.mark.parametrize("piece", PIECES)
def test_secrets_cost_what_the_text_is_long(piece: str) -> None:
    text = (piece * (TEXT_CHARACTERS_MAX // len(piece) + 1))[:TEXT_CHARACTERS_MAX]
    assert steps_of(scrubbed, text) <= STEPS_PER_CHARACTER_MAX * len(text)


def test_what_lies_beyond_four_thousand_characters_is_not_read() -> None:
    assert read("blah " * 800 + "I live in Lisbon.") == []


def test_what_the_speaker_is_told_by_name_is_told_of_themselves() -> None:
    [fact] = read("Martin lives in Lisbon.")
    assert (fact.subject, fact.statement) == ("", "They live in Lisbon.")


def test_since_may_is_the_first_of_may_by_the_clock_of_who_spoke() -> None:
    [berlin] = read("I'm vegetarian since May.")
    [tokyo] = read("I'm vegetarian since May.", zone="Asia/Tokyo")
    assert berlin.valid_from == round(datetime(2026, 4, 30, 22, tzinfo=UTC).timestamp() * SECOND)
    assert tokyo.valid_from == round(datetime(2026, 4, 30, 15, tzinfo=UTC).timestamp() * SECOND)


@pytest.mark.parametrize("zone", ["", "Nowhere/Nothing", "../etc/passwd", "\0"])
def test_a_zone_that_nobody_knows_is_utc(zone: str) -> None:
    [fact] = read("I'm vegetarian since May.", zone=zone)
    assert fact.valid_from == round(datetime(2026, 5, 1, tzinfo=UTC).timestamp() * SECOND)


@pytest.mark.parametrize("said_at", [-(10**18), 0, 10**18, 10**30])
def test_an_impossible_moment_harms_nothing(said_at: int) -> None:
    facts = read_facts("I moved to Porto last year.", speaker="", said_at=Instant(said_at), zone="")
    assert [fact.object for fact in facts] == ["Porto"]


def test_two_of_one_name_are_told_apart_by_who_they_are() -> None:
    facts = read("My sister Anna lives in Lisbon. Anna from work lives in Porto.")
    living = {fact.object: fact.qualifier for fact in facts if fact.predicate == "lives in"}
    assert living == {"Lisbon": "sister", "Porto": "from work"}


def test_she_is_the_only_woman_that_was_named() -> None:
    facts = read("My sister Anna lives in Lisbon. She works as a vet.")
    assert [(fact.subject, fact.object) for fact in facts][1:] == [
        ("Anna", "Lisbon"),
        ("Anna", "a vet"),
    ]


def test_she_is_nobody_when_two_women_were_named() -> None:
    facts = read("My sister Anna lives in Lisbon. My wife Clara lives here. She works as a vet.")
    assert all(fact.object != "a vet" for fact in facts)


def test_never_forget_pins_what_has_no_pin_by_nature() -> None:
    [fact] = read("Never forget that I drive a Volvo.")
    assert fact.is_pinned


def test_what_used_to_be_is_told_in_the_past() -> None:
    [fact] = read("I used to live in Berlin.")
    assert (fact.is_ended, fact.statement) == (True, "They used to live in Berlin.")


def test_nothing_is_put_right_where_nothing_was_told() -> None:
    assert read_correction("no, it's Lisbon", []) is None
