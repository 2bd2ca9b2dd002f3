"""What a voice costs: paid out of the day's budget, given back when not a sound was made."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import select

from backend.conversation.speaking import BudgetFare, Level, VoiceLevels
from backend.conversation.speaking.engines.elevenlabs import ElevenLabs
from backend.kernel.clock import Clock
from backend.kernel.ids import Ids, OwnerId, TurnId
from backend.llm import Budget, Catalogue, Payer
from backend.platform.database.engine import Database
from backend.platform.database.tables import ai_model_usage
from tests.fakes.engines import HummingVoice
from tests.fakes.speech_server import Hum, SpeechServer

FIRST, SECOND = "This one is paid for.", "And this one as well."
ANNA = Payer(OwnerId("owner-anna"), TurnId("turn-1"))
LETTER_MICROS = 150


@pytest.fixture
async def server() -> AsyncIterator[SpeechServer]:
    with SpeechServer() as running:
        yield running


async def spent(database: Database) -> list[tuple[str, str | None, str, int, str]]:
    columns = ai_model_usage.c
    async with database.reading() as connection:
        found = await connection.execute(
            select(
                columns.owner_id,
                columns.turn_id,
                columns.model,
                columns.cost_micros,
                columns.outcome,
            ).order_by(columns.id)
        )
        return [tuple(row) for row in found.all()]


async def say(
    server: SpeechServer, budget: Budget, clock: Clock, texts: tuple[str, ...]
) -> list[str]:
    """Say texts by a paid voice before a free one; return what the free one had to say."""
    paid = ElevenLabs(api_key="k", base_url=server.elevenlabs_url)
    fare = BudgetFare(
        budget=budget, catalogue=Catalogue(), provider="elevenlabs", model="eleven_flash_v2_5"
    )
    free = HummingVoice("free")
    levels = VoiceLevels([Level(paid, fare), free], clock=clock)
    for text in texts:
        async for _ in levels.speak(text, payer=ANNA):
            pass
    await levels.close()
    return free.spoken


async def test_each_sentence_is_written_down_for_its_owner_and_turn(
    database: Database, clock: Clock, ids: Ids, server: SpeechServer
) -> None:
    budget = Budget(database=database, clock=clock, ids=ids, daily_dollars=1)
    assert await say(server, budget, clock, (FIRST,)) == []
    cost = len(FIRST) * LETTER_MICROS
    assert await spent(database) == [
        ("owner-anna", "turn-1", "eleven_flash_v2_5", cost, "answered")
    ]


async def test_when_the_day_is_spent_a_free_voice_speaks_and_nobody_is_asked(
    database: Database, clock: Clock, ids: Ids, server: SpeechServer
) -> None:
    dollars = len(FIRST) * LETTER_MICROS / 1_000_000
    budget = Budget(database=database, clock=clock, ids=ids, daily_dollars=dollars)
    assert await say(server, budget, clock, (FIRST, SECOND)) == [SECOND]
    assert [asked.text for asked in server.requests] == [FIRST]


async def test_a_refusal_is_not_paid_for(
    database: Database, clock: Clock, ids: Ids, server: SpeechServer
) -> None:
    server.script(Hum(status=429))
    budget = Budget(database=database, clock=clock, ids=ids, daily_dollars=1)
    assert await say(server, budget, clock, (FIRST,)) == [FIRST]
    assert [(row[3], row[4]) for row in await spent(database)] == [(0, "failed")]
