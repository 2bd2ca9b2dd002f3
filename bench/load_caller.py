"""Many telephone calls at once, as Twilio makes them, against any server; prints its figures.

    python -m bench.load_caller --url http://127.0.0.1:7464 --secret … --calls 20
    python -m bench.load_caller --url ws://127.0.0.1:8701/ws --calls 20

The script is a list of `greet`, `say[@I]`, `barge@S` (talk over the reply after S seconds of it),
`dtmf:KEYS` and `wait:S`. The first form rings the signed webhook, the second is a bare socket.
"""

import argparse
import asyncio
import json
import random
import resource
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import uvloop

from backend.conversation.sound import read_wav
from bench.calling.call import LoadCall, Outcome, Target
from bench.calling.playback import FRAME_S
from bench.calling.script import Plan, Turn, plan
from bench.calling.speech import frames_of, spoken
from bench.process import weigh

SCRIPT = "greet,say,say,barge@1.0"
LATE_MS = 20.0
WEIGHED_EVERY_S = 2.0


@dataclass(frozen=True, slots=True)
class Load:
    """How many call, what each does, and over how long they begin."""

    calls: int
    what: Plan
    ramp_s: float = 2.0
    first: int = 0
    is_weighed: bool = False  # the server's memory, while the calls go on


@dataclass
class Round:
    """What a load was like, for its callers and for the server."""

    outcomes: list[Outcome]
    cpu_s: float = 0.0  # of the server
    caller_cpu_s: float = 0.0
    peak_mb: float = 0.0
    peak_own_mb: float = 0.0  # without pages of files

    @property
    def turns(self) -> list[Turn]:
        """Return every turn of every call."""
        return [turn for outcome in self.outcomes for turn in outcome.turns]

    @property
    def call_minutes(self) -> float:
        """Return how long the calls lasted in all."""
        return sum(outcome.seconds for outcome in self.outcomes) / 60

    @property
    def cpu_s_per_call_minute(self) -> float:
        """Return what a minute of a call costs the server."""
        return self.cpu_s / max(self.call_minutes, 1e-9)

    @property
    def waits_ms(self) -> list[float]:
        """Return the time from the last frame of speech to the first sound, one a turn."""
        return [wait for turn in self.turns if (wait := turn.wait_ms()) is not None]

    @property
    def clears_ms(self) -> list[float]:
        """Return the time from the first interrupting frame to `clear`."""
        return [clear for turn in self.turns if (clear := turn.clear_ms()) is not None]

    @property
    def late_frames(self) -> int:
        """Return how many messages came when playback had run dry for longer than a frame."""
        return sum(late > LATE_MS for outcome in self.outcomes for late in outcome.late_ms)

    @property
    def failures(self) -> list[str]:
        """Return what went wrong, each once."""
        failed = {outcome.failure for outcome in self.outcomes if outcome.failure}
        unanswered = sum(turn.answered is None for turn in self.turns)
        return [*sorted(failed), *([f"{unanswered} turns unanswered"] if unanswered else [])]


def utterances(wavs: Sequence[Path] = ()) -> list[list[bytes]]:
    """Return what the callers say, in telephone frames."""
    sounds = [read_wav(wav) for wav in wavs] if wavs else spoken()
    return [frames_of(sound) for sound in sounds]


def call_many(
    target: Target, load: Load, said: Sequence[Sequence[bytes]], *, server_pid: int = 0
) -> Round:
    """Hold so many calls at once; weigh the server before and after."""
    before, own = weigh(server_pid), _own_cpu_s()
    weights = [before]

    async def all_of_them() -> list[Outcome]:
        holding = asyncio.ensure_future(_hold_all(target, load, said))
        while load.is_weighed and not holding.done():
            weights.append(await asyncio.to_thread(weigh, server_pid))
            await asyncio.wait({holding}, timeout=WEIGHED_EVERY_S)
        return await holding

    outcomes = uvloop.run(all_of_them())
    weights.append(weigh(server_pid))
    return Round(
        outcomes,
        weights[-1].cpu_s - before.cpu_s,
        _own_cpu_s() - own,
        peak_mb=max(weight.mb for weight in weights),
        peak_own_mb=max(weight.own_mb for weight in weights),
    )


async def _hold_all(target: Target, load: Load, said: Sequence[Sequence[bytes]]) -> list[Outcome]:
    phases = random.Random(load.first)

    async def hold(index: int) -> Outcome:
        # Spread over the ramp, each at a phase of the 20 ms of its own.
        begins_s = index / load.calls * load.ramp_s + phases.random() * FRAME_S
        await asyncio.sleep(begins_s)
        return await LoadCall(target, load.what, utterances=said, number=load.first + index).run()

    return list(await asyncio.gather(*(hold(index) for index in range(load.calls))))


def _own_cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def spread(values: Sequence[float]) -> dict[str, float] | None:
    """Return how figures are spread: nearest rank, so that each is one that was measured."""
    if not values:
        return None
    ranked = sorted(values)

    def rank(share: float) -> float:
        return round(ranked[min(len(ranked) - 1, int(share * len(ranked)))], 1)

    return {"n": len(ranked), "min": rank(0), "median": rank(0.5), "p95": rank(0.95),
            "p99": rank(0.99), "max": rank(1)}  # fmt: skip


def told(round_: Round) -> dict[str, object]:
    """Return a round as JSON."""
    greetings = [o.greeting_ms for o in round_.outcomes if o.greeting_ms is not None]
    slips = [slip for outcome in round_.outcomes for slip in outcome.sent_late_ms]
    return {
        "calls": len(round_.outcomes),
        "failures": round_.failures,
        "turns": len(round_.turns),
        "premature": sum(turn.is_premature for turn in round_.turns),
        "greeting_ms": spread(greetings),
        "wait_ms": spread(round_.waits_ms),
        "clear_ms": spread(round_.clears_ms),
        "late_frames": round_.late_frames,
        "bad_messages": sum(outcome.bad_messages for outcome in round_.outcomes),
        "call_minutes": round(round_.call_minutes, 3),
        "server_cpu_s_per_call_minute": round(round_.cpu_s_per_call_minute, 3),
        "server_mb": round(round_.peak_mb, 1),
        "caller_cpu_s": round(round_.caller_cpu_s, 2),
        "caller_late_ms": spread(slips),
    }


def main() -> int:
    """Call, and print what it was like."""
    parser = argparse.ArgumentParser(prog="load-caller", description=__doc__.split("\n\n")[0])
    parser.add_argument("--url", required=True, help="an instance (http…) or a socket (ws…)")
    parser.add_argument("--secret", default="", help="signs as the carrier would")
    parser.add_argument("--calls", type=int, default=1)
    parser.add_argument("--script", default=SCRIPT)
    parser.add_argument("--repeat", type=int, default=1)
    parser.add_argument("--ramp", type=float, default=2.0, help="seconds over which they begin")
    parser.add_argument("--wav", type=Path, action="append", default=[], help="what they say")
    parser.add_argument("--server-pid", type=int, default=0, help="weigh this process tree")
    given = parser.parse_args()
    load = Load(given.calls, plan(given.script, repeat=given.repeat), given.ramp)
    target = Target(given.url, given.secret)
    round_ = call_many(target, load, utterances(given.wav), server_pid=given.server_pid)
    print(json.dumps(told(round_), indent=2))
    return 1 if round_.failures else 0


if __name__ == "__main__":
    sys.exit(main())
