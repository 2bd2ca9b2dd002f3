"""The thread from end to end: how soon it starts, greets and answers, and what it weighs.

Everything runs on loopback, as processes of its own in a scratch folder. `--quick` leaves out what
is long. Downloads are kept apart: the caches of packages and models are warm when it begins.
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import httpx2

from backend.conversation.tuning import VoiceTuning
from bench.figures import Bar, publish
from bench.instance import Instance, NotMeasured, TooLong, environment, running
from bench.memory_of import pss_mb
from bench.telephone import ASK, NUMBER, REMEMBER, SMALL_TALK, Call, Voices, median, ring

ROOT = Path(__file__).parents[1]
BIN = Path(sys.executable).parent
CLONE_S_MAX, CLONE_QUICK_S_MAX = 600.0, 90.0
INSTALL_S_MAX = 180.0
STARTS, STARTS_QUICK = 5, 3
CALLS, CALLS_QUICK = 5, 2
SETTLE_S = 2.0
FOREIGN = (NotMeasured, OSError, httpx2.HTTPError, subprocess.SubprocessError)
STAGES = (
    "transcribe_audio",
    "generate_embedding",
    "retrieve_relevant",
    "respond",
    "extract_concepts",
    "commit",
)


class Bench:
    """Measures one group of figures after the other; what fails is told and stops nothing else."""

    def __init__(self, scratch: Path, *, is_quick: bool) -> None:
        self._scratch, self._is_quick = scratch, is_quick
        self._voices = Voices()
        self._clone_s_max = CLONE_QUICK_S_MAX if is_quick else CLONE_S_MAX
        self.bars: list[Bar] = []
        self.skipped: list[str] = []

    def run(self) -> None:
        """Measure everything."""
        with self._group("clone_to_first_reply_s", unit="s", may_skip=self._is_quick):
            self._clone()
        with self._group("second_start_to_ready_s", unit="s", limit=3.0):
            self._second_start()
        with self._group("socket_open_to_greeting_ms", unit="ms", limit=300.0):
            self._calls()
        with self._group("base_start_to_ready_s", unit="s", limit=2.0):
            self._base_install()

    # ── the groups ───────────────────────────────────────────────────────────────────────────
    def _clone(self) -> None:
        """From nothing to a spoken reply, as a newcomer does it."""
        folder = self._scratch / "clone"
        self._voices.speak([SMALL_TALK])  # the caller is prepared before the clock starts
        began = time.monotonic()
        _call("git", "clone", "--quiet", str(ROOT), str(folder))
        start = ["make", "run", "ARGS=--port 0"]
        with running(
            start, self._scratch / "clone-home", cwd=folder, ready_s_max=self._clone_s_max
        ) as instance:
            ready_s = time.monotonic() - began
            call = ring(instance, self._voices, [SMALL_TALK])
            replied = call.words_ended[0] + call.reply_ms[0] / 1000
            self._told("clone_to_first_reply_s", replied - began, "s")
            self._told("clone_to_ready_s", ready_s, "s")

    def _second_start(self) -> None:
        home = self._scratch / "home"
        with self._instance(home) as first:
            self._told("first_start_to_ready_s", first.ready_s, "s")
        ready_s, greeted_s = [], []
        for _ in range(STARTS_QUICK if self._is_quick else STARTS):
            with self._instance(home) as instance:
                ready_s.append(instance.ready_s)
                # Nobody waits for the engines: rung in the moment in which it is ready.
                call = ring(instance, self._voices, [])
                greeted = call.opened + (call.greeting_ms or 0) / 1000
                greeted_s.append(greeted - instance.began)
        self._told("second_start_to_ready_s", median(ready_s), "s", limit=3.0)
        self._told("second_start_to_first_greeting_s", median(greeted_s), "s")

    def _calls(self) -> None:
        with self._instance(self._scratch / "home") as instance:
            _warm(instance)
            time.sleep(SETTLE_S)
            idle_mb, in_call_mb = pss_mb(instance.pid), [0.0]

            def weigh() -> None:
                in_call_mb.append(pss_mb(instance.pid))

            calls = [
                ring(instance, self._voices, [REMEMBER, ASK, SMALL_TALK], meanwhile=weigh)
                for _ in range(CALLS_QUICK if self._is_quick else CALLS)
            ]
        greetings = [call.greeting_ms for call in calls if call.greeting_ms is not None]
        self._told("socket_open_to_greeting_ms", median(greetings), "ms", limit=300.0)
        self._waits(calls)
        self._told("pss_idle_mb", idle_mb, "MB", limit=900.0)
        self._told("pss_in_call_mb", max(in_call_mb), "MB", limit=900.0)

    def _waits(self, calls: list[Call]) -> None:
        """Tell how long an answer takes, and what of it each stage takes."""
        waits = [wait for call in calls for wait in call.reply_ms]
        self._told("last_word_to_first_sound_ms", median(waits), "ms")
        self._told("of_it_end_of_turn_silence_ms", VoiceTuning().patience.complete_ms, "ms")
        turns = [turn for call in calls for turn in call.stages_ms]
        if len(turns) == len(waits):
            rest = [wait - _thought_ms(turn) for wait, turn in zip(waits, turns, strict=True)]
            self._told("of_it_voice_and_line_ms", median(rest), "ms")
        for stage in STAGES:
            if taken := [turn[stage] for turn in turns if stage in turn]:
                self._told(f"stage_{stage}_ms", median(taken), "ms")

    def _base_install(self) -> None:
        """The product without any extra: light, and quick to start."""
        venv = self._scratch / "base"
        _call(str(BIN / "uv"), "venv", "--quiet", "--python", sys.executable, str(venv))
        into = ("--quiet", "--compile-bytecode", "--python", str(venv / "bin/python"))
        uv = (str(BIN / "uv"), "pip")
        _call(*uv, "sync", *into, "--require-hashes", "locks/base.txt")
        _call(*uv, "install", *into, "--no-deps", "--build-constraints", "locks/build.txt",
              "--editable", ".")  # fmt: skip
        home = self._scratch / "base-home"
        ready_s = []
        for _ in range(1 + (STARTS_QUICK if self._is_quick else STARTS)):
            with self._instance(home, program=venv / "bin/ringback") as instance:
                ready_s.append(instance.ready_s)
        self._told("base_start_to_ready_s", median(ready_s[1:]), "s", limit=2.0)
        self._told("base_first_start_to_ready_s", ready_s[0], "s")

    # ── how ──────────────────────────────────────────────────────────────────────────────────
    def _instance(
        self, home: Path, *, program: Path = BIN / "ringback"
    ) -> AbstractContextManager[Instance]:
        return running([str(program), "up", "--port", "0"], home, cwd=self._scratch)

    def _told(self, name: str, value: float, unit: str, *, limit: float | None = None) -> None:
        self.bars.append(Bar(name, round(value, 3), limit, unit=unit))

    @contextmanager
    def _group(
        self, name: str, *, unit: str, limit: float | None = None, may_skip: bool = False
    ) -> Iterator[None]:
        """Measure a group of figures; one that fails leaves its bar empty and says why."""
        print(f"… {name}", file=sys.stderr, flush=True)
        try:
            yield
        except TooLong as failure:
            if may_skip:
                self.skipped.append(name)
            else:
                self.bars.append(Bar(name, None, limit, unit=unit, why=str(failure)[-300:]))
        except FOREIGN as failure:
            self.bars.append(Bar(name, None, limit, unit=unit, why=str(failure)[-300:]))


def _thought_ms(turn: Mapping[str, float]) -> float:
    """Return what a turn took before there was anything to say: silence, words, reply."""
    tuning = VoiceTuning()
    # The words are read while the silence goes on; only what is longer than it is waited for.
    silence = max(tuning.patience.complete_ms, tuning.pause_ms + turn["transcribe_audio"])
    stages = ("generate_embedding", "retrieve_relevant", "respond", "commit")
    return silence + sum(turn.get(stage, 0.0) for stage in stages)


def _warm(instance: Instance) -> None:
    """Have every engine loaded, as after a minute of use, and the caller known."""
    instance.post("/v1/people", {"name": "Bench", "number": NUMBER, "member": False})
    instance.get("/v1/doctor")
    instance.post("/v1/memory/search", {"namespace": "", "query": "birthday", "k": 1})


def _call(*command: str) -> None:
    done = subprocess.run(
        command, cwd=ROOT, env=environment(ROOT), capture_output=True, text=True,
        timeout=INSTALL_S_MAX, check=False,
    )  # fmt: skip
    if done.returncode:
        raise NotMeasured(f"{command[0]}: {(done.stderr or done.stdout)[-300:]}")


def main() -> int:
    """Measure, publish, and leave nothing behind."""
    parser = argparse.ArgumentParser(prog="bench-thread")
    parser.add_argument("--quick", action="store_true", help="under four minutes")
    is_quick = parser.parse_args().quick
    scratch = Path(tempfile.mkdtemp(prefix="ringback-bench-"))
    bench = Bench(scratch, is_quick=is_quick)
    try:
        bench.run()
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return publish("thread", bench.bars, skipped=bench.skipped)


if __name__ == "__main__":
    sys.exit(main())
