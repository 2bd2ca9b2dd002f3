"""One live conversation of an app or a page as a line: implements the carriers' port."""

import asyncio
from collections.abc import AsyncIterator, Callable

from backend.conversation.carriers.port import HungUp, LineEvent, MarkHeard, TypedText
from backend.kernel import events as happenings
from backend.kernel.audio import FRAME_BYTES, FRAME_MS, Frame
from backend.kernel.clock import Clock
from backend.kernel.errors import Invalid, TooLarge
from backend.platform.sockets import Socket, SocketClosed
from mobile_api import wire
from mobile_api.calls.captions import Introduction, in_wire_words
from mobile_api.calls.limits import Flood, Limits
from mobile_api.wire import CloseCode, SoundFrame, SoundKind


class AppLine:
    """A line over the live wire; implements `Line`.

    It holds no queue: what arrives is read when the conductor asks for it, so that a slow
    conductor slows the sender and never fills our memory.
    """

    def __init__(
        self, socket: Socket, introduction: Introduction, *, clock: Clock, limits: Limits
    ) -> None:
        self._socket, self._introduction, self._limits = socket, introduction, limits
        self._flood = Flood(limits, clock=clock)
        self._rest = bytearray()  # sound that does not fill a frame yet
        self._framed_ms = 0
        self._sequence = 0
        self._bad_messages = 0
        self._pending_marks: set[str] = set()
        self._gone: HungUp | None = None
        self._clock, self._ends_at_s = clock, clock.monotonic() + limits.session_s

    @property
    def carrier(self) -> str:
        """Name the way it came."""
        return self._introduction.carrier

    @property
    def is_spoken(self) -> bool:
        """Say whether replies are to be spoken."""
        return self._introduction.is_spoken

    async def events(self) -> AsyncIterator[LineEvent]:
        """Read what arrives until one side hangs up."""
        while self._gone is None:
            left_s = self._ends_at_s - self._clock.monotonic()
            try:
                async with asyncio.timeout(min(self._limits.silence_s, left_s)):
                    message = await self._socket.receive()
            except SocketClosed:
                self._gone = HungUp("lost")
            except TimeoutError:
                await self._time_out()
            else:
                for event in await self._take(message):
                    yield event
        yield self._gone

    async def _time_out(self) -> None:
        if self._clock.monotonic() < self._ends_at_s:
            # A network that died says nothing either: whoever comes back goes on.
            await self._drop(CloseCode.SILENT, "Nothing was heard from the client.", by="lost")
        else:
            await self._tell(wire.Closed(reason="limit"))
            over = "The longest time for one conversation is over."
            await self._drop(CloseCode.GOODBYE, over, by="limit")

    def divert(self, hear: Callable[[Frame], bool]) -> None:
        """Offer nothing: sound in bytes always goes through the server's queue."""

    # ── outgoing ─────────────────────────────────────────────────────────────────────────────
    async def play(self, pcm: bytes) -> None:
        """Send sound, in messages that a client may expect."""
        for begin in range(0, len(pcm), wire.SOUND_BYTES_MAX):
            piece = pcm[begin : begin + wire.SOUND_BYTES_MAX]
            frame = SoundFrame(SoundKind.SPEECH, self._sequence, piece)
            self._sequence += 1
            await self._send(frame.pack())

    async def mark(self, name: str) -> None:
        """Ask for the mark's return once everything before it was played."""
        self._pending_marks.add(name)
        await self._tell(wire.Mark(name=name))

    async def clear(self) -> None:
        """Make the client drop what it has not played; it answers the marks in it."""
        await self._tell(wire.Clear())

    async def tell(self, happening: happenings.Happening) -> None:
        """Pass on what happens, as captions."""
        message = in_wire_words(happening, self._introduction)
        if message is not None:
            await self._tell(message)

    async def hang_up(self) -> None:
        """End the line from our side."""
        self._gone = self._gone or HungUp("lost")
        await self._socket.close(CloseCode.GOODBYE, "")

    async def turn_away(self) -> None:
        """End the line of somebody who was let in and may not stay."""
        await self._drop(CloseCode.UNAUTHORISED, "This device was removed.")

    async def _tell(self, message: wire.WireMessage) -> None:
        await self._send(message.model_dump_json())

    async def _send(self, message: str | bytes) -> None:
        if self._gone is not None:
            return
        try:
            await self._socket.send(message)
        except SocketClosed:
            self._gone = self._gone or HungUp("lost")

    async def _drop(self, code: CloseCode, reason: str, *, by: str = "refused") -> None:
        self._gone = self._gone or HungUp(by)
        await self._socket.close(code, reason)

    # ── incoming ─────────────────────────────────────────────────────────────────────────────
    async def _take(self, message: str | bytes) -> list[LineEvent]:
        """Understand one message; answer a slip, and drop a client that makes too many."""
        if not self._flood.allows(message):
            await self._drop(CloseCode.FLOOD, "Too much at once.")
            return []
        try:
            if isinstance(message, bytes):
                return self._read_sound(message)
            return await self._read_text(message)
        except TooLarge as refusal:
            await self._drop(CloseCode.TOO_LARGE, refusal.message)
        except Invalid as refusal:
            self._bad_messages += 1
            await self._tell(wire.Error(code=refusal.code, message=refusal.message))
            if self._bad_messages >= self._limits.bad_messages:
                await self._drop(CloseCode.GARBAGE, refusal.message)
        return []

    def _read_sound(self, payload: bytes) -> list[LineEvent]:
        sound = wire.read_sound(payload)
        if sound.stream != 0:
            return []  # other streams are for later wires: nobody here listens to one
        self._rest += sound.pcm
        frames: list[LineEvent] = []
        whole = len(self._rest) - len(self._rest) % FRAME_BYTES
        for begin in range(0, whole, FRAME_BYTES):
            frames.append(Frame(bytes(self._rest[begin : begin + FRAME_BYTES]), self._framed_ms))
            self._framed_ms += FRAME_MS
        del self._rest[:whole]
        return frames

    async def _read_text(self, payload: str) -> list[LineEvent]:
        match wire.read(payload):
            case wire.Text(text=text) if plain := _plain(text):
                return [TypedText(plain)]
            case wire.MarkHeard(name=name) if name in self._pending_marks:
                self._pending_marks.discard(name)
                return [MarkHeard(name)]
            case wire.Ping():
                await self._tell(wire.Pong())
            case wire.Bye():
                self._gone = HungUp("caller")
            case wire.Hello():
                raise Invalid("Hello was said already.")
            case _:
                pass  # an empty text; a mark that was never sent or has come back already
        return []


def _plain(text: str) -> str:
    """Return typed words without what no database holds and no keyboard types."""
    return text.replace("\0", "").strip()
