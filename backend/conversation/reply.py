"""One reply on its way to the ear: held while the caller speaks, resumed or dropped."""

import asyncio
from collections import deque
from contextlib import aclosing

from backend.conversation.carriers import Line
from backend.conversation.repertoire import Repertoire
from backend.conversation.speaking import Phrases, Player
from backend.conversation.types import Hushed
from backend.conversation.wording import FILLER
from backend.kernel.clock import Clock
from backend.kernel.events import Said
from backend.kernel.ids import TurnId
from backend.kernel.speech import Phrase

POLL_S = 0.02
FILLER_AFTER_S = 1.2


class Reply:
    """What is said in one turn. `run` speaks it; the other verbs may be called at any time."""

    def __init__(
        self, turn_id: TurnId, line: Line, *, player: Player, voice: Repertoire, clock: Clock
    ) -> None:
        self._turn_id, self._line = turn_id, line
        self._player, self._voice, self._clock = player, voice, clock
        self.text = ""  # all that was given
        self._phrases = Phrases()
        self._waiting: deque[Phrase] = deque()
        self._told = -1  # index of the last phrase that was captioned
        self._heard: list[str] = []  # what was heard before each interruption
        self._is_closed = self._is_hushed = self._is_done = False
        self._is_free = asyncio.Event()  # unset while the caller speaks
        self._is_free.set()
        self._has_news = asyncio.Event()
        player.begin()

    @property
    def is_hushed(self) -> bool:
        """Say whether it was cut off for good before all of it was heard."""
        return self._is_hushed

    @property
    def is_done(self) -> bool:
        """Say whether nothing more will be heard of it."""
        return self._is_done or self._is_hushed

    # ── what is to be said ───────────────────────────────────────────────────────────────────
    async def give(self, piece: str) -> None:
        """Take a piece of the text; raise Hushed when nobody listens any more."""
        if self._is_hushed:
            raise Hushed
        self.add(piece)

    def add(self, piece: str) -> None:
        """Take a piece of the text, heard or not."""
        self.text += piece
        self._queue(self._phrases.feed(piece))

    def close(self) -> None:
        """Say that no more text will come."""
        if not self._is_hushed:
            self._queue(self._phrases.flush())
        self._is_closed = True
        self._has_news.set()

    def _queue(self, phrases: list[Phrase]) -> None:
        self._waiting.extend(phrases)
        if phrases:
            self._has_news.set()

    # ── the caller speaks too ────────────────────────────────────────────────────────────────
    async def hold(self) -> None:
        """Fall silent at once and keep what was not heard."""
        if self.is_done or not self._is_free.is_set():
            return
        self._is_free.clear()
        heard = await self._player.clear()
        self._heard.append(heard.text)
        if heard.unheard and not self._is_hushed:
            self._waiting.appendleft(Phrase(heard.unheard, self._told))

    def resume(self) -> None:
        """Go on from the last word heard: it was only a cough."""
        if not self._is_free.is_set():
            self._player.begin()
            self._is_free.set()

    async def hush(self) -> None:
        """Fall silent for good."""
        if self.is_done:
            return
        await self.hold()
        self._is_hushed = True
        self._waiting.clear()
        self._is_free.set()
        self._has_news.set()

    def heard_text(self) -> str:
        """Return what the other end has heard of it, up to the last whole word."""
        now = [] if self._is_hushed else [self._player.heard().text]
        return " ".join(part for part in (*self._heard, *now) if part)

    # ── speaking ─────────────────────────────────────────────────────────────────────────────
    async def run(self) -> None:
        """Speak until everything was heard, or nobody listens any more."""
        try:
            await self._bridge()
            await self._speak_all()
        finally:
            self._is_done = True

    async def _speak_all(self) -> None:
        while not self._is_hushed:
            await self._is_free.wait()
            if self._waiting:
                await self._speak_next()
            elif not self._is_closed:
                self._has_news.clear()
                await self._has_news.wait()
            elif self._player.is_silent:
                return
            else:
                await self._clock.sleep(POLL_S)

    async def _bridge(self) -> None:
        """Never leave the line dead while a mind thinks: say so when it takes too long."""
        try:
            async with asyncio.timeout(FILLER_AFTER_S):
                await self._has_news.wait()
        except TimeoutError:
            if self._line.is_spoken and self._is_free.is_set() and self._voice.knows(FILLER):
                await self._play(Phrase(FILLER, -1))

    async def _speak_next(self) -> None:
        phrase = self._waiting[0]
        if phrase.index > self._told:
            self._told = phrase.index
            await self._line.tell(Said(self._turn_id, phrase.text, phrase.index))
        # Telling has waited: the caller may have begun to speak meanwhile.
        if not self._is_free.is_set() or not self._waiting or self._waiting[0] is not phrase:
            return
        self._waiting.popleft()
        if self._line.is_spoken:
            await self._play(phrase)

    async def _play(self, phrase: Phrase) -> None:
        async with aclosing(self._voice.speak(phrase.text)) as sounds:
            await self._player.play(phrase, sounds)
