"""A turn that is answered while its exchange is forgotten is kept whole, on both databases."""

import asyncio

import pytest

from backend.conversation.sessions import NewSession, Party
from backend.conversation.turns.types import Draft, HeardTurn
from backend.kernel.forgetting import Kind, OneThing, Scope, Target
from backend.kernel.people import Assurance
from backend.platform.database.tables import conversations, messages
from backend.platform.database.transaction import Transaction
from tests.contract.phone.ground import Ground
from tests.contract.phone.house import ANNA
from tests.contract.phone.truth_house import TruthHouse

WORDS = "My sister lives in Bergen."


@pytest.fixture
async def house(ground: Ground) -> TruthHouse:
    house = TruthHouse(ground)
    await house.settle()
    return house


async def forget(house: TruthHouse, party: Party) -> None:
    what = OneThing(Target(Kind.CONVERSATION, party.conversation_id))
    async with house.database.transaction() as tx:
        await house.forgetting.forget(tx, Scope(party.actor.owner_id, what), actor="test")


async def exchanges(house: TruthHouse) -> set[str]:
    """Return the exchanges that messages name, which must all be there."""
    named = {row["conversation_id"] for row in await house.rows(messages)}
    assert named <= {row["id"] for row in await house.rows(conversations)}
    return named


async def test_a_thread_that_was_forgotten_meanwhile_stands_again(house: TruthHouse) -> None:
    party = await house.party(Assurance.REPLYABLE, carrier="sms")
    await house.say(party, "I am tired today.")
    await forget(house, party)
    assert await house.rows(conversations) == []
    await house.say(party, WORDS)
    assert await exchanges(house) == {party.conversation_id}
    wanted = NewSession(party.actor, "sms", person=house.anna, remote=ANNA)
    async with house.database.transaction() as tx:
        assert (await house.sessions.thread(tx, wanted)).conversation_id == party.conversation_id


async def test_a_call_that_was_over_and_forgotten_stands_again_as_one_that_is_over(
    house: TruthHouse,
) -> None:
    party = await house.party()
    await house.say(party, "I am tired today.")
    await house.sessions.end(party, by="lost")
    await forget(house, party)
    await house.say(party, WORDS)
    assert await exchanges(house) == {party.conversation_id}
    [call] = await house.rows(conversations)
    assert (call["person_id"], call["carrier"]) == (house.anna.id, "phone")
    assert call["ended_at"] is not None


async def test_a_thread_in_which_a_turn_is_kept_just_now_is_not_left_empty(
    house: TruthHouse,
) -> None:
    party = await house.party(Assurance.REPLYABLE, carrier="sms")
    await house.say(party, "I am tired today.")
    forgetting: asyncio.Task[None] | None = None

    async def begin_to_forget(tx: Transaction, draft: Draft) -> None:
        nonlocal forgetting
        del tx, draft
        forgetting = group.create_task(forget(house, party))
        await house.clock.sleep(0.2)  # it waits for this turn, or has not come so far

    async def speak(piece: str) -> None:
        del piece

    heard = HeardTurn(house.turns.new_id(), WORDS)
    async with asyncio.timeout(20), asyncio.TaskGroup() as group:
        await house.turns.take(party, heard, speak, together=begin_to_forget)
        assert forgetting is not None
    await exchanges(house)
