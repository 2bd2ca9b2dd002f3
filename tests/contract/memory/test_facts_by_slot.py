"""What is said of one thing moves nothing of another: only that is read, and nothing is missed."""

import random
from typing import Any

import pytest
from sqlalchemy import select

from backend.kernel.clock import DAY, Clock, Instant
from backend.kernel.ids import Ids, MessageId
from backend.memory.facts import Facts, FactStore, ReadFact, Settling
from backend.memory.facts.claims import Claim
from backend.memory.facts.placing import Held
from backend.memory.facts.store import Memoir
from backend.platform.database.engine import Database
from backend.platform.database.tables import facts as fact_rows
from backend.platform.events import EventLog
from backend.platform.jobs.ledger import Ledger
from tests.contract.memory.teller import GUEST, SAM, Told, read

NAMES = ("", "anna", "sister", "kim", "bert")
WHO = (
    {"subject": ""},
    {"subject": "Anna"},
    {"subject": "sister", "qualifier": "sister"},
    {"subject": "Anna", "qualifier": "sister"},
    {"subject": "Anna", "qualifier": "from work"},
    {"subject": "Bert"},
)
WHAT = (
    ("lives in", "Rome"),
    ("lives in", "Porto"),
    ("likes", "tea"),
    ("dislikes", "tea"),
    ("likes", "coffee"),
    ("has pet", "two cats"),
)


@pytest.mark.parametrize("seed", range(4))
async def test_whatever_is_told_one_by_one_is_what_follows_from_all_of_it(
    tell: Told, facts: Facts, database: Database, seed: int
) -> None:
    chance = random.Random(seed)
    for place in range(30):
        said_at = Instant(tell.now - chance.randrange(100) * DAY - place)
        source: dict[str, Any] = GUEST if chance.random() < 0.2 else {}  # Any: fields of a source
        message = MessageId(f"message-{place}")
        await tell(_said(chance), message_id=message, **(source | {"said_at": said_at}))
    one_by_one = await _rows(database)
    async with database.transaction() as tx:
        await facts.work_out(tx, Memoir(SAM), NAMES)
    assert await _rows(database) == one_by_one


def _said(chance: random.Random) -> ReadFact:
    if chance.random() < 0.15:
        return read("sister", chance.choice(("Anna", "Bert")))
    name, value = chance.choice(WHAT)
    who = chance.choice(WHO)
    return read(
        name,
        value,
        who["subject"],
        qualifier=who.get("qualifier", ""),
        is_ended=chance.random() < 0.15,
    )


async def _rows(database: Database) -> list[tuple[object, ...]]:
    columns = ("subject_key", "qualifier", "object", "valid_from", "valid_to", "retracted_as")
    query = select(fact_rows.c.id, fact_rows.c.predicate, *(fact_rows.c[name] for name in columns))
    async with database.reading() as connection:
        found = await connection.execute(query.where(fact_rows.c.owner_id == SAM))
        return sorted(tuple(row) for row in found)


async def test_hundreds_of_facts_of_one_name_are_not_read_for_the_next(
    tell: Told, database: Database, ledger: Ledger, clock: Clock, ids: Ids, events: EventLog
) -> None:
    counting = Counting(ids)
    settling = Settling(counting, events=events, jobs=ledger)
    tell.facts = Facts(counting, settling, database=database, clock=clock)
    await tell(*(read("likes", f"thing {number}", "Anna") for number in range(200)), day=-3)
    await tell(read("sister", "Anna"), day=-2)
    counting.read = 0
    await tell(read("likes", "one thing more", "Anna"), day=-1)
    assert counting.read < 20


class Counting(FactStore):
    """Counts the claims and facts that are read."""

    read = 0

    async def _claims(self, *asked: Any) -> list[Claim]:  # Any: as the store asks
        found = await super()._claims(*asked)
        self.read += len(found)
        return found

    async def rows(self, *asked: Any) -> dict[str, Held]:  # Any: as the store is asked
        found = await super().rows(*asked)
        self.read += len(found)
        return found
