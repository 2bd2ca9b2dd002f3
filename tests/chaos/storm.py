"""Plays a storm: rounds of deeds with a death in each, then quiet, and a verdict."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from backend.kernel.clock import SECOND, later
from backend.platform.clock import SystemClock
from tests.chaos.deeds import Caller
from tests.chaos.judging import Judge
from tests.chaos.plan import Deed, Plan, Round, plan_of
from tests.chaos.promises import Promises
from tests.chaos.stand import Engines, Stand, stand

CALLERS = 3
QUIET_S_MAX = 300.0  # a machine that others use is slow
BEGIN_S_MAX = 120.0
SOON_S = 20  # what is tried again comes sooner

Job = dict[str, Any]  # Any: JSON, as the door shows it


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a storm ended."""

    plan: Plan
    kills: int
    promised: int
    seconds: float


class StormError(AssertionError):
    """Something that was promised does not hold; it tells how to see it again."""


def play(seed: int, engines: Engines, folder: Path) -> Outcome:
    """Play the storm of a seed; raise StormError with the whole story when something broke."""
    plan, promises, began = plan_of(seed), Promises(), time.monotonic()
    with stand(plan.footprint, engines, folder / f"storm-{seed}") as place:
        try:
            for each in plan.rounds:
                _rage(each, place, promises, Caller(place, promises))
            findings = _verdict(place, promises)
        except AssertionError as broken:
            findings = [str(broken)]
        if findings:
            raise StormError(_story(plan, place, promises, findings))
        return Outcome(plan, place.kills, len(promises.words), time.monotonic() - began)


def _rage(storm: Round, place: Stand, promises: Promises, caller: Caller) -> None:
    begun = threading.Semaphore(0)

    def do(deed: Deed) -> None:
        begun.release()
        caller.do(deed)

    with ThreadPoolExecutor(CALLERS) as callers:
        doing = [callers.submit(do, deed) for deed in storm.deeds]
        for _ in range(storm.after):
            assert begun.acquire(timeout=BEGIN_S_MAX), "the callers stand still"
        time.sleep(storm.delay_s)
        promises.note(f"── {' and '.join(storm.victims)} killed")
        place.kill(storm.victims)
        place.restart(storm.victims)
        promises.note("── and back")
    for each in doing:
        each.result()


def _verdict(place: Stand, promises: Promises) -> list[str]:
    promises.note("── the storm is over")
    _await_quiet(place)
    promises.note("── all is quiet")
    judge = Judge(place, promises)
    findings = judge.at_the_doors()
    promises.note("── the doors were asked")
    findings += [f"{name} ended with {status}" for name, status in place.end().items() if status]
    return findings + judge.in_the_rows()


def _await_quiet(place: Stand) -> None:
    """Return when no job is left to do."""
    deadline = time.monotonic() + QUIET_S_MAX
    while open_jobs := _open_jobs(place):
        if time.monotonic() > deadline:
            left = [f"{job['name']} {job['state']} {job['error']}" for job in open_jobs]
            raise AssertionError(f"jobs are left: {left}")
        _hurry(place, open_jobs)
        time.sleep(0.2)


def _hurry(place: Stand, open_jobs: list[Job]) -> None:
    """Have what was forgotten looked for a second time at once: it would wait for its minute."""
    late = later(SystemClock().now(), SOON_S * SECOND)
    with place.client() as client:
        for job in open_jobs:
            if job["name"] == "upkeep.forget" and job["not_before"] > late:
                client.post(f"/v1/jobs/{job['id']}/run")  # refused when it runs by now


def _open_jobs(place: Stand) -> list[Job]:
    found: list[Job] = []
    # In this order: what is handed back, or taken up meanwhile, is seen as well.
    for state in ("leased", "waiting", "leased"):
        told: Any = place.backend.get("/v1/jobs", state=state)
        found += told["jobs"]
    return found


def _story(plan: Plan, place: Stand, promises: Promises, findings: list[str]) -> str:
    said = "\n".join(part.said()[-1500:] for part in place.parts.values())
    return "\n".join(
        [
            f"seed {plan.seed} over {plan.footprint.name}: make chaos SEED={plan.seed}",
            *findings[:40],
            "── what happened",
            *promises.journal,
            "── what the parts said",
            said,
        ]
    )
