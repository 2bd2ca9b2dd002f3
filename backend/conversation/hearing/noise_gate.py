"""Lets only those windows through to the detector that rise above the line's own noise."""

import math

import numpy as np
import numpy.typing as npt

FLOOR_DB = -90.0
SURELY_SILENT_DB = -62.0  # below this there is no speech on any telephone line
NEVER_SILENT_DB = -38.0  # above this the detector is always asked
ABOVE_NOISE_DB = 4.0
# The floor follows a quieter line at once and a louder one slowly: 1.5 dB a second.
FLOOR_RISE_DB = 0.05
VOICE_PROBABILITY = 0.15
# The detector is asked on for so long after the last hint of a voice (0.5 s).
WINDOWS_AFTER_VOICE = 16


class NoiseGate:
    """Follows the noise of one line; silence costs a few microseconds instead of a model's run."""

    def __init__(self) -> None:
        self._floor_db = 0.0
        self._asked_for = 0

    def passes(self, window: npt.NDArray[np.float32]) -> bool:
        """Say whether the detector must hear this window of values from -1 to 1."""
        power = float(np.dot(window, window)) / len(window)
        level_db = 10 * math.log10(power + 1e-9)
        self._floor_db = max(FLOOR_DB, min(level_db, self._floor_db + FLOOR_RISE_DB))
        if self._asked_for > 0:
            self._asked_for -= 1
            return True
        if level_db < SURELY_SILENT_DB:
            return False
        return level_db > NEVER_SILENT_DB or level_db > self._floor_db + ABOVE_NOISE_DB

    def passes_nothing(self) -> bool:
        """Say the same of a window of digital silence, without looking at it."""
        self._floor_db = FLOOR_DB
        if self._asked_for > 0:
            self._asked_for -= 1
            return True
        return False

    def heard(self, probability: float) -> None:
        """Take the detector's word on the window: near a voice it is asked without a gap."""
        if probability >= VOICE_PROBABILITY:
            self._asked_for = WINDOWS_AFTER_VOICE
