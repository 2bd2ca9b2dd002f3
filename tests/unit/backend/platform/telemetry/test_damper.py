"""A flood leaves one line a minute, and nothing of it is uncounted."""

from backend.platform.telemetry.damper import KEYS_MAX, Damper
from tests.fakes.clock import FakeClock


def test_the_first_is_written_and_the_rest_is_counted_into_the_next() -> None:
    clock = FakeClock()
    damper = Damper(clock=clock, every_s=60)
    assert [damper.count("a") for _ in range(5)] == [1, 0, 0, 0, 0]
    clock.advance(60)
    assert damper.count("a") == 5
    clock.advance(60)
    assert damper.count("a") == 1


def test_each_kind_has_its_own_line() -> None:
    damper = Damper(clock=FakeClock())
    assert [damper.count(key) for key in "aba"] == [1, 1, 0]


def test_a_flood_of_kinds_is_forgotten_from_its_beginning() -> None:
    damper = Damper(clock=FakeClock())
    for number in range(KEYS_MAX + 1):
        damper.count(str(number))
    assert damper.count("0") == 1
    assert damper.count(str(KEYS_MAX)) == 0
