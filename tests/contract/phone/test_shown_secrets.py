"""A secret on a call: told to one ear, and in no caption, no line of the exchange, no recording."""

from collections.abc import AsyncGenerator

import numpy as np
import pytest

from backend.conversation.sound import decode_ulaw
from backend.kernel.audio import Sound
from backend.kernel.events import Heard, Interrupted, PartialHeard, Said, Spoken, TurnEnded
from backend.platform.database.tables import conversations, messages, turns
from tests.contract.phone.ground import Ground
from tests.contract.phone.truth_house import TruthHouse, on_a_call, owner
from tests.fakes.line import FakeLine
from tests.fakes.speech import FakeVoice

VALUE = "correct horse battery staple"
TOLD = f"My wifi password is {VALUE}."
ASKED = "What is my wifi password?"
WORDS = ("correct", "horse", "battery", "staple")
HEAD = 58  # bytes of a recording's WAV header
FAINT = 600


class AudibleVoice(FakeVoice):
    """Speaks in a tone that a telephone carries."""

    async def speak(self, text: str) -> AsyncGenerator[Sound, None]:
        async for sound in super().speak(text):
            yield Sound((b"\x00\x10" * 20 + b"\x00\xf0" * 20) * (len(sound.pcm) // 80), 16_000)


@pytest.fixture
async def house(ground: Ground) -> TruthHouse:
    house = TruthHouse(ground, is_recorded=True, secrets="vault", voice=AudibleVoice())
    await house.settle()
    return house


async def loud_ms(house: TruthHouse, side: int) -> float:
    """Return how long one side of the only recording sounds: 0 is theirs, 1 is ours."""
    [row] = await house.rows(conversations)
    wav = b"".join([part async for part in house.recorder.read(row["recording"], row["id"])])
    samples = np.frombuffer(decode_ulaw(wav[HEAD:][side::2]), "<i2").astype(np.int32)
    blocks = np.abs(samples[: len(samples) // 80 * 80].reshape(-1, 80)).max(axis=1)
    return float((blocks > FAINT).sum() * 10)


def leaked(*shown: object) -> list[str]:
    """Return the secret's words that were shown."""
    return [word for word in WORDS if any(word in str(each) for each in shown)]


@pytest.mark.parametrize("voice_ms", [1_000, 20_000])
async def test_the_sound_of_a_secret_is_never_written(house: TruthHouse, voice_ms: int) -> None:
    house.transcriber.texts = [TOLD]
    line = FakeLine()
    async with on_a_call(house, await owner(house), line):
        line.speak(voice_ms=voice_ms)
        await line.until(TurnEnded)
    assert await loud_ms(house, 0) == 0
    assert await loud_ms(house, 1) > 0  # our greeting and our answer are there
    assert not leaked(line.all_told(Heard), line.all_told(PartialHeard), line.all_told(TurnEnded))


async def test_what_is_no_secret_is_recorded(house: TruthHouse) -> None:
    house.transcriber.texts = ["I am tired today."]
    line = FakeLine()
    async with on_a_call(house, await owner(house), line):
        line.speak(voice_ms=1_000)
        await line.until(TurnEnded)
    assert await loud_ms(house, 0) > 800


async def test_a_secret_is_told_to_the_ear_alone(house: TruthHouse) -> None:
    party = await owner(house)
    await house.say(party, TOLD)
    await house.sessions.end(party, by="caller")
    house.transcriber.texts = [ASKED]
    house.voice.phrase_ms = 400
    line, party = FakeLine(), await owner(house)
    async with on_a_call(house, party, line):
        line.speak()
        await line.until(Spoken, count=2)
    assert VALUE in " ".join(house.voice.spoken)
    told = [line.all_told(kind) for kind in (Said, Spoken, TurnEnded)]
    assert not leaked(*told, party.history, await house.rows(messages), await house.rows(turns))
    assert "in the vault" in str(line.all_told(Said))


async def test_our_own_telling_of_it_is_not_recorded(house: TruthHouse) -> None:
    house.voice.phrase_ms = 400
    house.transcriber.texts = [TOLD, ASKED]
    line = FakeLine()
    async with on_a_call(house, await owner(house), line):
        line.speak()
        await line.until(Spoken, count=2)
        before = len(house.voice.spoken)
        line.speak()
        await line.until(Spoken, count=3)
    recorded = await loud_ms(house, 1)
    assert VALUE in " ".join(house.voice.spoken[before:])
    assert recorded < (before + 0.5) * 400


async def test_a_secret_that_is_cut_off_stays_hidden(house: TruthHouse) -> None:
    party = await owner(house)
    await house.say(party, TOLD)
    house.transcriber.texts = [ASKED, "Stop, somebody is listening here.", "Go on."]
    house.voice.phrase_ms = 4_000
    line, party = FakeLine(hears_at_once=False), await owner(house)
    async with on_a_call(house, party, line):
        await line.until(Spoken)
        line.speak()
        await line.until(TurnEnded)
        await house.clock.sleep(3.2)  # in the middle of its words
        line.speak()
        await line.until(Interrupted)
        await line.until(TurnEnded, count=2)
        line.speak()
        await line.until(TurnEnded, count=3)
    assert not leaked(line.told, party.history, party.unfinished, party.unheard)
    assert not leaked(await house.rows(messages), await house.rows(turns))
    assert not leaked([context.history for context in house.watched.contexts])
