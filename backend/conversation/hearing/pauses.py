"""How long this caller is silent in the middle of what they say."""

from collections import deque

KEPT = 12
# What is known of everybody weighs as much as so many pauses of this caller.
PRIOR_PAUSES = 4
USUAL_MS = 250
QUANTILE = 0.8
EXTRA_MS_MIN, EXTRA_MS_MAX = -40, 300
# Somebody who speaks again so soon after an end had not ended.
REJOINS_MS = 500


class Pauses:
    """Remembers the pauses that looked like an end and were none; few of them change little."""

    def __init__(self) -> None:
        self._inner_ms: deque[int] = deque(maxlen=KEPT)
        self._ended_at_ms: int | None = None
        self._ended_after_ms = 0

    def went_on(self, silence_ms: int) -> None:
        """Note a pause in the middle of an utterance."""
        self._inner_ms.append(silence_ms)

    def ended(self, at_ms: int, silence_ms: int) -> None:
        """Note when an utterance was taken for ended, and after how much silence."""
        self._ended_at_ms, self._ended_after_ms = at_ms, silence_ms

    def began(self, at_ms: int) -> None:
        """Note when a voice began: soon after an end it means that the end was none."""
        ended_at_ms, self._ended_at_ms = self._ended_at_ms, None
        if ended_at_ms is not None and at_ms - ended_at_ms <= REJOINS_MS:
            self.went_on(self._ended_after_ms + at_ms - ended_at_ms)

    @property
    def extra_ms(self) -> int:
        """How much more (or less) silence than usual an end needs of this caller."""
        if not self._inner_ms:
            return 0
        longest_usual = sorted(self._inner_ms)[int(QUANTILE * (len(self._inner_ms) - 1) + 0.5)]
        weight = len(self._inner_ms) / (len(self._inner_ms) + PRIOR_PAUSES)
        return max(EXTRA_MS_MIN, min(EXTRA_MS_MAX, round(weight * (longest_usual - USUAL_MS))))
