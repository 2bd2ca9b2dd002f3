"""The machine's time, and a time that a journey may move through a file."""

import asyncio
import time
from pathlib import Path

from backend.kernel.clock import SECOND, Instant


class SystemClock:
    """The wall clock; with an offset file it runs as many seconds ahead as the file says."""

    def __init__(self, offset_file: Path | None = None) -> None:
        self._offset_file = offset_file
        self._offset_stamp: tuple[int, int] | None = None
        self._offset = 0

    def now(self) -> Instant:
        """Return the wall clock's moment."""
        return Instant(time.time_ns() // 1000 + self._current_offset())

    def monotonic(self) -> float:
        """Return seconds that never go backwards; the offset never touches them."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Wait in real time, however far the wall clock was moved."""
        await asyncio.sleep(seconds)

    def _current_offset(self) -> int:
        if self._offset_file is None:
            return 0
        try:
            found = self._offset_file.stat()
        except FileNotFoundError:
            return self._offset
        # The size belongs to the stamp: two writes may fall within one tick of a coarse file clock.
        stamp = (found.st_mtime_ns, found.st_size)
        if stamp != self._offset_stamp:
            self._offset = self._read_offset(self._offset_file)
            self._offset_stamp = stamp
        return self._offset

    def _read_offset(self, file: Path) -> int:
        try:
            return int(float(file.read_text(encoding="ascii").strip() or "0") * SECOND)
        except (OSError, ValueError, OverflowError):
            return self._offset  # caught in the middle of being written: the next look gets it
