"""One reply on its way to the ear: held while the caller speaks, resumed or dropped."""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field, replace

from backend.conversation.carriers import Line
from backend.conversation.exchange.first_words import FirstWords
from backend.conversation.exchange.repertoire import Repertoire
from backend.conversation.speaking import Heard, Phrases, Player, once
from backend.conversation.turns.types import Hushed
from backend.conversation.wording import FILLERS
from backend.kernel.audio import Sound
from backend.kernel.clock import Clock
from backend.kernel.errors import RingbackError
from backend.kernel.events import Said, Written
from backend.kernel.ids import TurnId
from backend.kernel.speech import Phrase
from backend.llm import INSTANCE, Payer
from backend.platform.tasks import until

RESTART_WORDS = 2  # so many words that were heard are said again when a phrase goes on
ASIDE = -1  # the index of what is said in between and belongs to no reply


@dataclass(frozen=True, slots=True)
class Speakers:
    """What a reply is spoken with."""

    line: Line
    player: Player
    voice: Repertoire
    clock: Clock
    payer: Payer = INSTANCE  # of voices that cost money; each turn pays for its own reply


@dataclass(slots=True)
class Delivery:
    """How a reply was delivered, for the turn's timeline; moments are the clock's."""

    began_at: float | None = None  # its first sound left
    ended_at: float | None = None  # its last word was heard, or it was cut off
    speaker: str = ""  # which voice spoke last: another may have died in the middle
    held: list[tuple[float, float]] = field(default_factory=list)  # from, to
    has_filler: bool = False


@dataclass(slots=True)
class _Part:
    """A phrase of the reply, and how many of its words were heard."""

    phrase: Phrase
    words: list[str]
    heard: int = 0
    begins: int = 0  # with which word it was last begun
    sound: Sound | None = None  # something recorded, in place of words

    @property
    def is_heard(self) -> bool:
        # What has no words is begun anew when it was cut: nobody knows how much of it was enough.
        return self.sound is None and self.heard == len(self.words)


class Reply:
    """What is said in one turn. `run` speaks it; the other verbs may be called at any time."""

    def __init__(
        self,
        turn_id: TurnId,
        speakers: Speakers,
        *,
        first_words: FirstWords | None = None,
        is_held: bool = False,
        fillers: Mapping[float, str] = FILLERS,
    ) -> None:
        self.turn_id = turn_id
        self.text = ""  # all that was given
        self.shown: Callable[[str], str] = str  # without what is told to their ear alone
        self.delivery = Delivery()
        self._line, self._player = speakers.line, speakers.player
        self._voice, self._clock = speakers.voice, speakers.clock
        self._first_words, self._payer = first_words, replace(speakers.payer, turn_id=turn_id)
        self._phrases = Phrases()
        self._parts: list[_Part] = []
        self._next = 0  # which part is to be spoken next: those before it are under way or heard
        self._told = 0  # how many parts were captioned
        self._is_closed = self._is_hushed = self._is_done = self._is_mute = False
        self._has_news = asyncio.Event()
        self._is_free = asyncio.Event()  # unset while the caller speaks, or the line is away
        self._held_at = self._quiet_at = self._clock.monotonic()
        self._fillers = sorted(fillers.items(), reverse=True)
        self._player.begin(self._has_news)
        if not is_held:
            self._is_free.set()

    @property
    def is_hushed(self) -> bool:
        """Say whether it was cut off for good before all of it was heard."""
        return self._is_hushed

    @property
    def is_done(self) -> bool:
        """Say whether nothing more will be heard of it."""
        return self._is_done or self._is_hushed

    @property
    def is_held(self) -> bool:
        """Say whether it waits until the caller is silent or the line is back."""
        return not self.is_done and not self._is_free.is_set()

    @property
    def held_s(self) -> float:
        """How long it has been waiting."""
        return self._clock.monotonic() - self._held_at if self.is_held else 0.0

    @property
    def is_sounding(self) -> bool:
        """Say whether the other end hears it, or is about to."""
        return not self.is_done and not self._player.is_silent

    # ── what is to be said ───────────────────────────────────────────────────────────────────
    async def give(self, piece: str) -> None:
        """Take a piece of the text; raise Hushed when nobody listens any more."""
        if self._is_hushed:
            raise Hushed
        self.add(piece)
        if piece and not self._line.is_spoken:  # whoever reads sees each word as it comes
            await self._line.tell(Written(self.turn_id, piece))

    def add(self, piece: str) -> None:
        """Take a piece of the text, heard or not."""
        self.text += piece
        self._append(self._phrases.feed(piece))

    def add_sound(self, sound: Sound) -> None:
        """Take something recorded, to be heard after the words so far; it is none of the text."""
        self._append(self._phrases.flush())
        self._parts.append(_Part(Phrase("", len(self._parts)), [], sound=sound))
        self._has_news.set()

    def close(self) -> None:
        """Say that no more text will come."""
        self._append(self._phrases.flush())
        self._is_closed = True
        self._has_news.set()

    def _append(self, phrases: list[Phrase]) -> None:
        for phrase in phrases:
            numbered = Phrase(phrase.text, len(self._parts))
            self._parts.append(_Part(numbered, phrase.text.split()))
            self._has_news.set()

    # ── the caller speaks too ────────────────────────────────────────────────────────────────
    async def hold(self) -> bool:
        """Fall silent at once and keep what was not heard; say whether anything was cut."""
        if self.is_done or self.is_held:
            return False
        was_sounding = self.is_sounding
        self._stop()
        if was_sounding:
            await self._line.clear()
        return was_sounding

    def resume(self) -> bool:
        """Go on a little before the last word heard: it was only a cough."""
        if not self.is_held:
            return False
        self._quiet_at = self._clock.monotonic()
        self.delivery.held.append((self._held_at, self._quiet_at))
        self._player.begin(self._has_news)
        self._is_free.set()
        self._has_news.set()  # whoever waited for the end of what was cut waits for it no longer
        return True

    async def hush(self) -> None:
        """Fall silent for good."""
        if self.is_done:
            return
        was_sounding = self.is_sounding
        self.abandon()
        if was_sounding:
            await self._line.clear()

    def abandon(self) -> None:
        """Hush it, where nothing of it can be under way on the line."""
        if not self.is_held:
            self._stop()
        self._is_hushed = True
        self.delivery.ended_at = self._held_at
        self._is_free.set()
        self._has_news.set()
        if self._first_words is not None:
            self._first_words.drop()

    def _stop(self) -> None:
        """Cut what is under way and take back what was not heard of it; nothing is awaited, so
        that whoever looks sees it before or after, never in between.
        """
        self._held_at = self._clock.monotonic()
        self._note_beginning()
        self._count(self._player.cut())
        self._is_free.clear()
        while self._next and not self._parts[self._next - 1].is_heard:
            self._next -= 1

    # ── what was heard ───────────────────────────────────────────────────────────────────────
    def heard_text(self) -> str:
        """Return what the other end has heard of it, up to the last whole word."""
        return self.text[: self._heard_to()].strip()

    def unheard_text(self) -> str:
        """Return what the other end has not heard of it; both together are the whole text."""
        return self.text[self._heard_to() :].strip()

    def shown_parts(self) -> tuple[str, str]:
        """Return what was heard and what was not, as it may be kept and shown."""
        return self.shown(self.heard_text()), self.shown(self.unheard_text())

    def _heard_to(self) -> int:
        """Return where in the text the last word ends that was heard."""
        if not self.is_done and not self.is_held:
            self._count(self._player.heard())
        heard = (word for part in self._parts for word in part.words[: part.heard])
        return _place(self.text, sum(map(len, heard)))

    def _count(self, heard: Heard) -> None:
        for each in heard.phrases:
            if each.phrase.index != ASIDE:
                part = self._parts[each.phrase.index]
                part.heard = max(part.heard, part.begins + each.words)

    def _note_beginning(self) -> None:
        if self.delivery.began_at is None:
            self.delivery.began_at = self._player.began_at
        self.delivery.speaker = self._player.speaker or self.delivery.speaker

    # ── speaking ─────────────────────────────────────────────────────────────────────────────
    async def run(self) -> None:
        """Speak until everything was heard, or nobody listens any more."""
        try:
            while not self._is_hushed:
                await self._is_free.wait()
                if self.is_hushed:
                    return
                if self._next < len(self._parts):
                    await self._speak(self._parts[self._next])
                elif not self._is_closed:
                    await self._await_words()
                elif seconds := self._player.sounds_for_s:
                    await self._await_news(seconds)
                else:
                    return
        finally:
            self._end()

    def _end(self) -> None:
        if not self.is_done:
            if not self.is_held:
                self._note_beginning()
                self._count(self._player.heard())
            self.delivery.ended_at = self._player.heard_at or self._clock.monotonic()
        self._is_done = True

    async def _speak(self, part: _Part) -> None:
        if part.phrase.index >= self._told:
            self._told += 1
            if part.words:
                await self._line.tell(self._caption(part.phrase))
        # Telling has waited: the caller may have begun to speak meanwhile.
        if not self._is_free.is_set() or self._is_hushed:
            return
        self._next += 1
        if not self._line.is_spoken or self._is_mute:
            part.heard = len(part.words)  # whoever sees captions has read it
            return
        if part.sound is not None:
            await self._player.play(part.phrase, once(part.sound))
            return
        part.begins = max(0, part.heard - RESTART_WORDS)
        text = " ".join(part.words[part.begins :]) if part.begins else part.phrase.text
        try:
            await self._play(Phrase(text, part.phrase.index))
        except RingbackError:
            # No level of voice is left. A telephone must not stay silent: whoever runs us gives
            # it back to its carrier. Everybody else reads on.
            if self._line.carrier == "phone":
                raise
            self._is_mute, part.heard = True, len(part.words)

    def _caption(self, phrase: Phrase) -> Said:
        # Whoever reads along has no other way to be told.
        text = self.shown(phrase.text) if self._line.is_spoken else phrase.text
        return Said(self.turn_id, text, phrase.index)

    async def _play(self, phrase: Phrase) -> None:
        if self._first_words is not None:
            speech = self._first_words.speak(phrase.text)
        else:
            speech = self._voice.speak(phrase.text, payer=self._payer)
        async with aclosing(speech) as sounds:
            await self._player.play(phrase, sounds)

    async def _await_news(self, seconds: float) -> None:
        self._has_news.clear()
        await until(self._has_news, self._clock, seconds)

    # ── never dead air ───────────────────────────────────────────────────────────────────────
    async def _await_words(self) -> None:
        """Wait for the mind; say so when it takes too long and nothing else is heard."""
        if not self._player.is_silent:
            self._quiet_at = 0.0
            await self._await_news(self._player.sounds_for_s)
            return
        self._quiet_at = self._quiet_at or self._clock.monotonic()
        filler = self._next_filler()
        if filler is None:
            self._has_news.clear()
            await self._has_news.wait()
            return
        silence_s, words = filler
        left_s = self._quiet_at + silence_s - self._clock.monotonic()
        if left_s > 0:
            await self._await_news(left_s)
            return
        self._fillers.pop()
        self.delivery.has_filler = True
        await self._play(Phrase(words, ASIDE))

    def _next_filler(self) -> tuple[float, str] | None:
        """Return what may be said next while they wait: only what is known by heart."""
        while self._fillers and self._line.is_spoken:
            if self._voice.knows(self._fillers[-1][1]):
                return self._fillers[-1]
            self._fillers.pop()
        return None


def _place(text: str, letters: int) -> int:
    """Return where in a text so many of its letters have passed; spaces are none."""
    for place, character in enumerate(text):
        if not letters:
            return place
        letters -= not character.isspace()
    return len(text)
