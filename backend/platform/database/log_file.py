"""SQLite's log on the disk: written out once for all who wait for it, not once for each.

SQLite itself (`synchronous=FULL`) waits for the disk within each commit, and holds the one writer's
turn meanwhile. Here a commit leaves its pages in the log (`NORMAL`), gives the turn on, and is
acknowledged when the log has been written out after it: while the disk is at work the next ones
commit, and one more look at the disk is enough for all of them. Who is alone has it written out on
the way of their own commit. See docs/decisions/0014.
"""

import asyncio
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from backend.kernel.errors import Unavailable


class LogFile:
    """The log beside a database's file."""

    def __init__(self, database: Path) -> None:
        self._file = Path(f"{database}-wal")
        self._thread: ThreadPoolExecutor | None = None
        self._at_work = asyncio.Lock()
        self._asked = 0  # how often it was asked
        self._written = 0  # up to which asking all is on the disk
        self._failed = 0  # up to which asking nobody can say so

    @property
    def is_at_work(self) -> bool:
        """Say whether somebody waits for the disk."""
        return self._at_work.locked()

    def alone(self) -> "Alone":
        """Return a writing for somebody's own commit, while nobody else can commit or waits."""
        self._asked += 1
        return Alone(self.write_out)

    def settle(self, writing: "Alone") -> None:
        """Take down how the writing of one's own commit went; raise Unavailable."""
        if writing.has_failed:
            self._failed = self._asked
            raise _lost()
        self._written = self._asked

    async def written(self) -> None:
        """Return once everything that was committed before is on the disk; raise Unavailable."""
        self._asked += 1
        mine = self._asked
        async with self._at_work:
            if self._written < mine and self._failed < mine:
                await self._write()
        if self._failed >= mine:
            raise _lost()

    def close(self) -> None:
        """Let go of the thread; whoever asks again gets another."""
        if self._thread is not None:
            self._thread.shutdown(wait=False)
            self._thread = None

    async def _write(self) -> None:
        everybody = self._asked
        if self._thread is None:
            # Its own: in the loop's pool it would queue behind whoever looks up an address.
            self._thread = ThreadPoolExecutor(1, thread_name_prefix="disk")
        try:
            await asyncio.get_running_loop().run_in_executor(self._thread, self.write_out)
        except OSError:
            # A disk that failed once may call the next try a success, without what it lost.
            self._failed = everybody
        else:
            self._written = everybody

    def write_out(self) -> None:
        """Have the system write the log to the disk."""
        try:
            log = os.open(self._file, os.O_RDWR | getattr(os, "O_CLOEXEC", 0))
        except FileNotFoundError:
            return  # SQLite has taken it into its database, written that out, and removed it
        try:
            getattr(os, "fdatasync", os.fsync)(log)
        finally:
            os.close(log)  # SQLite locks other files than this one: it loses none


class Alone:
    """One writing that goes along with a commit, in SQLite's own thread."""

    def __init__(self, write_out: Callable[[], None]) -> None:
        self._write_out = write_out
        self.has_failed = False

    def __call__(self) -> None:
        """Write; the commit has happened already, so its failure is not the commit's."""
        try:
            self._write_out()
        except OSError:
            self.has_failed = True


def _lost() -> Unavailable:
    return Unavailable("The disk does not answer.", cure="check the home's disk")
