"""Levels of real voices: one is killed in the middle of a word, and the next word still comes."""

import asyncio
import os
import signal
from pathlib import Path

import pytest

from backend.conversation.speaking import Level, Patience, VoiceLevels
from backend.conversation.speaking.engines.children import Children
from backend.conversation.speaking.engines.elevenlabs import ElevenLabs
from backend.conversation.speaking.engines.espeak import Espeak
from backend.conversation.speaking.engines.kokoro import Kokoro
from backend.conversation.speaking.engines.piper import Piper
from backend.kernel.audio import Sound
from backend.kernel.errors import NotConfigured, Unavailable
from backend.platform.clock import SystemClock
from backend.platform.weights import Weights
from tests.fakes.clock import FakeClock
from tests.fakes.engines import HummingVoice
from tests.fakes.speech_server import Hum, SpeechServer

pytestmark = pytest.mark.engines

TEXT = "The first sentence is here now, and it is a long one. The second sentence follows it."


async def makers(levels: VoiceLevels, text: str = TEXT) -> list[str]:
    """Say who spoke, in order, each once."""
    found: list[str] = []
    async for sound in levels.speak(text):
        if not found or found[-1] != sound.engine:
            found.append(sound.engine)
    return found


@pytest.mark.covers("MR-10")
async def test_each_level_takes_over_from_the_one_before_down_to_the_last(
    piper: Piper, espeak: Espeak
) -> None:
    with SpeechServer() as server:
        server.script(*[Hum(status=503)] * 3)
        elevenlabs = ElevenLabs(api_key="k", base_url=server.elevenlabs_url)
        failures: list[str] = []
        levels = VoiceLevels(
            [elevenlabs, piper, espeak],
            clock=SystemClock(),
            on_failure=lambda name, _reason: failures.append(name),
        )
        await piper.warm()
        assert await makers(levels) == ["piper/joe"]
        assert piper.process_id is not None
        os.kill(piper.process_id, signal.SIGSTOP)  # it hangs: worse than dying
        levels = VoiceLevels(
            [elevenlabs, piper, espeak],
            clock=SystemClock(),
            patience=Patience(first_sound_s=0.3, between_s=0.3, after_failure_s=0.3),
        )
        assert await makers(levels) == ["espeak-ng/en-us"]
        assert levels.name == "espeak-ng/en-us"
        assert levels.failing == [elevenlabs.name, "piper/joe"]
        assert failures == [elevenlabs.name]
        await elevenlabs.close()


async def test_a_voice_that_is_killed_while_it_speaks_is_gone_on_from(piper: Piper) -> None:
    second = HummingVoice("second")
    levels = VoiceLevels([piper, second], clock=FakeClock())
    await piper.warm()
    long = "One sentence that is not at all short stands here, and it goes on and on, " * 3
    sounds = levels.speak(long)
    await anext(sounds)
    assert piper.process_id is not None
    os.kill(piper.process_id, signal.SIGKILL)
    rest = [sound async for sound in sounds]
    assert rest[-1].engine == "second"
    (said_by_second,) = second.spoken
    assert long.strip().endswith(said_by_second)
    assert len(said_by_second) < len(long)


@pytest.mark.parametrize(
    "trouble", [Hum(cut_after=4, between_s=0.01), Hum(stall_after=4), Hum(garbage_after=4)]
)
async def test_a_provider_that_breaks_off_in_mid_sentence_loses_no_word(trouble: Hum) -> None:
    with SpeechServer() as server:
        server.script(trouble)
        paid = ElevenLabs(api_key="k", base_url=server.elevenlabs_url)
        second = HummingVoice("second")
        patience = Patience(first_sound_s=1, between_s=0.2)
        levels = VoiceLevels([paid, second], clock=SystemClock(), patience=patience)
        heard: list[Sound] = [sound async for sound in levels.speak("Now all of these are said.")]
        told = [word.text for sound in heard for word in sound.words]
        assert [*told, *second.spoken[0].split()] == ["Now", "all", "of", "these", "are", "said."]
        assert await makers(levels, "Then it rests.") == ["second"]
        await paid.close()


async def test_a_voice_whose_process_can_not_be_started_is_passed_over(tmp_path: Path) -> None:
    program = tmp_path / "espeak-ng"
    program.write_bytes(b"no program at all")
    program.chmod(0o700)
    levels = VoiceLevels([Espeak(program=str(program)), HummingVoice("second")], clock=FakeClock())
    assert await makers(levels) == ["second"]


async def test_a_process_that_the_system_refuses_to_start_is_a_failure_that_is_told() -> None:
    async def prepare() -> tuple[str, ...]:
        return ("x" * (1 << 22),)  # longer than a command may be

    children = Children("Voice", prepare)
    for _ in range(2):
        with pytest.raises(Unavailable, match="can't be started"):
            await anext(children.speak("Hello."))
    await children.close()


async def test_a_provider_is_tried_again_and_speaks_on(piper: Piper) -> None:
    with SpeechServer() as server:
        server.script(Hum(status=500))
        paid, clock = ElevenLabs(api_key="k", base_url=server.elevenlabs_url), FakeClock()
        levels = VoiceLevels([paid, piper], clock=clock)
        assert await makers(levels, "It fails once.") == ["piper/joe"]
        clock.advance(2.1)
        assert await makers(levels, "It is well again.") == [paid.name]
        assert levels.failing == []
        await paid.close()


async def test_what_it_starts_again_is_ready_before_it_is_asked(weights: Weights) -> None:
    piper = Piper(weights)
    await piper.warm()
    killed = piper.process_id
    await asyncio.sleep(5.1)  # noqa: TID251 -- who dies younger is not started again by itself
    assert killed is not None
    os.kill(killed, signal.SIGKILL)
    async with asyncio.timeout(30):
        while piper.process_id in (None, killed):  # noqa: ASYNC110
            await asyncio.sleep(0.05)  # noqa: TID251 -- another process is waited for
    await piper.close()


async def test_closing_while_it_starts_leaves_no_process(weights: Weights) -> None:
    piper = Piper(weights)
    async with asyncio.TaskGroup() as group:
        warming = group.create_task(piper.warm())
        await asyncio.sleep(0.2)  # noqa: TID251 -- it is starting now
        warming.cancel()
    async with asyncio.timeout(20):
        await piper.close()
    assert piper.process_id is None


async def test_kokoro_without_its_voices_says_what_helps(weights: Weights) -> None:
    voice = Kokoro(weights, voice="no_such_voice")
    with pytest.raises(NotConfigured) as missing:
        await voice.warm()
    assert "KOKORO_VOICE" in missing.value.cure
    await voice.close()


async def test_a_level_may_have_a_price_and_a_free_one_none() -> None:
    levels = VoiceLevels([Level(HummingVoice("free"))], clock=FakeClock())
    assert await makers(levels, "Nothing to pay.") == ["free"]
