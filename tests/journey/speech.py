"""The people around the product: Piper speaks for them, Whisper tells what they heard."""

from pathlib import Path

import numpy as np

from backend.conversation.hearing.engines.faster_whisper import FasterWhisper
from backend.conversation.sound import read_wav, write_wav
from backend.conversation.speaking.engines.piper import Piper
from backend.kernel.audio import RATE_HZ, Sound
from backend.kernel.speech import Utterance
from backend.platform.clock import SystemClock
from backend.platform.compute import Compute
from backend.platform.settings import Settings
from backend.platform.weights import Weights


class Speech:
    """Says sentences, and understands them."""

    def __init__(self) -> None:
        self._weights = Weights(Settings().models.folder, clock=SystemClock())
        self._compute = Compute(2)
        self._ears = FasterWhisper(self._weights, self._compute)
        self._spoken: dict[str, Sound] = {}

    def sound(self, sentence: str) -> Sound:
        """Return a sentence that was prepared."""
        return self._spoken[sentence]

    async def prepare(self, *sentences: str) -> None:
        """Say sentences in a natural voice; said once, each is kept."""
        for sentence in sentences:
            if sentence not in self._spoken:
                self._spoken[sentence] = await self._synthesise(sentence)

    def write(
        self, sentence: str, file: Path, *, lead_seconds: float = 0.3, tail_seconds: float = 0.8
    ) -> None:
        """Write a sentence as a WAV file with silence around it."""
        sound = self.sound(sentence)
        rate = sound.rate_hz
        lead, tail = bytes(int(lead_seconds * rate) * 2), bytes(int(tail_seconds * rate) * 2)
        write_wav(file, Sound(lead + sound.pcm + tail, rate))

    async def words(self, sound: Sound) -> str:
        """Return what a person would have heard; empty when there was nothing."""
        samples = np.frombuffer(sound.pcm, "<i2")
        if not len(samples):
            return ""
        assert sound.rate_hz == RATE_HZ
        window = RATE_HZ * 12  # a person listens on; a model takes one breath at a time
        heard = []
        for start in range(0, len(samples), window):
            pcm = samples[start : start + window].tobytes()
            transcript = await self._ears.transcribe(Utterance(pcm, 0, len(pcm) // 32))
            heard.append(transcript.text)
        return " ".join(heard).strip()

    async def words_of(self, file: Path) -> str:
        """Return what a person would have heard in a file."""
        return await self.words(read_wav(file))

    async def _synthesise(self, sentence: str) -> Sound:
        piper = Piper(self._weights)
        try:
            pieces = [piece async for piece in piper.speak(sentence)]
        finally:
            await piper.close()
        return Sound(b"".join(piece.pcm for piece in pieces), pieces[0].rate_hz)
