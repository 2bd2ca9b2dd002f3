"""Follows one line to its end: frames become utterances, and everything finds its place."""

from functools import partial

from backend.conversation.carriers import (
    Answered,
    HungUp,
    KeyPressed,
    KeysWanted,
    LineDropped,
    LineEvent,
    LineReturned,
    MarkHeard,
    TypedText,
)
from backend.conversation.exchange.errands import Errands
from backend.conversation.exchange.scene import Scene
from backend.conversation.exchange.talking import Talking
from backend.conversation.hearing import (
    Ear,
    UtteranceEnded,
    UtteranceGrew,
    UtterancePaused,
    UtteranceResumed,
    VoiceFaded,
)
from backend.kernel.audio import FRAME_BYTES, FRAME_MS, Frame
from backend.kernel.events import VoiceStarted

SILENT_FRAME = bytes(FRAME_BYTES)


class Listening:
    """The socket's loop. It waits for nothing that takes long."""

    def __init__(self, scene: Scene, talking: Talking, errands: Errands) -> None:
        self._scene, self._line, self._taker = scene, scene.line, scene.taker
        self._talking, self._errands = talking, errands
        self._is_idle = True  # nothing that came is being worked on

    async def run(self) -> str:
        """Follow the line to its end; return why it ended."""
        ear = self._scene.stages.activity.open()
        try:
            self._line.divert(partial(self._pass_over, ear))
            async for event in self._line.events():
                self._is_idle = False
                if isinstance(event, HungUp):
                    await self._hear_the_last()
                    return event.reason
                await self._take(event, ear)
                self._is_idle = True
            return "lost"
        finally:
            self._is_idle = False
            ear.close()

    def _pass_over(self, ear: Ear, frame: Frame) -> bool:
        """Take a frame at once in which nobody speaks, nor has just spoken: most are like that."""
        if not self._is_idle or self._taker.hears_voice:
            return False
        if self._errands.is_with_machine:
            return True
        if not ear.hears_nothing(frame):
            return False
        self._taker.push(frame, 0.0)  # without a voice before it, silence means nothing
        return True

    async def _take(self, event: LineEvent, ear: Ear) -> None:
        match event:
            case Frame():
                if not self._errands.is_with_machine:
                    await self._hear(event, await ear.listen(event))
            case MarkHeard(name=name):
                self._talking.mouth.player.mark_heard(name)
            case TypedText(text=text):
                self._talking.take(text)
            case KeyPressed():
                self._talking.take(event)  # a key is never written down
            case LineDropped():
                self._talking.is_away = True
                await self._talking.mouth.hold()
            case LineReturned():
                await self._talking.line_came_back()
            case Answered(by=by):
                await self._errands.answered(by)
            case KeysWanted(keys=keys):
                await self._talking.press(keys)

    async def _hear(self, frame: Frame, probability: float) -> None:
        match self._taker.push(frame, probability):
            case None:
                pass
            case VoiceStarted() as started:
                if self._scene.privacy is not None:
                    self._scene.privacy.keep_open()
                await self._talking.hold()
                await self._line.tell(started)
            case VoiceFaded():
                self._let_go()
                await self._talking.mouth.resume()
            case UtteranceGrew(utterance=utterance):
                self._talking.transcripts.grew(utterance)
            case UtterancePaused(utterance=utterance):
                self._talking.transcripts.paused(utterance)
            case UtteranceResumed():
                await self._talking.went_on()
            case UtteranceEnded() as ended:
                if not self._talking.take(ended):
                    self._let_go()
                    await self._talking.mouth.resume()

    def _let_go(self) -> None:
        """Nothing was said after all, or nobody will read it."""
        if self._scene.privacy is not None:
            self._scene.privacy.let_go()

    async def _hear_the_last(self) -> None:
        """End the utterance in which the line went away: the last words count as well."""
        at_ms = 0
        while self._taker.hears_voice:
            await self._hear(Frame(SILENT_FRAME, at_ms), 0.0)
            at_ms += FRAME_MS
