"""Speech engines with their real weights, loaded once, and sentences spoken once."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack

import pytest

from backend.conversation.sound import TelephoneDecoder, TelephoneEncoder, silence
from backend.conversation.speaking.engines.espeak import Espeak
from backend.conversation.speaking.engines.kokoro import Kokoro
from backend.conversation.speaking.engines.piper import Piper
from backend.kernel.errors import NotConfigured
from backend.platform.clock import SystemClock
from backend.platform.compute import Compute
from backend.platform.settings import default_models_folder
from backend.platform.weights import Weights
from tests.engines.processes import need

REMEMBER = "Please remember that my sister Anna has her birthday on the fourth of May."


@pytest.fixture(scope="session")
def weights() -> Weights:
    """The user's own weights, fetched by whoever comes first."""
    store = Weights(default_models_folder(), clock=SystemClock())
    try:
        for name in ("whisper-base", "piper-joe", "minilm"):
            asyncio.run(store.ensure(name))
    except NotConfigured as missing:
        need("a set of weights", f"{missing.message} {missing.cure}")
    return store


@pytest.fixture(scope="session")
def compute() -> Iterator[Compute]:
    compute = Compute(2)
    yield compute
    compute.close()


@pytest.fixture
async def piper(weights: Weights) -> AsyncIterator[Piper]:
    async with AsyncExitStack() as stack:
        voice = Piper(weights)
        stack.push_async_callback(voice.close)
        yield voice


@pytest.fixture
async def kokoro(weights: Weights) -> AsyncIterator[Kokoro]:
    """Kokoro with a voice that travels as a package: the others lie on the hub."""
    try:
        await weights.ensure("kokoro")
    except NotConfigured as missing:
        need("Kokoro's weights", f"{missing.message} {missing.cure}")
    async with AsyncExitStack() as stack:
        voice = Kokoro(weights, voice="jf_alpha")
        stack.push_async_callback(voice.close)
        yield voice


@pytest.fixture
def espeak() -> Espeak:
    if shutil.which("espeak-ng") is None:
        need("espeak-ng", "apt-get install espeak-ng")
    return Espeak()


@pytest.fixture(scope="session")
def spoken(weights: Weights) -> bytes:
    """A caller's sentence as it comes out of a telephone line, with silence around it."""

    async def speak() -> bytes:
        voice, encoder, decoder = Piper(weights), TelephoneEncoder(), TelephoneDecoder()
        try:
            ulaw = b"".join(
                [encoder.feed(sound.pcm, sound.rate_hz) async for sound in voice.speak(REMEMBER)]
            )
        finally:
            await voice.close()
        return decoder.feed(ulaw + encoder.flush())

    return silence(600) + asyncio.run(speak()) + silence(1200)
