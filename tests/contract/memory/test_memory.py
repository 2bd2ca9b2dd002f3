"""What memory promises, on each kind of truth."""

from collections.abc import Mapping

import pytest

from backend.kernel.clock import SECOND, Instant
from backend.kernel.ids import MessageId, OwnerId
from backend.kernel.people import Actor, ActorKind, Assurance
from backend.memory import ImportedTurn, NewMemory, NewMessage
from backend.platform.database.transaction import Transaction
from tests.contract.memory.conftest import Room

SAM, KIM = OwnerId("owner-sam"), OwnerId("owner-kim")
AT = Instant(1_790_000_000 * SECOND)
ANNA = "Please remember that my sister Anna has her birthday on the fourth of May."


def actor(owner: OwnerId = SAM) -> Actor:
    return Actor(owner, ActorKind.API, Assurance.HELD)


def message(text: str, owner: OwnerId = SAM, *, is_recallable: bool = True) -> NewMessage:
    return NewMessage(
        owner,
        text,
        "Sam",
        "person",
        Assurance.VERIFIED,
        AT,
        channel="phone",
        is_recallable=is_recallable,
    )


def turn(number: int, text: str, speaker: str = "Melanie") -> ImportedTurn:
    return ImportedTurn(f"D1:{number}", speaker, text, AT)


async def keep(room: Room, *messages: NewMessage) -> list[MessageId]:
    async with room.database.transaction() as tx:
        return await room.memory.keep(tx, messages)


async def texts(room: Room, query: str, owner: OwnerId = SAM, *, namespace: str = "") -> list[str]:
    return [found.text for found in await room.memory.search(owner, query, namespace=namespace)]


@pytest.mark.covers("ME-01")
async def test_what_was_said_is_found_before_and_after_it_is_embedded(room: Room) -> None:
    await keep(room, message(ANNA))
    assert await texts(room, "When is Anna's birthday?") == [ANNA]
    assert await room.work() == 2
    (found,) = await room.memory.search(SAM, "When is Anna's birthday?")
    assert (found.text, found.channel, found.said_at) == (ANNA, "phone", AT)
    assert found.signals["cosine"] > 0.5


async def test_what_is_not_embedded_yet_stands_where_its_words_do(room: Room) -> None:
    await keep(room, *(message(f"I love walks by the sea, the {n}th time.") for n in range(8)))
    await room.work()
    await keep(room, message("I love quixotry."))
    found = await room.memory.rank(SAM, "love quixotry", k=3)
    assert "I love quixotry." in [each.text for each in found]


async def test_nothing_relevant_gives_nothing(room: Room) -> None:
    await keep(room, message(ANNA), message("I like tea in the morning."))
    await room.work()
    assert await texts(room, "Where did I park the car?") == []
    assert await texts(room, "") == []
    assert await texts(room, "what is the") == []


async def test_a_memory_is_cited_in_its_own_words(room: Room) -> None:
    (message_id,) = await keep(room, message(ANNA))
    async with room.database.transaction() as tx:
        memory_id = await room.memory.remember(
            tx, NewMemory(SAM, "my sister Anna's birthday", message_id, Assurance.VERIFIED, AT)
        )
    (found,) = await room.memory.search(SAM, "Anna's birthday")
    assert (found.text, found.memory_id) == ("my sister Anna's birthday", memory_id)


async def test_what_may_not_be_recalled_is_never_found(room: Room) -> None:
    await keep(room, message("When is Anna's birthday?", is_recallable=False))
    await room.work()
    assert await texts(room, "Anna's birthday") == []


async def test_another_owner_finds_and_lists_nothing(room: Room) -> None:
    (message_id,) = await keep(room, message(ANNA))
    async with room.database.transaction() as tx:
        await room.memory.remember(
            tx, NewMemory(SAM, "Anna's birthday", message_id, Assurance.VERIFIED, AT)
        )
    await room.work()
    assert await texts(room, "Anna's birthday", KIM) == []
    assert await room.memory.list_memories(KIM) == []
    assert await room.memory.related(KIM, "Sam") == []
    assert len(await room.memory.list_memories(SAM)) == 1


async def test_the_memory_list_pages_from_the_newest(room: Room) -> None:
    for number in range(5):
        (message_id,) = await keep(room, message(f"fact {number}"))
        async with room.database.transaction() as tx:
            await room.memory.remember(
                tx, NewMemory(SAM, f"fact {number}", message_id, Assurance.VERIFIED, AT)
            )
    first = await room.memory.list_memories(SAM, limit=2)
    assert [each.text for each in first] == ["fact 4", "fact 3"]
    rest = await room.memory.list_memories(SAM, before=(first[-1].learnt_at, first[-1].id))
    assert [each.text for each in rest] == ["fact 2", "fact 1", "fact 0"]
    assert rest[0].source.channel == "phone"


async def test_an_import_is_found_by_its_own_ids(room: Room) -> None:
    turns = [turn(1, "I went to the pottery class on Friday."), turn(2, "Nice weather today.")]
    assert not (await room.memory.ingest(actor(), "chat", turns)).is_searchable
    await room.work()
    (found,) = await room.memory.search(SAM, "When was the pottery class?", namespace="chat")
    assert found.external_id == "D1:1"
    assert await texts(room, "pottery class") == []


async def test_importing_the_same_turns_again_adds_nothing(room: Room) -> None:
    turns = [turn(1, "I went to the pottery class on Friday.")]
    await room.memory.ingest(actor(), "chat", turns)
    assert await room.work() == 2
    await room.memory.ingest(actor(), "chat", turns)
    assert await room.work() == 0
    assert len(await texts(room, "pottery class", namespace="chat")) == 1


async def test_the_same_external_id_of_another_owner_is_another_message(room: Room) -> None:
    await room.memory.ingest(actor(SAM), "chat", [turn(1, "I like pottery.")])
    await room.memory.ingest(actor(KIM), "chat", [turn(1, "I hate pottery.")])
    assert await texts(room, "pottery", SAM, namespace="chat") == ["I like pottery."]
    assert await texts(room, "pottery", KIM, namespace="chat") == ["I hate pottery."]


async def test_a_caption_is_found_with_its_turn(room: Room) -> None:
    shown = ImportedTurn("D1:1", "Mel", "Look at this!", AT, caption="a bowl of blue clay")
    await room.memory.ingest(actor(), "chat", [shown])
    assert await texts(room, "blue clay bowl", namespace="chat") == ["Look at this!"]


async def test_without_an_embedder_words_still_find(room: Room) -> None:
    await keep(room, message(ANNA))
    room.embedder.is_away = True
    assert await texts(room, "When is Anna's birthday?") == [ANNA]


async def test_jobs_are_promised_with_the_message_or_not_at_all(room: Room) -> None:
    with pytest.raises(RuntimeError):  # noqa: PT012 - the block is the transaction
        async with room.database.transaction() as tx:
            await room.memory.keep(tx, [message(ANNA)])
            raise RuntimeError
    assert await room.work() == 0
    assert await texts(room, "Anna's birthday") == []


async def test_names_are_related_by_the_job(room: Room) -> None:
    await keep(room, message(ANNA))
    await room.work()
    (anna,) = await room.memory.related(SAM, "Sam")
    assert (anna.concept.name, anna.evidence[0].predicate) == ("Anna", "sister")


async def test_a_lost_lease_leaves_no_vector(room: Room) -> None:
    (message_id,) = await keep(room, message(ANNA))

    async def lost(tx: Transaction, result: Mapping[str, object]) -> None:
        raise RuntimeError

    with pytest.raises(RuntimeError):
        await room.memory.embed_messages([message_id], lost)
    assert await room.work() == 2
    (found,) = await room.memory.search(SAM, "Anna's birthday")
    assert found.signals["cosine"] > 0


@pytest.mark.parametrize("query", ["'", '"', "a OR b", "NEAR(", "*", "anna' --", "\x00", "🎂" * 50])
async def test_any_query_is_safe(room: Room, query: str) -> None:
    await keep(room, message(ANNA))
    await texts(room, query)
