"""What every part of the voice bench works with: instances, what the callers say, the bars."""

import statistics
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

from bench.calling.call import Outcome, Target
from bench.calling.script import Turn
from bench.figures import Bar
from bench.instance import Instance, NotMeasured, running
from bench.load_caller import Load, Round, call_many, utterances

RINGBACK = str(Path(sys.executable).with_name("ringback"))
SETTLE_S = 4.0  # everything that loads beside the first call is loaded
CALLS_MAX = "300"
LIST_MAX = 200  # calls that one page of the listing holds

Kept = dict[str, Any]
"""One turn as the instance tells it: JSON."""


class Bench:
    """Collects bars; starts what is measured."""

    def __init__(self, scratch: Path, *, is_quick: bool) -> None:
        self.scratch, self.is_quick = scratch, is_quick
        self.bars: list[Bar] = []
        self.skipped: list[str] = []
        self.missing: list[str] = []
        self._homes = 0

    @cached_property
    def said(self) -> list[list[bytes]]:
        """What the callers say."""
        return utterances()

    def tell(self, name: str, value: float | None, unit: str, **how: object) -> None:
        """Keep a figure, with its limit when it has one."""
        self.bars.append(Bar(name, value, unit=unit, **how))  # type: ignore[arg-type] # as Bar has it

    @contextmanager
    def instance(
        self, *, command: Sequence[str] = (), engines: str = "dummy", **extra: str
    ) -> Iterator[Instance]:
        """Run an instance in a home of its own; `command` goes before it."""
        self._homes += 1
        seen = {"RINGBACK_LIMITS__CALLS_MAX": CALLS_MAX} | extra
        start = [*command, RINGBACK, "up", "--port", "0", "--engines", engines]
        home = self.scratch / f"home-{self._homes}"
        with running(start, home, cwd=self.scratch, extra=seen) as found:
            time.sleep(SETTLE_S)
            yield found

    def call(self, instance: Instance, load: Load) -> Round:
        """Call an instance; raise NotMeasured when a call or a turn failed."""
        round_ = call_many(target_of(instance), load, self.said, server_pid=instance.pid)
        return sound(round_)


def target_of(instance: Instance) -> Target:
    """Return an instance as a caller reaches it."""
    return Target(instance.url, str(instance.get("/v1/phone/simulator")["secret"]))


def sound(round_: Round) -> Round:
    """Return a round in which nothing failed."""
    if round_.failures:
        raise NotMeasured("; ".join(round_.failures))
    return round_


def kept_turns(instance: Instance, outcomes: Sequence[Outcome]) -> list[tuple[Turn, Kept]]:
    """Return each turn as its caller had it, beside what the instance wrote down about it."""
    listed = instance.get("/v1/calls", limit=str(LIST_MAX))["calls"]
    assert isinstance(listed, list)
    ids = {call["carrier_ref"]: call["id"] for call in listed}
    pairs: list[tuple[Turn, Kept]] = []
    for outcome in outcomes:
        if outcome.call_sid not in ids:
            continue
        kept = instance.get(f"/v1/calls/{ids[outcome.call_sid]}")["turns"]
        assert isinstance(kept, list)
        if len(kept) == len(outcome.turns):
            pairs += zip(outcome.turns, kept, strict=True)
    return pairs


def after_verdict_ms(pairs: Sequence[tuple[Turn, Kept]]) -> list[float]:
    """Return what an answer took beyond the frame that decided that the turn is over.

    Both sides count the line's frames, so that their clocks need not agree.
    """
    found = []
    for turn, kept in pairs:
        wait, end = turn.wait_ms(), kept["details"].get("end", {})
        if wait is not None and "voice_ended_ms" in end:
            decided_ms = end["voice_ended_ms"] + end["silence_ms"]
            found.append(wait - (decided_ms - turn.ended_ms))
    return found


def middle(values: Sequence[float]) -> float:
    """Return the median; there must be something."""
    if not values:
        raise NotMeasured("nothing was measured")
    return statistics.median(values)


def share(values: Sequence[float], part: float) -> float:
    """Return the value below which so many lie, by nearest rank."""
    if not values:
        raise NotMeasured("nothing was measured")
    ranked = sorted(values)
    return ranked[min(len(ranked) - 1, int(part * len(ranked)))]
