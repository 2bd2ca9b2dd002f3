"""The clocks of one line: nobody is left in silence, and nobody stays for ever."""

import asyncio

from backend.conversation import wording
from backend.conversation.exchange.errands import Errands
from backend.conversation.exchange.scene import Scene
from backend.conversation.exchange.talking import Talking
from backend.platform.tasks import beside

WATCH_S = 0.5
PROMPTS = (wording.STILL_THERE, wording.STILL_THERE_AGAIN)
WARNING_S = 60.0  # before the end
MACHINE_S_MAX = 90.0  # a mailbox that has not beeped by then will not


class Watching:
    """Ends an exchange that lasts too long, or in which nobody speaks any more."""

    def __init__(self, scene: Scene, talking: Talking, errands: Errands) -> None:
        self._scene, self._talking, self._errands = scene, talking, errands
        self._clock, self._limits = scene.stages.clock, scene.stages.limits
        seconds_max = scene.party.seconds_max or self._limits.session_s
        self._ends_at = self._clock.monotonic() + min(seconds_max, self._limits.session_s)
        self._quiet_since = self._clock.monotonic()
        self._prompts = 0  # that nobody has answered
        self._has_warned = self._ends_at - self._clock.monotonic() <= 2 * WARNING_S

    async def run(self) -> None:
        """Look now and then, for as long as the line lives."""
        while True:
            await self._clock.sleep(WATCH_S)
            await self._look(self._clock.monotonic())

    async def _look(self, now: float) -> None:
        is_quiet = not (
            self._talking.is_busy or self._scene.taker.hears_voice or self._talking.is_away
        )
        if self._scene.taker.hears_voice:
            self._prompts = 0
        if not is_quiet:
            self._quiet_since = now
        self._talking.interpreter.keep_private()  # a stray key is forgotten by itself
        await self._talking.go_on_over_noise()
        if now > self._ends_at:
            await self._say_goodbye(wording.FAREWELL_LIMIT, "limit")
        elif self._errands.is_with_machine:
            if now - self._quiet_since > MACHINE_S_MAX:
                await self._scene.hang_up("voicemail")
        elif is_quiet and not self._has_warned and now > self._ends_at - WARNING_S:
            self._has_warned = True
            self._talking.mouth.say(wording.LAST_MINUTE)
        elif self._scene.line.is_spoken and now > self._next_prompt_at():
            await self._break_silence()

    def _next_prompt_at(self) -> float:
        """Silence is broken at each third of the longest; whoever said wait is waited for."""
        return max(
            self._quiet_since + self._limits.silence_s / (len(PROMPTS) + 1),
            self._talking.patient_until,
        )

    async def _break_silence(self) -> None:
        """Ask whether somebody is there, each time in other words; at last say goodbye."""
        if self._prompts < len(PROMPTS):
            self._talking.mouth.say(PROMPTS[self._prompts])
            self._prompts += 1
        else:
            await self._say_goodbye(wording.FAREWELL_SILENCE, "silence")

    async def _say_goodbye(self, text: str, by: str) -> None:
        await self._talking.end_turn()
        goodbye = self._talking.mouth.say(text)
        if goodbye is not None:
            await self._hear_out(goodbye)
        is_answered = self._scene.taker.hears_voice or self._talking.is_busy
        if by == "limit" or not is_answered:  # a voice meanwhile takes the goodbye back
            await self._scene.hang_up(by)
        else:
            self._prompts = 0

    async def _hear_out(self, goodbye: asyncio.Task[None]) -> None:
        """Wait until our goodbye was heard, but not for ever: a drill may go on through it."""
        until = self._clock.monotonic() + self._limits.goodbye_s
        while not goodbye.done() and self._clock.monotonic() < until:
            await self._talking.go_on_over_noise()
            async with beside(self._clock.sleep(WATCH_S)) as passing:
                await asyncio.wait({goodbye, passing}, return_when=asyncio.FIRST_COMPLETED)
        if not goodbye.done():
            await self._talking.mouth.hush()
