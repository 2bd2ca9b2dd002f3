"""What is looked at on the machine: disk, memory, and how late the loop is."""

from pathlib import Path

from backend.platform.health.machine import disk, loop_lag, memory, resident_bytes


def test_a_full_disk_is_found(tmp_path: Path) -> None:
    assert disk(tmp_path, free_mb_min=1).ok
    full = disk(tmp_path, free_mb_min=1 << 40)
    assert not full.ok
    assert str(tmp_path) in full.cure


def test_memory_beyond_its_limit_is_found() -> None:
    assert resident_bytes() > 1 << 20
    assert memory(limit_mb=1 << 20).ok
    assert not memory(limit_mb=1).ok


def test_a_loop_that_is_late_is_found() -> None:
    assert loop_lag(0.01).ok
    assert not loop_lag(1.5).ok
