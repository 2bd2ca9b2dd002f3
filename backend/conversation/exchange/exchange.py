"""One exchange on one line, from the greeting to its end: who speaks, who listens, and when.

- `listening` follows the line: frames become utterances, a voice makes us fall silent at once.
- `talking` takes one turn after the other: understood, thought ahead, committed, spoken.
- `watching` has the clocks: silence is broken, and a line that lasts too long is ended.
"""

import asyncio

from backend.conversation.carriers import Line
from backend.conversation.exchange.consenting import Consenting
from backend.conversation.exchange.errands import Errands
from backend.conversation.exchange.listening import Listening
from backend.conversation.exchange.scene import Privacy, Scene
from backend.conversation.exchange.stages import Limits, Stages
from backend.conversation.exchange.talking import Talking
from backend.conversation.exchange.watching import Watching
from backend.conversation.hearing import TurnTaker
from backend.conversation.sessions import Party
from backend.kernel.errors import RingbackError
from backend.kernel.events import LineClosed
from backend.kernel.ids import OwnerId
from backend.platform.telemetry.logs import get_logger

__all__ = ["Exchange", "Limits", "Stages"]

PARTING_S_MAX = 20.0  # a turn that runs when the caller hangs up may take so long to be kept

_log = get_logger("conversation")


class Exchange:
    """Runs one line. Three tasks for its life, some for each turn, none for a frame."""

    def __init__(
        self,
        line: Line,
        party: Party,
        stages: Stages,
        *,
        privacy: Privacy | None = None,
        consenting: Consenting | None = None,
    ) -> None:
        self._line, self._party, self._stages = line, party, stages
        self._is_gone = self._is_finished = False
        self._group = asyncio.TaskGroup()
        scene = Scene(
            line=line,
            party=party,
            stages=stages,
            taker=TurnTaker(stages.tuning),
            group=self._group,
            hang_up=self._hang_up,
            privacy=privacy,
            consenting=consenting,
        )
        self._talking = Talking(scene)
        errands = Errands(scene, self._talking)
        self._listening = Listening(scene, self._talking, errands)
        self._watching = Watching(scene, self._talking, errands)

    async def run(self, greeting: str) -> None:
        """Hold the whole exchange; it is closed when this returns."""
        async with self._group as group:
            lasting = [
                group.create_task(self._talking.mouth.player.run()),
                group.create_task(self._watching.run()),
            ]
            talking = group.create_task(self._talking.run(greeting))
            reason = await self._listening.run()
            await self._part(talking)
            for task in lasting:
                task.cancel()
        await self.finish(reason)

    async def finish(self, by: str) -> None:
        """Close the exchange, unless it is closed; whoever was first ended it."""
        if self._is_finished:
            return
        self._is_finished = True
        try:
            await self._stages.sessions.end(self._party, by=by)
        except RingbackError:
            _log.warning("exchange_not_closed", conversation_id=self._party.conversation_id)
        await self._line.tell(LineClosed(by))

    async def forget(self, owner_id: OwnerId) -> None:
        """Let go of what was forgotten by the owner; without one, by anybody."""
        is_theirs = owner_id in {"", self._party.actor.owner_id}
        if is_theirs and not self._is_finished:
            await self._stages.sessions.reread(self._party)

    async def stop(self) -> None:
        """End it because the process stops: first it is written down, then the line is closed."""
        await self._hang_up("stopped")

    async def _part(self, talking: asyncio.Task[None]) -> None:
        """The line is gone: what was said before it went is still understood and kept."""
        self._is_gone = True
        try:
            async with asyncio.timeout(PARTING_S_MAX):
                await self._talking.part()
                await asyncio.wait({talking})
                await self._talking.parted()
        except TimeoutError:
            _log.warning("parting_too_long", conversation_id=self._party.conversation_id)
        talking.cancel()
        self._talking.close()

    async def _hang_up(self, by: str) -> None:
        """End the line from our side: first it is written down, then everybody sees it."""
        if not self._is_gone:
            await self.finish(by)
            await self._line.hang_up()
