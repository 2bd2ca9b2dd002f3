"""Holds a simulated call: rings, says each thing, hears it out, hangs up."""

from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from backend.cli.player import Player
from backend.cli.wav_pair import write_stereo
from backend.conversation.carriers.simulator import Caller, Dial
from backend.kernel.audio import Sound
from backend.platform.chance import SystemIds
from backend.platform.clock import SystemClock


async def hold_call(  # noqa: PLR0913 (what a call needs)
    url: str,
    secret: str,
    public_url: str,
    *,
    number: str,
    verdict: str,
    spoken: Sequence[Sound],
    out: Path | None,
    play: bool,
) -> dict[str, object]:
    """Ring the instance, speak, and return what a person would want to know of the call."""
    dial = Dial(url=url, secret=secret, public_url=public_url, number=number, verdict=verdict)
    with ExitStack() as stack:
        listen = _nobody
        if play:
            player = Player()
            stack.callback(player.close)
            listen = player.play
        caller = Caller(dial, clock=SystemClock(), ids=SystemIds(), listen=listen)
        async with caller:
            await caller.hear_out()
            for sound in spoken:
                if caller.is_hung_up:
                    break
                await caller.say(sound)
                await caller.hear_out()
    if out is not None:
        write_stereo(out, *caller.both_sides())
    return {
        "call_sid": caller.call_sid,
        "greeting_ms": None if caller.greeting_ms is None else round(caller.greeting_ms),
        "reply_ms": [round(wait) for wait in caller.reply_ms],
        "hung_up_by": "ringback" if caller.is_hung_up else "caller",
        "out": None if out is None else str(out),
    }


def _nobody(pcm: bytes) -> None:
    """Hear nothing."""
