"""`make chaos N=200`: plays storms of one seed after the other, and goes on where it was stopped.

Seeds that went well are written down under build/; one that did not is told with its whole story,
and played again by `make chaos SEED=17`.
"""

import argparse
import json
import sys
import tempfile
from collections import defaultdict
from pathlib import Path
from typing import Any

from tests.chaos.plan import plan_of
from tests.chaos.stand import Engines
from tests.chaos.storm import Outcome, StormError, play

PROGRESS = Path("build/chaos.json")
WIDTH = 50

Done = dict[str, dict[str, Any]]  # seed → what its storm was like


def main() -> int:
    """Play what is wanted and print a table; 1 when a promise was broken."""
    parser = argparse.ArgumentParser(prog="make chaos")
    parser.add_argument("--storms", type=int, default=20, help="Seeds from 0 on.")
    parser.add_argument("--seed", type=int, help="Play this one, whatever is written down.")
    parser.add_argument("--anew", action="store_true", help="Forget which went well.")
    wanted = parser.parse_args()
    done: Done = {} if wanted.anew or not PROGRESS.exists() else json.loads(PROGRESS.read_text())
    seeds = [wanted.seed] if wanted.seed is not None else range(wanted.storms)
    broken = []
    with Engines() as engines:
        for seed in seeds:
            if str(seed) in done and wanted.seed is None:
                continue
            try:
                _write(done, _played(seed, engines))
            except StormError as story:
                broken.append(seed)
                print(story, flush=True)
    _show(done, broken)
    return 1 if broken else 0


def _played(seed: int, engines: Engines) -> Outcome:
    with tempfile.TemporaryDirectory(prefix="ringback-chaos-") as folder:
        outcome = play(seed, engines, Path(folder))
    print(f"seed {seed:4} ✓ {outcome.plan.footprint.name}, {outcome.seconds:.0f} s", flush=True)
    return outcome


def _write(done: Done, outcome: Outcome) -> None:
    done[str(outcome.plan.seed)] = {
        "kills": outcome.kills,
        "promised": outcome.promised,
        "seconds": round(outcome.seconds, 1),
    }
    PROGRESS.parent.mkdir(exist_ok=True)
    fresh = PROGRESS.with_suffix(".new")
    fresh.write_text(json.dumps(done, indent=1))
    fresh.replace(PROGRESS)


def _show(done: Done, broken: list[int]) -> None:
    rows: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for seed, outcome in done.items():
        rows[plan_of(int(seed)).footprint.name].append(outcome)
    print(f"\n{'Footprint':{WIDTH}} {'Storms':>6} {'Kills':>6} {'Words':>7} {'Minutes':>8}")
    for name, outcomes in sorted(rows.items()):
        kills, words = (sum(each[key] for each in outcomes) for key in ("kills", "promised"))
        minutes = sum(each["seconds"] for each in outcomes) / 60
        print(f"{name:{WIDTH}} {len(outcomes):6} {kills:6} {words:7} {minutes:8.1f}")
    held = f"{len(done)} storms held" if not broken else f"broken: {broken}"
    print(f"\n{held}. Progress: {PROGRESS}")


if __name__ == "__main__":
    sys.exit(main())
