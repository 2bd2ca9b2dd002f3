"""What a process keeps at hand goes with what is forgotten: no word of it stays in its memory."""

import pytest

from backend.conversation.sessions import Party
from backend.conversation.turns.last_told import LastTurns
from backend.kernel.forgetting import Kind
from backend.kernel.ids import ConversationId
from tests.contract.forgetting.house import OWNER, House, actor_of, fact, one

SECRET = "zorblax"
NAME = SECRET.title()


def at_hand(house: House) -> str:
    """Return all that the cache holds, with its keys, as a text."""
    cache = house.parts.cache
    return "".join(f"{key} {entry.value!r}" for key, entry in cache._entries.items()).lower()


async def _ask(house: House, conversation: str) -> None:
    """Read all that a turn reads."""
    parts = house.parts
    party = Party(actor_of(OWNER), ConversationId(conversation), "phone")
    await parts.memory.search(OWNER, "Who lives in Bergen?")
    await parts.memory.short_term(OWNER)
    await parts.memory.names(OWNER)
    await parts.facts.pinned(OWNER)
    await parts.facts.about(OWNER, names=["", "Bergen"])
    await LastTurns(parts.cache).of(party)


@pytest.mark.covers("SE-05", "ME-25")
async def test_a_word_that_is_forgotten_is_at_hand_nowhere(house: House) -> None:
    said = await house.turn(
        f"My friend {NAME} lives in Bergen.",
        facts=[fact(f"{NAME} lives in Bergen.", subject=NAME, is_pinned=True)],
    )
    await _ask(house, said["conversation"])
    await house.turn(f"I met {NAME} today.", conversation=said["conversation"])  # it goes along
    await house.parts.facts.about(OWNER, names=[f"the boat of {NAME}"])  # of which nothing is known
    await _ask(house, said["conversation"])
    assert at_hand(house).count(SECRET) > 2
    rows = await house.rows("turns")
    for row in rows:
        await house.forget_all(one(Kind.TURN, str(row["id"])))
    assert SECRET not in at_hand(house)
    await _ask(house, said["conversation"])
    assert SECRET not in at_hand(house)


async def test_a_name_that_was_asked_for_in_vain_goes_too(house: House) -> None:
    said = await house.turn(f"{NAME} has a boat.")
    await house.parts.facts.about(OWNER, names=[NAME])
    assert SECRET in at_hand(house)
    await house.forget_all(one(Kind.TURN, said["turn"]))
    assert SECRET not in at_hand(house)
