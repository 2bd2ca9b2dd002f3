"""What is brought in by the thousand costs nothing: a model reads it only where somebody asked."""

from sqlalchemy import select

from backend.memory.facts.learning import Learner, Said
from backend.memory.facts.model_reading import RuleReader
from backend.memory.facts.types import ReadFact
from backend.platform.database.tables import jobs, sources
from backend.platform.jobs.payloads import Payloads
from tests.contract.memory.porting_house import House

HISTORY = b"""{"id": "1", "speaker": "user", "text": "I live in Rome.", "timestamp": 1614834400}
{"id": "2", "speaker": "user", "text": "I work as a carpenter.", "timestamp": 1614834460}
"""


class CountingModel:
    """A model that is asked, and finds what rules do."""

    name = "model"

    def __init__(self, rules: RuleReader) -> None:
        self._rules, self.asked = rules, 0

    async def read(self, said: Said) -> tuple[ReadFact, ...]:
        self.asked += 1
        return await self._rules.read(said)


async def learnt(house: House) -> tuple[int, set[str]]:
    """Learn as a worker with a model does; return how often it was asked, and who read."""
    rules = RuleReader(house.parts.compute)
    model = CountingModel(rules)
    learner = Learner(
        database=house.parts.database, facts=house.parts.facts, reader=model, rules=rules
    )
    async with house.parts.database.reading() as connection:
        query = select(jobs.c.payload).where(jobs.c.name == "memory.learn")
        payloads = list((await connection.execute(query)).scalars())
    for payload in payloads:
        Payloads().check("memory.learn", payload)
        asks_model = bool(payload.get("asks_model", False))
        await learner.learn(payload["message_ids"], _nothing, asks_model=asks_model)
    async with house.parts.database.reading() as connection:
        readers = set((await connection.execute(select(sources.c.reader))).scalars())
    return model.asked, readers


async def _nothing(*_: object) -> None:
    """End nothing: the job is not leased."""


async def brought(house: House, **query: str) -> None:
    answer = await house.ask("POST", "/v1/import", content=HISTORY, params=query)
    assert answer.status_code == 202, answer.text
    await house.work("memory.import")


async def test_no_model_is_asked_about_what_is_brought_in(house: House) -> None:
    await brought(house)
    assert await learnt(house) == (0, {"rules"})


async def test_a_model_reads_it_where_somebody_has_asked_for_it(house: House) -> None:
    await brought(house, read_with_model="true")
    assert await learnt(house) == (2, {"model"})
