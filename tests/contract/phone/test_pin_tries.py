"""PINs: both databases count tries alike, and one that nobody asked for is kept nowhere."""

import asyncio

import pytest

from backend.conversation.carriers import HungUp, KeyPressed, TypedText
from backend.conversation.exchange.exchange import Exchange
from backend.conversation.exchange.identifying import NEVER_WRITTEN, VERIFIED
from backend.kernel.clock import SECOND
from backend.kernel.events import Heard, PartialHeard, Said, Spoken, TurnEnded
from backend.kernel.people import Assurance
from backend.platform.database.tables import events, memories, messages, people, turns
from backend.platform.tasks import Supervisor
from backend.trust.identity import PinVerdict
from backend.trust.identity.pins import LOCKED_FOR
from tests.contract.phone.house import House
from tests.contract.phone.talk import talking
from tests.fakes.line import FakeLine

PIN, OTHER = "493817", "551627"
QUESTION = "When is my sister's birthday?"


class Recording:
    """Takes down what it is told to keep out."""

    def __init__(self) -> None:
        self.blanked_s: list[float] = []

    def pause(self) -> None: ...

    def resume(self) -> None: ...

    def blank(self, seconds: float) -> None:
        self.blanked_s.append(seconds)

    def silence(self, began_ms: int, ended_ms: int) -> None: ...

    def keep_open(self) -> None: ...

    def let_go(self) -> None: ...


async def test_tries_at_once_lock_and_each_lock_lasts_longer(house: House) -> None:
    await house.pins.set(house.anna, PIN)
    for wait in LOCKED_FOR[:2]:
        tries = await asyncio.gather(*(house.pins.try_out(house.anna.id, OTHER) for _ in range(8)))
        assert tries.count(PinVerdict.WRONG) == 4
        assert tries.count(PinVerdict.LOCKED) == 4
        assert await house.pins.try_out(house.anna.id, PIN) is PinVerdict.LOCKED
        [row] = [row for row in await house.rows(people) if row["id"] == house.anna.id]
        assert abs(row["pin_locked_until"] - house.clock.now() - wait) < 60 * SECOND
        async with house.database.transaction() as tx:  # as if the time had passed
            await tx.execute(people.update().values(pin_locked_until=1))
    assert await house.pins.try_out(house.anna.id, PIN) is PinVerdict.RIGHT


@pytest.mark.parametrize("assurance", [Assurance.CLAIMED, Assurance.VERIFIED])
async def test_a_pin_that_nobody_asked_for_is_no_turn_either(
    house: House, assurance: Assurance
) -> None:
    await house.pins.set(house.anna, PIN)
    house.anna = await house.identity.person(house.anna.id)
    house.transcriber.texts = ["My PIN is four nine three eight one seven.", QUESTION]
    async with talking(house, FakeLine(), assurance) as talk:
        line = talk.line
        await line.until(Said)
        line.speak()
        await line.until(Said, count=2)
        await house.clock.sleep(1.0)
        line.speak()
        await line.until(TurnEnded)
        row = await talk.hang_up()
    assert [heard.text for heard in line.all_told(Heard)] == [QUESTION]
    assert [context.heard for context in house.mind.contexts] == [QUESTION]
    assert row["assurance"] == "verified"
    assert "three" not in str(await house.rows(messages)) + str(await house.rows(memories))


@pytest.mark.parametrize(
    ("assurance", "told"),
    [(Assurance.VERIFIED, NEVER_WRITTEN), (Assurance.CLAIMED, VERIFIED)],
)
async def test_a_pin_that_is_typed_is_in_no_transcript(
    house: House, assurance: Assurance, told: str
) -> None:
    await house.pins.set(house.anna, PIN)
    house.anna = await house.identity.person(house.anna.id)
    async with talking(house, FakeLine(carrier="app", is_spoken=False), assurance) as talk:
        line = talk.line
        await line.until(Said)
        line.come(TypedText(f"My PIN is {PIN}."))
        await line.until(Said, count=2)
        line.come(TypedText(QUESTION))
        await line.until(TurnEnded)
        await talk.hang_up()
    assert told.startswith(line.all_told(Said)[1].text)  # phrase by phrase
    assert [heard.text for heard in line.all_told(Heard)] == [QUESTION]
    assert [context.heard for context in house.mind.contexts] == [QUESTION]
    kept = [await house.rows(table) for table in (messages, memories, turns, events)]
    assert PIN not in str(kept)


async def test_bare_digits_from_a_claimed_caller_are_no_turn_and_told_to_nobody(
    house: House,
) -> None:
    await house.pins.set(house.anna, PIN)
    house.anna = await house.identity.person(house.anna.id)
    house.transcriber.texts = ["Four nine three eight one seven.", QUESTION]
    async with talking(house, FakeLine(), Assurance.CLAIMED) as talk:
        line = talk.line
        await line.until(Said)
        line.speak(voice_ms=2_000)
        await line.until(Said, count=2)
        await house.clock.sleep(1.0)
        line.speak()
        await line.until(TurnEnded)
        row = await talk.hang_up()
    assert [heard.text for heard in line.all_told(Heard)] == [QUESTION]
    assert [context.heard for context in house.mind.contexts] == [QUESTION]
    assert "nine" not in str(line.all_told(PartialHeard))
    assert row["assurance"] == "verified"
    kept = [str(await house.rows(table)) for table in (messages, memories, turns, events)]
    assert not [rows for rows in kept if "three" in rows or PIN in rows]


async def test_a_number_that_we_asked_for_is_an_answer_and_no_pin(house: House) -> None:
    await house.pins.set(house.anna, PIN)
    house.anna = await house.identity.person(house.anna.id)
    number = "Five five one six two seven."
    house.transcriber.texts = ["I am at the station.", number]
    house.mind.words = "What is the number of your train?"
    async with talking(house, FakeLine(), Assurance.CLAIMED) as talk:
        line = talk.line
        await line.until(Said)
        line.speak()
        await line.until(Spoken, count=2)
        line.speak()
        await line.until(TurnEnded, count=2)
        await talk.hang_up()
    assert line.all_told(Heard)[-1].text == number


async def test_a_stray_key_eats_no_words(house: House) -> None:
    await house.pins.set(house.anna, PIN)
    house.anna = await house.identity.person(house.anna.id)
    house.transcriber.texts = ["I am tired today."]
    async with talking(house, FakeLine(), Assurance.CLAIMED) as talk:
        line = talk.line
        await line.until(Said)
        line.come(KeyPressed("4"))
        line.speak()
        await line.until(TurnEnded)
        await talk.hang_up()
    assert [heard.text for heard in line.all_told(Heard)] == ["I am tired today."]


async def test_its_sound_is_taken_out_of_the_recording(house: House) -> None:
    await house.pins.set(house.anna, PIN)
    house.anna = await house.identity.person(house.anna.id)
    house.transcriber.texts = ["My PIN is four nine three eight one seven."]
    line, recording = FakeLine(), Recording()
    party = await house.party(Assurance.CLAIMED)
    exchange = Exchange(line, party, house.conductor._stages, privacy=recording)
    async with Supervisor() as supervisor:
        running = supervisor.start("exchange", exchange.run("Hello."))
        await line.until(Said)
        line.speak()
        await line.until(Said, count=2)
        line.come(HungUp("caller"))
        await asyncio.wait({running})
    [blanked_s] = recording.blanked_s
    assert blanked_s > 3.6  # the words, and the time that it takes to read them
