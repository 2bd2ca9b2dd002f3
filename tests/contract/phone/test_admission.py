"""Whether a caller may come in: by number, hour, day and cost; strangers have less."""

import pytest
from sqlalchemy import insert

from backend.conversation.phone import admission
from backend.conversation.phone.admission import Admission, AdmissionRules, Allowance, Incoming
from backend.kernel.clock import DAY, HOUR, MINUTE, Instant
from backend.platform.database.tables import conversations, turns
from tests.contract.phone.house import ANNA, STRANGER, House

KNOWN, UNKNOWN = Incoming(ANNA, is_stranger=False), Incoming(STRANGER, is_stranger=True)
RULES = AdmissionRules(
    calls_max=3,
    strangers_max=1,
    minutes_daily=100,
    known=Allowance(2, 5, 60, 0.5),
    stranger=Allowance(1, 2, 10, 0.5),
)


class Book:
    """The calls of the last days, as a test wants them."""

    def __init__(self, house: House, rules: AdmissionRules = RULES) -> None:
        self.house, self.at = house, house.clock.now()
        self.admission = Admission(database=house.database, rules=rules)

    async def call(
        self, number: str = ANNA, *, ago: int = 2 * HOUR, minutes: float = 1, cost: int = 0
    ) -> None:
        began, call_id = Instant(self.at - ago), self.house.ids.new()
        owner_id = self.house.owner.owner_id
        async with self.house.database.transaction() as tx:
            await tx.execute(
                insert(conversations).values(
                    id=call_id,
                    owner_id=owner_id,
                    carrier="phone",
                    remote=number,
                    assurance="claimed",
                    started_at=began,
                    ended_at=None if minutes < 0 else began + round(minutes * MINUTE),
                )
            )
            await tx.execute(
                insert(turns).values(
                    id=self.house.ids.new(),
                    owner_id=owner_id,
                    conversation_id=call_id,
                    engine="offline",
                    timeline={},
                    cost_micros=cost,
                    started_at=began,
                    ended_at=began,
                )
            )

    async def weigh(self, caller: Incoming = KNOWN) -> str:
        return (await self.admission.weigh(caller, at=self.at)).refusal


async def test_who_has_used_nothing_has_all_the_minutes(house: House) -> None:
    verdict = await Book(house).admission.weigh(KNOWN, at=house.clock.now())
    assert (verdict.is_admitted, verdict.minutes) == (True, 60)


async def test_calls_of_an_hour_are_counted_by_number(house: House) -> None:
    book = Book(house)
    for _ in range(5):
        await book.call(ago=HOUR // 2, minutes=0)
    await book.call(STRANGER, ago=HOUR // 2, minutes=0)
    assert await book.weigh() == admission.TOO_OFTEN
    assert await book.weigh(UNKNOWN) == ""
    await book.call(STRANGER, ago=HOUR // 2, minutes=0)
    assert await book.weigh(UNKNOWN) == admission.TOO_OFTEN


async def test_minutes_of_a_day_are_counted_by_number_and_by_all(house: House) -> None:
    book = Book(house)
    await book.call(minutes=30)
    verdict = await book.admission.weigh(KNOWN, at=book.at)
    assert verdict.minutes == 30
    await book.call(minutes=30)
    assert await book.weigh() == admission.ENOUGH_TODAY
    assert await book.weigh(UNKNOWN) == ""
    await book.call("+15005550111", minutes=45)
    assert await book.weigh(UNKNOWN) == admission.ENOUGH_FOR_ALL


async def test_yesterday_is_over(house: House) -> None:
    book = Book(house)
    await book.call(ago=DAY + 2 * HOUR, minutes=90, cost=900_000)
    assert await book.weigh() == ""


async def test_a_call_whose_end_was_never_written_does_not_count_for_ever(house: House) -> None:
    book = Book(house, AdmissionRules(known=Allowance(minutes_daily=240)))
    await book.call(ago=20 * HOUR, minutes=-1)
    assert (await book.admission.weigh(KNOWN, at=book.at)).minutes == 120


async def test_what_a_caller_costs_a_day_has_an_end(house: House) -> None:
    book = Book(house)
    await book.call(cost=499_999)
    assert await book.weigh() == ""
    await book.call(cost=1)
    assert await book.weigh() == admission.ENOUGH_TODAY


@pytest.mark.parametrize(
    ("live", "caller", "refusal"),
    [
        ([], KNOWN, ""),
        ([KNOWN], KNOWN, ""),
        ([KNOWN, KNOWN], KNOWN, admission.BUSY_WITH_YOU),
        ([KNOWN, KNOWN, UNKNOWN], Incoming("+15005550111", is_stranger=False), admission.BUSY),
        ([UNKNOWN], Incoming("+15005550222", is_stranger=True), admission.BUSY),
        ([UNKNOWN], KNOWN, ""),
    ],
)
async def test_lines_are_free_or_taken(
    house: House, live: list[Incoming], caller: Incoming, refusal: str
) -> None:
    going_on = {str(number): other for number, other in enumerate(live)}
    assert Book(house).admission.room(caller, going_on) == refusal


async def test_strangers_may_be_kept_out(house: House) -> None:
    book = Book(house, AdmissionRules(strangers_max=0))
    assert book.admission.room(UNKNOWN, {}) == admission.NO_STRANGERS
    assert book.admission.room(KNOWN, {}) == ""


async def test_a_race_is_not_stopped(house: House) -> None:
    book = Book(house, AdmissionRules(calls_max=1, is_capped=False))
    await book.call(minutes=1440, cost=9_000_000)
    assert book.admission.room(KNOWN, {str(number): KNOWN for number in range(80)}) == ""
    assert await book.weigh() == ""
