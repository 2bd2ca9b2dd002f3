"""Ringback alone: what a call weighs, how long an answer takes with providers and engines."""

import sys
import time

from bench.calling.call import Target
from bench.calling.script import plan
from bench.calling.serving import Bench, after_verdict_ms, kept_turns, middle, share
from bench.load_caller import Load, Round, spread
from bench.process import Weight, weigh

FEW, MANY = 50, 100
MEMORY_MB_PER_CALL = 0.5
ROW_CALLS, ROW_AT_ONCE = 500, 25
ROW_GROWTH_MB = 10.0  # over the second half of the row
DELAYS_MS = {"TRANSCRIPTION_MS": 250, "FIRST_TOKEN_MS": 350, "FIRST_SPEECH_MS": 150}
DELAY_CALLS, DELAY_CALLS_QUICK, DELAY_AT_ONCE = 200, 40, 40
DELAYED_P99_MS = 1_500.0
LOADING_S = 10.0  # the ears load behind the voice
REAL_ALONE_MS, REAL_EIGHT_MS = 1_000.0, 2_000.0
REAL_AT_ONCE, REAL_TURNS, REAL_ALONE_CALLS = 8, 5, 3
# 3 s of speech and a reply of 6 s: a turn each 12 s.
REAL_SCRIPT = ",".join(["greet", *["say"] * REAL_TURNS])
REAL_SETTLE_S = 3.0
# All of them ring from one number, which is known: its own limits are not what is measured.
REAL_LIMITS = {"RINGBACK_PHONE__CALLS_EACH": "50", "RINGBACK_PHONE__CALLS_HOURLY": "1000"}


def memory(bench: Bench) -> None:
    """Weigh few calls, many calls, and a long row of them.

    Both bars compare what the instance wrote itself: pages of files would drown a call. What is
    made once (caches of the database, threads) the first round makes, which does the same as the
    others; that many at once nobody has been before, so that none finds room which another left.
    """
    peaks = {}
    with bench.instance() as instance:
        for calls in (FEW, FEW, MANY):
            peaks[calls] = bench.call(
                instance, Load(calls, plan("greet,say"), is_weighed=True)
            ).peak_own_mb
        bench.tell("mb_per_further_call", (peaks[MANY] - peaks[FEW]) / (MANY - FEW), "MB",
                   limit=MEMORY_MB_PER_CALL)  # fmt: skip
        half = weight = Weight()
        for done in range(0, ROW_CALLS, ROW_AT_ONCE):
            _progress(f"call {done} of {ROW_CALLS}")
            bench.call(instance, Load(ROW_AT_ONCE, plan("greet", settle_s=0.3), first=done))
            weight = weigh(instance.pid)
            if done + ROW_AT_ONCE == ROW_CALLS // 2:
                half = weight
        bench.tell("mb_after_500_calls", weight.mb, "MB")
        bench.tell("growth_over_250_calls_mb", weight.own_mb - half.own_mb, "MB",
                   limit=ROW_GROWTH_MB)  # fmt: skip


def declared_delays(bench: Bench) -> None:
    """Let the dummies take what providers take: all that is left over is ours."""
    declared = {f"RINGBACK_DUMMY__{name}": str(value) for name, value in DELAYS_MS.items()}
    calls = DELAY_CALLS_QUICK if bench.is_quick else DELAY_CALLS
    waits: list[float] = []
    left: list[float] = []
    with bench.instance(**declared) as instance:
        for first in range(0, calls, DELAY_AT_ONCE):
            _progress(f"call {first} of {calls}")
            round_ = bench.call(instance, Load(DELAY_AT_ONCE, plan("greet,say"), first=first))
            waits += round_.waits_ms
            left += after_verdict_ms(kept_turns(instance, round_.outcomes))
    bench.tell("delayed_first_sound_p99_ms", share(waits, 0.99), "ms", limit=DELAYED_P99_MS)
    bench.tell("delayed_first_sound_median_ms", middle(waits), "ms")
    bench.tell("of_it_declared_ms", float(sum(DELAYS_MS.values())), "ms")
    if left:
        bench.tell("of_it_after_the_verdict_ms", middle(left), "ms")


def real_engines(bench: Bench) -> None:
    """Whisper, MiniLM, Piper and the offline mind on this machine, alone and eight at once."""
    what = plan(REAL_SCRIPT, settle_s=REAL_SETTLE_S)
    with bench.instance(engines="real", **REAL_LIMITS) as instance:
        instance.post("/v1/people", {"name": "Bench", "number": Target("").number, "member": False})
        time.sleep(LOADING_S)
        bench.call(instance, Load(1, plan("greet,say")))  # the first look into every engine
        alone = [
            wait
            for number in range(REAL_ALONE_CALLS)
            for wait in _real(bench.call(instance, Load(1, what, first=number)))
        ]
        _progress("eight at once")
        eight = _real(bench.call(instance, Load(REAL_AT_ONCE, what, ramp_s=12.0)))
    bench.tell("real_engines_alone_median_ms", middle(alone), "ms", limit=REAL_ALONE_MS)
    bench.tell("real_engines_eight_median_ms", middle(eight), "ms")
    bench.tell("real_engines_eight_p95_ms", share(eight, 0.95), "ms", limit=REAL_EIGHT_MS)


def _real(round_: Round) -> list[float]:
    _progress(f"waits {spread(round_.waits_ms)}")
    return round_.waits_ms


def _progress(what: str) -> None:
    print(f"    {what}", file=sys.stderr, flush=True)
