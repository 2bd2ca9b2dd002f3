"""What the disk and SQLite alone take for a commit: whoever commits here takes no less."""

import sqlite3
import statistics
import tempfile
import time
from contextlib import closing
from pathlib import Path
from typing import Literal

TIMES = 200


def commit_ms(
    folder: Path, mode: Literal["full", "normal"], *, times: int = TIMES, row_bytes: int = 100
) -> float:
    """Return what a commit of one row takes, by nothing but the driver, in the middle."""
    with (
        tempfile.TemporaryDirectory(dir=folder, prefix="bare-") as home,
        closing(sqlite3.connect(Path(home) / "bare.db", isolation_level=None)) as plain,
    ):
        plain.execute("PRAGMA journal_mode=WAL")
        plain.execute(f"PRAGMA synchronous={mode}")
        plain.execute("CREATE TABLE written (row BLOB)")
        taken = []
        for _ in range(times):
            began = time.perf_counter()
            plain.execute("INSERT INTO written VALUES (randomblob(?))", (row_bytes,))
            taken.append((time.perf_counter() - began) * 1000)
    return statistics.median(taken)
