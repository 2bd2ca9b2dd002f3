"""Secrets and the audit chain keep their promises on both databases, whoever comes at once."""

import asyncio

import pytest

from backend.kernel.clock import Clock
from backend.kernel.errors import Conflict, Unauthorised
from backend.kernel.people import EVERYTHING, Action, Actor, ActorKind, Assurance, Person, Role
from backend.platform.chance import SystemChance, SystemIds
from backend.platform.database.engine import Database
from backend.platform.events import EventLog
from backend.platform.keys import Keys
from backend.platform.signals.engines.in_process import InProcessSignals
from backend.trust import Trust
from backend.trust.audit import Audit
from backend.trust.identity import CredentialKind, Identity, NewCredential, Redeemed

AT_ONCE = 8


@pytest.fixture
def identity(database: Database, clock: Clock, ids: SystemIds) -> Identity:
    return Identity(
        database=database, clock=clock, ids=ids, chance=SystemChance(), keys=Keys(bytes(32))
    )


@pytest.fixture
def trust(database: Database, signals: InProcessSignals) -> Trust:
    return Trust(database=database, audit=Audit(events=EventLog(signals)))


@pytest.fixture
async def owner(database: Database, identity: Identity) -> Person:
    async with database.transaction() as tx:
        return await identity.ensure_owner(tx)


async def issue(database: Database, identity: Identity, owner: Person, kind: CredentialKind) -> str:
    wanted = NewCredential(kind, owner.owner_id, person_id=owner.id, scopes=EVERYTHING)
    async with database.transaction() as tx:
        return (await identity.issue(tx, wanted)).token


@pytest.mark.covers("CL-14")
async def test_of_many_who_spend_a_code_at_once_one_succeeds(
    database: Database, identity: Identity, owner: Person
) -> None:
    code = await issue(database, identity, owner, CredentialKind.PAIRING)

    async def spend() -> Redeemed:
        async with database.transaction() as tx:
            return await identity.redeem(tx, CredentialKind.PAIRING, code)

    outcomes = await asyncio.gather(*(spend() for _ in range(AT_ONCE)), return_exceptions=True)
    assert sum(isinstance(outcome, Redeemed) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, Unauthorised) for outcome in outcomes) == AT_ONCE - 1


async def test_a_token_is_recognised_and_withdrawn(
    database: Database, identity: Identity, owner: Person
) -> None:
    token = await issue(database, identity, owner, CredentialKind.DEVICE)
    actor = await identity.authenticate(token)
    assert (actor.owner_id, actor.role) == (owner.owner_id, Role.OWNER)
    async with database.transaction() as tx:
        await identity.revoke(tx, actor.credential_id or "")
    with pytest.raises(Unauthorised):
        await identity.authenticate(token)


async def test_a_number_is_enrolled_once_whoever_asks_at_once(
    database: Database, identity: Identity, owner: Person
) -> None:
    async def enrol(name: str) -> Person:
        async with database.transaction() as tx:
            return await identity.add_person(tx, name, number="+49301234567", is_member=True)

    names = [f"Person {number}" for number in range(AT_ONCE)]
    outcomes = await asyncio.gather(*map(enrol, names), return_exceptions=True)
    assert sum(isinstance(outcome, Person) for outcome in outcomes) == 1
    assert all(isinstance(outcome, Person | Conflict) for outcome in outcomes), outcomes
    holder = await identity.resolve_number("+49 30 1234567")
    assert holder is not None
    assert len(await identity.people()) == 2


@pytest.mark.covers("CL-14")
async def test_lines_written_at_once_stand_in_one_chain(
    database: Database, trust: Trust, owner: Person
) -> None:
    actor = Actor(owner.owner_id, ActorKind.CALLER, Assurance.VERIFIED, role=Role.OWNER)

    async def decide() -> None:
        async with database.transaction() as tx:
            await trust.decide(tx, actor, Action.TEXT, resource="+49301234567", cause="turn")

    await asyncio.gather(*(decide() for _ in range(AT_ONCE)))
    verification = await trust.verify_audit()
    assert (verification.lines, verification.holds) == (AT_ONCE, True)
