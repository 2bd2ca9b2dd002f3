"""One look at the disk is enough for all who wait, and nobody is told too much."""

import asyncio
from pathlib import Path
from threading import Semaphore

import pytest

from backend.kernel.errors import Unavailable
from backend.platform.database.log_file import LogFile


class SlowDisk(LogFile):
    """Counts how often it is written to, each time when it is let."""

    def __init__(self, database: Path) -> None:
        super().__init__(database)
        self.times = 0
        self.fails = False
        self.let = Semaphore(0)

    def write_out(self) -> None:
        self.times += 1
        self.let.acquire()
        if self.fails:
            raise OSError("the disk is gone")
        super().write_out()


async def steps(count: int = 10) -> None:
    for _ in range(count):
        await asyncio.sleep(0)  # noqa: TID251 - a step of the loop, not time


@pytest.fixture
def disk(tmp_path: Path) -> SlowDisk:
    (tmp_path / "db-wal").write_bytes(b"log")
    return SlowDisk(tmp_path / "db")


async def test_who_comes_while_the_disk_is_at_work_waits_for_the_next_time(
    disk: SlowDisk,
) -> None:
    first = asyncio.ensure_future(disk.written())
    await steps()
    others = [asyncio.ensure_future(disk.written()) for _ in range(20)]
    await steps()
    disk.let.release()
    await first
    assert not any(other.done() for other in others)  # it had begun before they came
    disk.let.release()
    await asyncio.gather(*others)
    assert disk.times == 2
    disk.close()


async def test_a_failing_disk_is_told_to_all_whom_it_concerns_and_to_nobody_else(
    disk: SlowDisk,
) -> None:
    disk.fails = True
    asked = [asyncio.ensure_future(disk.written()) for _ in range(3)]
    await steps()
    for _ in range(2):  # the first alone, then the two that came meanwhile
        disk.let.release()
    told = await asyncio.gather(*asked, return_exceptions=True)
    assert [type(one) for one in told] == [Unavailable] * 3
    disk.fails = False
    disk.let.release()
    await disk.written()
    disk.close()


async def test_a_log_that_sqlite_has_taken_in_needs_nothing(tmp_path: Path) -> None:
    log = LogFile(tmp_path / "db")
    await log.written()
    log.close()
    (tmp_path / "db-wal").write_bytes(b"log")
    await log.written()  # whoever asks again finds a thread again
    log.close()


async def test_who_is_alone_takes_the_disk_along_and_is_told_of_its_failure(
    disk: SlowDisk,
) -> None:
    for disk.fails in (False, True):
        writing = disk.alone()
        assert not disk.is_at_work
        disk.let.release()
        await asyncio.to_thread(writing)
        if disk.fails:
            with pytest.raises(Unavailable):
                disk.settle(writing)
        else:
            disk.settle(writing)
    disk.fails = False
    disk.let.release()
    await disk.written()  # whoever comes afterwards is asked for anew
    assert disk.times == 3
    disk.close()


async def test_nobody_is_alone_while_others_wait_for_the_disk(disk: SlowDisk) -> None:
    waiting = asyncio.ensure_future(disk.written())
    await steps()
    told = [disk.is_at_work]
    disk.let.release()
    await waiting
    told.append(disk.is_at_work)
    assert told == [True, False]
    disk.close()
