"""What is over is read with the days between which it was so, as far as they are told."""

from datetime import UTC, date, datetime

import pytest

from backend.kernel.clock import SECOND, Instant
from backend.memory.facts import read_facts

NOW = Instant(round(datetime(2026, 11, 21, 10, tzinfo=UTC).timestamp() * SECOND))


def day(instant: Instant | None) -> date | None:
    return None if instant is None else datetime.fromtimestamp(instant / SECOND, UTC).date()


@pytest.mark.parametrize(
    ("text", "value", "since", "until"),
    [
        ("I lived in Lisbon until 2019.", "Lisbon", None, date(2019, 1, 1)),
        ("Until 2019 I lived in Lisbon.", "Lisbon", None, date(2019, 1, 1)),
        ("I lived in Lisbon from 2015 to 2019.", "Lisbon", date(2015, 1, 1), date(2019, 1, 1)),
        ("Between 2015 and 2019 I lived in Rome.", "Rome", date(2015, 1, 1), date(2019, 1, 1)),
        ("From May 2015 till May 2016 I lived in Rome", "Rome", date(2015, 5, 1), date(2016, 5, 1)),
        ("I lived in Rome for 3 years until 2019", "Rome", date(2016, 1, 1), date(2019, 1, 1)),
        ("I lived in Lisbon until the end of 2019.", "Lisbon", None, date(2020, 1, 1)),
        ("I lived in Lisbon until two years ago.", "Lisbon", None, date(2024, 11, 21)),
        ("I lived in Lisbon for three years.", "Lisbon", None, None),
        ("I used to live in Lisbon.", "Lisbon", None, None),
        ("I worked at Bosch until March.", "Bosch", None, date(2026, 3, 1)),
        ("I was a nurse from 1998 to 2010.", "a nurse", date(1998, 1, 1), date(2010, 1, 1)),
        ("I was vegetarian until last year.", "vegetarian", None, date(2025, 1, 1)),
        ("I was living in Oslo until May.", "Oslo", None, date(2026, 5, 1)),
        ("I used to be a smoker.", "a smoker", None, None),
    ],
)  # fmt: skip
def test_when_something_was_so(
    text: str, value: str, since: date | None, until: date | None
) -> None:
    (fact,) = read_facts(text, speaker="Martin", said_at=NOW, zone="UTC")
    assert (fact.object, fact.is_ended) == (value, True)
    assert (day(fact.valid_from), day(fact.valid_to)) == (since, until)


@pytest.mark.parametrize(
    "text",
    [
        "I was a nurse.",
        "I was tired until noon.",
        "I was at home from nine to five.",
        "I lived in fear until 2019.",
        "I was not a nurse until 2010.",
        "I was from the start a bit tired.",
    ],
)
def test_what_was_so_for_a_moment_is_no_fact(text: str) -> None:
    assert read_facts(text, speaker="Martin", said_at=NOW, zone="UTC") == ()


@pytest.mark.parametrize(
    ("text", "value", "until"),
    [
        ("I live in Madrid until March.", "Madrid", date(2027, 3, 1)),
        ("Until March I live in Madrid.", "Madrid", date(2027, 3, 1)),
        ("I'm living in Madrid until next Friday", "Madrid", date(2026, 11, 28)),
        ("I work at Bosch until the end of the year.", "Bosch", date(2027, 1, 1)),
        ("I don't drink alcohol until February.", "alcohol", date(2027, 2, 1)),
        ("I take ibuprofen until Friday.", "ibuprofen", date(2026, 11, 28)),
        ("I live in Madrid until I find a job.", "Madrid", None),
        ("I've lived in Madrid until March.", "Madrid", None),
        (
            "I am staying in Porto until next Friday.",
            "staying in Porto until Friday 27 November 2026",
            date(2026, 11, 28),
        ),
    ],
)
def test_what_is_so_now_knows_until_when_it_will_be(
    text: str, value: str, until: date | None
) -> None:
    (fact,) = read_facts(text, speaker="Martin", said_at=NOW, zone="UTC")
    assert (fact.object, fact.is_ended, day(fact.valid_to)) == (value, False, until)
