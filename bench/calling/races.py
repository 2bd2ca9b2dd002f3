"""Us beside our peers, in turns: what a call costs, and how many fit on one core."""

import shutil
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from backend.conversation.reasoning.dummy import REPLY
from backend.conversation.speaking.engines.dummy import sound_of
from bench.calling.call import Target
from bench.calling.script import plan
from bench.calling.serving import (
    Bench,
    after_verdict_ms,
    kept_turns,
    middle,
    share,
    sound,
    target_of,
)
from bench.instance import Instance, NotMeasured
from bench.load_caller import Load, Round, call_many
from bench.peers import clips
from bench.peers.environment import peers_python
from bench.peers.racing import peer

RACE_CALLS = 20
ROUNDS = 3
SCRIPT, QUICK_SCRIPT = "greet,say,say,barge@1.0", "greet,say,barge@1.0"
CORE_CALLS = 80
ECHO_SCRIPT = "wait:20"
CORE = 1  # which one the server gets
# Measured on two contended cores at 20 calls on 2026-11-20, for when a peer can't be installed.
LAST_MEASURED = {"pipecat": 2.71, "livekit": 1.32}
SHARES = {"pipecat": 0.25, "livekit": 0.5}  # of a peer's cost that ours may be
GREETING_MS, CLEAR_MS, ANSWER_MS = 30.0, 160.0, 15.0


@dataclass(frozen=True, slots=True)
class Contestant:
    """One that is called in the race."""

    target: Target
    pid: int
    instance: Instance | None = None  # ours


_Begun = AbstractContextManager[Contestant]


def race(bench: Bench) -> None:
    """Call everybody in turns, and tell the ratios of the medians."""
    rounds: dict[str, list[Round]] = {}
    after_verdict: list[float] = []
    load = Load(RACE_CALLS, plan(QUICK_SCRIPT if bench.is_quick else SCRIPT))
    for _ in range(1 if bench.is_quick else ROUNDS):
        for name, begin in _contestants(bench).items():
            with begin() as one:
                round_ = sound(call_many(one.target, load, bench.said, server_pid=one.pid))
                rounds.setdefault(name, []).append(round_)
                if one.instance is not None:
                    after_verdict += after_verdict_ms(kept_turns(one.instance, round_.outcomes))
    _tell_costs(bench, rounds)
    _tell_waits(bench, rounds, after_verdict)


def _contestants(bench: Bench) -> Mapping[str, Callable[[], _Begun]]:
    """Return who takes part; a peer that can't be installed is missing."""
    found: dict[str, Callable[[], _Begun]] = {"ringback": lambda: _ours(bench)}
    try:
        python = peers_python()
    except NotMeasured:
        bench.missing = list(SHARES)
        return found
    folder = bench.scratch / "clips"
    clips.write(folder, REPLY, [sound_of(text) for text in clips.sentences_of(REPLY)])
    for name in SHARES:
        found[name] = lambda name=name: _peer(name, python, folder)  # type: ignore[misc] # bound now
    return found


@contextmanager
def _ours(bench: Bench) -> Iterator[Contestant]:
    with bench.instance() as instance:
        yield Contestant(target_of(instance), instance.pid, instance)


@contextmanager
def _peer(name: str, python: Path, folder: Path) -> Iterator[Contestant]:
    with peer(name, python, folder) as running:
        yield Contestant(Target(running.url), running.pid)


def _tell_costs(bench: Bench, rounds: Mapping[str, list[Round]]) -> None:
    costs = {
        name: middle([round_.cpu_s_per_call_minute for round_ in each])
        for name, each in rounds.items()
    }
    for name, cost in costs.items():
        bench.tell(f"{name}_cpu_s_per_call_minute", cost, "s")
    for name, limit in SHARES.items():
        theirs = costs.get(name, LAST_MEASURED[name])
        bench.tell(f"cpu_vs_{name}", costs["ringback"] / theirs, "", limit=limit)


def _tell_waits(
    bench: Bench, rounds: Mapping[str, list[Round]], after_verdict: list[float]
) -> None:
    for name, each in rounds.items():
        waits = [wait for round_ in each for wait in round_.waits_ms]
        clears = [clear for round_ in each for clear in round_.clears_ms]
        bench.tell(f"{name}_last_word_to_first_sound_ms", middle(waits), "ms")
        limit = CLEAR_MS if name == "ringback" else None
        bench.tell(f"{name}_interruption_to_clear_p95_ms", share(clears, 0.95), "ms", limit=limit)
        bench.tell(f"{name}_late_frames", float(sum(r.late_frames for r in each)), "")
    ours = [outcome for round_ in rounds["ringback"] for outcome in round_.outcomes]
    greetings = [one.greeting_ms for one in ours if one.greeting_ms is not None]
    bench.tell("socket_open_to_greeting_ms", middle(greetings), "ms", limit=GREETING_MS)
    value = middle(after_verdict) if after_verdict else None
    why = "" if after_verdict else "the calls' timelines do not say where the voice ended"
    bench.tell("answer_less_verdict_ms", value, "ms", limit=ANSWER_MS, why=why)


def one_core(bench: Bench) -> None:
    """Hold 80 calls on one core, and as many on a bare echo there."""
    pin = _pinned()
    with bench.instance(command=pin) as instance:
        load = Load(CORE_CALLS, plan("greet,say" if bench.is_quick else SCRIPT), ramp_s=8.0)
        ours = bench.call(instance, load)
    folder = bench.scratch / "echo"
    folder.mkdir(exist_ok=True)
    with peer("echo", Path(sys.executable), folder, command=pin) as echo:
        load = Load(CORE_CALLS, plan(ECHO_SCRIPT), ramp_s=8.0)
        bare = call_many(Target(echo.url), load, bench.said, server_pid=echo.pid)
    bench.tell("echo_cpu_s_per_call_minute_at_80", bare.cpu_s_per_call_minute, "s")
    bench.tell("cpu_s_per_call_minute_at_80", ours.cpu_s_per_call_minute, "s")
    bench.tell("calls_on_one_core", float(CORE_CALLS), "")
    # The echo's frames come one by one: its late ones are those of the machine and the caller.
    bench.tell("late_frames_at_80", float(ours.late_frames), "", limit=float(bare.late_frames))


def _pinned() -> tuple[str, ...]:
    if (taskset := shutil.which("taskset")) is None:
        raise NotMeasured("taskset is not installed")
    return (taskset, "--cpu-list", str(CORE))
