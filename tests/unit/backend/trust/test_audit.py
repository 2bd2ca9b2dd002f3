"""The chain of decisions: what it keeps, and that nothing in it changes unseen."""

import asyncio
from contextlib import suppress
from typing import Any

import pytest
from sqlalchemy import delete, insert, select, update

from backend.kernel.errors import Conflict, Forbidden
from backend.kernel.people import Action, Actor, ActorKind, Assurance, Role
from backend.platform.database.tables import audit
from backend.platform.events import EventLog
from backend.platform.signals.engines.in_process import InProcessSignals
from backend.platform.telemetry.damper import Damper
from backend.trust import Trust
from backend.trust.audit import Audit
from tests.unit.backend.trust.house import House


@pytest.fixture
def verified(house: House) -> Actor:
    owner = house.owner
    return Actor(
        owner.owner_id, ActorKind.CALLER, Assurance.VERIFIED, role=Role.OWNER, person_id=owner.id
    )


@pytest.fixture
def stranger(house: House) -> Actor:
    return Actor(house.owner.owner_id, ActorKind.CALLER, Assurance.STRANGER)


async def decide(house: House, actor: Actor, action: Action, resource: str = "") -> bool:
    async with house.database.transaction() as tx:
        decision = await house.trust.decide(tx, actor, action, resource=resource, cause="turn")
        return decision.is_allowed


async def lines(house: House) -> list[dict[str, Any]]:
    async with house.database.reading() as connection:
        rows = await connection.execute(select(audit).order_by(audit.c.sequence))
        return [dict(row) for row in rows.mappings()]


async def chain_of_three(house: House, actor: Actor) -> None:
    for number in range(3):
        await decide(house, actor, Action.TEXT, f"+4930123456{number}")


async def test_what_goes_out_leaves_a_line_that_says_who_what_and_why(
    house: House, verified: Actor
) -> None:
    assert await decide(house, verified, Action.TEXT, "+49301234567")
    (line,) = await lines(house)
    assert line["actor"] == f"caller:{house.owner.id}:verified"
    assert (line["action"], line["resource"], line["cause"]) == ("text", "+49301234567", "turn")
    assert line["decision"] == "allow (allowed)"


async def test_a_denial_leaves_a_line(house: House, stranger: Actor) -> None:
    assert not await decide(house, stranger, Action.RECALL)
    assert (await lines(house))[0]["decision"].startswith("deny")


async def test_what_is_allowed_and_stays_inside_leaves_none(house: House, verified: Actor) -> None:
    assert await decide(house, verified, Action.RECALL)
    assert house.trust.may(verified, Action.NOTE)
    assert await lines(house) == []


async def test_a_required_permission_that_is_missing_is_written_down_and_raised(
    house: House, stranger: Actor
) -> None:
    with pytest.raises(Forbidden):
        await house.trust.require(stranger, Action.OPERATE, resource="/v1/people")
    assert len(await lines(house)) == 1


async def test_a_line_goes_with_its_effect_when_that_is_rolled_back(
    house: House, verified: Actor
) -> None:
    with suppress(Conflict):
        async with house.database.transaction() as tx:
            await house.trust.decide(tx, verified, Action.TEXT, resource="+49301234567")
            raise Conflict
    await decide(house, verified, Action.TEXT, "+49301234568")
    verification = await house.trust.verify_audit()
    assert (verification.lines, verification.holds) == (1, True)


async def test_lines_written_at_once_stand_in_one_chain(house: House, verified: Actor) -> None:
    await asyncio.gather(*(decide(house, verified, Action.TEXT) for _ in range(20)))
    verification = await house.trust.verify_audit()
    assert (verification.lines, verification.holds) == (20, True)
    assert verification.head == (await lines(house))[-1]["hash"]


@pytest.mark.parametrize(
    "column", ["at", "owner_id", "actor", "action", "resource", "decision", "cause", "hash"]
)
async def test_a_changed_line_is_found(house: House, verified: Actor, column: str) -> None:
    await chain_of_three(house, verified)
    forged = 1 if column == "at" else "forged"
    async with house.database.transaction() as tx:
        await tx.execute(update(audit).where(audit.c.sequence == 2).values({column: forged}))
    verification = await house.trust.verify_audit()
    assert (verification.holds, verification.broken_at) == (False, 2)


async def test_a_line_taken_out_is_found(house: House, verified: Actor) -> None:
    await chain_of_three(house, verified)
    async with house.database.transaction() as tx:
        await tx.execute(delete(audit).where(audit.c.sequence == 2))
    assert (await house.trust.verify_audit()).broken_at == 2


async def test_a_line_put_in_is_found(house: House, verified: Actor) -> None:
    await chain_of_three(house, verified)
    copy = (await lines(house))[-1] | {"sequence": 4}
    async with house.database.transaction() as tx:
        await tx.execute(insert(audit).values(**copy))
    assert (await house.trust.verify_audit()).broken_at == 4


async def test_lines_cut_off_at_the_end_are_told_by_the_head(house: House, verified: Actor) -> None:
    await chain_of_three(house, verified)
    head = (await house.trust.verify_audit()).head
    async with house.database.transaction() as tx:
        await tx.execute(delete(audit).where(audit.c.sequence == 3))
    cut = await house.trust.verify_audit()
    assert cut.holds
    assert (cut.lines, cut.head) != (3, head)


async def test_whoever_knocks_again_and_again_leaves_one_line_with_a_count(
    house: House, stranger: Actor
) -> None:
    trust = Trust(
        database=house.database,
        audit=Audit(events=EventLog(InProcessSignals())),
        damper=Damper(clock=house.clock),
    )
    for _ in range(9):
        with pytest.raises(Forbidden):
            await trust.require(stranger, Action.OPERATE, cause="request")
    assert [line["cause"] for line in await lines(house)] == ["request"]
    house.clock.advance(61)
    with pytest.raises(Forbidden):
        await trust.require(stranger, Action.OPERATE, cause="request")
    causes = [line["cause"] for line in await lines(house)]
    assert causes == ["request", "request (9 times)"]
