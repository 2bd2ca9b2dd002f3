"""Timelines begin at a turn's own zero."""

from contextlib import suppress

from backend.conversation.turns.timeline import Timeline
from tests.fakes.clock import FakeClock


def test_spans_count_from_the_first_stage() -> None:
    clock = FakeClock()
    clock.advance(100)
    timeline = Timeline(clock, {"transcribe_audio": (99.5, 99.8)})
    with timeline.span("respond"):
        clock.advance(0.25)
    assert timeline.rows() == {"transcribe_audio": [0.0, 300.0], "respond": [500.0, 750.0]}
    assert timeline.durations() == {"transcribe_audio": 300.0, "respond": 250.0}


def test_a_stage_that_fails_is_measured_too() -> None:
    timeline = Timeline(FakeClock())
    with suppress(ZeroDivisionError), timeline.span("respond"):
        1 / 0  # noqa: B018
    assert "respond" in timeline.rows()
