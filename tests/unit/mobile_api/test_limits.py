"""How much a live client may send."""

from mobile_api.calls.limits import Allowance, Flood, Limits
from tests.fakes.clock import FakeClock

FRAME = b"\0" * (8 + 640)


def test_an_allowance_is_spent_and_comes_back_with_time() -> None:
    clock = FakeClock()
    allowance = Allowance(2, 1, clock=clock)
    assert [allowance.takes(1) for _ in range(3)] == [True, True, False]
    clock.advance(1)
    assert [allowance.takes(1) for _ in range(2)] == [True, False]


def test_an_allowance_never_grows_beyond_its_burst() -> None:
    clock = FakeClock()
    allowance = Allowance(2, 1, clock=clock)
    clock.advance(3600)
    assert [allowance.takes(1) for _ in range(3)] == [True, True, False]


def test_an_hour_of_speech_at_its_own_pace_is_no_flood() -> None:
    clock = FakeClock()
    flood = Flood(Limits(), clock=clock)
    for _ in range(3600 * 50):
        clock.advance(0.02)
        assert flood.allows(FRAME)


def test_a_backlog_of_ten_seconds_is_no_flood_and_more_is() -> None:
    flood = Flood(Limits(), clock=FakeClock())
    allowed = 0
    while flood.allows(FRAME):
        allowed += 1
    assert allowed == 500


def test_empty_frames_are_counted_too() -> None:
    flood = Flood(Limits(), clock=FakeClock())
    allowed = 0
    while flood.allows(b"\0" * 8):
        allowed += 1
    assert allowed == 1000
