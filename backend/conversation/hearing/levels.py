"""Several pairs of ears in order: what one can't read in time, the next one reads at once."""

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from backend.conversation.hearing.fares import Fare
from backend.conversation.hearing.transcriber import Transcriber
from backend.kernel.clock import Clock
from backend.kernel.errors import Busy, Refused, RingbackError, Unavailable
from backend.kernel.speech import Transcript, Utterance
from backend.llm import Payer
from backend.platform.resilience import Breaker
from backend.platform.tasks import unbroken

FAILURES_MAX = 2  # in a row; then it is left alone
OPEN_S = 10.0


class Deaf(Unavailable):
    """Nothing here can hear."""

    spoken = "I can't hear you well, please text me."


class _TooSlow(Unavailable):
    """It is too slow."""


class Ears(Transcriber, Protocol):
    """A transcriber that holds something which must be let go of."""

    async def close(self) -> None:
        """Let go of connections and memory."""
        ...


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a caller waits for their words, whoever reads them."""

    level_s: float = 4.0  # of one level, while another stands behind it
    trial_s: float = 1.5  # of one that failed before and is only tried again
    total_s: float = 12.0  # of all together; the last level has what is left


@dataclass(frozen=True, slots=True)
class Level:
    """One pair of ears, and what it costs when it costs anything."""

    ears: Ears
    fare: Fare | None = None


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is to be read, whoever reads it."""

    utterance: Utterance
    hints: Sequence[str]
    line: str


@dataclass(slots=True)
class _State:
    """How one level has done."""

    level: Level
    breaker: Breaker
    reason: str = ""  # of its last failure, while it lasts

    @property
    def name(self) -> str:
        return self.level.ears.name


class HearingLevels:
    """Ears made of ears, best first, each with a breaker of its own."""

    def __init__(
        self,
        levels: Sequence[Level],
        *,
        clock: Clock,
        patience: Patience | None = None,
        missing: Mapping[str, str] | None = None,
        on_failure: Callable[[str, str], None] = lambda _level, _reason: None,
    ) -> None:
        """`missing` names the ears that are not here, and why; they are only told of."""
        self._levels = [_State(level, Breaker(FAILURES_MAX, OPEN_S, clock)) for level in levels]
        self._clock, self._patience = clock, patience or Patience()
        self._missing, self._on_failure = dict(missing or {}), on_failure
        self._heard: _State | None = None  # who read the last words

    @property
    def name(self) -> str:
        """Who heard last; before that, and when it is left alone by now, who would be asked."""
        heard = self._heard
        state = heard if heard and not heard.breaker.is_open else self._first()
        return state.name if state else "none"

    @property
    def names(self) -> list[str]:
        """All ears that are here, best first."""
        return [state.name for state in self._levels]

    @property
    def is_idle(self) -> bool:
        """Whether whoever hears now would begin at once."""
        state = self._first()
        return state is not None and state.level.ears.is_idle

    @property
    def left_alone(self) -> list[str]:
        """Name those that are not asked at present, because they failed too often."""
        return [state.name for state in self._levels if state.breaker.is_refusing]

    @property
    def others(self) -> dict[str, str]:
        """Name those that can't be used at present, and why."""
        failing = {state.name: state.reason for state in self._levels if state.breaker.is_open}
        return failing | self._missing

    async def warm(self) -> None:
        """Make ready in order until one is; a level that was left alone is tried again."""
        reasons, cure = [f"{name}: {why}" for name, why in self._missing.items()], ""
        for state in self._levels:
            try:
                await state.level.ears.warm()
            except RingbackError as failure:
                self._failed(state, failure)
                reasons.append(f"{state.name}: {failure.message}")
                cure = cure or failure.cure
            else:
                return
        raise Deaf(f"Nothing here can hear. {' '.join(reasons)}".strip(), cure=cure)

    async def close(self) -> None:
        """Close all."""
        for state in self._levels:
            await state.level.ears.close()

    async def transcribe(
        self,
        utterance: Utterance,
        *,
        hints: Sequence[str] = (),
        is_final: bool = True,
        line: str = "",
        payer: Payer | None = None,
    ) -> Transcript:
        """Return the words by the first level that gives them in time."""
        if not is_final:
            return await self._glance(utterance, hints, line)
        asked = _Asked(utterance, hints, line)
        until = self._clock.monotonic() + self._patience.total_s
        failures: list[RingbackError] = []
        slow: list[_State] = []
        for state, patience_s in self._order(slow):
            wait_s = min(patience_s, until - self._clock.monotonic())
            if wait_s <= 0:
                break
            try:
                transcript = await self._read(state, asked, payer, wait_s=wait_s)
            except RingbackError as failure:
                if isinstance(failure, _TooSlow) and state not in slow:
                    slow.append(state)
                self._failed(state, failure)
                failures.append(failure)
            else:
                state.breaker.success()
                state.reason = ""
                self._heard = state
                return transcript
        if failures and all(isinstance(failure, Busy) for failure in failures):
            raise failures[-1]
        raise Deaf("No ears answer.") from (failures[-1] if failures else None)

    def _order(self, slow: Sequence[_State]) -> Iterator[tuple[_State, float]]:
        """Give the levels with our patience, then whoever may still be better than silence.

        That is, those who rest, and at the very end those who were too slow while others were to
        be asked: by then the caller has nobody else.
        """
        resting: list[_State] = []
        for index, state in enumerate(self._levels):
            was_open = state.breaker.is_open
            if not state.breaker.allow():
                resting.append(state)
            elif was_open:
                yield state, self._patience.trial_s
            elif all(other.breaker.is_open for other in self._levels[index + 1 :]):
                yield state, self._patience.total_s
            else:
                yield state, self._patience.level_s
        for state in resting:
            yield state, self._patience.trial_s
        for state in [*slow]:
            yield state, self._patience.total_s

    async def _glance(self, utterance: Utterance, hints: Sequence[str], line: str) -> Transcript:
        """Glance with whoever hears now; it is no great loss when that fails, so nobody is told."""
        state = self._first()
        if state is None or state.level.fare is not None:
            raise Busy("Nobody glances for money.")
        return await state.level.ears.transcribe(utterance, hints=hints, is_final=False, line=line)

    async def _read(
        self,
        state: _State,
        asked: _Asked,
        payer: Payer | None,
        *,
        wait_s: float,
    ) -> Transcript:
        level, said = state.level, asked.utterance
        receipt = await level.fare.pay(said, payer) if level.fare else ""
        try:
            async with asyncio.timeout(max(wait_s, 0.0)):
                return await level.ears.transcribe(said, hints=asked.hints, line=asked.line)
        except TimeoutError as slow:
            raise _TooSlow from slow  # it may have worked: it stays paid
        except RingbackError:
            if level.fare:
                await unbroken(level.fare.refund(receipt))
            raise

    def _first(self) -> _State | None:
        return next((state for state in self._levels if not state.breaker.is_open), None)

    def _failed(self, state: _State, failure: RingbackError) -> None:
        self._on_failure(state.name, failure.message)
        if isinstance(failure, Busy | Refused):  # overwork and one odd utterance are no illness
            return
        state.reason = failure.message
        state.breaker.failure()
