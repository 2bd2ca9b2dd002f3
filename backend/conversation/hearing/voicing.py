"""How much voice there is in a whole utterance: a witness beside the words."""

import numpy as np
import numpy.typing as npt

from backend.conversation.hearing.voice_activity import WINDOW_SAMPLES, Detector

VOICED = 0.5  # as the detector's maker has it
WINDOW_MS = 32
ENOUGH_MS = 64  # so much proves a voice; the rest of the utterance costs nothing more


class Voicing:
    """Listens to an utterance from its start, with a detector of its own memory."""

    def __init__(self, detector: Detector) -> None:
        self._detector = detector

    async def warm(self) -> None:
        """Load the detector."""
        await self._detector.warm()

    def is_voice(self, samples: npt.NDArray[np.float32]) -> bool:
        """Say whether somebody speaks in it at all; runs in a thread."""
        memory, voiced_ms = self._detector.fresh(), 0
        for start in range(0, len(samples) - WINDOW_SAMPLES + 1, WINDOW_SAMPLES):
            window = samples[None, start : start + WINDOW_SAMPLES]
            (probability,), (memory,) = self._detector.judge(window, [memory])
            voiced_ms += WINDOW_MS * (probability > VOICED)
            if voiced_ms >= ENOUGH_MS:
                return True
        return False
