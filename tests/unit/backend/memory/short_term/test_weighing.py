"""Weights fall by time, rise by use, and need nobody to come by and lower them."""

import pytest

from backend.kernel.clock import HOUR, MINUTE, Instant
from backend.memory.short_term.types import Kept, Kind
from backend.memory.short_term.weighing import (
    HALF_LIFE,
    PRIORITY,
    may_count,
    priority_after_use,
    weight,
)

START = Instant(1_000 * HOUR)


def item(kind: Kind = Kind.CONTEXT, *, uses: int = 0, priority: float = 0.5) -> Kept:
    return Kept("i", kind, "s", "", b"\x00x", priority, uses, START, START)


@pytest.mark.parametrize("kind", list(Kind))
def test_it_weighs_its_priority_at_first_and_half_of_it_after_its_half_life(
    kind: Kind,
) -> None:
    fresh = item(kind)
    assert weight(fresh, START) == 0.5
    assert weight(fresh, Instant(START + HALF_LIFE[kind])) == pytest.approx(0.25)


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize("uses", [0, 1, 7, 1000])
def test_it_never_weighs_more_later(kind: Kind, uses: int) -> None:
    weights = [weight(item(kind, uses=uses), Instant(START + hour * HOUR)) for hour in range(48)]
    assert weights == sorted(weights, reverse=True)
    assert all(0 < each <= 1 for each in weights)


def test_what_was_of_use_fades_more_slowly() -> None:
    later = Instant(START + 6 * HOUR)
    weights = [weight(item(uses=uses), later) for uses in (0, 1, 2, 10)]
    assert weights == sorted(weights)
    assert len(set(weights)) == 4


def test_a_use_lifts_it_and_never_above_all() -> None:
    assert weight(item(), START) < priority_after_use(item(), START) < 1
    assert priority_after_use(item(priority=1.0), START) == 1.0


def test_an_open_task_outweighs_what_was_said_as_long_ago() -> None:
    later = Instant(START + 5 * HOUR)
    weights = [weight(item(kind, priority=PRIORITY[kind]), later) for kind in
               (Kind.TASK, Kind.DECISION, Kind.OUTCOME, Kind.CONTEXT)]  # fmt: skip
    assert weights == sorted(weights, reverse=True)


def test_a_clock_that_was_put_back_lifts_nothing() -> None:
    assert weight(item(), Instant(START - HOUR)) == 0.5


def test_a_use_is_counted_once_a_minute() -> None:
    assert may_count(item(), START)
    assert not may_count(item(uses=1), Instant(START + MINUTE - 1))
    assert may_count(item(uses=1), Instant(START + MINUTE))
