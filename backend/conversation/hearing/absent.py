"""Stands where no ears are installed: typed words still arrive, spoken ones get the cure."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from backend.conversation.hearing.levels import Deaf
from backend.conversation.hearing.voice_activity import Windows
from backend.kernel.errors import NotConfigured

Memory = npt.NDArray[np.float32]


class AbsentEars:
    """Hears nothing, and says why when it is asked to."""

    name = "none"

    def __init__(self, reason: NotConfigured) -> None:
        self._reason = reason

    async def warm(self) -> None:
        """Say what is missing."""
        raise Deaf(self._reason.message, cure=self._reason.cure)

    def fresh(self) -> Memory:
        """Remember nothing."""
        return np.zeros(0, np.float32)

    def judge(
        self, windows: Windows, memories: Sequence[Memory]
    ) -> tuple[Sequence[float], Sequence[Memory]]:
        """Find no voice in anything."""
        return [0.0] * len(windows), memories
