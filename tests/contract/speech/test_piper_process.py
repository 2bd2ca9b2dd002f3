"""Piper's process dies, hangs and is cut off; the voice goes on."""

import asyncio
import contextlib
import os
import signal
import sys
from pathlib import Path

import pytest

from backend.conversation.speaking.engines.piper import Piper
from backend.kernel.errors import Unavailable
from backend.platform.weights import Weights

pytestmark = pytest.mark.engines

OWNER = """
import asyncio, sys
from backend.conversation.speaking.engines.piper import Piper
from backend.platform.clock import SystemClock
from backend.platform.settings import default_models_folder
from backend.platform.weights import Weights
async def main():
    voice = Piper(Weights(default_models_folder(), clock=SystemClock()))
    await voice.warm()
    print(voice.process_id, flush=True)
    await asyncio.Event().wait()
asyncio.run(main())
"""


def is_alive(process_id: int) -> bool:
    try:
        state = Path(f"/proc/{process_id}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


async def test_a_process_that_was_killed_is_started_again(piper: Piper) -> None:
    await piper.warm()
    killed = piper.process_id
    assert killed is not None
    os.kill(killed, signal.SIGKILL)
    # The first phrase may still meet the dying process: that is said, never hidden.
    with contextlib.suppress(Unavailable):
        assert [sound async for sound in piper.speak("Hello there.")]
    assert [sound async for sound in piper.speak("Hello again.")]
    assert piper.process_id != killed


async def test_a_phrase_in_the_middle_is_told_that_the_voice_died(piper: Piper) -> None:
    await piper.warm()
    sounds = piper.speak("One sentence here. " * 20)
    await anext(sounds)
    assert piper.process_id is not None
    os.kill(piper.process_id, signal.SIGKILL)
    with pytest.raises(Unavailable):
        async for _ in sounds:
            pass


async def test_a_process_that_hangs_is_given_up_and_replaced(weights: Weights) -> None:
    piper = Piper(weights, silence_s=3.0)
    await piper.warm()
    hung = piper.process_id
    assert hung is not None
    os.kill(hung, signal.SIGSTOP)
    with pytest.raises(Unavailable, match="process ended"):
        await anext(piper.speak("Hello there."))
    assert not is_alive(hung)
    await piper.close()


async def test_closing_ends_the_process(piper: Piper) -> None:
    await piper.warm()
    ended = piper.process_id
    await piper.close()
    assert ended is not None
    assert not is_alive(ended)
    assert piper.process_id is None


async def test_it_ends_with_its_owner_however_that_ended(weights: Weights) -> None:
    owner = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", OWNER), stdout=asyncio.subprocess.PIPE
    )
    assert owner.stdout is not None
    child = int(await owner.stdout.readline())
    owner.kill()
    await owner.wait()
    # Its end of the pipe closes when it is gone: nothing is asked twice.
    async with asyncio.timeout(10):
        assert await owner.stdout.read() == b""
        while is_alive(child):  # noqa: ASYNC110
            await asyncio.sleep(0.02)  # noqa: TID251 -- another process is waited for


async def test_our_own_process_never_loads_what_is_under_the_gpl(piper: Piper) -> None:
    await piper.warm()
    assert not [name for name in sys.modules if name == "piper" or name.startswith("piper.")]
