"""What a caller has not heard comes as a text: when they ask for it, or when the call ends so."""

from pathlib import Path
from typing import Any

import pytest

from backend.conversation.carriers import LineDropped
from backend.conversation.turns.texting_back import TextingBack
from backend.delivery import State, Text
from backend.kernel.events import Said, TurnEnded
from backend.kernel.people import Actor, ActorKind, Assurance, Role
from backend.platform.database.tables import deliveries, messages
from tests.contract.delivery.reach import SOMEBODY, Reach
from tests.contract.phone.ground import Ground
from tests.contract.phone.house import House
from tests.contract.phone.talk import Talk, talking
from tests.fakes.carrier import FakeCarrier
from tests.fakes.line import FakeLine

WORDS = "one two three four five six seven eight nine ten"
KNOWN = (Assurance.CLAIMED, Assurance.VERIFIED)


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'ringback.db'}"


async def house_that_texts(ground: Ground, *, finishes: bool = False, quiet: str = "") -> House:
    reach = await Reach(ground.database, ground.clock, FakeCarrier(), quiet=quiet).settle()
    texting = TextingBack(
        delivery=reach.delivery,
        database=ground.database,
        trust=reach.trust,
        finishes=finishes,
    )
    house = House(ground, texting_back=texting)
    await house.settle()
    async with house.database.transaction() as tx:
        await house.identity.change_person(tx, house.anna.id, number=SOMEBODY)
    house.anna = await house.identity.person(house.anna.id)
    house.voice.phrase_ms = 3_000
    house.mind.words = WORDS
    return house


async def speak_over(talk: Talk) -> None:
    """Cut the first reply off in its middle and say something else."""
    await talk.line.until(Said)
    talk.line.speak()
    await talk.line.until(TurnEnded)
    await talk.house.clock.sleep(1.5)
    talk.line.speak()
    await talk.line.until(TurnEnded, count=2)


async def hang_up_in_the_middle(talk: Talk, *, drops: bool = False) -> None:
    await talk.line.until(Said)
    talk.line.speak()
    await talk.line.until(TurnEnded)
    await talk.house.clock.sleep(1.5)
    if drops:
        talk.line.come(LineDropped())
    await talk.hang_up()


async def unheard(house: House) -> str:
    """Return what was not heard of the reply that was cut off first."""
    cut = [row for row in await house.rows(messages) if row["role"] == "companion"]
    assert f"{cut[0]['text']} {cut[0]['unheard']}".split() == WORDS.split()
    return str(cut[0]["unheard"])


async def texts(house: House) -> list[dict[str, Any]]:
    return await house.rows(deliveries)


@pytest.mark.parametrize("assurance", KNOWN)
async def test_the_rest_and_only_the_rest_is_texted_when_they_ask(
    ground: Ground, assurance: Assurance
) -> None:
    house = await house_that_texts(ground, quiet="00:00-23:59")  # who is on the phone is awake
    house.transcriber.texts = ["Count for me.", "Can you text me the rest, please?"]
    async with talking(house, FakeLine(hears_at_once=False), assurance) as talk:
        await speak_over(talk)
        await talk.hang_up()
    [text] = await texts(house)
    assert text["body"] == await unheard(house)
    assert (text["number"], text["state"]) == (SOMEBODY, State.WAITING)
    assert text["cause"].startswith("rest:")
    assert "held" not in text["details"]


async def test_all_of_the_last_answer_is_texted_when_they_want_that(ground: Ground) -> None:
    house = await house_that_texts(ground)
    house.transcriber.texts = ["Count for me.", "Text me that."]
    async with talking(house, FakeLine(hears_at_once=False)) as talk:
        await speak_over(talk)
        await talk.hang_up()
    assert [text["body"] for text in await texts(house)] == [WORDS]


@pytest.mark.parametrize("drops", [False, True])
async def test_a_call_that_ends_in_mid_sentence_is_finished_where_that_is_wished(
    ground: Ground, *, drops: bool
) -> None:
    house = await house_that_texts(ground, finishes=True)
    house.transcriber.texts = ["Count for me."]
    async with talking(house, FakeLine(hears_at_once=False), Assurance.CLAIMED) as talk:
        await hang_up_in_the_middle(talk, drops=drops)
    assert [text["body"] for text in await texts(house)] == [await unheard(house)]


async def test_nothing_is_texted_unasked_unless_it_is_wished(ground: Ground) -> None:
    house = await house_that_texts(ground)
    house.transcriber.texts = ["Count for me."]
    async with talking(house, FakeLine(hears_at_once=False)) as talk:
        await hang_up_in_the_middle(talk)
    assert await unheard(house)
    assert await texts(house) == []


async def test_what_was_heard_whole_is_not_texted(ground: Ground) -> None:
    house = await house_that_texts(ground, finishes=True)
    house.transcriber.texts = ["Count for me."]
    async with talking(house, FakeLine()) as talk:
        await talk.line.until(Said)
        talk.line.speak()
        await talk.line.until(TurnEnded)
        await house.clock.sleep(4.0)
        await talk.hang_up()
    assert await texts(house) == []


async def test_a_stranger_is_texted_nothing_asked_or_not(ground: Ground) -> None:
    house = await house_that_texts(ground, finishes=True)
    house.transcriber.texts = ["Count for me.", "Text me the rest."]
    async with talking(house, FakeLine(hears_at_once=False), Assurance.STRANGER) as talk:
        await speak_over(talk)
        await talk.hang_up()
    assert await texts(house) == []


async def test_an_answer_goes_to_ones_own_number_and_to_no_other(ground: Ground) -> None:
    reach = await Reach(ground.database, ground.clock, FakeCarrier()).settle()
    async with reach.database.transaction() as tx:
        anna = await reach.identity.add_person(tx, "Anna", number=SOMEBODY)
    actor = Actor(
        anna.owner_id, ActorKind.CALLER, Assurance.CLAIMED, role=Role.MEMBER, person_id=anna.id
    )
    for number, state in ((SOMEBODY, State.WAITING), ("+14155550199", State.REFUSED)):
        text = Text(number, "Bring milk.", f"rest:{number}", is_answer=True)
        async with reach.database.transaction() as tx:
            row = await reach.delivery.text(tx, actor, text)
        assert row.state is state
