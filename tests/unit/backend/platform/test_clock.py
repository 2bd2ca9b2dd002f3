"""The machine's time, moved by a file."""

import os
from pathlib import Path

import pytest

from backend.kernel.clock import DAY, MINUTE
from backend.platform.clock import SystemClock


def test_without_a_file_it_is_the_machines_time() -> None:
    first, second = SystemClock(), SystemClock()
    assert abs(first.now() - second.now()) < MINUTE


def test_a_file_moves_the_wall_clock_and_may_change(tmp_path: Path) -> None:
    file = tmp_path / "offset"
    file.write_text("86400")
    moved = SystemClock(file)
    assert abs(moved.now() - SystemClock().now() - DAY) < MINUTE
    file.write_text("172800.5\n")
    assert abs(moved.now() - SystemClock().now() - 2 * DAY) < MINUTE


@pytest.mark.parametrize("content", ["", "soon", "1e999", "nan", "\xff"])
def test_a_file_in_the_middle_of_being_written_changes_nothing(
    tmp_path: Path, content: str
) -> None:
    file = tmp_path / "offset"
    file.write_text("86400")
    moved = SystemClock(file)
    moved.now()
    file.write_text(content, encoding="latin-1")
    os.utime(file, (1, 1))
    assert moved.now() - SystemClock().now() < DAY + MINUTE


def test_a_file_that_is_not_there_yet_is_no_offset(tmp_path: Path) -> None:
    moved = SystemClock(tmp_path / "later")
    assert abs(moved.now() - SystemClock().now()) < MINUTE


async def test_durations_are_real_however_far_the_clock_is_moved(tmp_path: Path) -> None:
    file = tmp_path / "offset"
    file.write_text("86400")
    moved = SystemClock(file)
    before = moved.monotonic()
    await moved.sleep(0)
    assert 0 <= moved.monotonic() - before < 3600
