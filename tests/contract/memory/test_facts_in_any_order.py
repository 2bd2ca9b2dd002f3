"""Whatever order messages are learnt from in, and however often: the same is held in the end."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backend.kernel.clock import DAY, Instant
from backend.kernel.ids import MessageId, OwnerId
from backend.kernel.people import Assurance
from backend.memory.facts import Facts, FactSource, FactStore, ReadFact, SaidBy, Settling
from backend.memory.facts.believing import settle
from backend.memory.facts.claims import claim_of
from backend.platform.chance import SystemIds
from backend.platform.clock import SystemClock
from backend.platform.database.engine import Database
from backend.platform.events import EventLog
from backend.platform.jobs.ledger import Ledger
from backend.platform.signals.engines.in_process import InProcessSignals
from tests.contract.memory.teller import read

START = Instant(1_790_000_000_000_000)
PLACES = ("Porto", "Lisbon", "Rome")


@dataclass(frozen=True)
class Told:
    """One message, as it was said."""

    number: int
    day: int
    facts: tuple[ReadFact, ...]
    said_by: SaidBy
    is_explicit: bool

    def source(self, owner: OwnerId) -> FactSource:
        return FactSource(
            owner_id=owner,
            message_id=MessageId(f"message-{self.number}"),
            speaker={SaidBy.GUEST: "Kim", SaidBy.IMPORT: "user"}.get(self.said_by, "Sam"),
            said_by=self.said_by,
            assurance=Assurance.VERIFIED,
            channel="phone",
            said_at=Instant(START + self.day * DAY),
            is_explicit=self.is_explicit,
        )


def _at(fact: ReadFact, day: int | None) -> ReadFact:
    return fact if day is None else replace(fact, valid_from=Instant(START + day * DAY))


WHO = st.sampled_from(
    [("", ""), ("Anna", ""), ("Anna", "sister"), ("Anna", "from work"), ("sister", "sister")]
)
FACT = st.one_of(
    st.builds(
        lambda who, place, ended, day: _at(
            read("lives in", place, who[0], qualifier=who[1], is_ended=ended), day
        ),
        WHO,
        st.sampled_from(PLACES),
        st.booleans(),
        st.none() | st.integers(0, 12),
    ),
    st.builds(
        lambda name, ended: read(name, "coffee", is_ended=ended),
        st.sampled_from(["likes", "dislikes"]),
        st.booleans(),
    ),
    st.builds(lambda name: read("name", name), st.sampled_from(["Martin", "Marty"])),
    st.builds(lambda name: read("sister", name), st.sampled_from(["Anna", "Berta"])),
)


@st.composite
def stories(draw: st.DrawFn) -> tuple[list[Told], list[int]]:
    told = [
        Told(
            number,
            draw(st.integers(0, 12)),
            tuple(draw(st.lists(FACT, min_size=1, max_size=2))),
            draw(st.sampled_from([SaidBy.OWNER, SaidBy.OWNER, SaidBy.GUEST, SaidBy.IMPORT])),
            draw(st.booleans()),
        )
        for number in range(draw(st.integers(1, 7)))
    ]
    again = draw(st.lists(st.sampled_from(range(len(told))), max_size=4))
    return told, draw(st.permutations([*range(len(told)), *again]))


class House:
    """Facts over one database, for owners that nobody has met before."""

    def __init__(self, url: str) -> None:
        clock, signals = SystemClock(), InProcessSignals()
        self.ids = SystemIds(clock)
        self.database = Database(url, clock=clock)
        ledger = Ledger(self.database, clock, self.ids, signals)
        settling = Settling(FactStore(self.ids), events=EventLog(signals), jobs=ledger)
        self.facts = Facts(FactStore(self.ids), settling, database=self.database, clock=clock)

    async def believed(self, told: Sequence[Told]) -> list[tuple[object, ...]]:
        """Believe messages in this order; return everything that is or was held."""
        owner = OwnerId(self.ids.new())
        for each in told:
            async with self.database.transaction() as tx:
                await self.facts.believe(tx, each.facts, each.source(owner))
        found = await self.facts.list(owner, with_history=True, limit=200)
        return sorted(
            (
                view.subject,
                view.qualifier,
                view.statement,
                view.valid_from,
                view.valid_to or 0,
                view.retracted_as,
                view.is_pinned,
                view.confidence,
                tuple(sorted(source.message_id for source in view.sources)),
            )
            for view in found
        )


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(story=stories())
def test_any_order_of_redelivered_messages_gives_the_same_facts(
    story: tuple[list[Told], list[int]], database: Database, database_url: str
) -> None:
    assert database.url  # it has its tables by now; each example opens it in a loop of its own

    async def both() -> None:
        house = House(database_url)
        await house.database.start()
        try:
            told, order = story
            in_order = await house.believed(sorted(told, key=lambda each: each.day))
            assert await house.believed([told[number] for number in order]) == in_order
        finally:
            await house.database.stop()

    asyncio.run(both())


@settings(max_examples=300, deadline=None)
@given(story=stories())
def test_no_two_values_of_one_place_hold_at_one_moment(
    story: tuple[list[Told], list[int]],
) -> None:
    owner = OwnerId("sam")
    claims = [
        claim_of(fact, told.source(owner), claim_id=f"{told.number}.{at}", learnt_at=START)
        for told in story[0]
        for at, fact in enumerate(told.facts)
        if fact.predicate == "lives in" and fact.subject == ""
    ]
    episodes = settle(claims).episodes
    true = [each for each in episodes if each.state not in {"refused", "ended"}]
    assert sum(each.state is None for each in episodes) <= 1
    assert all(each.until is None or each.since <= each.until for each in episodes)
    for each in true:
        if each.successor is not None:
            assert each.until is not None
    assert sorted(claim.id for each in episodes for claim in each.claims) == sorted(
        claim.id for claim in claims
    )
