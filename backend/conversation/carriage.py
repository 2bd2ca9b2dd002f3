"""Knows which open exchanges are carried by a process that lives, and closes the others.

A process that is killed can't write down how its calls ended. Each one says now and then that it
still carries what it has opened; what nobody has spoken for in a while was lost. Time is measured
here, on one clock, so that neither a skewed nor a moved one ends a call that goes on.
"""

from backend.conversation.sessions import Sessions
from backend.kernel.clock import Clock, Instant
from backend.kernel.errors import RingbackError
from backend.platform.telemetry.logs import get_logger

BEAT_S = 10.0
LOST_AFTER_S = 45.0  # four beats, and a database that took its time

_log = get_logger("conversation")


class Carriage:
    """The upkeep of this process's open exchanges, and of those whose process is gone."""

    def __init__(self, sessions: Sessions, *, clock: Clock, is_alone: bool) -> None:
        """`is_alone`: nobody else can have this database open, so what is not ours is lost."""
        self._sessions, self._clock, self._is_alone = sessions, clock, is_alone
        self._seen: dict[str, tuple[Instant, float]] = {}  # id → its last beat, since when

    async def run(self) -> None:
        """Go on for as long as the process lives."""
        while True:
            try:
                await self.look()
            except RingbackError as error:
                _log.warning("calls_not_looked_after", code=error.code)
            await self._clock.sleep(BEAT_S)

    async def look(self) -> None:
        """Speak for what is ours, and close what nobody has spoken for."""
        await self._sessions.beat()
        now = self._clock.monotonic()
        others = await self._sessions.carried_by_others()
        seen = {
            conversation_id: self._since(conversation_id, beat, now)
            for conversation_id, beat in others.items()
        }
        self._seen = seen
        lost = [
            conversation_id
            for conversation_id, (_, since) in seen.items()
            if self._is_alone or now - since > LOST_AFTER_S
        ]
        for conversation_id in lost:
            await self._sessions.lose(conversation_id, at=seen[conversation_id][0])
            _log.info("lost_call_closed", conversation_id=conversation_id)

    def _since(self, conversation_id: str, beat: Instant, now: float) -> tuple[Instant, float]:
        before = self._seen.get(conversation_id)
        return before if before is not None and before[0] == beat else (beat, now)
