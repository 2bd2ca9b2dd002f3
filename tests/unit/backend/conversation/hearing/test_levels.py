"""Ears in order: who reads, who is left alone, and what is paid."""

import asyncio
from collections.abc import Sequence

import pytest

from backend.conversation.hearing.levels import (
    FAILURES_MAX,
    OPEN_S,
    Deaf,
    HearingLevels,
    Level,
    Patience,
)
from backend.kernel.errors import Busy, Invalid, NotConfigured, RingbackError, Unavailable
from backend.kernel.ids import OwnerId, TurnId
from backend.kernel.speech import Transcript, Utterance
from backend.llm import Payer
from tests.fakes.clock import FakeClock

UTTERANCE = Utterance(b"\1\0" * 320, 0, 20)
QUICK = Patience(level_s=0.02, trial_s=0.01, total_s=0.05)


class Ears:
    """Hears its own name, unless it is broken or hangs."""

    def __init__(self, name: str) -> None:
        self.name, self.is_idle = name, True
        self.failure: RingbackError | None = None
        self.hangs, self.asked, self.glances, self.is_closed = False, 0, 0, False
        self.wakes = asyncio.Event()

    async def warm(self) -> None:
        if self.failure:
            raise self.failure

    async def close(self) -> None:
        self.is_closed = True

    async def transcribe(
        self,
        utterance: Utterance,
        *,
        hints: Sequence[str] = (),
        is_final: bool = True,
        line: str = "",
        payer: Payer | None = None,
    ) -> Transcript:
        self.asked += 1
        self.glances += not is_final
        if self.hangs:
            await self.wakes.wait()
        if self.failure:
            raise self.failure
        return Transcript(f"heard by {self.name}", 1.0, self.name)


class Purse:
    """Counts what was paid and given back."""

    def __init__(self) -> None:
        self.paid, self.refunded, self.is_empty = 0, 0, False
        self.payers: list[Payer | None] = []

    async def pay(self, utterance: Utterance, payer: Payer | None) -> str:
        if self.is_empty:
            raise Busy("spent")
        self.paid += 1
        self.payers.append(payer)
        return str(self.paid)

    async def refund(self, receipt: str) -> None:
        self.refunded += 1


class House:
    def __init__(self) -> None:
        self.clock = FakeClock()
        self.here, self.away = Ears("here"), Ears("away")
        self.purse = Purse()
        self.failures: list[tuple[str, str]] = []
        self.levels = HearingLevels(
            [Level(self.here), Level(self.away, self.purse)],
            clock=self.clock,
            patience=QUICK,
            missing={"groq": "GROQ_API_KEY is not set."},
            on_failure=lambda name, reason: self.failures.append((name, reason)),
        )

    async def heard(self) -> str:
        return (await self.levels.transcribe(UTTERANCE)).text


@pytest.fixture
def house() -> House:
    return House()


async def test_the_first_hears_and_nothing_is_paid(house: House) -> None:
    assert await house.heard() == "heard by here"
    assert (house.levels.name, house.away.asked, house.purse.paid) == ("here", 0, 0)


async def test_the_next_reads_the_same_words_when_one_fails(house: House) -> None:
    house.here.failure = Unavailable("broken")
    assert await house.heard() == "heard by away"
    assert house.failures == [("here", "broken")]
    assert (house.purse.paid, house.purse.refunded) == (1, 0)


async def test_whose_words_they_are_pays_for_them(house: House) -> None:
    house.here.failure = Unavailable("broken")
    anna = Payer(OwnerId("anna"), TurnId("reading 1"))
    await house.levels.transcribe(UTTERANCE, payer=anna)
    assert house.purse.payers == [anna]


async def test_the_next_reads_when_one_is_too_slow(house: House) -> None:
    house.here.hangs = True
    assert await house.heard() == "heard by away"
    assert house.failures == [("here", "It is too slow.")]


async def test_what_fails_again_and_again_is_left_alone_and_then_tried_again(
    house: House,
) -> None:
    house.here.failure = Unavailable("broken")
    for _ in range(FAILURES_MAX + 2):
        await house.heard()
    assert house.here.asked == FAILURES_MAX
    assert house.levels.name == "away"
    assert house.levels.others == {"here": "broken", "groq": "GROQ_API_KEY is not set."}
    house.here.failure = None
    house.clock.advance(OPEN_S + 1)
    assert await house.heard() == "heard by here"
    assert house.levels.name == "here"
    assert house.levels.others == {"groq": "GROQ_API_KEY is not set."}


async def test_overwork_is_no_illness(house: House) -> None:
    house.here.failure = Busy("full")
    for _ in range(FAILURES_MAX + 1):
        assert await house.heard() == "heard by away"
    assert house.here.asked == FAILURES_MAX + 1
    assert "here" not in house.levels.others


async def test_an_utterance_that_one_cannot_take_is_no_illness(house: House) -> None:
    house.here.failure = Invalid("odd")
    for _ in range(FAILURES_MAX + 1):
        assert await house.heard() == "heard by away"
    assert "here" not in house.levels.others


async def test_it_goes_by_the_name_of_whoever_heard_the_last_words(house: House) -> None:
    assert house.levels.name == "here"  # who would be asked
    house.here.failure = Busy("full")
    heard = await house.levels.transcribe(UTTERANCE)
    assert (heard.engine, house.levels.name) == ("away", "away")
    house.here.failure = None
    await house.heard()
    assert house.levels.name == "here"


async def test_who_is_left_alone_is_not_in_use_though_it_heard_last(house: House) -> None:
    await house.heard()
    house.here.failure = house.away.failure = Unavailable("broken")
    for _ in range(FAILURES_MAX):
        with pytest.raises(Deaf):
            await house.heard()
    house.away.failure = None
    assert house.levels.name != "here"


async def test_when_none_is_left_the_caller_is_asked_to_text(house: House) -> None:
    house.here.failure = house.away.failure = NotConfigured("no key")
    with pytest.raises(Deaf) as deaf:
        await house.heard()
    assert deaf.value.spoken == "I can't hear you well, please text me."


async def test_ears_that_rest_are_asked_when_nobody_else_hears(house: House) -> None:
    house.here.failure = house.away.failure = Unavailable("broken")
    for _ in range(FAILURES_MAX):
        with pytest.raises(Deaf):
            await house.heard()
    house.away.failure = None
    assert await house.heard() == "heard by away"


async def test_who_was_too_slow_is_waited_for_when_nobody_else_hears(house: House) -> None:
    house.here.hangs, house.away.failure = True, Unavailable("broken")
    reading = asyncio.ensure_future(house.heard())
    async with asyncio.timeout(5):
        while house.here.asked < 2:  # noqa: ASYNC110
            await asyncio.sleep(0)  # noqa: TID251 -- the loop's own turn
    house.here.wakes.set()
    assert await reading == "heard by here"


async def test_all_together_take_no_longer_than_the_caller_waits(house: House) -> None:
    house.here.hangs = house.away.hangs = True
    async with asyncio.timeout(5):
        with pytest.raises(Deaf):
            await house.heard()


async def test_overwork_everywhere_is_told_as_such(house: House) -> None:
    house.here.failure = house.away.failure = Busy("full")
    with pytest.raises(Busy):
        await house.heard()


async def test_without_any_ears_the_reasons_are_told() -> None:
    levels = HearingLevels([], clock=FakeClock(), missing={"whisper": "not installed"})
    with pytest.raises(Deaf, match="whisper: not installed"):
        await levels.warm()
    with pytest.raises(Deaf):
        await levels.transcribe(UTTERANCE)
    assert levels.name == "none"
    assert not levels.is_idle


async def test_money_comes_back_when_nothing_was_done_for_it(house: House) -> None:
    house.here.failure = house.away.failure = Unavailable("broken")
    with pytest.raises(Deaf):
        await house.heard()
    assert (house.purse.paid, house.purse.refunded) == (1, 1)


async def test_an_empty_purse_is_no_illness_of_the_ears(house: House) -> None:
    house.here.failure, house.purse.is_empty = Unavailable("broken"), True
    with pytest.raises(Deaf):
        await house.heard()
    assert house.away.asked == 0
    assert "away" not in house.levels.others


async def test_nobody_glances_for_money(house: House) -> None:
    await house.levels.transcribe(UTTERANCE, is_final=False)
    assert house.here.glances == 1
    house.here.failure = Unavailable("broken")
    for _ in range(FAILURES_MAX):
        await house.heard()
    with pytest.raises(Busy):
        await house.levels.transcribe(UTTERANCE, is_final=False)
    assert house.away.glances == 0


async def test_a_level_that_cannot_be_made_ready_gives_way(house: House) -> None:
    house.here.failure = NotConfigured("no weights")
    await house.levels.warm()
    assert house.failures == [("here", "no weights")]


async def test_closing_closes_all(house: House) -> None:
    await house.levels.close()
    assert house.here.is_closed
    assert house.away.is_closed


async def test_a_caller_who_hangs_up_is_no_failure(house: House) -> None:
    house.here.hangs = True
    async with asyncio.TaskGroup() as group:
        reading = group.create_task(house.heard())
        await asyncio.sleep(0)  # noqa: TID251 -- the loop's own turn, no time passes
        reading.cancel()
    assert house.failures == []
    assert house.levels.name == "here"
