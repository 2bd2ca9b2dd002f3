"""A conductor that answers every typed text with an echo, and counts what it hears."""

from dataclasses import dataclass, field

from backend.conversation.carriers.port import HungUp, Line, MarkHeard, TypedText
from backend.conversation.sessions import Party
from backend.kernel.audio import FRAME_BYTES, Frame
from backend.kernel.events import Heard, LineClosed, LineOpened, Said, Source, TurnEnded

GREETING = b"\x01\x00" * (FRAME_BYTES // 2) * 30  # 600 ms


@dataclass
class EchoConductor:
    """Greets, echoes, and ends the line at "goodbye"."""

    parties: list[Party] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    frames: list[Frame] = field(default_factory=list)
    marks: list[str] = field(default_factory=list)
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
            await line.play(GREETING)
            await line.mark("greeting")

    async def _answer(self, line: Line, text: str) -> None:
        if text == "interrupt":
            await line.clear()
        await line.tell(Heard("turn", text))
        await line.tell(Said("turn", f"You said {text}.", 0))
        source = Source("message", "as said before", "2026-05-04T10:00:00Z", "phone")
        await line.tell(TurnEnded("turn", text, f"You said {text}.", (source,)))
