"""A line without a wire: a test says what comes in and sees what goes out."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import TypeVar

from backend.conversation.carriers import HungUp, LineEvent, MarkHeard
from backend.kernel.audio import FRAME_BYTES, FRAME_MS, Frame
from backend.kernel.events import Happening

Told = TypeVar("Told", bound=Happening)

VOICE = b"\x00\x20" * (FRAME_BYTES // 2)
SILENCE = bytes(FRAME_BYTES)


class FakeLine:
    """Implements `Line`; marks come back at once unless the test keeps them."""

    def __init__(
        self, *, carrier: str = "phone", is_spoken: bool = True, hears_at_once: bool = True
    ) -> None:
        self.carrier, self.is_spoken = carrier, is_spoken
        self.hears_at_once = hears_at_once
        self.played = bytearray()
        self.marks: list[str] = []
        self.clears = 0
        self.told: list[Happening] = []
        self.is_hung_up = False
        self._incoming: asyncio.Queue[LineEvent] = asyncio.Queue()
        self._changed = asyncio.Event()
        self._at_ms = 0

    # ── the line ─────────────────────────────────────────────────────────────────────────────
    async def events(self) -> AsyncIterator[LineEvent]:
        while True:
            event = await self._incoming.get()
            yield event
            if isinstance(event, HungUp):
                return

    def divert(self, hear: Callable[[Frame], bool]) -> None:
        pass  # everything comes by events

    async def play(self, pcm: bytes) -> None:
        self.played += pcm
        self._changed.set()

    async def mark(self, name: str) -> None:
        self.marks.append(name)
        if self.hears_at_once:
            self.come(MarkHeard(name))
        self._changed.set()

    async def clear(self) -> None:
        self.clears += 1
        self._changed.set()

    async def tell(self, happening: Happening) -> None:
        self.told.append(happening)
        self._changed.set()

    async def hang_up(self) -> None:
        if not self.is_hung_up:
            self.is_hung_up = True
            self.come(HungUp("lost"))

    # ── the test's side ──────────────────────────────────────────────────────────────────────
    def come(self, event: LineEvent) -> None:
        self._incoming.put_nowait(event)

    def speak(self, *, voice_ms: int = 600, silence_ms: int = 2_600) -> None:
        """Somebody says something and is silent after it."""
        for pcm, duration_ms in ((VOICE, voice_ms), (SILENCE, silence_ms)):
            for _ in range(duration_ms // FRAME_MS):
                self.come(Frame(pcm, self._at_ms))
                self._at_ms += FRAME_MS

    async def until(self, *kinds: type[Happening], count: int = 1) -> None:
        """Wait until it was told of so many happenings of these kinds."""
        async with asyncio.timeout(20):
            while sum(isinstance(happening, kinds) for happening in self.told) < count:
                self._changed.clear()
                await self._changed.wait()

    async def until_it_sounds(self, pcm: bytes) -> None:
        """Wait until exactly this was played."""
        async with asyncio.timeout(20):
            while pcm not in bytes(self.played):
                self._changed.clear()
                await self._changed.wait()

    async def until_played(self) -> None:
        """Wait until some sound was played."""
        async with asyncio.timeout(20):
            while not self.played:
                self._changed.clear()
                await self._changed.wait()

    def all_told(self, kind: type[Told]) -> list[Told]:
        return [happening for happening in self.told if isinstance(happening, kind)]
