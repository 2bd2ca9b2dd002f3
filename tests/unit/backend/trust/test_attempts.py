"""The table of failures: it counts, forgets, and stays small."""

import pytest

from backend.kernel.errors import Busy
from backend.trust.attempts import ADDRESSES_MAX, Attempts
from tests.fakes.clock import FakeClock


def test_one_address_is_counted_apart_from_the_others() -> None:
    attempts = Attempts(clock=FakeClock(), failures_max=2)
    for _ in range(2):
        attempts.failed("203.0.113.7")
    with pytest.raises(Busy):
        attempts.check("203.0.113.7")
    attempts.check("203.0.113.8")


def test_a_whole_ipv6_network_is_one_address() -> None:
    attempts = Attempts(clock=FakeClock(), failures_max=2)
    attempts.failed("2001:db8::1")
    attempts.failed("2001:db8::2")
    with pytest.raises(Busy):
        attempts.check("2001:db8::3")


def test_something_right_forgives() -> None:
    attempts = Attempts(clock=FakeClock(), failures_max=1)
    attempts.failed("203.0.113.7")
    attempts.succeeded("203.0.113.7")
    attempts.check("203.0.113.7")


def test_a_flood_of_addresses_costs_no_more_than_the_table() -> None:
    attempts = Attempts(clock=FakeClock(), failures_max=1)
    for number in range(ADDRESSES_MAX + 100):
        attempts.failed(f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}")
    assert len(attempts) == ADDRESSES_MAX
