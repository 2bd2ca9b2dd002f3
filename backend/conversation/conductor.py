"""Joins the four stages on one line: carrier → hearing → reasoning → speaking → carrier."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass

from backend.conversation import wording
from backend.conversation.carriers import Line
from backend.conversation.exchange import Exchange
from backend.conversation.identifying import PHRASES
from backend.conversation.recording import RecordedLine, Recorder
from backend.conversation.sessions import Party
from backend.conversation.stages import Stages
from backend.kernel.errors import RingbackError
from backend.kernel.events import LineOpened
from backend.platform.tasks import unbroken
from backend.platform.telemetry.logs import get_logger
from backend.platform.telemetry.metrics import Metrics

EXPECT_S_MAX = 3.0  # so long a telephone may ring for a greeting

_log = get_logger("conversation")


@dataclass(frozen=True, slots=True)
class _Tap:
    """A call that is recorded."""

    recorder: Recorder
    line: RecordedLine


class Conductor:
    """Holds exchanges, one a line, all over the same shared stages."""

    def __init__(
        self,
        stages: Stages,
        *,
        recorder: Recorder | None = None,
        metrics: Metrics | None = None,
    ) -> None:
        self._stages, self._recorder = stages, recorder
        self._metrics = metrics or Metrics()
        self._exchanges: set[Exchange] = set()

    async def warm(self) -> None:
        """Learn the greeting by heart: the first caller must not wait for it."""
        await self._stages.voice.learn(self.greeting(""))

    async def rehearse(self) -> None:
        """Learn the other standing phrases: nobody needs them before they were greeted."""
        await self._stages.voice.learn(*wording.STANDING)
        if self._stages.pins is not None:
            await self._stages.voice.learn(*PHRASES)

    async def expect(self, name: str, voice: str = "") -> None:
        """Prepare the greeting of somebody whose call is about to be answered."""
        # Without it the call is answered all the same: the greeting is then made on the line.
        with suppress(TimeoutError, RingbackError):
            async with asyncio.timeout(EXPECT_S_MAX):
                await self._stages.voice_of(voice).learn(self.greeting(name))

    def greeting(self, name: str) -> str:
        """Return the first words on a call."""
        return wording.greeting(name, is_recorded=self._recorder is not None)

    async def converse(self, line: Line, party: Party) -> None:
        """Hold the whole exchange, from the greeting to its end."""
        tap = self._tap(line)
        here = tap.line if tap else line
        exchange = Exchange(here, party, self._stages)
        await line.tell(LineOpened(party.conversation_id))
        by = "stopped"  # by us, when this is cancelled
        active = self._metrics.calls.labels(line.carrier)
        active.inc()
        self._exchanges.add(exchange)
        try:
            await exchange.run(self._opening(line, party, is_recorded=tap is not None))
        except BaseExceptionGroup:
            by = "broken"
            raise
        finally:
            active.dec()
            self._exchanges.discard(exchange)
            await unbroken(exchange.finish(by))
            if tap:
                await unbroken(self._keep(tap, party))

    async def stop(self) -> None:
        """End every exchange as ours to end: the process stops, no caller did."""
        await asyncio.gather(*(exchange.stop() for exchange in tuple(self._exchanges)))

    def _opening(self, line: Line, party: Party, *, is_recorded: bool) -> str:
        """Return the first words: a greeting, or what we have rung for."""
        if party.errand is not None:
            return party.errand.opening
        greeting = wording.greeting(party.name, is_recorded=is_recorded)
        if line.is_spoken and not self._stages.can_hear:
            return f"{greeting} {wording.DEAF}"
        return greeting

    def _tap(self, line: Line) -> _Tap | None:
        if self._recorder is None or line.carrier != "phone":
            return None
        return _Tap(self._recorder, self._recorder.tap(line))

    async def _keep(self, tap: _Tap, party: Party) -> None:
        try:
            key = await tap.recorder.keep(tap.line, party.conversation_id)
            await self._stages.sessions.keep_recording(party, key)
        except RingbackError as error:
            _log.warning(
                "recording_not_kept", conversation_id=party.conversation_id, code=error.code
            )
