"""The call in figures: what it costs, how soon it answers, and how many one machine carries.

Our own callers against Ringback with dummy engines, and against Pipecat and LiveKit Agents with
the same dummies, in turns; then against the real local engines. `--quick` leaves out what is long.
"""

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2

from bench import voices
from bench.calling import races, solo
from bench.calling.serving import Bench
from bench.figures import Bar, publish
from bench.instance import NotMeasured

OTHERS = ("hearing", "turn_end")  # benches of their own, whose bars belong to a call as well
OTHER_S_MAX = 1_500.0
FOREIGN = (NotMeasured, OSError, httpx2.HTTPError, subprocess.SubprocessError)

Part = Callable[[Bench], None]

# What each part owes: a bar that can't be measured is told all the same, and holds nothing.
OWED: dict[str, dict[str, float | None]] = {
    "race": {
        **{f"cpu_vs_{peer}": share for peer, share in races.SHARES.items()},
        "ringback_interruption_to_clear_p95_ms": races.CLEAR_MS,
        "socket_open_to_greeting_ms": races.GREETING_MS,
        "answer_less_verdict_ms": races.ANSWER_MS,
    },
    "cores": {"late_frames_at_80": None},
    "cancel": {"cancel_p95_ms": voices.CANCEL_MS},
    "delays": {"delayed_first_sound_p99_ms": solo.DELAYED_P99_MS},
    "memory": {
        "mb_per_further_call": solo.MEMORY_MB_PER_CALL,
        "growth_over_250_calls_mb": solo.ROW_GROWTH_MB,
    },
    "real": {
        "real_engines_alone_median_ms": solo.REAL_ALONE_MS,
        "real_engines_eight_p95_ms": solo.REAL_EIGHT_MS,
    },
}

# In the order of what a reader asks first; those behind the line are too long for `--quick`.
PARTS: dict[str, Part] = {
    "race": races.race,
    "cores": races.one_core,
    "cancel": voices.cancelling,
    "delays": solo.declared_delays,
}
LONG_PARTS: dict[str, Part] = {
    "memory": solo.memory,
    "real": solo.real_engines,
}


def other(bench: Bench, name: str) -> None:
    """Run a bench of its own and take its bars."""
    module = f"bench.{name}"
    if not Path(__file__).with_name(f"{name}.py").exists():
        bench.skipped.append(module)
        return
    done = subprocess.run(
        [sys.executable, "-m", module, *(["--quick"] if bench.is_quick else [])],
        stdout=subprocess.PIPE,
        text=True,
        timeout=OTHER_S_MAX,
        check=False,
    )
    lines = done.stdout.strip().splitlines()
    try:
        told = json.loads(lines[-1])["bars"] if lines else []
    except (ValueError, KeyError) as failure:
        raise NotMeasured(f"{module} ended with {done.returncode}") from failure
    bench.bars += [_bar(name, figure) for figure in told]


def _bar(bench: str, told: dict[str, object]) -> Bar:
    value, limit = told.get("value"), told.get("limit")
    return Bar(
        f"{bench}_{told['name']}",
        float(str(value)) if value is not None else None,
        float(str(limit)) if limit is not None else None,
        better=str(told.get("better", "lower")),
        unit=str(told.get("unit", "")),
        why=str(told.get("why", "")),
    )


@contextmanager
def _told(bench: Bench, name: str) -> Iterator[None]:
    """What can't be measured is a bar that says why, and stops nothing else."""
    print(f"… {name}", file=sys.stderr, flush=True)
    try:
        yield
    except FOREIGN as failure:
        told = {bar.name for bar in bench.bars}
        for bar, limit in OWED.get(name, {name: None}).items():
            if bar not in told:
                bench.bars.append(Bar(bar, None, limit, why=str(failure)[-300:]))


def main() -> int:
    """Measure, publish, and leave nothing behind."""
    parser = argparse.ArgumentParser(prog="bench-voice")
    parser.add_argument("--quick", action="store_true", help="under four minutes")
    parser.add_argument("--only", help="one part: " + ", ".join([*PARTS, *LONG_PARTS, *OTHERS]))
    given = parser.parse_args()
    scratch = Path(tempfile.mkdtemp(prefix="ringback-bench-"))
    bench = Bench(scratch, is_quick=given.quick)
    wanted = PARTS if given.quick else PARTS | LONG_PARTS
    try:
        for name, part in (PARTS | LONG_PARTS if given.only else wanted).items():
            if given.only in (None, name):
                with _told(bench, name):
                    part(bench)
        for name in OTHERS:
            if given.only == name or (given.only is None and not given.quick):
                with _told(bench, name):
                    other(bench, name)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    if given.quick and not given.only:
        bench.skipped += [*LONG_PARTS, *OTHERS]
    return publish("voice", bench.bars, skipped=bench.skipped, missing=bench.missing)


if __name__ == "__main__":
    sys.exit(main())
