"""Plays a script on a simulated telephone, in real time, and judges it as it goes."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from backend.cli.script.judging import Finding, Outcome, judged
from backend.cli.script.noises import cough
from backend.cli.script.types import Expectation, Interruption, Script, Step
from backend.conversation.carriers.simulator import Caller, Dial
from backend.kernel.audio import Sound
from backend.kernel.clock import Clock
from backend.kernel.errors import Conflict
from backend.kernel.ids import Ids

REPLY_BEGINS_S_MAX = 20.0
REPLY_S_MAX = 60.0
RECORD_S_MAX = 5.0  # a turn is kept a moment after it was heard
LOOK_S = 0.02
GREETING = "(greeting)"

Record = Mapping[str, Any]  # Any: JSON, as the instance gave it
ReadRecord = Callable[[str], Record]
Words = Callable[[Sound], Awaitable[str]]


@dataclass(slots=True)
class Line:
    """One line of what happened: who did what, and what was found of it."""

    who: str  # you · ringback · expect
    what: str
    wait_s: float | None = None
    findings: list[Finding] = field(default_factory=list)


@dataclass(slots=True)
class Played:
    """A call that was played to its end."""

    name: str
    call_sid: str
    lines: list[Line]

    @property
    def findings(self) -> list[Finding]:
        """Return everything that was expected, in order."""
        return [finding for line in self.lines for finding in line.findings]

    @property
    def is_passed(self) -> bool:
        """Say whether everything was as expected."""
        return all(finding.is_met for finding in self.findings)


class ScriptedCaller(Caller):
    """A caller that also notices when the other side falls silent."""

    def __init__(self, dial: Dial, *, clock: Clock, ids: Ids) -> None:
        super().__init__(dial, clock=clock, ids=ids)
        self._silenced_at: float | None = None

    @property
    def hears_reply(self) -> bool:
        """Say whether a sound of the reply has been heard."""
        return self._ear.voiced_until > self._reply_from

    def watch(self) -> None:
        """Begin to look for the moment when it falls silent."""
        self._silenced_at = None

    def silenced_at(self) -> float | None:
        """Return when it fell silent, if it has."""
        return self._silenced_at

    def _take(self, message: dict[str, dict[str, str]]) -> None:
        if str(message.get("event")) == "clear" and self._silenced_at is None:
            self._silenced_at = self._clock.monotonic()
        super()._take(message)


class Playing:
    """One script on one line."""

    def __init__(
        self,
        script: Script,
        *,
        sounds: Mapping[str, Sound],
        record: ReadRecord,
        words: Words,
        clock: Clock,
        ids: Ids,
    ) -> None:
        self._script, self._sounds = script, sounds
        self._record, self._words, self._clock, self._ids = record, words, clock, ids
        self._lines: list[Line] = []
        self._reply = Sound(b"")
        self._is_settled = False  # the last reply was heard out
        self._turns = self._replies = 0  # before the last thing that the caller did
        self._wait_s: float | None = None
        self._stop_s: float | None = None
        self._has_coughed = False

    async def play(self, dial: Dial) -> tuple[Played, tuple[Sound, Sound]]:
        """Ring, do each step, hang up; return what was found, and the sound of both sides."""
        caller = ScriptedCaller(dial, clock=self._clock, ids=self._ids)
        async with caller:
            for step in self._script.steps:
                await self._do(caller, step)
            if not self._is_settled and not caller.is_hung_up:
                await self._settle(caller)
        return Played(self._script.name, caller.call_sid, self._lines), caller.both_sides()

    async def _do(self, caller: ScriptedCaller, step: Step) -> None:
        if step.say is not None:
            await self._settle(caller)
            await self._speak(caller, step.say)
        elif step.interrupt is not None:
            await self._interrupt(caller, step.interrupt)
        elif step.cough is not None:
            await self._into_reply(caller, step.cough.after)
            await self._make(caller, cough(), "(coughs)")
            self._has_coughed = True
        elif step.keys is not None:
            await self._settle(caller)
            turns = await asyncio.to_thread(self._turns_kept, caller.call_sid)
            self._begin("you", f"(presses {len(step.keys)} keys)")
            self._turns, self._replies = turns, len(caller.reply_ms)
            await caller.press(step.keys)
        elif step.wait is not None:
            await caller.wait(step.wait)
        elif step.hang_up:
            self._lines.append(Line("you", "(hangs up)"))
            await caller.hang_up()
            self._is_settled = True
        elif step.expect is not None:
            await self._expect(caller, step.expect)

    # ── what the caller does ─────────────────────────────────────────────────────────────────
    async def _speak(self, caller: ScriptedCaller, text: str) -> None:
        await self._make(caller, self._sounds[text], text)

    async def _interrupt(self, caller: ScriptedCaller, wanted: Interruption) -> None:
        await self._into_reply(caller, wanted.after)
        caller.watch()
        began = self._clock.monotonic()
        await self._speak(caller, wanted.say)
        silenced_at = caller.silenced_at()
        if silenced_at is not None:
            self._stop_s = silenced_at - began

    async def _make(self, caller: ScriptedCaller, sound: Sound, what: str) -> None:
        turns = await asyncio.to_thread(self._turns_kept, caller.call_sid)
        self._begin("you", what)
        self._turns, self._replies = turns, len(caller.reply_ms)
        try:
            await caller.say(sound)
        except Conflict:
            self._lines.append(Line("ringback", "(has hung up)"))

    def _begin(self, who: str, what: str) -> None:
        self._lines.append(Line(who, what))
        self._is_settled, self._has_coughed = False, False
        self._wait_s = self._stop_s = None
        self._reply = Sound(b"")

    async def _into_reply(self, caller: ScriptedCaller, after_s: float) -> None:
        """Wait for the reply to begin, and then so long."""
        deadline = self._clock.monotonic() + REPLY_BEGINS_S_MAX
        while not caller.hears_reply and self._clock.monotonic() < deadline:
            if caller.is_hung_up:
                return
            await self._clock.sleep(LOOK_S)
        await self._clock.sleep(after_s)

    # ── what the companion does ──────────────────────────────────────────────────────────────
    async def _settle(self, caller: ScriptedCaller) -> None:
        """Hear the reply out, once for each thing that the caller did."""
        if self._is_settled:
            return
        self._reply = await caller.hear_out(seconds_max=REPLY_S_MAX)
        self._is_settled = True
        is_greeting = not self._lines
        if is_greeting and caller.greeting_ms is not None:
            self._wait_s = caller.greeting_ms / 1000
        elif len(caller.reply_ms) > self._replies and not self._has_coughed:
            self._wait_s = caller.reply_ms[-1] / 1000
        said = "" if is_greeting else await asyncio.to_thread(self._said, caller.call_sid)
        aloud = said or (await self._words(self._reply) if self._reply.pcm else "")
        self._lines.append(Line("ringback", aloud or "(says nothing)", wait_s=self._wait_s))

    async def _expect(self, caller: ScriptedCaller, wanted: Expectation) -> None:
        await self._settle(caller)
        found = await self._outcome(caller, wanted)
        self._lines.append(Line("expect", "", findings=judged(wanted, found)))

    async def _outcome(self, caller: ScriptedCaller, wanted: Expectation) -> Outcome:
        kept = await self._kept(caller.call_sid, wanted)
        turns = list(kept.get("turns", []))
        is_new = len(turns) > self._turns
        last: Record = turns[-1] if turns and is_new else {}
        needs_words = bool(wanted.says or wanted.says_not) or self._has_coughed
        aloud = await self._words(self._reply) if needs_words and self._reply.pcm else ""
        return Outcome(
            said=[text for text in (str(last.get("said", "")), aloud) if text],
            heard=str(last.get("heard", "")),
            wait_s=self._wait_s,
            stop_s=self._stop_s,
            goes_on=self._has_coughed and bool(aloud) and not is_new,
            is_hung_up=caller.is_hung_up,
            ended_by=str(kept.get("ended_by", "")),
        )

    async def _kept(self, call_sid: str, wanted: Expectation) -> Record:
        """Read the call's record; what is expected of it may take a moment to be written."""
        deadline = self._clock.monotonic() + RECORD_S_MAX
        while True:
            kept = await asyncio.to_thread(self._record, call_sid)
            is_missing = (wanted.hears and len(kept.get("turns", [])) <= self._turns) or (
                wanted.ended_by and not kept.get("ended_by")
            )
            if not is_missing or self._clock.monotonic() > deadline:
                return kept
            await self._clock.sleep(0.2)

    def _turns_kept(self, call_sid: str) -> int:
        return len(self._record(call_sid).get("turns", []))

    def _said(self, call_sid: str) -> str:
        turns = list(self._record(call_sid).get("turns", []))
        return str(turns[-1].get("said", "")) if len(turns) > self._turns else ""
