"""What a caller's words cost to read: part of what their turn cost, and of their day."""

from collections.abc import Sequence

import pytest
from sqlalchemy import func, select

from backend.conversation.hearing.fares import BudgetFare
from backend.conversation.phone.admission import Admission, AdmissionRules, Allowance, Incoming
from backend.kernel.clock import Clock
from backend.kernel.events import Said, TurnClosed
from backend.kernel.speech import Transcript, Utterance
from backend.llm import Budget, Catalogue, Payer
from backend.platform.chance import SystemIds
from backend.platform.database.engine import Database
from backend.platform.database.tables import ai_model_usage, conversations, turns
from tests.contract.phone.ground import Ground
from tests.contract.phone.house import House
from tests.contract.phone.talk import talking
from tests.fakes.line import FakeLine
from tests.fakes.speech import FakeTranscriber


class PaidEars(FakeTranscriber):
    """Hears what it was told, for money."""

    def __init__(self, database: Database, clock: Clock) -> None:
        super().__init__()
        self.budget = Budget(database=database, clock=clock, ids=SystemIds(clock), daily_dollars=1)
        self._fare = BudgetFare(
            budget=self.budget, catalogue=Catalogue(), provider="openai", model="whisper-1"
        )

    async def transcribe(
        self,
        utterance: Utterance,
        *,
        hints: Sequence[str] = (),
        is_final: bool = True,
        line: str = "",
        payer: Payer | None = None,
    ) -> Transcript:
        if is_final:
            await self._fare.pay(utterance, payer)
        return await super().transcribe(
            utterance, hints=hints, is_final=is_final, line=line, payer=payer
        )


@pytest.fixture(params=["known", "looked up"])
async def house(ground: Ground, request: pytest.FixtureRequest) -> House:
    ears = PaidEars(ground.database, ground.clock)
    charged = ears.budget.charged if request.param == "known" else None
    house = House(ground, transcriber=ears, charged=charged)
    await house.settle()
    return house


async def paid(house: House, *, owner_id: str) -> int:
    async with house.database.reading() as connection:
        query = select(func.sum(ai_model_usage.c.cost_micros))
        found = await connection.execute(query.where(ai_model_usage.c.owner_id == owner_id))
        return int(found.scalar() or 0)


async def kept(house: House) -> int:
    return sum(row["cost_micros"] for row in await house.rows(turns))


async def test_a_turn_costs_what_its_words_cost_to_read(house: House) -> None:
    house.transcriber.texts = ["What time is it?"]
    async with talking(house, FakeLine()) as talk:
        await talk.line.until(Said)
        talk.line.speak()
        await talk.line.until(TurnClosed)
        await talk.hang_up()
    assert await kept(house) == await paid(house, owner_id=talk.party.actor.owner_id) > 0


async def test_the_next_turn_bears_what_a_cough_cost_to_read(house: House) -> None:
    house.transcriber.texts = ["", "What time is it?"]
    async with talking(house, FakeLine()) as talk:
        await talk.line.until(Said)
        talk.line.speak(voice_ms=400)
        talk.line.speak()
        await talk.line.until(TurnClosed)
        await talk.hang_up()
    assert await kept(house) == await paid(house, owner_id=talk.party.actor.owner_id) > 0


async def test_a_caller_who_was_read_for_all_their_money_is_asked_to_call_again(
    house: House,
) -> None:
    house.transcriber.texts = ["What time is it?"]
    async with talking(house, FakeLine()) as talk:
        await talk.line.until(Said)
        talk.line.speak()
        await talk.line.until(TurnClosed)
        await talk.hang_up()
    [row] = await house.rows(conversations)
    rules = AdmissionRules(known=Allowance(cost_daily=0.000_001))
    admission = Admission(database=house.database, rules=rules)
    verdict = await admission.weigh(
        Incoming(row["remote"], is_stranger=False), at=house.clock.now()
    )
    assert not verdict.is_admitted
