"""How a call goes on: after doubts and drops, in silence, with a PIN, with a machine."""

import asyncio
from pathlib import Path
from typing import Literal

import pytest

from backend.conversation.carriers import (
    Answered,
    KeyPressed,
    LineDropped,
    LineReturned,
)
from backend.conversation.exchange.stages import Limits
from backend.conversation.sessions import Errand
from backend.kernel.events import (
    Heard,
    Interrupted,
    Resumed,
    Said,
    Spoken,
    TurnEnded,
)
from backend.kernel.people import Assurance
from backend.platform.database.tables import conversations, memories, messages, turns
from backend.platform.tasks import Supervisor
from tests.contract.phone.ground import Ground
from tests.contract.phone.house import House
from tests.contract.phone.talk import spoken, talking
from tests.fakes.line import FakeLine

REMEMBER = "Please remember that my sister Anna has her birthday on the fourth of May."


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'ringback.db'}"


async def test_the_rest_of_a_reply_is_offered_again_when_asked(house: House) -> None:
    house.voice.phrase_ms = 3_000
    house.mind.words = "one two three four five six seven eight nine ten"
    house.transcriber.texts = ["Count for me.", "Wait, what time is it?", "Go on."]
    async with talking(house, FakeLine(hears_at_once=False)) as talk:
        line = talk.line
        await line.until(Said)
        line.speak()
        await line.until(TurnEnded)
        await house.clock.sleep(1.5)
        line.speak()
        await line.until(TurnEnded, count=2)
        line.speak()
        await line.until(TurnEnded, count=3)
        await talk.hang_up()
    unfinished = house.mind.contexts[-1].unfinished
    assert unfinished.endswith("nine ten")
    [cut] = [row for row in await house.rows(messages) if "ten" in str(row["unheard"])][:1]
    assert f"{cut['text']} {cut['unheard']}".split() == house.mind.words.split()
    assert cut["text"]
    [turn] = [row for row in await house.rows(turns) if row["id"] == cut["turn_id"]]
    assert turn["details"]["interrupted"]["heard_words"] == len(str(cut["text"]).split())
    assert turn["timeline"]["speaking"][0] >= turn["timeline"]["end_of_turn"][1]


async def test_a_doubt_is_asked_back_and_a_yes_takes_it(house: House) -> None:
    house.transcriber.texts = [REMEMBER, "Yes."]
    house.transcriber.is_unsure = True
    async with talking(house, FakeLine()) as talk:
        await talk.line.until(Said)
        talk.line.speak()
        await talk.line.until(Said, count=2)
        house.transcriber.is_unsure = False
        talk.line.speak()
        await talk.line.until(TurnEnded)
        await talk.hang_up()
    assert spoken(talk.line)[1].startswith("Did you say “Please remember")
    assert len(await house.rows(memories)) == 1
    assert [row["text"] for row in await house.rows(messages)][:1] == [REMEMBER]


async def test_a_doubt_that_is_denied_is_no_turn(house: House) -> None:
    house.transcriber.texts = [REMEMBER, "No."]
    house.transcriber.is_unsure = True
    async with talking(house, FakeLine()) as talk:
        await talk.line.until(Said)
        talk.line.speak()
        await talk.line.until(Said, count=2)
        house.transcriber.is_unsure = False
        talk.line.speak()
        await talk.line.until(Said, count=3)
        await talk.hang_up()
    assert spoken(talk.line)[-1] == "Then please say it again."
    assert await house.rows(messages) == []


async def test_what_is_thought_at_a_pause_changes_nothing_until_it_is_a_turn(house: House) -> None:
    house.transcriber.texts = [REMEMBER, REMEMBER]
    async with talking(house, FakeLine()) as talk:
        line = talk.line
        await line.until(Said)
        line.speak(silence_ms=200)
        async with asyncio.timeout(10):
            while not house.mind.contexts:
                await house.clock.sleep(0.02)
        await house.clock.sleep(0.1)
        for table in (memories, messages, turns):
            assert await house.rows(table) == []
        assert line.all_told(Heard) == []
        line.speak(voice_ms=400)  # they go on: what was thought is thrown away
        await line.until(TurnEnded)
        await talk.hang_up()
    assert len(await house.rows(memories)) == 1
    [turn] = await house.rows(turns)
    guesses = turn["details"]["speculated"]
    assert "dropped" in [guess["outcome"] for guess in guesses]
    assert "Please" not in str(turn["details"])


async def test_a_line_that_drops_and_returns_goes_on_in_the_same_turn(house: House) -> None:
    house.voice.phrase_ms = 1_500
    house.mind.words = "It is wide and deep"
    house.transcriber.texts = ["Tell me about the sea."]
    async with talking(house, FakeLine(hears_at_once=False)) as talk:
        line = talk.line
        await line.until(Said)
        line.speak()
        await line.until(TurnEnded)
        await line.until(Said, count=2)
        await house.clock.sleep(0.5)
        line.come(LineDropped())
        await house.clock.sleep(0.3)
        line.come(LineReturned())
        await line.until(Spoken, count=2)
        await talk.hang_up()
    assert (line.all_told(Spoken)[-1].heard, line.all_told(Spoken)[-1].unheard) == (
        house.mind.words,
        "",
    )
    [turn] = await house.rows(turns)
    assert turn["details"]["resumed_line"] == 1


async def test_silence_is_broken_twice_in_other_words_then_comes_goodbye(ground: Ground) -> None:
    house = House(ground, limits=Limits(silence_s=1.5))
    await house.settle()
    async with talking(house, FakeLine()) as talk:
        row = await talk.ended()
    assert row["ended_by"] == "silence"
    assert " ".join(spoken(talk.line)[1:]) == (
        "Are you still there? Hello? I can't hear you. I'll hang up now. Goodbye."
    )


async def test_whoever_asks_for_a_moment_is_not_asked_whether_they_are_there(
    ground: Ground,
) -> None:
    house = House(ground, limits=Limits(silence_s=1.5))
    await house.settle()
    house.transcriber.texts = ["Hold on a second."]
    house.mind.words = "Take your time."
    async with talking(house, FakeLine()) as talk:
        await talk.line.until(Said)
        talk.line.speak()
        await talk.line.until(TurnEnded)
        await house.clock.sleep(3.0)
        await talk.hang_up()
    assert "Are you still there?" not in spoken(talk.line)


async def test_a_process_that_stops_says_that_it_ended_the_call(house: House) -> None:
    async with talking(house, FakeLine()) as talk:
        await talk.line.until(Said)
        await house.conductor.stop()
        row = await talk.ended()
    assert row["ended_by"] == "stopped"


@pytest.mark.parametrize("message", ["Please call me back.", ""])
async def test_a_machine_is_left_its_message_after_the_beep(house: House, message: str) -> None:
    house.voice.phrase_ms = 300
    line = FakeLine()
    party = await house.party()
    party.errand = Errand("d1", "Hello, it is Ringback.", message)
    async with Supervisor() as supervisor:
        running = supervisor.start("exchange", house.conductor.converse(line, party))
        await line.until(Said)
        line.come(Answered("machine"))
        line.speak()
        await house.clock.sleep(0.2)
        line.come(Answered("beep"))
        async with asyncio.timeout(20):
            await asyncio.wait({running})
    [row] = await house.rows(conversations)
    assert row["ended_by"] == "voicemail"
    assert line.all_told(Heard) == []
    assert spoken(line)[1:] == ([message] if message else [])


@pytest.mark.parametrize("again", ["beep", "machine"])
async def test_a_machine_that_is_told_of_twice_is_left_the_whole_message(
    house: House, again: Literal["beep", "machine"]
) -> None:
    house.voice.phrase_ms = 1_200
    line = FakeLine()
    party = await house.party()
    party.errand = Errand("d1", "Hello, it is Ringback.", "Please call me back.")
    async with Supervisor() as supervisor:
        running = supervisor.start("exchange", house.conductor.converse(line, party))
        await line.until(Said)
        line.come(Answered("beep"))
        await line.until(Said, count=2)
        line.come(Answered(again))
        async with asyncio.timeout(20):
            await asyncio.wait({running})
    left = line.all_told(Spoken)[-1]
    assert (left.heard, left.unheard) == ("Please call me back.", "")


QUESTION = "When is my sister's birthday?"


async def test_a_claimed_caller_proves_by_keys_who_they_are_and_is_then_answered(
    house: House,
) -> None:
    await house.pins.set(house.anna, "493817")
    house.anna = await house.identity.person(house.anna.id)
    house.transcriber.texts = [QUESTION]
    house.mind.words = "On the fourth of May."
    async with talking(house, FakeLine(), Assurance.CLAIMED) as talk:
        line = talk.line
        await line.until(Said)
        line.speak()
        await line.until(Said, count=2)
        for digit in "493817":
            line.come(KeyPressed(digit))
        await line.until(TurnEnded)
        row = await talk.hang_up()
    assert "PIN" in spoken(line)[1]
    assert row["assurance"] == "verified"
    assert house.mind.contexts[-1].may_recall
    assert [heard.text for heard in line.all_told(Heard)] == [QUESTION]
    assert "493817" not in str(await house.rows(messages))


async def test_a_pin_that_is_said_while_it_is_keyed_in_is_no_turn_and_reaches_no_mind(
    house: House,
) -> None:
    await house.pins.set(house.anna, "493817")
    house.anna = await house.identity.person(house.anna.id)
    house.transcriber.texts = [QUESTION, "Four nine three, eight one seven.", "Thank you."]
    async with talking(house, FakeLine(), Assurance.CLAIMED) as talk:
        line = talk.line
        await line.until(Said)
        line.speak()
        await line.until(Said, count=2)
        for digit in "493817":
            line.come(KeyPressed(digit))
        await line.until(TurnEnded)
        line.speak()  # the last key was faster than the last word
        await house.clock.sleep(1.0)
        line.speak()
        await line.until(TurnEnded, count=2)
        await talk.hang_up()
    assert [heard.text for heard in line.all_told(Heard)] == [QUESTION, "Thank you."]
    thought = [context.heard for context in house.mind.contexts]
    assert not [text for text in thought if "three" in text]
    assert "three" not in str(await house.rows(messages))


async def test_whoever_has_no_pin_today_is_not_asked_for_it_twice(house: House) -> None:
    await house.pins.set(house.anna, "493817")
    house.anna = await house.identity.person(house.anna.id)
    house.transcriber.texts = [QUESTION, "Never mind.", QUESTION]
    async with talking(house, FakeLine(), Assurance.CLAIMED) as talk:
        line = talk.line
        for count in (2, 3):
            await line.until(Said, count=count - 1)
            line.speak()
            await line.until(Said, count=count)
        line.speak()
        await line.until(TurnEnded)
        await talk.hang_up()
    assert sum("PIN" in said for said in spoken(line)) == 1
    assert not house.mind.contexts[-1].may_recall


# ── noise ────────────────────────────────────────────────────────────────────────────────────────
async def test_a_long_noise_without_words_does_not_hold_a_reply_until_it_ends(
    house: House,
) -> None:
    house.voice.phrase_ms = 1_500
    house.transcriber.texts = ["Tell me about the sea.", ""]
    async with talking(house, FakeLine(hears_at_once=False)) as talk:
        line = talk.line
        await line.until(Said)
        line.speak()
        await line.until(TurnEnded)
        await house.clock.sleep(0.5)
        line.speak(voice_ms=8_000, silence_ms=0)  # and it does not end
        await line.until(Resumed)
        await line.until(Spoken, count=2)
        await talk.hang_up()
    assert line.all_told(Spoken)[-1].unheard == ""
    assert len(line.all_told(Heard)) == 1


async def test_words_in_a_noise_silence_the_reply_again(house: House) -> None:
    house.voice.phrase_ms = 6_000
    house.transcriber.texts = ["Tell me about the sea.", "", "What time is it?"]
    async with talking(house, FakeLine(hears_at_once=False)) as talk:
        line = talk.line
        await line.until(Said)
        line.speak()
        await line.until(TurnEnded)
        await house.clock.sleep(0.5)
        line.speak(voice_ms=2_000, silence_ms=0)
        await line.until(Resumed)
        await house.clock.sleep(0.5)
        before = len(line.all_told(Interrupted))
        house.transcriber.forget()
        line.speak(voice_ms=1_000, silence_ms=0)  # a word at last
        await line.until(Interrupted, count=before + 1)
        line.speak(voice_ms=100)
        await line.until(TurnEnded, count=2)
        await talk.hang_up()
    assert [heard.text for heard in line.all_told(Heard)][1:] == ["What time is it?"]


async def test_a_goodbye_of_ours_ends_the_line_after_it_was_heard(house: House) -> None:
    house.transcriber.texts = ["Thank you for all of it."]
    house.mind.words = "You are welcome. Goodbye, Anna."
    async with talking(house, FakeLine()) as talk:
        await talk.line.until(Said)
        talk.line.speak()
        row = await talk.ended()
    assert row["ended_by"] == "goodbye"
    assert talk.line.all_told(Spoken)[-1].unheard == ""
