"""What was forgotten and is sent again by the program it came from stays out: on both databases."""

import pytest

from backend.kernel.clock import Instant
from backend.kernel.forgetting import Everything, Kind, Period
from backend.kernel.people import Actor, ActorKind, Assurance
from backend.memory import ImportedTurn
from backend.platform.forgetting import SealedTombstones
from tests.contract.forgetting.house import BEGAN, OTHER, OWNER, House, one

NAME = "old1@nokia.example"
WORDS = "I work at Nokia."
OWNERS = Actor(OWNER, ActorKind.API, Assurance.HELD)


def turn(words: str = WORDS, *, name: str = NAME, at: int = BEGAN) -> ImportedTurn:
    return ImportedTurn(name, "me", words, Instant(at))


async def texts(house: House) -> list[str]:
    return [row["text"] for row in await house.rows("messages")]


@pytest.fixture
async def forgetful(house: House) -> House:
    await house.parts.memory.ingest(OWNERS, "n", [turn()])
    (row,) = await house.rows("messages")
    await house.forget_all(one(Kind.MESSAGE, row["id"]))
    return house


@pytest.mark.covers("SE-05")
async def test_the_same_id_is_left_out_and_counted(forgetful: House) -> None:
    news = turn("The boat is red.", name="new1")
    # Without a date it was said now: the time is no part of what it is known by.
    done = await forgetful.parts.memory.ingest(OWNERS, "n", [turn(at=BEGAN + 1), news])
    assert done.forgotten_before == 1
    assert await texts(forgetful) == ["The boat is red."]


async def test_everything_that_was_forgotten_at_once_stays_out_too(house: House) -> None:
    many = [turn(f"word {number}", name=str(number)) for number in range(1200)]
    await house.parts.memory.ingest(OWNERS, "n", many)
    await house.forget_all(Everything())
    done = await house.parts.memory.ingest(OWNERS, "n", many)
    assert done.forgotten_before == len(many)
    assert await texts(house) == []


async def test_whoever_wants_it_back_says_so(forgetful: House) -> None:
    done = await forgetful.parts.memory.ingest(OWNERS, "n", [turn()], again=True)
    assert done.forgotten_before == 0
    assert await texts(forgetful) == [WORDS]


async def test_the_id_is_another_one_elsewhere_and_of_somebody_else(forgetful: House) -> None:
    others = Actor(OTHER, ActorKind.API, Assurance.HELD)
    for actor, namespace in ((OWNERS, "m"), (others, "n")):
        done = await forgetful.parts.memory.ingest(actor, namespace, [turn()])
        assert done.forgotten_before == 0


async def test_no_tombstone_holds_the_id_itself(forgetful: House) -> None:
    assert await forgetful.tables_with("nokia") == set()
    assert "elsewhere" in {row["kind"] for row in await forgetful.rows("tombstones")}


async def test_the_sealed_copies_know_it_as_well(forgetful: House) -> None:
    """An older backup, or a fresh machine, learns of it from them."""
    parts = forgetful.parts
    sealed = SealedTombstones(parts.objects, lambda: parts.keys)
    kinds = {target.kind async for grave in sealed.read() for target in grave.targets}
    assert Kind.ELSEWHERE in kinds


async def test_a_dry_run_tells_of_messages_and_not_of_their_hashes(house: House) -> None:
    await house.parts.memory.ingest(OWNERS, "n", [turn()])
    outcome = await house.forget(Period(Instant(BEGAN), Instant(BEGAN + 1)))
    assert dict(outcome.closure.counts()) == {"message": 1}
