"""PINs: weak ones are refused, tries are counted, nothing of them is kept in the clear."""

import asyncio

import pytest

from backend.kernel.errors import Invalid, Missing
from backend.kernel.ids import PersonId
from backend.platform.compute import Compute
from backend.platform.database.tables import people
from backend.platform.keys import Keys
from backend.trust.identity import Pins, PinVerdict
from backend.trust.identity.pins import checked_pin
from tests.fakes.clock import FakeClock
from tests.unit.backend.trust.house import House

PIN, OTHER = "4815", "5162"


@pytest.fixture
async def pins(house: House) -> Pins:
    made = Pins(database=house.database, keys=Keys(bytes(32)), compute=Compute(1))
    await made.set(house.owner, PIN)
    return made


async def kept(house: House) -> dict[str, object]:
    async with house.database.reading() as connection:
        row = (await connection.execute(people.select())).one()
    return dict(row._mapping)


WEAK = """123 12345678901 - abcd ٤٨١٥ 1234 4321 9012 7777 1212 123123 1984 2024 2580 0000"""


@pytest.mark.parametrize("pin", ["", *WEAK.split()])
def test_a_weak_pin_is_refused(pin: str) -> None:
    with pytest.raises(Invalid):
        checked_pin(pin)


def test_the_end_of_ones_own_number_is_no_pin() -> None:
    with pytest.raises(Invalid):
        checked_pin("0107", own_numbers=("+15005550107",))


def test_a_pin_may_be_typed_in_groups() -> None:
    assert checked_pin("48 15-16") == "481516"


async def test_the_right_pin_is_right(house: House, pins: Pins) -> None:
    assert await pins.try_out(house.owner.id, PIN) is PinVerdict.RIGHT
    assert await pins.try_out(house.owner.id, OTHER) is PinVerdict.WRONG


async def test_no_pin_opens_nothing(house: House, pins: Pins) -> None:
    await pins.remove(house.owner.id)
    assert await pins.try_out(house.owner.id, "") is PinVerdict.UNSET
    assert await pins.try_out(PersonId("nobody"), PIN) is PinVerdict.UNSET
    with pytest.raises(Missing):
        await pins.remove(PersonId("nobody"))


async def test_five_wrong_ones_lock_for_an_hour(house: House, pins: Pins, clock: FakeClock) -> None:
    tries = [await pins.try_out(house.owner.id, OTHER) for _ in range(5)]
    assert tries == [PinVerdict.WRONG] * 4 + [PinVerdict.LOCKED]
    assert await pins.try_out(house.owner.id, PIN) is PinVerdict.LOCKED
    clock.advance(3599)
    assert await pins.try_out(house.owner.id, PIN) is PinVerdict.LOCKED
    clock.advance(2)
    assert await pins.try_out(house.owner.id, PIN) is PinVerdict.RIGHT


async def test_after_a_lock_there_are_five_tries_again(
    house: House, pins: Pins, clock: FakeClock
) -> None:
    for _ in range(5):
        await pins.try_out(house.owner.id, OTHER)
    clock.advance(3601)
    tries = [await pins.try_out(house.owner.id, OTHER) for _ in range(5)]
    assert tries == [PinVerdict.WRONG] * 4 + [PinVerdict.LOCKED]


async def test_each_lock_lasts_longer_until_the_right_pin_comes(
    house: House, pins: Pins, clock: FakeClock
) -> None:
    for hours in (1, 2, 4, 8, 24, 24):
        for _ in range(5):
            await pins.try_out(house.owner.id, OTHER)
        clock.advance(hours * 3600 - 1)
        assert await pins.try_out(house.owner.id, PIN) is PinVerdict.LOCKED
        clock.advance(2)
    assert await pins.try_out(house.owner.id, PIN) is PinVerdict.RIGHT
    for _ in range(5):
        await pins.try_out(house.owner.id, OTHER)
    clock.advance(3601)
    assert await pins.try_out(house.owner.id, PIN) is PinVerdict.RIGHT


async def test_the_fifth_try_may_still_be_right(house: House, pins: Pins) -> None:
    for _ in range(4):
        await pins.try_out(house.owner.id, OTHER)
    assert await pins.try_out(house.owner.id, PIN) is PinVerdict.RIGHT
    assert await pins.try_out(house.owner.id, OTHER) is PinVerdict.WRONG


async def test_tries_at_once_are_counted_one_by_one(house: House, pins: Pins) -> None:
    tries = await asyncio.gather(*(pins.try_out(house.owner.id, OTHER) for _ in range(20)))
    assert tries.count(PinVerdict.WRONG) == 4
    assert tries.count(PinVerdict.LOCKED) == 16


async def test_a_new_pin_lifts_a_lock(house: House, pins: Pins) -> None:
    for _ in range(5):
        await pins.try_out(house.owner.id, OTHER)
    await pins.set(house.owner, OTHER)
    assert await pins.try_out(house.owner.id, OTHER) is PinVerdict.RIGHT


async def test_the_same_pin_is_kept_differently_and_never_in_the_clear(
    house: House, pins: Pins
) -> None:
    first = str((await kept(house))["pin_hash"])
    await pins.set(house.owner, PIN)
    second = str((await kept(house))["pin_hash"])
    assert first != second
    assert PIN not in first + second


async def test_without_the_root_key_a_stolen_hash_matches_nothing(house: House, pins: Pins) -> None:
    del pins
    stolen = Pins(database=house.database, keys=Keys(b"\1" * 32), compute=Compute(1))
    assert await stolen.try_out(house.owner.id, PIN) is PinVerdict.WRONG


async def test_a_person_says_how_long_their_pin_is(house: House, pins: Pins) -> None:
    del pins
    assert (await house.identity.owner()).pin_digits == len(PIN)
