"""The second of audio: who asks on a call how something is known hears it said again."""

import numpy as np
import pytest

from backend.conversation.sessions import Party
from backend.kernel.events import Interrupted, Said, Spoken, TurnEnded
from backend.kernel.people import Assurance
from backend.platform.database.tables import conversations
from tests.contract.phone.ground import Ground
from tests.contract.phone.truth_house import TruthHouse, on_a_call, owner
from tests.fakes.line import FakeLine

TOLD = "My favourite colour is green."
VOICE_MS = 600
LOUD = 7_000  # what the fake line hears of a voice; our own is half as loud


@pytest.fixture
async def house(ground: Ground) -> TruthHouse:
    house = TruthHouse(ground, is_recorded=True)
    await house.settle()
    return house


async def told(house: TruthHouse) -> None:
    """Say it on a recorded call, to the call's end."""
    house.transcriber.texts = [TOLD]
    line = FakeLine()
    async with on_a_call(house, await owner(house), line):
        line.speak(voice_ms=VOICE_MS)
        await line.until(TurnEnded)
    [row] = await house.rows(conversations)
    assert row["recording"]


async def asked(house: TruthHouse, party: Party) -> FakeLine:
    """Ask on another call how it is known; return what was heard."""
    house.transcriber.forget()
    house.transcriber.texts = ["What is my favourite colour?", "How do you know that?"]
    line = FakeLine()
    async with on_a_call(house, party, line):
        for count in (1, 2):
            line.speak()
            await line.until(TurnEnded, count=count)
            await line.until(Spoken, count=count + 1)
    return line


def loud_ms(line: FakeLine) -> float:
    """Return how long it was as loud as only a caller's voice is here."""
    samples = np.frombuffer(bytes(line.played), "<i2").astype(np.int32)
    blocks = np.abs(samples[: len(samples) // 160 * 160].reshape(-1, 160)).max(axis=1)
    return float((blocks > LOUD).sum() * 10)


async def test_the_second_in_which_it_was_said_is_played_after_the_answer(
    house: TruthHouse,
) -> None:
    await told(house)
    line = await asked(house, await owner(house))
    said = " ".join(each.text for each in line.all_told(Said))
    assert said.endswith("in these words: My favourite colour is green. Listen.")
    assert VOICE_MS * 0.7 < loud_ms(line) < VOICE_MS * 1.3


async def test_what_is_kept_of_the_reply_is_its_words(house: TruthHouse) -> None:
    await told(house)
    line = await asked(house, await owner(house))
    last = line.all_told(Spoken)[-1]
    assert last.heard.endswith("Listen.")
    assert last.unheard == ""


async def test_a_voice_over_it_silences_it(house: TruthHouse) -> None:
    await told(house)
    house.transcriber.forget()
    house.transcriber.texts = ["What is my favourite colour?", "How do you know that?", "Stop."]
    line = FakeLine(hears_at_once=False)
    async with on_a_call(house, await owner(house), line):
        line.speak()
        await line.until(TurnEnded)
        line.speak()
        await line.until(TurnEnded, count=2)
        line.speak()
        await line.until(Interrupted)
    assert line.clears


async def test_without_a_recording_there_is_nothing_to_listen_to(ground: Ground) -> None:
    house = TruthHouse(ground)
    await house.settle()
    await house.say(await owner(house), TOLD)
    line = await asked(house, await owner(house))
    assert "Listen." not in " ".join(each.text for each in line.all_told(Said))
    assert loud_ms(line) == 0


async def test_a_guest_hears_no_call_of_the_owners(house: TruthHouse) -> None:
    await told(house)
    guest = await house.party(Assurance.VERIFIED)
    house.transcriber.texts = ["What is Sam's favourite colour?", "How do you know that?"]
    line = FakeLine()
    async with on_a_call(house, guest, line):
        for count in (1, 2):
            line.speak()
            await line.until(Spoken, count=count + 1)
    assert loud_ms(line) == 0


async def test_whoever_wants_no_recording_any_more_is_not_played(house: TruthHouse) -> None:
    await told(house)
    await house.identity.remember_consent(house.owner.id, "no")
    line = await asked(house, await owner(house))
    assert loud_ms(line) == 0


async def test_one_sentence_is_cut_out_of_many(house: TruthHouse) -> None:
    house.transcriber.texts = [
        f"I had a long day at the office. {TOLD} It was rather cold outside."
    ]
    line = FakeLine()
    async with on_a_call(house, await owner(house), line):
        line.speak(voice_ms=9_000)
        await line.until(TurnEnded)
    heard = loud_ms(await asked(house, await owner(house)))
    assert 2_000 < heard < 5_000
