"""Which facts answer a question, and which only lie near it."""

import pytest

from backend.conversation.reasoning.knowing import ambiguous, answering, asked, chosen
from backend.kernel.clock import DAY, SECOND, Instant
from backend.kernel.people import Assurance
from backend.memory.facts import FactView, SaidBy, SourceView
from backend.memory.facts.predicates import told

NOW = Instant(1_795_233_600 * SECOND)


def fact(predicate: str, value: str, subject: str = "", qualifier: str = "") -> FactView:
    statement = told(subject, predicate, value)
    said_at = Instant(NOW - DAY)
    source = SourceView("m", statement, "Sam", "phone", Assurance.VERIFIED, said_at)
    return FactView(
        id=f"{subject}{qualifier}{predicate}{value}",
        subject=subject,
        predicate=predicate,
        object=value,
        statement=statement,
        confidence=0.9,
        said_by=SaidBy.OWNER,
        assurance=Assurance.VERIFIED,
        is_pinned=False,
        valid_from=said_at,
        valid_to=None,
        learnt_at=said_at,
        sources=(source,),
        qualifier=qualifier,
    )


HELD = (
    fact("lives in", "Porto"),
    fact("diet", "vegetarian"),
    fact("has", "two cats"),
    fact("works at", "Acme"),
    fact("sister", "Anna"),
    fact("birthday", "the fourth of May", "Anna", "sister"),
    fact("lives in", "Braga", "Anna", "sister"),
)
TWO = (
    fact("lives in", "Braga", "Anna", "sister"),
    fact("lives in", "Madrid", "Anna", "from work"),
)


@pytest.mark.parametrize(
    ("question", "values"),
    [
        ("Where do I live?", ["Porto"]),
        ("where do i live", ["Porto"]),
        ("Where does Anna live?", ["Braga"]),
        ("where does my sister live?", ["Braga"]),
        ("When is Anna's birthday?", ["the fourth of May"]),
        ("What is my sister's name?", ["Anna"]),
        ("Who is Anna?", ["Anna"]),
        ("Am I vegetarian?", ["vegetarian"]),
        ("How many cats do I have?", ["two cats"]),
        ("Do I live in Lisbon?", ["Porto"]),
        ("When do I have my dentist appointment?", []),
        ("When is my birthday?", []),
        ("What did I eat yesterday?", []),
        ("Where does Martin live?", []),
        ("How many dogs do I have?", []),
        ("Where does Anna work?", []),
    ],
)
def test_only_what_answers_is_an_answer(question: str, values: list[str]) -> None:
    assert [each.object for each in answering(asked(question), HELD)] == values


def test_she_is_who_was_just_spoken_of() -> None:
    wanted = asked("Where does she live?", [HELD[5]])
    assert [each.object for each in answering(wanted, HELD)] == ["Braga"]


@pytest.mark.parametrize(
    ("question", "count"),
    [("Where does Anna live?", 2), ("Where does my sister Anna live?", 0)],
)
def test_who_shares_a_name_must_be_told_apart(question: str, count: int) -> None:
    wanted = asked(question)
    assert len(ambiguous(answering(wanted, TWO), wanted)) == count


@pytest.mark.parametrize(
    ("heard", "values"),
    [
        ("My sister.", ["Braga"]),
        ("The one from work", ["Madrid"]),
        ("the second", ["Madrid"]),
        ("Neither of them.", []),
    ],
)
def test_whoever_is_picked_is_meant(heard: str, values: list[str]) -> None:
    assert [each.object for each in chosen(heard, TWO)] == values


@pytest.mark.parametrize(
    "question",
    ["What did I eat before?", "Where did I use to live before?", "What was my former job?"],
)
def test_how_it_was_is_asked_by_its_words(question: str) -> None:
    assert asked(question).is_before


def test_once_more_is_not_before() -> None:
    assert not asked("Tell me once more where I live").is_before


RELATED = (
    fact("wife", "Rosalinde"),
    fact("dentist", "Miller"),
    fact("brother", "Tom"),
    fact("sister", "Anna"),
    fact("husband", "Karl", "Anna", "sister"),
    fact("daughter", "Lea", "Anna", "sister"),
)


@pytest.mark.parametrize(
    ("question", "values"),
    [
        ("Who is my wife?", ["Rosalinde"]),
        ("Who's my dentist?", ["Miller"]),
        ("Who is my brother?", ["Tom"]),
        ("Who is Rosalinde?", ["Rosalinde"]),
        ("Who is my sister Anna?", ["Anna"]),
        ("Who is my sister's husband?", ["Karl"]),
        ("Who is my wife's brother?", []),
        ("What is my wife's brother called?", []),
        ("Who is my uncle?", []),
    ],
)
def test_who_a_relative_is_is_answered_by_their_name(question: str, values: list[str]) -> None:
    assert [each.object for each in answering(asked(question), RELATED)] == values


@pytest.mark.parametrize(
    ("born", "values"),
    [("the 2nd of May 1975", ["the 2nd of May 1975"]), ("the 2nd of May", [])],
)
def test_an_age_is_told_by_a_birthday_that_has_a_year(born: str, values: list[str]) -> None:
    held = (fact("birthday", born), fact("age", "70 years old", "mother", "mother"))
    assert [each.object for each in answering(asked("How old am I?"), held)] == values
