"""What the owner has said stands, whatever anybody else says, asks or undoes: any way, any time."""

import asyncio
from dataclasses import dataclass, replace
from itertools import product

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from backend.kernel.clock import DAY, Instant
from backend.kernel.errors import RingbackError
from backend.kernel.ids import MessageId, OwnerId
from backend.kernel.people import Assurance
from backend.memory.facts import FactSource, FactView, Named, ReadFact, SaidBy
from backend.memory.facts.believing import settle
from backend.memory.facts.claims import Claim, Weight, claim_of, weight_of
from backend.platform.database.engine import Database
from tests.contract.memory.teller import read
from tests.contract.memory.test_facts_in_any_order import START, House

OTHERS = [
    (said_by, assurance)
    for said_by, assurance in product(SaidBy, Assurance)
    if weight_of(said_by, assurance) is Weight.GUEST
]
OPERATIONS = ("believe", "correct", "rename", "deny", "pin", "unpin", "undo", "merge", "unmerge")
PLACES = ("Porto", "Rome", "Porto, Brazil")
OWN = (
    read("name", "Sam"),
    read("lives in", "Porto"),
    read("allergic to", "nuts"),
    read("takes", "metformin 500 mg"),
    read("likes", "coffee"),
    read("sister", "Anna"),
    read("lives in", "Porto", "Anna", qualifier="sister"),
    read("lives in", "Rome", "Berta"),
)
SAID = st.builds(
    lambda what, who, ended, year: replace(
        read(what[0], what[1], who[0], qualifier=who[1], is_ended=ended),
        valid_from=year and Instant(START + year * 365 * DAY),
        valid_to=year and Instant(START + year * 365 * DAY) if ended else None,
    ),
    st.sampled_from(
        [
            *(("lives in", place) for place in PLACES),
            ("name", "Sam Smith"),
            ("allergic to", "nuts"),
            ("takes", "metformin 900 mg"),
            ("dislikes", "coffee"),
            ("sister", "Berta"),
        ]
    ),
    st.sampled_from(
        [("", ""), ("Sam", ""), ("Anna", ""), ("Anna", "from work"), ("Berta", "friend")]
    ),
    st.booleans(),
    st.sampled_from([None, -90, 1]),
)


@dataclass(frozen=True)
class Attempt:
    """Something that somebody else does."""

    operation: str
    who: tuple[SaidBy, Assurance]
    said: tuple[ReadFact, ...]
    target: int
    is_explicit: bool
    day: int

    def source(self, owner: OwnerId, number: int) -> FactSource:
        return FactSource(
            owner_id=owner,
            message_id=MessageId(f"theirs-{number}"),
            speaker="Kim" if self.who[0] is SaidBy.GUEST else "Sam",
            said_by=self.who[0],
            assurance=self.who[1],
            channel="phone",
            said_at=Instant(START + self.day * DAY),
            person_id="person-kim",
            is_explicit=self.is_explicit,
        )


ATTEMPT = st.builds(
    Attempt,
    st.sampled_from(OPERATIONS),
    st.sampled_from(OTHERS),
    st.lists(SAID, min_size=1, max_size=3).map(tuple),
    st.integers(0, len(OWN) - 1),
    st.booleans(),
    st.integers(-30, 60),
)


def episodes_of(claims: list[Claim]) -> list[tuple[object, ...]]:
    """Return what is held from the owner's words in one slot."""
    return [
        (each.told.object, each.since, each.until, each.state)
        for each in settle(claims).episodes
        if each.weight is not Weight.GUEST
    ]


PLACE = SAID.filter(lambda fact: fact.predicate == "lives in")


@settings(max_examples=400, deadline=None)
@given(
    mine=st.lists(st.tuples(PLACE, st.integers(-30, 30)), min_size=1, max_size=4),
    theirs=st.lists(
        st.tuples(PLACE, st.integers(-30, 30), st.sampled_from(OTHERS)), min_size=1, max_size=4
    ),
)
def test_whatever_others_say_the_owners_story_is_the_same(
    mine: list[tuple[ReadFact, int]],
    theirs: list[tuple[ReadFact, int, tuple[SaidBy, Assurance]]],
) -> None:
    own = (SaidBy.OWNER, Assurance.VERIFIED)
    said = [(fact, day, own) for fact, day in mine] + theirs
    claims = [
        claim_of(
            fact,
            Attempt("believe", who, (), 0, is_explicit=True, day=day).source(OwnerId("o"), number),
            claim_id=f"{number}",
            learnt_at=START,
        )
        for number, (fact, day, who) in enumerate(said)
    ]
    assert episodes_of(claims) == episodes_of(claims[: len(mine)])


class Guarded(House):
    """Facts of an owner whom others try to speak for."""

    async def told(self) -> tuple[OwnerId, FactSource]:
        owner = OwnerId(self.ids.new())
        mine = FactSource(
            owner_id=owner,
            message_id=MessageId("mine"),
            speaker="Sam",
            said_by=SaidBy.OWNER,
            assurance=Assurance.VERIFIED,
            channel="phone",
            said_at=START,
            person_id="person-sam",
        )
        async with self.database.transaction() as tx:
            await self.facts.believe(tx, OWN, mine)
        return owner, mine

    async def held(self, owner: OwnerId) -> list[FactView]:
        """Return what is known from the owner, all but who else says the same."""
        found = await self.facts.list(owner, with_history=True, limit=200)
        return sorted(
            (
                replace(view, sources=(), confidence=0.0)
                for view in found
                if weight_of(view.said_by, view.assurance) is not Weight.GUEST
            ),
            key=lambda view: view.id,
        )

    async def attempt(self, owner: OwnerId, number: int, attempt: Attempt) -> None:
        """Do what somebody else would do; that it is refused aloud is as good as in silence."""
        source = attempt.source(owner, number)
        fact = (await self.held(owner))[attempt.target]
        try:
            async with self.database.transaction() as tx:
                match attempt.operation:
                    case "believe":
                        await self.facts.believe(tx, attempt.said, source)
                    case "correct":
                        await self.facts.correct(tx, fact.id, object="Oslo", source=source)
                    case "rename":
                        await self.facts.correct(tx, fact.id, subject="Kim", source=source)
                    case "deny":
                        await self.facts.deny(tx, fact.id, source=source)
                    case "pin" | "unpin":
                        is_pinned = attempt.operation == "pin"
                        await self.facts.pin(tx, fact.id, is_pinned=is_pinned, source=source)
                    case "undo":
                        change = (await self.facts.history(owner, fact.id))[0]
                        await self.facts.restore(tx, change.id, source=source)
                    case "merge":
                        names = Named("Berta"), Named("Anna", "sister")
                        await self.facts.merge(tx, *names, source=source)
                    case _:
                        await self.facts.unmerge(tx, "any", source=source)
        except RingbackError:
            return


@settings(
    max_examples=8,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # each step is a transaction
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(attempts=st.lists(ATTEMPT, min_size=1, max_size=6))
def test_nobody_else_changes_what_is_the_owners(
    attempts: list[Attempt], database: Database, database_url: str
) -> None:
    assert database.url  # it has its tables by now; each example opens it in a loop of its own

    async def all_of_them() -> None:
        house = Guarded(database_url)
        await house.database.start()
        try:
            owner, _ = await house.told()
            before = await house.held(owner)
            assert len(before) == len(OWN)
            for number, attempt in enumerate(attempts):
                await house.attempt(owner, number, attempt)
                assert await house.held(owner) == before
        finally:
            await house.database.stop()

    asyncio.run(all_of_them())


async def test_each_who_may_not_is_refused_each_operation(
    database: Database, database_url: str
) -> None:
    assert database.url
    house = Guarded(database_url)
    await house.database.start()
    try:
        said = (read("lives in", "Rome"), read("allergic to", "nuts", is_ended=True))
        for operation, who in product(OPERATIONS, OTHERS):
            owner, _ = await house.told()
            before = await house.held(owner)
            await house.attempt(owner, 1, Attempt(operation, who, said, 0, True, 9))
            assert await house.held(owner) == before, (operation, who)
    finally:
        await house.database.stop()


async def test_the_owner_may_all_of_it(database: Database, database_url: str) -> None:
    """What nobody else may would prove nothing if nobody could."""
    assert database.url
    house = Guarded(database_url)
    await house.database.start()
    try:
        said = (read("lives in", "Rome"), read("likes", "coffee", is_ended=True))
        own = (SaidBy.OWNER, Assurance.VERIFIED)
        for operation in OPERATIONS:
            if operation in {"unmerge", "pin"}:
                continue  # there is no merge, and a name is pinned by its nature
            owner, _ = await house.told()
            before = await house.held(owner)
            await house.attempt(owner, 1, Attempt(operation, own, said, 0, True, 9))
            assert await house.held(owner) != before, operation
    finally:
        await house.database.stop()
