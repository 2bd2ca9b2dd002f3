"""Measures how well facts are read from what people say: precision first, then recall, and time."""

import statistics
import time
from collections.abc import Sequence

from backend.memory.facts import ReadFact, read_facts
from backend.memory.facts.language.words import TEXT_CHARACTERS_MAX
from bench.figures import Bar
from tests.contract.memory.facts.labels import SAID_AT, SPEAKER, ZONE, Score, score, utterances

PRECISION_MIN = 0.95
READ_MS_MAX = 2.0
WORST_MS_MAX = 50.0
ROUNDS = 5
PARTS = ("dev", "heldout", "spoken", "fresh")


def measure() -> list[Bar]:
    """Read every part of the labelled set and return the figures."""
    bars: list[Bar] = []
    for part in PARTS:
        found = score(utterances(part), _read)
        bars += _bars(part, found)
    bars.append(Bar("read_p50", _typical_ms(), READ_MS_MAX, unit="ms"))
    bars.append(Bar("read_worst_of_4000_characters", _worst_ms(), WORST_MS_MAX, unit="ms"))
    return bars


def _bars(part: str, found: Score) -> list[Bar]:
    said = utterances(part)
    told = sum(utterance.has_facts for utterance in said)
    return [
        Bar(f"precision_{part}", found.precision, PRECISION_MIN, better="higher"),
        Bar(f"recall_{part}", found.recall, better="higher"),
        Bar(f"utterances_{part}_with_facts", float(told)),
        Bar(f"utterances_{part}_without", float(len(said) - told)),
    ]


def _read(text: str) -> Sequence[ReadFact]:
    return read_facts(text, speaker=SPEAKER, said_at=SAID_AT, zone=ZONE)


def _typical_ms() -> float:
    return statistics.median(
        _ms(utterance.text) for part in PARTS for utterance in utterances(part)
    )


def _worst_ms() -> float:
    """Read the longest texts that can be made of one utterance, said again and again."""
    worst = 0.0
    for utterance in utterances("dev")[::10]:
        text = f"{utterance.text} "
        long = (text * (TEXT_CHARACTERS_MAX // len(text) + 1))[:TEXT_CHARACTERS_MAX]
        worst = max(worst, min(_ms(long) for _ in range(ROUNDS)))
    return worst


def _ms(text: str) -> float:
    began = time.thread_time()  # what it costs, whatever else runs on the machine
    _read(text)
    return (time.thread_time() - began) * 1000
