"""From an utterance to what somebody wants of us: words, a nod, a doubt to be cleared, a PIN."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from backend.conversation import wording
from backend.conversation.carriers import KeyPressed
from backend.conversation.exchange.identifying import (
    NEEDLESS,
    NEVER_WRITTEN,
    Identifying,
    Outcome,
)
from backend.conversation.exchange.mouth import Mouth
from backend.conversation.exchange.scene import Scene
from backend.conversation.exchange.transcripts import Read, Transcripts
from backend.conversation.hearing import Expected, UtteranceEnded
from backend.conversation.reasoning import understand_next
from backend.conversation.turns.timeline import Span, Speculated
from backend.conversation.turns.types import Evidence

UNREAD_S = 3.0  # so long the ears may take to read what turns out to be a secret
UNCLEAR_MS_MIN = 1_000  # so much voice without a word deserves an answer
ALMOST_HEARD_WORDS = 3  # so near its end a question of ours may be answered
PUT_OFF_MAX = 64  # readings on a line that never takes a turn
DOUBTS_MAX = 2  # we ask back so often, then take what we understood

Heard = UtteranceEnded | KeyPressed | str


@dataclass(frozen=True, slots=True)
class Said:
    """Words that are a turn."""

    text: str
    evidence: Evidence = field(default_factory=Evidence)
    verdict_at: float = 0.0  # when they were taken for a whole turn, on the clock
    lead: str = ""  # to be said before the reply


@dataclass(frozen=True, slots=True)
class Aside:
    """Words of ours, to be said instead of a turn."""

    text: str


class Interpreter:
    """Understands one line; what it returns is to be answered, to be said, or nothing at all."""

    def __init__(
        self, scene: Scene, *, mouth: Mouth, transcripts: Callable[[], Transcripts]
    ) -> None:
        stages = scene.stages
        self._scene, self._party, self._clock = scene, scene.party, stages.clock
        self._mouth, self._transcripts = mouth, transcripts
        self._turns = stages.turns
        self._is_telling = False  # a secret of theirs, aloud
        self._identifying = (
            Identifying(scene.party, pins=stages.pins, sessions=stages.sessions, clock=stages.clock)
            if stages.pins
            else None
        )
        self._has_declined = False  # to prove who they are
        self._doubtful: Said | None = None  # what we have asked back for
        self._doubts = 0
        self._put_offs: deque[Speculated] = deque(maxlen=PUT_OFF_MAX)

    @property
    def is_private(self) -> bool:
        """Say whether what is said now is a secret: nobody is told of it."""
        return self._identifying is not None and self._identifying.is_asking

    def is_secret(self, text: str) -> bool:
        """Say whether nobody may be told of these words: they are a PIN, or may hold one."""
        identifying = self._identifying
        if identifying is None:
            return False
        if self.is_private or identifying.is_given(text):
            return True
        return identifying.is_offered(text) and not self._has_asked_for_another()

    def may_be_secret(self, text: str) -> bool:
        """Say the same of words that somebody is in the middle of: they may yet become a PIN."""
        identifying = self._identifying
        if identifying is None or self.is_secret(text):
            return identifying is not None
        return identifying.may_be_offered(text) and not self._has_asked_for_another()

    async def understand(self, heard: Heard) -> Said | Aside | None:
        """Return what to do about something heard; raises when the ears fail."""
        match heard:
            case str():
                answer = await self._read(heard)
            case KeyPressed(digit=digit):
                answer = await self._key(digit)
            case UtteranceEnded():
                try:
                    answer = await self._listen(heard)
                finally:
                    if self._scene.privacy is not None:
                        self._scene.privacy.let_go()
        self.keep_private()
        return answer

    def tell_secret(self, *, is_telling: bool) -> None:
        """Note that a secret is said aloud from now on, or no longer."""
        self._is_telling = is_telling
        self.keep_private()

    def expect(self) -> None:
        """Tell the ears what our last words have asked for: who answers that may be short."""
        wanted, digits = Expected.ANYTHING, 0
        reply = self._mouth.reply
        if self.is_private:
            wanted, digits = Expected.DIGITS, self._party.pin_digits
        elif reply is not None and len(reply.unheard_text().split()) <= ALMOST_HEARD_WORDS:
            if wording.asks_for_digits(reply.text):
                wanted = Expected.DIGITS
            elif wording.asks_yes_or_no(reply.text):
                wanted = Expected.SHORT_ANSWER
        self._scene.taker.expect(wanted, digits=digits)

    def is_nod(self, words: str) -> bool:
        """Say whether words over our own only show that somebody listens."""
        reply = self._mouth.reply
        if reply is None or reply.is_done or self._doubtful is not None or self.is_private:
            return False
        is_answer = (
            reply.text.rstrip().endswith("?")
            and len(reply.unheard_text().split()) <= ALMOST_HEARD_WORDS
        )
        return wording.is_nod(words) and not is_answer

    def wants_guess(self, read: Read) -> bool:
        """Say whether a pause's words are worth thinking about before it is the end."""
        text, is_unsure = read.transcript.text.strip(), read.transcript.is_unsure
        is_plain = bool(text) and not is_unsure and self._doubtful is None
        return is_plain and not (self.may_be_secret(text) or self.is_nod(text) or self._asks(text))

    # ── what is typed ────────────────────────────────────────────────────────────────────────
    async def _read(self, text: str) -> Said | Aside | None:
        identifying = self._identifying
        if identifying is not None and not self.is_private and self.is_secret(text):
            return await self._prove(text) if identifying.is_possible else Aside(NEVER_WRITTEN)
        said = Said(text, verdict_at=self._clock.monotonic())
        return await self._understand(said, is_unsure=False)

    # ── utterances ───────────────────────────────────────────────────────────────────────────
    async def _listen(self, ended: UtteranceEnded) -> Said | Aside | None:
        verdict_at = self._clock.monotonic()
        read = await self._transcripts().read(ended.utterance)
        text = read.transcript.text.strip()
        if self._identifying is not None:
            self._identifying.let_go(text)
        if self.is_secret(text):
            self._blank(ended)
            self._put_off(read)
            return await self._guard(text) if text else None
        if text and self._scene.privacy is not None and self._turns.has_secret(text):
            self._scene.privacy.silence(ended.utterance.started_ms, ended.utterance.ended_ms)
        if text and not self.is_nod(text):
            said = Said(text, self._evidence(ended, read, verdict_at), verdict_at)
            answer = await self._understand(said, is_unsure=read.transcript.is_unsure)
            if not isinstance(answer, Said) or answer.evidence is not said.evidence:
                self._put_off(read, said.evidence.speculated)
            return answer
        self._put_off(read)
        voice_ms = ended.utterance.ended_ms - ended.utterance.started_ms
        if not text and not self._mouth.is_speaking and voice_ms >= UNCLEAR_MS_MIN:
            return Aside(wording.NOT_UNDERSTOOD)
        return None  # a cough or an "mm-hm"

    def _evidence(self, ended: UtteranceEnded, read: Read, verdict_at: float) -> Evidence:
        return Evidence(
            spans={
                "transcribe_audio": read.span,
                "end_of_turn": (verdict_at - ended.silence_ms / 1000, verdict_at),
            },
            engines={"hearing": read.transcript.engine, "speaking": self._mouth.voice.name},
            why=ended.why,
            silence_ms=ended.silence_ms,
            voice_began_ms=ended.utterance.started_ms,
            voice_ended_ms=ended.utterance.ended_ms,
            confidence=round(read.transcript.confidence, 3),
            speculated=self._take_speculated(),
            read_as=read.paid_as,
        )

    def _take_speculated(self) -> tuple[Speculated, ...]:
        """Return the readings that came to nothing since the last turn."""
        dropped = [_dropped(each.span, each.paid_as) for each in self._transcripts().take_dropped()]
        put_off, self._put_offs = tuple(self._put_offs), deque(maxlen=PUT_OFF_MAX)
        return (*put_off, *dropped)

    def _put_off(self, read: Read, speculated: tuple[Speculated, ...] = ()) -> None:
        """Keep what a reading took that became no turn: the next turn pays for it."""
        self._put_offs.extend((*speculated, _dropped(read.span, read.paid_as)))

    async def _understand(self, said: Said, *, is_unsure: bool) -> Said | Aside | None:
        doubtful, self._doubtful = self._doubtful, None
        if self.is_private:
            return await self._prove(said.text)
        consenting = self._scene.consenting
        if consenting is not None and consenting.is_asking:
            answer = await consenting.words(said.text)
            if answer is not None:
                return Aside(answer)
        if doubtful is not None and wording.is_yes(said.text):
            said = replace(said, text=doubtful.text)
        elif doubtful is not None and wording.is_no(said.text):
            return Aside(wording.SAY_AGAIN)
        elif is_unsure and self._doubts < DOUBTS_MAX and not self._turns.has_secret(said.text):
            self._doubts += 1
            self._doubtful = said
            return Aside(wording.did_you_say(said.text))
        self._doubts = 0
        if self._identifying is not None and self._asks(said.text):
            return Aside(self._identifying.ask(said.text))
        return said

    # ── who they are ─────────────────────────────────────────────────────────────────────────
    def _asks(self, text: str) -> bool:
        """Say whether an answer needs a proof of who they are that they could give."""
        identifying = self._identifying
        if identifying is None or not identifying.is_possible or self._has_declined:
            return False
        return understand_next(text, self._party.background.history).needs_recall

    def _has_asked_for_another(self) -> bool:
        """Say whether our last question was for a number that is no PIN: then it is an answer."""
        reply = self._mouth.reply
        return (
            reply is not None
            and wording.asks_for_digits(reply.text)
            and not wording.asks_for_secret(reply.text)
        )

    async def _key(self, digit: str) -> Said | Aside | None:
        if self._identifying is None:
            return None
        return self._follow(await self._identifying.key(digit))

    async def _guard(self, text: str) -> Said | Aside | None:
        """Take words that must be no turn and in no transcript."""
        assert self._identifying is not None  # is_secret
        if not self.is_private and self._identifying.is_given(text):
            return None  # said while it was keyed in, or once more
        if self.is_private or self._identifying.is_possible:
            return await self._prove(text)
        return Aside(NEEDLESS)

    async def _prove(self, text: str) -> Said | Aside | None:
        assert self._identifying is not None  # is_private
        return self._follow(await self._identifying.words(text))

    def _follow(self, outcome: Outcome | None) -> Said | Aside | None:
        if outcome is None:
            return None
        if outcome.is_over and not outcome.is_verified:
            self._has_declined = True  # they are not asked twice
        if outcome.held:
            return Said(outcome.held, verdict_at=self._clock.monotonic(), lead=outcome.say)
        return Aside(outcome.say)

    def _blank(self, ended: UtteranceEnded) -> None:
        """What turned out to be a secret was recorded like anything else until now."""
        if self._scene.privacy is not None:
            spoken_ms = ended.utterance.ended_ms - ended.utterance.started_ms
            self._scene.privacy.blank((spoken_ms + ended.silence_ms) / 1000 + UNREAD_S)

    def keep_private(self) -> None:
        """What is said from now on is recorded, or it is not; a PIN is not awaited for ever."""
        privacy = self._scene.privacy
        if privacy is None:
            return
        if self.is_private or self._is_telling:
            privacy.pause()
        elif not self._scene.taker.hears_voice:  # whoever still speaks may be saying the PIN
            privacy.resume()


def _dropped(span: Span, paid_as: str) -> Speculated:
    begin, end = span
    return Speculated("transcript", round((end - begin) * 1000, 1), "dropped", paid_as)
