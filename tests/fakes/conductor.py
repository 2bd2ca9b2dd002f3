"""A conductor that answers every typed text with an echo, and counts what it hears."""

from dataclasses import dataclass, field

from backend.conversation.carriers.port import HungUp, Line, LineDropped, MarkHeard, TypedText
from backend.conversation.sessions import Party
from backend.kernel.audio import FRAME_BYTES, Frame
from backend.kernel.events import Heard, LineClosed, LineOpened, Said, Source, TurnEnded

VOICE = b"\x01\x00" * (FRAME_BYTES // 2) * 30  # 600 ms


@dataclass
class EchoConductor:
    """Greets, echoes, and ends the line at "goodbye"."""

    parties: list[Party] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    frames: list[Frame] = field(default_factory=list)
    marks: list[str] = field(default_factory=list)
    drops: int = 0
    endings: list[str] = field(default_factory=list)
    failure: Exception | None = None

    async def converse(self, line: Line, party: Party) -> None:
        self.parties.append(party)
        self.lines.append(line)
        await line.tell(LineOpened(party.conversation_id))
        if self.failure is not None:
            raise self.failure
        await self._greet(line)
        async for event in line.events():
            match event:
                case Frame():
                    self.frames.append(event)
                case LineDropped():
                    self.drops += 1
                case MarkHeard(name=name):
                    self.marks.append(name)
                case TypedText(text="goodbye"):
                    await line.tell(LineClosed("goodbye"))
                    await line.hang_up()
                case TypedText(text=text):
                    await self._answer(line, text)
                case HungUp(reason=reason):
                    self.endings.append(reason)

    async def _greet(self, line: Line) -> None:
        await line.tell(Said("greeting", "Hello.", 0))
        if line.is_spoken:
            await line.play(VOICE)
            await line.mark("greeting")

    async def _answer(self, line: Line, text: str) -> None:
        if text == "interrupt":
            await line.clear()
        await line.tell(Heard("turn", text))
        source = Source("message", "as said before", "2026-05-04T10:00:00Z", "phone")
        ended = TurnEnded("turn", text, f"You said {text}.", (source,))
        if not line.is_spoken:
            await line.tell(Said("turn", ended.said, 0))
            await line.tell(ended)
            return
        await line.tell(ended)  # a turn is kept before its voice begins
        await line.tell(Said("turn", ended.said, 0))
        await line.play(VOICE)
        await line.mark("turn")
