"""What one line hears of us: one reply at a time, silent at once when the caller speaks."""

import asyncio
from collections.abc import Callable

from backend.conversation.exchange.first_words import FirstWords
from backend.conversation.exchange.reply import Reply, Speakers
from backend.conversation.exchange.scene import Scene
from backend.conversation.speaking import Player
from backend.kernel.errors import RingbackError
from backend.kernel.events import Interrupted, Resumed, Spoken
from backend.kernel.ids import TurnId
from backend.llm import Payer


class Mouth:
    """Begins replies, and holds and resumes the one that is being spoken."""

    def __init__(self, scene: Scene, *, may_speak: Callable[[], bool]) -> None:
        clock = scene.stages.clock
        self.player = Player(scene.line, clock, tuning=scene.stages.tuning)
        self.voice = scene.voice
        self.reply: Reply | None = None  # the last one that was begun
        self._scene, self._may_speak = scene, may_speak
        self._line, self._metrics = scene.line, scene.stages.metrics
        payer = Payer(scene.party.actor.owner_id)
        self._speakers = Speakers(scene.line, self.player, self.voice, clock, payer)
        self._was_interrupted = self._is_closed = False

    @property
    def is_speaking(self) -> bool:
        """Say whether a reply is not over yet, be it thought, heard or held."""
        return self.reply is not None and not self.reply.is_done

    @property
    def is_held(self) -> bool:
        """Say whether a reply waits for the caller."""
        return self.reply is not None and self.reply.is_held

    def begin(self, turn_id: TurnId, *, first_words: FirstWords | None = None) -> Reply:
        """Begin a reply; it waits when somebody speaks already, or the line is away."""
        is_held = not self._may_speak()
        self._was_interrupted = False
        self.reply = Reply(turn_id, self._speakers, first_words=first_words, is_held=is_held)
        if self._is_closed:
            self.reply.abandon()
        return self.reply

    def say(self, text: str) -> asyncio.Task[None] | None:
        """Say something that answers nothing; it may be interrupted like any reply."""
        if self._is_closed:
            return None
        reply = self.begin(self._scene.stages.turns.new_id())
        reply.add(text)
        reply.close()
        return self._scene.group.create_task(self.speak(reply))

    async def speak(self, reply: Reply) -> None:
        """Speak a reply to its end. Without any voice a telephone is given back."""
        try:
            await reply.run()
        except RingbackError:
            # A telephone's carrier will say sorry in its own voice.
            await self._scene.hang_up("broken")
        await self._line.tell(Spoken(reply.turn_id, *reply.shown_parts()))
        if reply.delivery.has_filler:
            self._metrics.fillers.inc()

    async def hold(self) -> None:
        """Fall silent at once; what was not heard is kept."""
        reply = self.reply
        if reply is not None and await reply.hold():
            self._was_interrupted = True
            await self._line.tell(Interrupted(reply.turn_id))

    async def resume(self, *, is_sure: bool = False) -> bool:
        """Go on where we were cut off, unless somebody still speaks."""
        reply = self.reply
        if reply is None or not (is_sure or self._may_speak()) or not reply.resume():
            return False
        if self._was_interrupted:
            self._was_interrupted = False
            self._metrics.interruptions.labels("resumed").inc()
            await self._line.tell(Resumed(reply.turn_id))
        return True

    async def hush(self) -> None:
        """Fall silent for good."""
        if self._was_interrupted:
            self._was_interrupted = False
            self._metrics.interruptions.labels("taken").inc()
        if self.reply is not None:
            await self.reply.hush()

    async def close(self) -> None:
        """Say no more: the other end is gone."""
        self._is_closed = True
        await self.hush()
        self.player.cut()  # keys that were being pressed: nobody waits for their end
