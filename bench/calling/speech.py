"""What the callers say: sentences by this machine's own voice, made once and kept."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

from backend.cli.engines import synthesise
from backend.conversation.sound import TelephoneEncoder, read_wav, write_wav
from backend.kernel.audio import Sound
from backend.platform.settings import Settings
from bench.calling.playback import FRAME_BYTES, is_voiced

CACHE = Path.home() / ".cache/ringback/bench/speech"
# Three seconds each, without a pause inside: every detector hears one turn in each.
SENTENCES = (
    "Could you tell me what the weather will be like in Hamburg tomorrow morning?",
    "I would like to know when the next train to the airport leaves from here.",
    "Please tell me something about the history of the old harbour in our town.",
)


def spoken(sentences: Sequence[str] = SENTENCES) -> list[Sound]:
    """Return the sentences as sound; those that were never said here are made now."""
    files = [CACHE / f"{hashlib.sha256(text.encode()).hexdigest()[:16]}.wav" for text in sentences]
    missing = [
        (text, file) for text, file in zip(sentences, files, strict=True) if not file.exists()
    ]
    if missing:
        CACHE.mkdir(parents=True, exist_ok=True)
        sounds = synthesise(Settings(), [], [text for text, _ in missing])
        for (_, file), sound in zip(missing, sounds, strict=True):
            write_wav(file, sound)
    return [read_wav(file) for file in files]


def frames_of(sound: Sound) -> list[bytes]:
    """Cut a sound into telephone frames, without the silence before and behind it."""
    encoder = TelephoneEncoder()
    ulaw = encoder.feed(sound.pcm, sound.rate_hz) + encoder.flush()
    cut = [
        ulaw[at : at + FRAME_BYTES].ljust(FRAME_BYTES, b"\xff")
        for at in range(0, len(ulaw), FRAME_BYTES)
    ]
    voiced = [index for index, frame in enumerate(cut) if is_voiced(frame)]
    return cut[voiced[0] : voiced[-1] + 1] if voiced else []
