"""`ringback up --restart`: another process that starts the instance anew when it dies unasked.

Where a system does that already (systemd, a container's restart policy) nobody needs it.
"""

import signal
import subprocess
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import Final

from backend.cli.output import show_warning
from backend.platform.clock import SystemClock

RESTS_S: Final = (0.5, 1.0, 2.0, 5.0, 10.0, 30.0)  # before the next life, after so many short ones
LONG_S = 60.0  # a life that was longer counts as a sound one
STOP_S_MAX = 30.0  # calls say goodbye, jobs are handed back
WRONG_USE = 2
KILLED = 128  # and the signal's number, as shells have it


def keep(command: Sequence[str], *, rests_s: Sequence[float] = RESTS_S) -> int:
    """Run a command until it ends as it should, or is asked to; return its exit status."""
    clock, short_lives, is_first = SystemClock(), 0, True
    with _ended_by_term():
        while True:
            began_at = clock.monotonic()
            status, is_wanted = _life(command)
            is_short = clock.monotonic() - began_at < LONG_S
            # What refuses to start at all refuses the next time too, and has said why.
            is_refusal = status == WRONG_USE or (is_first and is_short and status < KILLED)
            if is_wanted or status == 0 or is_refusal:
                return status
            is_first, short_lives = False, short_lives + 1 if is_short else 0
            rest_s = rests_s[min(max(short_lives - 1, 0), len(rests_s) - 1)]
            show_warning(f"It ended unasked (status {status}) and starts again in {rest_s} s.")
            try:
                threading.Event().wait(rest_s)
            except KeyboardInterrupt:
                return 0


def _life(command: Sequence[str]) -> tuple[int, bool]:
    """Run it once; return its exit status, and whether somebody wanted its end."""
    # Its standard input is ours: should we be killed, it notices and ends as well.
    with subprocess.Popen(command, stdin=subprocess.PIPE) as child:  # noqa: S603 - ourselves
        try:
            return _status(child.wait()), False
        except KeyboardInterrupt:
            child.terminate()
        try:
            return _status(child.wait(STOP_S_MAX)), True
        except subprocess.TimeoutExpired:
            child.kill()
            return _status(child.wait()), True


def _status(code: int) -> int:
    return code if code >= 0 else KILLED - code


@contextmanager
def _ended_by_term() -> Iterator[None]:
    kept = signal.signal(signal.SIGTERM, _interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, kept)


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt
