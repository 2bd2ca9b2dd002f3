"""Tries of a PIN are counted alike by both databases: this is the lock on somebody's memory."""

import asyncio

from backend.kernel.clock import SECOND
from backend.platform.database.tables import people
from backend.trust.identity import PinVerdict
from backend.trust.identity.pins import LOCKED_FOR
from tests.contract.phone.house import House

PIN, OTHER = "493817", "551627"


async def test_tries_at_once_lock_and_each_lock_lasts_longer(house: House) -> None:
    await house.pins.set(house.anna, PIN)
    for wait in LOCKED_FOR[:2]:
        tries = await asyncio.gather(*(house.pins.try_out(house.anna.id, OTHER) for _ in range(8)))
        assert tries.count(PinVerdict.WRONG) == 4
        assert tries.count(PinVerdict.LOCKED) == 4
        assert await house.pins.try_out(house.anna.id, PIN) is PinVerdict.LOCKED
        [row] = [row for row in await house.rows(people) if row["id"] == house.anna.id]
        assert abs(row["pin_locked_until"] - house.clock.now() - wait) < 60 * SECOND
        async with house.database.transaction() as tx:  # as if the time had passed
            await tx.execute(people.update().values(pin_locked_until=1))
    assert await house.pins.try_out(house.anna.id, PIN) is PinVerdict.RIGHT
