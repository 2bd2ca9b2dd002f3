"""A question about the past names its time, or asks of today."""

from datetime import UTC, datetime

import pytest

from backend.conversation.reasoning.moments import moment_asked
from backend.kernel.clock import SECOND, Instant

NOW = Instant(round(datetime(2026, 11, 21, 10, tzinfo=UTC).timestamp() * SECOND))


def asked(question: str) -> tuple[str, str] | None:
    found = moment_asked(question, now=NOW, zone="UTC")
    if found is None:
        return None
    ends = (found.during.since, found.during.until)
    since, until = (str(datetime.fromtimestamp(each / SECOND, UTC).date()) for each in ends)
    return since, until


@pytest.mark.parametrize(
    ("question", "during"),
    [
        ("Where did I live in 2017?", ("2017-01-01", "2018-01-01")),
        ("where was i living in two thousand and seven", ("2007-01-01", "2008-01-01")),
        ("Where did Anna work in May 2015?", ("2015-05-01", "2015-06-01")),
        ("Where did I work three years ago?", ("2023-11-21", "2023-11-22")),
        ("What was my diet last year?", ("2025-01-01", "2026-01-01")),
        ("What did I drive last month?", ("2026-10-01", "2026-11-01")),
        ("Where did I live on the 3rd of May 2015?", ("2015-05-03", "2015-05-04")),
    ],
)
def test_the_time_that_is_asked_for(question: str, during: tuple[str, str]) -> None:
    assert asked(question) == during


@pytest.mark.parametrize(
    "question",
    [
        "Where do I live?",
        "When did I move to Porto in 2019?",
        "What do I do in May?",
        "Where did I live before?",
        "Did I have two cats?",
        "Was I at 12 Main Street?",
    ],
)
def test_what_is_asked_of_no_time(question: str) -> None:
    assert asked(question) is None
