"""The figures of one way to run jobs, whoever's: pickup, enqueue, throughput, rerun."""

import json
import signal
import statistics
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.instance import NotMeasured, TooLong

MS, S = 1e6, 1e9
START_S_MAX = 30.0
PACE_S = 0.06
LOOK_S = 0.005
STOP_S_MAX = 10.0
CALL_S_MAX = 240.0


@dataclass(frozen=True, slots=True)
class Told:
    """What became of some jobs, in milliseconds."""

    pickup_ms: list[float]
    enqueue_ms: list[float]


@dataclass
class Way:
    """One way to run jobs: its program, and where its jobs are kept."""

    program: Sequence[str]
    address: str
    scratch: Path
    worker_options: Sequence[str] = ()

    def __post_init__(self) -> None:
        self.scratch.mkdir(parents=True, exist_ok=True)
        self.log = self.scratch / "starts.log"
        self.log.touch()

    def prepare(self) -> None:
        """Make what the program keeps its jobs in."""
        self._run("prepare")

    def pickup(self, count: int) -> Told:
        """Add jobs to an idle worker in a process of its own."""
        with self._worker():
            self._warm()
            added = self._call("add", str(count), str(PACE_S), "small")
            return self._told(added)

    def pickup_alone(self, count: int, kind: str = "small") -> Told:
        """Add jobs to an idle worker in the same process."""
        return self._told(self._call("alone", str(count), str(PACE_S), kind))

    def cost_ms(self, count: int) -> float:
        """Return what a job adds to a transaction that there is anyway."""
        added = self._call("cost", str(count))
        return statistics.median((taken - asked) / MS for _, asked, taken in added)

    def throughput(self, count: int, kind: str = "small") -> float:
        """Return how many jobs a second a worker starts that finds them waiting."""
        keys = {key for key, _, _ in self._call("add", str(count), "0", kind)}
        with self._worker():
            starts = sorted(self._wait_for(keys, START_S_MAX + count / 20).values())
        return (len(starts) - 1) * S / (starts[-1] - starts[0])

    def rerun_s(self, longest_s: float) -> float | None:
        """Kill a worker in the middle of a job; seconds until another begins it again."""
        with self._worker() as doomed:
            self._warm()
            [(key, _, _)] = self._call("add", "1", "0", "hold")
            self._wait_for({key}, START_S_MAX)
            doomed.send_signal(signal.SIGKILL)
            killed = time.monotonic_ns()
        with self._worker():
            until = time.monotonic() + longest_s
            while time.monotonic() < until:
                again = [at for name, at in self._starts() if name == key and at > killed]
                if again:
                    return (again[0] - killed) / S
                time.sleep(0.1)
        return None

    # ── how ──────────────────────────────────────────────────────────────────────────────────
    @contextmanager
    def _worker(self) -> Iterator[subprocess.Popen[bytes]]:
        command = [*self.program, "worker", self.address, str(self.log), *self.worker_options]
        with (self.scratch / "worker.log").open("ab") as output:
            process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT
            )
        try:
            yield process
        finally:
            process.kill()
            process.wait(STOP_S_MAX)

    def _warm(self) -> None:
        self._wait_for({key for key, _, _ in self._call("add", "3", "0", "small")}, START_S_MAX)

    def _call(self, *what: str) -> list[tuple[str, int, int]]:
        told: list[tuple[str, int, int]] = json.loads(self._run(*what).splitlines()[-1])
        return told

    def _run(self, do: str, *rest: str) -> str:
        done = subprocess.run(
            [*self.program, do, self.address, str(self.log), *rest],
            capture_output=True,
            text=True,
            timeout=CALL_S_MAX,
            check=False,
        )
        if done.returncode:
            raise NotMeasured(f"{self.program[-1]} {do}: {done.stderr[-300:]}")
        return done.stdout

    def _told(self, added: list[tuple[str, int, int]]) -> Told:
        starts = self._wait_for({key for key, _, _ in added}, START_S_MAX)
        return Told(
            # A worker in the same process may begin before the one who added it goes on.
            [max(starts[key] - taken, 0) / MS for key, _, taken in added],
            [(taken - asked) / MS for _, asked, taken in added],
        )

    def _wait_for(self, keys: set[str], longest_s: float) -> dict[str, int]:
        until = time.monotonic() + longest_s
        while True:
            found = {key: at for key, at in reversed(self._starts()) if key in keys}
            if len(found) == len(keys):
                return found
            if time.monotonic() > until:
                raise TooLong(f"{len(keys) - len(found)} of {len(keys)} jobs did not begin")
            time.sleep(LOOK_S if len(keys) < 100 else 0.1)

    def _starts(self) -> list[tuple[str, int]]:
        lines = self.log.read_text().splitlines()
        return [(key, int(at)) for key, at in (line.split() for line in lines)]
