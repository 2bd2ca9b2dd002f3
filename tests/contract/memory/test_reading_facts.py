"""What every reader of facts must reach on utterances that were labelled by hand."""

import pytest

from backend.memory.facts import ReadFact, read_facts
from tests.contract.memory.facts.labels import (
    SAID_AT,
    SPEAKER,
    ZONE,
    Score,
    Utterance,
    score,
    utterances,
)

PRECISION_MIN = 0.95
PARTS = ("dev", "heldout", "spoken", "fresh")


def by_rules(text: str) -> tuple[ReadFact, ...]:
    return read_facts(text, speaker=SPEAKER, said_at=SAID_AT, zone=ZONE)


def everything() -> list[Utterance]:
    return [utterance for part in PARTS for utterance in utterances(part)]


def test_the_set_is_large_enough_to_say_something() -> None:
    told = [utterance for utterance in everything() if utterance.has_facts]
    assert len(told) >= 120
    assert len(everything()) - len(told) >= 180


@pytest.mark.covers("ME-26", "KG-02")
@pytest.mark.parametrize("part", PARTS)
def test_what_is_read_is_what_was_told(part: str) -> None:
    found = score(utterances(part), by_rules)
    print(part, f"precision {found.precision:.3f}, recall {found.recall:.3f}")  # noqa: T201
    assert found.precision >= PRECISION_MIN, "\n".join(found.wrong)


@pytest.mark.parametrize("part", PARTS)
def test_nothing_is_read_where_nothing_was_told(part: str) -> None:
    silent = [utterance for utterance in utterances(part) if not utterance.labels]
    found: Score = score(silent, by_rules)
    assert found.wrong == []


def test_it_makes_no_difference_how_the_telephone_writes_it() -> None:
    """In lower case, without marks and with fillers, names are found all the same, most times."""
    told = [one for one in utterances("dev") if one.has_facts and "@" not in one.text]
    heard = [Utterance(f"um so {one.text.lower().strip('.')}", one.labels) for one in told]
    found = score(heard, by_rules)
    assert found.precision >= PRECISION_MIN, "\n".join(found.wrong)
    assert found.recall >= 0.8, "\n".join(found.missed)
