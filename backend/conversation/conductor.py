"""Joins the four stages on one line: carrier → hearing → reasoning → speaking → carrier."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

from backend.conversation import wording
from backend.conversation.carriers import Line
from backend.conversation.exchange import consenting
from backend.conversation.exchange.consenting import Consenting, Remember
from backend.conversation.exchange.exchange import Exchange
from backend.conversation.exchange.identifying import PHRASES
from backend.conversation.exchange.stages import Stages
from backend.conversation.recording import CLOSE_S_MAX, RecordedLine, Recorder
from backend.conversation.sessions import Party
from backend.kernel.errors import RingbackError
from backend.kernel.events import LineOpened
from backend.kernel.ids import OwnerId
from backend.platform.tasks import beside, unbroken
from backend.platform.telemetry.logs import get_logger
from backend.platform.telemetry.metrics import Metrics

EXPECT_S_MAX = 3.0  # so long a telephone may ring for a greeting

_log = get_logger("conversation")


@dataclass(frozen=True, slots=True)
class Recording:
    """Who records calls, and whether each caller is asked first."""

    recorder: Recorder
    remember: Remember
    is_asked: bool = True


@dataclass(frozen=True, slots=True)
class _Tap:
    """A call that is recorded, or will be if its caller agrees."""

    line: RecordedLine
    consenting: Consenting | None  # None: nothing is to be asked any more


class Conductor:
    """Holds exchanges, one a line, all over the same shared stages."""

    def __init__(
        self,
        stages: Stages,
        *,
        recording: Recording | None = None,
        metrics: Metrics | None = None,
        on_quiet: Callable[[], None] = lambda: None,
    ) -> None:
        self._stages, self._recording = stages, recording
        self._on_quiet = on_quiet  # the last exchange is over: nobody would hear a pause
        self._metrics = metrics or Metrics()
        self._exchanges: set[Exchange] = set()

    async def warm(self) -> None:
        """Learn the greeting by heart: the first caller must not wait for it."""
        await self._stages.voice.learn(self.greeting(""))

    async def rehearse(self) -> None:
        """Learn the other standing phrases: nobody needs them before they were greeted."""
        await self._stages.voice.warm()  # what lies ready on the shelf has warmed nothing
        await self._stages.voice.learn(*wording.STANDING)
        if self._recording is not None:
            await self._stages.voice.learn(*consenting.PHRASES)
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
        recording = self._recording
        if recording is not None and recording.is_asked:
            return f"{wording.greeting(name, is_recorded=False)} {consenting.ASK}"
        return wording.greeting(name, is_recorded=recording is not None)

    async def converse(self, line: Line, party: Party) -> None:
        """Hold the whole exchange, from the greeting to its end."""
        tap = self._tap(line, party)
        if tap is None:
            await self._converse(line, party, Exchange(line, party, self._stages), tap)
            return
        exchange = Exchange(
            tap.line, party, self._stages, privacy=tap.line, consenting=tap.consenting
        )
        async with self._keeping(tap.line, party):
            await self._converse(tap.line, party, exchange, tap)

    async def _converse(
        self, line: Line, party: Party, exchange: Exchange, tap: _Tap | None
    ) -> None:
        await line.tell(LineOpened(party.conversation_id))
        by = "stopped"  # by us, when this is cancelled
        active = self._metrics.calls.labels(line.carrier)
        active.inc()
        self._exchanges.add(exchange)
        try:
            await exchange.run(self._opening(line, party, tap))
        except BaseExceptionGroup:
            by = "broken"
            raise
        finally:
            active.dec()
            self._exchanges.discard(exchange)
            await unbroken(exchange.finish(by))
            if not self._exchanges:
                self._on_quiet()

    async def forget(self, owner_id: OwnerId) -> None:
        """Have every exchange of this owner let go of what was forgotten."""
        for exchange in tuple(self._exchanges):
            await exchange.forget(owner_id)

    async def stop(self) -> None:
        """End every exchange as ours to end: the process stops, no caller did."""
        await asyncio.gather(*(exchange.stop() for exchange in tuple(self._exchanges)))

    def _opening(self, line: Line, party: Party, tap: _Tap | None) -> str:
        """Return the first words: a greeting, or what we have rung for."""
        if party.errand is not None:
            return party.errand.opening
        is_asked = tap is not None and tap.consenting is not None
        is_recorded = tap is not None and not is_asked
        greeting = wording.greeting(party.name, is_recorded=is_recorded)
        if is_asked:
            greeting = f"{greeting} {consenting.ASK}"
        if line.is_spoken and not self._stages.can_hear:
            return f"{greeting} {wording.DEAF}"
        return greeting

    def _tap(self, line: Line, party: Party) -> _Tap | None:
        """Return the line with a recorder on it, unless this call is not to be recorded."""
        recording, before = self._recording, consenting.remembered(party)
        # Whom we ring has agreed to nothing, and hears what we ring for first.
        if recording is None or line.carrier != "phone" or party.errand is not None:
            return None
        if recording.is_asked and before == consenting.NO:
            return None
        tapped = recording.recorder.tap(line)
        if recording.is_asked and before != consenting.YES:
            asking = Consenting(party, start=tapped.start, remember=recording.remember)
            return _Tap(tapped, asking)
        tapped.start()
        return _Tap(tapped, None)

    @asynccontextmanager
    async def _keeping(self, line: RecordedLine, party: Party) -> AsyncIterator[None]:
        """Write the recording beside the call, and its end after it."""
        assert self._recording is not None  # there is a recorded line

        async def begun(key: str) -> None:
            await self._stages.sessions.keep_recording(party, key, from_ms=line.from_ms)

        writing = self._recording.recorder.run(line, party.conversation_id, begun)
        async with beside(writing) as task:
            try:
                yield
            finally:
                await unbroken(self._close(line, task))

    async def _close(self, line: RecordedLine, task: asyncio.Task[None]) -> None:
        try:
            async with asyncio.timeout(CLOSE_S_MAX):
                await line.close()
                await asyncio.wait({task})
        except TimeoutError:
            _log.warning("recording_stopped", reason="the store is too slow")
