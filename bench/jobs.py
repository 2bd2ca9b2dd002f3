"""The job ledger beside arq alone, streaq and procrastinate: pickup, throughput, enqueue, rerun.

Every way to run jobs is measured alike: from the moment in which a job was taken to the one in
which it begins, with an idle worker; jobs a second of a worker that finds them waiting; and how
long after `kill -9` in the middle of a job another worker begins it again. Ours keep their jobs in
the truth: SQLite with `synchronous` FULL, which survives a power cut, or NORMAL, which survives any
kill of the process. `--quick` measures less of each, and waits less long for reruns of the others.
"""

import argparse
import shutil
import signal
import statistics
import sys
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from subprocess import SubprocessError
from typing import Literal

from bench.bare import commit_ms
from bench.figures import Bar, publish
from bench.instance import NotMeasured
from bench.peers.environment import peers_python
from bench.working.measuring import Told, Way
from bench.working.servers import postgresql, redis

HERE = Path(__file__).parent
OURS = (sys.executable, "-m", "bench.working.ours")
PEERS = HERE / "peers"
FOREIGN = (NotMeasured, OSError, SubprocessError, ValueError)
RERUN_S_MAX = 20.0
ENQUEUE_MS_MAX = 2.0


@dataclass(frozen=True, slots=True)
class Amounts:
    """How much is measured."""

    pickups: int = 150
    jobs: int = 3000
    writing: int = 600
    peers_rerun_s: float = 95.0


QUICK = Amounts(pickups=30, jobs=600, writing=200, peers_rerun_s=20.0)


class Bench:
    """Measures one way after the other; what fails is told and stops nothing else."""

    def __init__(self, scratch: Path, amounts: Amounts) -> None:
        self._scratch, self._amounts = scratch, amounts
        self._redis = ""
        self.bars: list[Bar] = []
        self.missing: list[str] = []
        self.skipped: list[str] = []

    def run(self) -> None:
        """Measure everything."""
        with ExitStack() as servers:
            try:
                self._redis = servers.enter_context(redis(self._scratch))
            except FOREIGN as failure:
                self._fail("by_arq_pickup_p50_ms", failure, limit=60.0)
            self._commits()
            self._in_process("full")
            if self._amounts is QUICK:
                self.skipped.append("in_process_normal")
            else:
                self._in_process("normal")
            if self._redis:
                self._by_arq()
            python = self._peers_python()
            if python is not None:
                self._peers(python, servers)
            self._reruns(python)

    # ── ours ─────────────────────────────────────────────────────────────────────────────────
    def _commits(self) -> None:
        """Tell what one commit of SQLite takes on this disk, whoever asks for it."""
        modes: tuple[Literal["full", "normal"], ...] = ("full", "normal")
        for mode in modes:
            self._tell(f"sqlite_commit_{mode}_ms", commit_ms(self._scratch, mode), "ms")

    def _in_process(self, mode: str) -> None:
        name = f"in_process_{mode}"
        way = self._ours(name, mode)
        with self._group(f"{name}_pickup_p50_ms", limit=10.0):
            self._pickup(name, way.pickup_alone(self._amounts.pickups), limit=10.0)
        with self._group(f"{name}_throughput", limit=500.0, better="higher"):
            rate = self._ours(f"{name}_drain", mode).throughput(self._amounts.jobs)
            self._tell(f"{name}_throughput", rate, "jobs/s", limit=500.0, better="higher")
        each = f"{name}_throughput_with_own_writes"
        with self._group(each, limit=500.0, better="higher"):
            writing = self._ours(f"{name}_writing", mode)
            rate = writing.throughput(self._amounts.writing, "writing")
            self._tell(each, rate, "jobs/s", limit=500.0, better="higher")
        with self._group(f"{name}_enqueue_in_a_turn_ms", limit=ENQUEUE_MS_MAX):
            cost = self._ours(f"{name}_cost", mode).cost_ms(self._amounts.pickups)
            self._tell(f"{name}_enqueue_in_a_turn_ms", cost, "ms", limit=ENQUEUE_MS_MAX)

    def _by_arq(self) -> None:
        with self._group("by_arq_pickup_p50_ms", limit=60.0):
            way = self._ours("by_arq", "full", bell=1)
            self._pickup("by_arq", way.pickup(self._amounts.pickups), limit=60.0)
        with self._group("by_arq_throughput"):
            drained = self._ours("by_arq_drain", "full", bell=2).throughput(self._amounts.jobs)
            self._tell("by_arq_throughput", drained, "jobs/s", better="higher")

    def _ours(self, name: str, mode: str, *, bell: int | None = None) -> Way:
        folder = self._scratch / name
        url = "-" if bell is None else f"{self._redis}/{bell}"
        return Way(OURS, f"sqlite:///{folder / 'ringback.db'} {url} {mode}", folder)

    # ── the others ───────────────────────────────────────────────────────────────────────────
    def _peers_python(self) -> Path | None:
        try:
            return peers_python(requirements=PEERS / "jobs.txt")
        except FOREIGN as failure:
            print(failure, file=sys.stderr)
            self.missing += ["arq", "streaq", "procrastinate"]
            return None

    def _peers(self, python: Path, servers: ExitStack) -> None:
        if self._redis:
            arq = self._peer(python, "arq", 3)
            self._peer_figures("arq_alone", arq)
            if self._amounts is QUICK:
                self.skipped.append("arq_alone_polling_50_ms")
            else:
                self._arq_polling(arq)
            self._peer_figures("streaq", self._peer(python, "streaq", 5))
        else:
            self.missing += ["arq", "streaq"]
        try:
            address = servers.enter_context(postgresql(self._scratch))
            way = Way(self._program(python, "procrastinate"), address, self._scratch / "procr")
            way.prepare()
        except FOREIGN as failure:
            print(failure, file=sys.stderr)
            self.missing.append("procrastinate")
        else:
            self._peer_figures("procrastinate", way)

    def _arq_polling(self, arq: Way) -> None:
        """Let arq poll as often as it does for us, instead of twice a second."""
        name = "arq_alone_polling_50_ms"
        quick = Way(arq.program, f"{self._redis}/4", self._scratch / name, (".05",))
        with self._group(f"{name}_pickup_p50_ms"):
            self._pickup(name, quick.pickup(self._amounts.pickups))

    def _peer_figures(self, name: str, way: Way) -> None:
        with self._group(f"{name}_pickup_p50_ms"):
            self._pickup(name, way.pickup(self._amounts.pickups))
        with self._group(f"{name}_throughput"):
            drained = way.throughput(self._amounts.jobs)
            self._tell(f"{name}_throughput", drained, "jobs/s", better="higher")

    def _peer(self, python: Path, name: str, number: int) -> Way:
        folder = self._scratch / f"{name}-{number}"
        return Way(self._program(python, name), f"{self._redis}/{number}", folder)

    def _program(self, python: Path, name: str) -> tuple[str, str]:
        return (str(python), str(PEERS / f"{name}_jobs.py"))

    # ── killed ───────────────────────────────────────────────────────────────────────────────
    def _reruns(self, python: Path | None) -> None:
        """Kill a worker of each way at the same time: almost all of it is waiting."""
        patience_s = self._amounts.peers_rerun_s
        tries: dict[str, Callable[[], float | None]] = {
            "in_process": lambda: self._ours("rerun", "full").rerun_s(2 * RERUN_S_MAX),
            # Here a process that is gone can be seen; on another machine only its silence tells.
            "on_one_machine": lambda: self._ours("rerun_here", "full here").rerun_s(RERUN_S_MAX),
        }
        if self._redis:
            by_arq = self._ours("rerun_by_arq", "full", bell=6)
            tries["by_arq"] = lambda: by_arq.rerun_s(2 * RERUN_S_MAX)
        if python is not None and self._redis:
            arq, streaq = self._peer(python, "arq", 7), self._peer(python, "streaq", 8)
            tries["arq_alone"] = lambda: arq.rerun_s(patience_s)
            tries["streaq"] = lambda: streaq.rerun_s(patience_s)
        if python is not None:
            # It has none of its own: its users write a job that looks for stalled ones.
            self.skipped.append("procrastinate_rerun_after_kill_s")
        print("… reruns after kill -9", file=sys.stderr, flush=True)
        with ThreadPoolExecutor(len(tries)) as pool:
            running = {name: pool.submit(measure) for name, measure in tries.items()}
        for name, found in running.items():
            is_ours = name in {"in_process", "on_one_machine", "by_arq"}
            limit = RERUN_S_MAX if is_ours else None
            with self._group(f"{name}_rerun_after_kill_s", limit=limit):
                took_s = found.result()
                if took_s is not None:
                    self._tell(f"{name}_rerun_after_kill_s", took_s, "s", limit=limit)
                elif is_ours:
                    raise NotMeasured(f"not within {2 * RERUN_S_MAX:.0f} s")
                else:
                    self._tell(f"{name}_rerun_after_kill_s_more_than", patience_s, "s")

    # ── telling ──────────────────────────────────────────────────────────────────────────────
    def _pickup(self, name: str, told: Told, *, limit: float | None = None) -> None:
        self._tell(f"{name}_pickup_p50_ms", statistics.median(told.pickup_ms), "ms", limit=limit)
        self._tell(f"{name}_pickup_p95_ms", statistics.quantiles(told.pickup_ms, n=20)[-1], "ms")
        enqueue_ms = statistics.median(told.enqueue_ms)
        most_ms = None if limit is None else ENQUEUE_MS_MAX  # ours have limits
        self._tell(f"{name}_enqueue_alone_ms", enqueue_ms, "ms", limit=most_ms)

    def _tell(
        self,
        name: str,
        value: float,
        unit: str,
        *,
        limit: float | None = None,
        better: str = "lower",
    ) -> None:
        self.bars.append(Bar(name, round(value, 2), limit, better, unit))

    def _fail(
        self,
        name: str,
        failure: Exception,
        *,
        limit: float | None = None,
        better: str = "lower",
    ) -> None:
        self.bars.append(Bar(name, None, limit, better, why=str(failure)[-300:]))

    @contextmanager
    def _group(
        self, name: str, *, limit: float | None = None, better: str = "lower"
    ) -> Iterator[None]:
        """Measure some figures; one that fails leaves its bar empty and says why."""
        print(f"… {name}", file=sys.stderr, flush=True)
        try:
            yield
        except FOREIGN as failure:
            self._fail(name, failure, limit=limit, better=better)


def main() -> int:
    """Measure, publish, and leave nothing behind."""
    parser = argparse.ArgumentParser(prog="bench-jobs")
    parser.add_argument("--quick", action="store_true", help="under four minutes")
    amounts = QUICK if parser.parse_args().quick else Amounts()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # or the servers would be left behind
    scratch = Path(tempfile.mkdtemp(prefix="ringback-bench-"))
    bench = Bench(scratch, amounts)
    try:
        bench.run()
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return publish("jobs", bench.bars, skipped=bench.skipped, missing=bench.missing)


if __name__ == "__main__":
    sys.exit(main())
