"""Gives the command line a voice of its own, so that a simulated caller can say anything."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

from backend.cli.late import load
from backend.cli.output import note
from backend.conversation.sound import read_wav
from backend.conversation.speaking import Patience, Voice, VoiceLevels
from backend.kernel.audio import Sound
from backend.kernel.errors import Unavailable
from backend.platform.clock import SystemClock
from backend.platform.settings import Settings
from backend.platform.weights import Weights

MADE_S_MAX = 60.0


def synthesise(settings: Settings, wavs: Sequence[Path], texts: Sequence[str]) -> list[Sound]:
    """Return what shall be said: files first, then texts by this machine's voice."""
    sounds = [read_wav(wav) for wav in wavs]
    if texts:
        sounds += asyncio.run(_spoken(settings, texts))
    return sounds


async def _spoken(settings: Settings, texts: Sequence[str]) -> list[Sound]:
    # Nobody waits on a line for it, so a slow machine is no reason to change the voice.
    patience = Patience(MADE_S_MAX, MADE_S_MAX, MADE_S_MAX, MADE_S_MAX)
    voice = VoiceLevels(_speakers(settings), clock=SystemClock(), patience=patience)
    try:
        await voice.warm()
        return [await _joined(voice, text) for text in texts]
    except Unavailable as failure:
        cure = failure.cure or "Say it by files: ringback call --wav FILE"
        raise Unavailable("No voice can speak this here.", cure=cure) from failure
    finally:
        await voice.close()


def _speakers(settings: Settings) -> list[Voice]:
    """Return the instance's own voices, in its order; a simulated caller costs nothing."""
    weights = Weights(settings.models.folder, clock=SystemClock(), progress=note)
    cast_of, make_voice, paid = load("cast_of"), load("make_voice"), load("paid_voices")
    names = [name for name in cast_of(settings, weights).present if name not in paid]
    return [make_voice(name, settings, weights) for name in names]


async def _joined(voice: Voice, text: str) -> Sound:
    pieces = [piece async for piece in voice.speak(text)]
    if not pieces:
        raise Unavailable("The voice gave no sound.")
    return Sound(b"".join(piece.pcm for piece in pieces), pieces[0].rate_hz)
