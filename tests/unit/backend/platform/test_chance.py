"""Identifiers that sort, and values that nobody guesses."""

import uuid

from backend.platform.chance import CODE_LETTERS, SystemChance, SystemIds
from tests.fakes.clock import START, FakeClock


def test_an_identifier_is_a_uuid_of_version_seven() -> None:
    made = uuid.UUID(SystemIds().new())
    assert (made.version, made.variant) == (7, uuid.RFC_4122)


def test_an_identifier_carries_the_clocks_time() -> None:
    made = uuid.UUID(SystemIds(FakeClock()).new())
    assert made.int >> 80 == START // 1000


def test_identifiers_rise_within_one_moment() -> None:
    ids = SystemIds(FakeClock())
    made = [ids.new() for _ in range(2000)]
    assert made == sorted(set(made))


def test_identifiers_rise_even_when_the_clock_is_set_back() -> None:
    clock = FakeClock()
    ids = SystemIds(clock)
    made = [ids.new()]
    clock.advance(-3600)
    made.append(ids.new())
    clock.advance(7200)
    made.append(ids.new())
    assert made == sorted(made)


def test_a_token_has_256_bits_and_comes_once() -> None:
    tokens = {SystemChance().token() for _ in range(100)}
    assert len(tokens) == 100
    assert {len(token) for token in tokens} == {43}


def test_a_code_has_no_letters_that_are_taken_for_others() -> None:
    code = SystemChance().code()
    assert len(code) == 8
    assert set(code) <= set(CODE_LETTERS)
    assert not set("01OILU") & set(CODE_LETTERS)


def test_a_fraction_is_at_least_nought_and_less_than_one() -> None:
    assert all(0 <= SystemChance().fraction() < 1 for _ in range(100))
