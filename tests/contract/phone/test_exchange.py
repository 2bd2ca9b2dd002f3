"""How an exchange goes, on any line: greeting, turns, interruptions, and its end on both sides."""

import asyncio
from pathlib import Path

import pytest

from backend.conversation.carriers import (
    HungUp,
    KeyPressed,
    KeysWanted,
    MarkHeard,
    TypedText,
)
from backend.conversation.exchange.stages import Limits
from backend.conversation.sound.dtmf import tones
from backend.kernel.events import (
    Heard,
    Interrupted,
    LineClosed,
    LineOpened,
    Resumed,
    Said,
    Spoken,
    TurnEnded,
    VoiceStarted,
)
from backend.platform.database.tables import memories, messages, turns
from tests.contract.phone.ground import Ground
from tests.contract.phone.house import House
from tests.contract.phone.talk import spoken, talking
from tests.fakes.line import FakeLine

GREETING = "Hello Anna, it's Ringback."
REMEMBER = "Please remember that my sister Anna has her birthday on the fourth of May."


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'ringback.db'}"


async def test_a_caller_is_greeted_by_name(house: House) -> None:
    async with talking(house, FakeLine()) as talk:
        await talk.line.until_played()
        await talk.hang_up()
    assert isinstance(talk.line.told[0], LineOpened)
    assert spoken(talk.line) == [GREETING]


async def test_only_when_the_last_exchange_is_over_it_is_quiet(ground: Ground) -> None:
    quiets: list[str] = []
    house = House(ground, on_quiet=lambda: quiets.append("quiet"))
    await house.settle()
    async with talking(house, FakeLine()) as first:
        await first.line.until_played()
        async with talking(house, FakeLine()) as second:
            await second.line.until_played()
            second.line.come(HungUp("caller"))
            await asyncio.wait({second.running}, timeout=20)
        assert not quiets, "somebody would have heard a pause"
        first.line.come(HungUp("caller"))
        await asyncio.wait({first.running}, timeout=20)
    assert quiets == ["quiet"]


async def test_whoever_can_not_be_heard_is_told_so(ground: Ground) -> None:
    house = House(ground, can_hear=False)
    await house.settle()
    async with talking(house, FakeLine()) as talk:
        await talk.line.until_played()
        await talk.hang_up()
    assert any("can't hear" in said for said in spoken(talk.line))


async def test_what_is_heard_is_answered_aloud_and_kept(house: House) -> None:
    house.transcriber.texts = ["I am tired today."]
    async with talking(house, FakeLine()) as talk:
        await talk.line.until(Said)
        talk.line.speak()
        await talk.line.until(TurnEnded)
        row = await talk.hang_up()
    kinds = [type(happening) for happening in talk.line.told]
    assert kinds.index(VoiceStarted) < kinds.index(Heard) < kinds.index(TurnEnded)
    assert row["ended_by"] == "caller"
    assert [turn["engine"] for turn in await house.rows(turns)] == ["fake"]


async def test_goodbye_is_said_back_heard_and_ends_the_line(house: House) -> None:
    house.transcriber.texts = ["Goodbye."]
    house.mind.words = "Goodbye, Anna."
    async with talking(house, FakeLine(hears_at_once=False)) as talk:
        line = talk.line
        await line.until(Said)
        line.speak()
        await line.until(TurnEnded)
        async with asyncio.timeout(10):
            while len(line.marks) < 2:  # the greeting's and the goodbye's
                await house.clock.sleep(0.02)
        was_open_until_heard = not line.is_hung_up
        for mark in line.marks:
            line.come(MarkHeard(mark))
        row = await talk.ended()
    assert was_open_until_heard
    assert line.is_hung_up
    assert row["ended_by"] == "goodbye"
    assert line.told[-1] == LineClosed("goodbye")


async def test_a_voice_silences_the_reply_at_once_and_words_replace_it(house: House) -> None:
    house.voice.phrase_ms = 5_000
    house.transcriber.texts = ["Tell me about the sea.", "No, about the hills."]
    async with talking(house, FakeLine(hears_at_once=False)) as talk:
        line = talk.line
        line.speak()
        await line.until(TurnEnded)
        await line.until(Said, count=2)
        clears = line.clears
        line.speak(voice_ms=400, silence_ms=0)
        await line.until(VoiceStarted, count=2)
        async with asyncio.timeout(10):
            while line.clears == clears:
                await house.clock.sleep(0.01)
        line.speak(voice_ms=200)
        await line.until(TurnEnded, count=2)
        await talk.hang_up()
    assert [happening.text for happening in line.told if isinstance(happening, Heard)] == [
        "Tell me about the sea.",
        "No, about the hills.",
    ]


@pytest.mark.covers("IM-06")
async def test_what_was_not_heard_was_not_said(house: House) -> None:
    house.voice.phrase_ms = 3_000
    house.mind.words = "one two three four five six seven eight nine ten"
    house.transcriber.texts = ["Count for me.", "Enough."]
    async with talking(house, FakeLine(hears_at_once=False)) as talk:
        line = talk.line
        await line.until(Said)
        line.speak()
        await line.until(TurnEnded)
        await house.clock.sleep(1.5)
        line.speak()
        await line.until(Heard, count=2)
        await talk.hang_up()
    heard = house.mind.contexts[-1].history[-1]
    assert heard.speaker == "companion"
    assert house.mind.words.startswith(heard.text)
    assert len(heard.text) < len(house.mind.words)


@pytest.mark.covers("IM-06")
@pytest.mark.parametrize("transcript", ["", "Mm-hmm."])
async def test_a_cough_or_a_nod_lets_the_reply_go_on(house: House, transcript: str) -> None:
    house.voice.phrase_ms = 1_500
    house.mind.words = "It is wide and deep"
    house.transcriber.texts = ["Tell me about the sea.", transcript]
    async with talking(house, FakeLine(hears_at_once=False)) as talk:
        line = talk.line
        await line.until(Said)
        line.speak()
        await line.until(TurnEnded)
        await line.until(Said, count=2)
        await house.clock.sleep(0.6)
        line.speak()
        await line.until(Resumed)
        await line.until(Spoken, count=2)  # the greeting's and the reply's
        await talk.hang_up()
    assert [type(told) for told in line.told if isinstance(told, Interrupted | Resumed)][-2:] == [
        Interrupted,
        Resumed,
    ]
    spoken_whole = line.all_told(Spoken)[-1]
    assert (spoken_whole.heard, spoken_whole.unheard) == (house.mind.words, "")
    assert len(await house.rows(turns)) == 1


@pytest.mark.parametrize("silence_ms", [0, 900])
async def test_hanging_up_right_after_the_words_still_keeps_them(
    house: House, silence_ms: int
) -> None:
    house.transcriber.texts = [REMEMBER]
    async with talking(house, FakeLine()) as talk:
        await talk.line.until(Said)
        talk.line.speak(silence_ms=silence_ms)
        await talk.hang_up()
    assert [memory["text"] for memory in await house.rows(memories)] == [
        "my sister Anna has her birthday on the fourth of May"
    ]


async def test_hanging_up_in_the_middle_of_a_reply_still_keeps_the_turn(house: House) -> None:
    house.transcriber.texts = ["I am tired today."]
    house.mind.may_answer.clear()
    async with talking(house, FakeLine()) as talk:
        await talk.line.until(Said)
        talk.line.speak()
        await talk.line.until(Heard)
        talk.line.come(HungUp("caller"))
        house.mind.may_answer.set()
        row = await talk.ended()
    assert row["ended_by"] == "caller"
    assert (await house.rows(messages))[0]["text"] == "I am tired today."


async def test_a_stop_of_ours_keeps_what_was_said_and_says_who_ended_it(house: House) -> None:
    house.transcriber.texts = [REMEMBER]
    house.mind.may_answer.clear()
    async with talking(house, FakeLine()) as talk:
        await talk.line.until(Said)
        talk.line.speak()
        await talk.line.until(Heard)
        await house.clock.sleep(0.1)
        talk.running.cancel()
        row = await talk.ended()
    assert row["ended_by"] == "stopped"
    assert len(await house.rows(memories)) == 1


async def test_a_slow_mind_is_bridged_by_a_word(house: House) -> None:
    await house.conductor.rehearse()
    house.transcriber.texts = ["Tell me about the sea."]
    house.mind.may_answer.clear()
    async with talking(house, FakeLine()) as talk:
        await talk.line.until_played()
        await house.clock.sleep(0.5)
        talk.line.played.clear()
        talk.line.speak()
        await talk.line.until_played()  # "One moment."
        assert talk.line.all_told(TurnEnded) == []
        house.mind.may_answer.set()
        await talk.line.until(TurnEnded)
        await talk.hang_up()


async def test_deafness_is_said_and_the_call_goes_on(house: House) -> None:
    house.transcriber.is_away = True
    async with talking(house, FakeLine()) as talk:
        await talk.line.until(Said)
        talk.line.speak()
        await talk.line.until(Said, count=2)
        await talk.hang_up()
    assert spoken(talk.line)[-1] == "Something I need does not answer right now."


async def test_a_telephone_without_a_voice_is_given_back_to_its_carrier(house: House) -> None:
    house.voice.is_away = True
    async with talking(house, FakeLine()) as talk:
        row = await talk.ended()
    assert row["ended_by"] == "broken"
    assert talk.line.is_hung_up


async def test_a_page_without_a_voice_reads_on(house: House) -> None:
    house.voice.is_away = True
    async with talking(house, FakeLine(carrier="web")) as talk:
        talk.line.come(TypedText("I am tired today."))
        await talk.line.until(TurnEnded)
        row = await talk.hang_up()
    assert row["ended_by"] == "caller"


async def test_a_typed_chat_is_answered_in_writing_only(house: House) -> None:
    async with talking(house, FakeLine(carrier="app", is_spoken=False)) as talk:
        talk.line.come(TypedText("I am tired today."))
        await talk.line.until(TurnEnded)
        await talk.hang_up()
    assert house.mind.words in " ".join(spoken(talk.line))
    assert not talk.line.played


async def test_a_key_is_nobodys_turn_and_is_written_nowhere(house: House) -> None:
    async with talking(house, FakeLine()) as talk:
        await talk.line.until(Said)
        for digit in "4711":
            talk.line.come(KeyPressed(digit))
        await talk.hang_up()
    assert await house.rows(messages) == []


async def test_keys_are_pressed_in_place_of_what_is_being_said(house: House) -> None:
    house.transcriber.texts = ["I am tired today."]
    house.mind.words = "That is a long story, and it goes on for a while."
    async with talking(house, FakeLine(hears_at_once=False)) as talk:
        talk.line.speak()
        await talk.line.until(Said, count=2)
        talk.line.come(KeysWanted("12#"))
        await talk.line.until_it_sounds(tones("12#"))
        assert talk.line.clears, "it spoke into its own keys"
        await talk.hang_up()


@pytest.mark.parametrize(
    ("limits", "by", "says"),
    [
        (Limits(silence_s=1.0), "silence", "I'll hang up now. Goodbye."),
        (Limits(session_s=0.5), "limit", "We have to stop here. Goodbye."),
    ],
)
async def test_an_exchange_comes_to_an_end_that_is_announced(
    ground: Ground, limits: Limits, by: str, says: str
) -> None:
    house = House(ground, limits=limits)
    await house.settle()
    async with talking(house, FakeLine()) as talk:
        row = await talk.ended()
    assert row["ended_by"] == by
    assert says in " ".join(spoken(talk.line))


async def test_names_that_were_said_help_the_next_transcript(house: House) -> None:
    house.transcriber.texts = ["Lisbon is where Anna lives.", "Is it warm there?"]
    async with talking(house, FakeLine()) as talk:
        await talk.line.until(Said)
        talk.line.speak()
        await talk.line.until(TurnEnded)
        talk.line.speak()
        await talk.line.until(Heard, count=2)
        await talk.hang_up()
    assert "Anna" in house.transcriber.hints[-1]
