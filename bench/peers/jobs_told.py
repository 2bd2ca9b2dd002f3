"""What every program of `bench-jobs` has in common: how it is called, and what it writes down.

PROGRAM worker ADDRESS LOG                       works until it is killed
PROGRAM add    ADDRESS LOG COUNT PACE_S KIND     adds jobs and prints [key, asked, taken] of each

A job of kind "small" only writes its key and the moment into the log; one of kind "hold" then never
ends. Moments are nanoseconds of the machine's monotonic clock, the same in every process.
"""

import asyncio
import json
import os
import time
from collections.abc import Awaitable, Callable

HOLD_S = 3600.0

Add = Callable[[str, str], Awaitable[object]]


def started(log: str, key: str) -> None:
    """Write down that a job has begun."""
    line = f"{key} {time.monotonic_ns()}\n".encode()
    file = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(file, line)
    finally:
        os.close(file)


async def work(log: str, key: str, kind: str) -> None:
    """Do what a job of this kind does."""
    started(log, key)
    if kind == "hold":
        await asyncio.sleep(HOLD_S)


async def add_all(add: Add, count: int, pace_s: float, kind: str) -> list[tuple[str, int, int]]:
    """Add jobs one after the other, and return when each was asked for and taken."""
    told = []
    for number in range(count):
        key = f"{kind}-{time.monotonic_ns()}-{number}"
        asked = time.monotonic_ns()
        await add(key, kind)
        told.append((key, asked, time.monotonic_ns()))
        if pace_s:
            # Never in step with anybody's polling.
            await asyncio.sleep(pace_s * (1 + (number * 7 % 10) / 10))
    return told


def say(told: list[tuple[str, int, int]]) -> None:
    """Print what was added."""
    print(json.dumps(told), flush=True)
