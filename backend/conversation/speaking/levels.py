"""Several voices in order: when one fails in the middle of a word, the next one goes on from it."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass, field

from backend.conversation.speaking.fares import Fare
from backend.conversation.speaking.script import Script
from backend.conversation.speaking.voice import Voice
from backend.kernel.audio import Sound
from backend.kernel.clock import Clock
from backend.kernel.errors import NotConfigured, Refused, RingbackError, Unavailable
from backend.llm import Payer
from backend.platform.tasks import unbroken

# A voice that failed is left alone for a while, each time twice as long.
REST_S_MIN = 2.0
REST_S_MAX = 60.0
LATELY_S = 30.0  # so long a failure says more of a voice than that its maker answers
LETTER_MS = 62.0  # a usual pace of speech; each voice's own is learnt as it speaks
PACE_SHARE = 0.3  # how much the last sentence changes it


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a voice may take before the next one speaks in its place."""

    first_sound_s: float = 2.5
    between_s: float = 1.5
    after_failure_s: float = 1.2  # to the first sound of one that has failed before
    last_s: float = 20.0  # of the last voice: nobody comes after it


@dataclass(frozen=True, slots=True)
class Level:
    """One voice, and what it costs when it costs anything."""

    voice: Voice
    fare: Fare | None = None


@dataclass(slots=True)
class _State:
    """How one level has done."""

    level: Level
    rests_until: float = 0.0
    failures: int = 0  # in a row
    failed_at: float = 0.0
    letter_ms: float = LETTER_MS

    @property
    def name(self) -> str:
        return self.level.voice.name


@dataclass(slots=True)
class _Progress:
    """How far one level came with a sentence."""

    words: list[str]
    timed: int = 0  # words whose ends it told
    sound_ms: int = 0
    silent_at: float = 0.0  # when all that it gave has been heard
    letters: int = field(init=False)

    def __post_init__(self) -> None:
        self.letters = len(" ".join(self.words))

    def words_said(self, letter_ms: float) -> int:
        """Say how many words were whole when it broke off; rather one too few than one too many."""
        if self.timed or not self.sound_ms:
            return min(self.timed, len(self.words))
        letters_said, said = self.sound_ms / letter_ms, 0
        for word in self.words:
            letters_said -= len(word) + 1
            if letters_said < 0:
                break
            said += 1
        return max(0, said - 1)


class VoiceLevels:
    """A voice made of voices, best first; it makes text speakable for all of them."""

    def __init__(
        self,
        levels: Sequence[Voice | Level],
        *,
        clock: Clock,
        patience: Patience | None = None,
        on_failure: Callable[[str, str], None] = lambda _voice, _reason: None,
    ) -> None:
        self._levels = [
            _State(level if isinstance(level, Level) else Level(level)) for level in levels
        ]
        self._clock, self._on_failure = clock, on_failure
        self._patience = patience or Patience()
        self._speaks: _State | None = None  # who spoke last, or speaks now

    @property
    def name(self) -> str:
        """Who speaks now; before the first word, who would."""
        first = self._speaks or next(iter(self._order()), None)
        return first.name if first else "none"

    @property
    def names(self) -> list[str]:
        """All voices, best first."""
        return [state.name for state in self._levels]

    @property
    def failing(self) -> list[str]:
        """Those that have failed and have not spoken since."""
        return [state.name for state in self._levels if state.failures]

    @property
    def left_alone(self) -> list[str]:
        """Name those that rest, or have just failed and not spoken since."""
        now = self._clock.monotonic()
        return [
            state.name
            for state in self._levels
            if state.failures and now < max(state.rests_until, state.failed_at + LATELY_S)
        ]

    async def warm(self) -> None:
        """Warm the voices in order until one is ready; those behind it warm up when needed."""
        self._need_one()
        failures: list[str] = []
        cure = ""
        for state in self._levels:
            try:
                await state.level.voice.warm()
            except RingbackError as failure:
                self._failed(state, failure)
                failures.append(f"{state.name}: {failure.message}")
                cure = cure or failure.cure
            else:
                return
        raise Unavailable(f"No voice is ready. {' '.join(failures)}".strip(), cure=cure)

    async def speak(self, text: str, *, payer: Payer | None = None) -> AsyncGenerator[Sound, None]:
        """Give the sound of a phrase, sentence by sentence, each by the best voice that can."""
        self._need_one()
        script = Script(text)
        for sentence in script.sentences:
            async with contextlib.aclosing(self._speak_sentence(sentence, script, payer)) as sounds:
                async for sound in sounds:
                    yield sound

    async def close(self) -> None:
        """Close every voice."""
        for state in self._levels:
            await state.level.voice.close()

    async def _speak_sentence(
        self, sentence: str, script: Script, payer: Payer | None
    ) -> AsyncGenerator[Sound, None]:
        """Let each voice go on where the one before it broke off."""
        last: RingbackError | None = None
        rest, order = sentence.split(), self._order()
        for state in order:
            progress = _Progress(rest)
            speaking = self._speak_rest(state, progress, payer, is_last=state is order[-1])
            try:
                async with contextlib.aclosing(speaking) as sounds:
                    async for sound in sounds:
                        words = script.timed(sound.words) if sound.words else ()
                        yield Sound(sound.pcm, sound.rate_hz, words, state.name)
            except RingbackError as failure:
                self._failed(state, failure)
                last, said = failure, progress.words_said(state.letter_ms)
            else:
                self._succeeded(state, progress)
                last, said = None, len(rest)
            script.pass_words(said - progress.timed)
            rest = rest[said:]
            if last is None or not rest:
                return
        raise Unavailable("No voice answers.") from last

    async def _speak_rest(
        self, state: _State, progress: _Progress, payer: Payer | None, *, is_last: bool
    ) -> AsyncGenerator[Sound, None]:
        """Let one voice speak, within our patience, paid for when it costs anything."""
        text, fare = " ".join(progress.words), state.level.fare
        receipt = await fare.pay(text, payer) if fare else ""
        try:
            async with contextlib.aclosing(state.level.voice.speak(text)) as sounds:
                while (sound := await self._next(sounds, state, progress, is_last)) is not None:
                    self._speaks = state
                    begins_at = max(progress.silent_at, self._clock.monotonic())
                    progress.silent_at = begins_at + sound.duration_ms / 1000
                    yield sound
                    progress.timed += len(sound.words)
                    progress.sound_ms += sound.duration_ms
            if not progress.sound_ms:
                raise Unavailable("It gave no sound.")
        except RingbackError:
            if fare and not progress.sound_ms:
                await unbroken(fare.refund(receipt))
            raise

    async def _next(
        self,
        sounds: AsyncGenerator[Sound, None],
        state: _State,
        progress: _Progress,
        is_last: bool,
    ) -> Sound | None:
        patience = self._patience
        if is_last:
            wait_s = patience.last_s
        elif progress.sound_ms:
            # What it has given is still being heard: only then would there be silence.
            wait_s = max(patience.between_s, progress.silent_at - self._clock.monotonic())
        else:
            wait_s = patience.after_failure_s if state.failures else patience.first_sound_s
        try:
            async with asyncio.timeout(wait_s):
                return await anext(sounds, None)
        except TimeoutError as silence:
            raise Unavailable("It is too slow.") from silence

    def _need_one(self) -> None:
        if not self._levels:
            raise NotConfigured("There is no voice.", cure="pip install 'ringback[voice]'")

    def _order(self) -> list[_State]:
        """Rested voices come first; a resting one is still better than silence."""
        now = self._clock.monotonic()
        return sorted(self._levels, key=lambda state: state.rests_until > now)

    def _succeeded(self, state: _State, progress: _Progress) -> None:
        state.failures = 0
        measured = progress.sound_ms / max(1, progress.letters)
        state.letter_ms += PACE_SHARE * (measured - state.letter_ms)

    def _failed(self, state: _State, failure: RingbackError) -> None:
        self._on_failure(state.name, failure.message)
        if isinstance(failure, Refused):  # it can't say this one text: that is no illness
            return
        rest_s = min(REST_S_MAX, REST_S_MIN * 2 ** min(state.failures, 10))
        state.failures += 1
        state.failed_at = self._clock.monotonic()
        state.rests_until = state.failed_at + rest_s
