"""One turn after the other on one line: what was said is answered, and the answer is spoken."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass, replace

from backend.conversation import wording
from backend.conversation.exchange.interpreting import Aside, Heard, Interpreter, Said
from backend.conversation.exchange.mouth import Mouth
from backend.conversation.exchange.reply import Reply
from backend.conversation.exchange.scene import Scene
from backend.conversation.exchange.speculation import Speculation
from backend.conversation.exchange.transcripts import Read, Transcripts, Whose
from backend.conversation.sessions import Background
from backend.conversation.turns.attempts import Attempt
from backend.conversation.turns.types import Delivered, HeardTurn, Hushed, TurnRecord
from backend.kernel import events
from backend.kernel.errors import RingbackError
from backend.kernel.events import PartialHeard, TurnClosed, TurnEnded
from backend.llm import Payer
from backend.platform.tasks import unbroken, within
from backend.platform.telemetry.logs import get_logger

_log = get_logger("conversation")

WAITING_MAX = 32  # things said and keys that wait for their turn; more is refused
TURN_S_MAX = 45.0  # from the words to the last word of the reply's text
CLOSE_S_MAX = 10.0
NOISE_S = 2.0  # so long a sound in which the ears find no word is nobody who wants to speak
BLIND_NOISE_S = 8.0  # the same, where the ears take no glance at what is being said
FAREWELL_S = 2.5  # after a goodbye of ours that nobody asked for, they may still say something


@dataclass(slots=True)
class Turn:
    """A turn that is under way."""

    attempt: Attempt
    reply: Reply
    said: Said
    resumed_line: int = 0
    is_cut_by_end: bool = False  # the line went while it was spoken
    is_settled: bool = False  # what they know of the reply is known


class Talking:
    """Takes what was heard, in order. `run` it for as long as the line lives."""

    def __init__(self, scene: Scene) -> None:
        stages = scene.stages
        self._scene, self._stages, self._clock = scene, stages, stages.clock
        self._line, self._party, self._group = scene.line, scene.party, scene.group
        self._heard: asyncio.Queue[Heard | None] = asyncio.Queue(WAITING_MAX)
        self._turn: Turn | None = None
        self._task: asyncio.Task[None] | None = None  # of the turn that was last begun
        self._caption: asyncio.Task[None] | None = None
        self._is_gone = False  # the other end
        self.is_away = False  # the line: it may come back
        self._has_words: bool | None = None  # the voice that is heard; None: nobody knows yet
        self.patient_until = 0.0  # they asked us to hold on
        self.mouth = Mouth(scene, may_speak=self._may_speak)
        self.transcripts = Transcripts(
            stages.transcriber,
            clock=stages.clock,
            group=scene.group,
            whose=Whose(scene.party.hints, self._payer),
            on_words=self._weigh,
            on_partial=self._follow,
        )
        self.interpreter = Interpreter(
            scene, mouth=self.mouth, transcripts=lambda: self.transcripts
        )
        self._speculation = Speculation(scene)

    @property
    def is_busy(self) -> bool:
        """Say whether something is being said, thought, or waits to be understood."""
        return self.mouth.is_speaking or not self._heard.empty()

    async def run(self, greeting: str) -> None:
        """Greet, then take turn after turn until nothing more can come."""
        self.mouth.say(greeting)
        if self._line.is_spoken:
            await self._stages.turns.prepare(self._party)
        while (heard := await self._heard.get()) is not None:
            try:
                wanted = await self.interpreter.understand(heard)
            except RingbackError as error:
                wanted = Aside(error.spoken)
            await self._do(wanted)

    async def part(self) -> None:
        """The line is gone: what was said before it went is still understood and kept."""
        self._is_gone = True
        if self._turn is not None:  # held for another reason than the line, it was their voice
            self._turn.is_cut_by_end = self.is_away or not self.mouth.is_held
        await self.mouth.close()
        if self._turn is not None:
            self._turn.attempt.stop()
        await self._heard.put(None)

    async def parted(self) -> None:
        """Wait until the last turn is kept."""
        if self._task is not None:
            await asyncio.wait({self._task})

    def close(self) -> None:
        """Let go of everything that was begun for nothing."""
        self._speculation.drop()
        self.transcripts.close()

    # ── the caller speaks ────────────────────────────────────────────────────────────────────
    def take(self, heard: Heard) -> bool:
        """Queue what was heard; say whether there was room."""
        if self._heard.full():
            return False  # refused: whoever speaks so far ahead gets their answers first
        self._heard.put_nowait(heard)
        return True

    async def hold(self) -> None:
        """Somebody begins to speak: silence at once. Whether it is a cough the words will say."""
        self._has_words = None
        self.interpreter.expect()
        await self.mouth.hold()

    async def went_on(self) -> None:
        """They go on after a pause: what was made of it is worth nothing."""
        self.transcripts.drop()
        self._speculation.drop()
        await self.mouth.hold()  # it may have been taken for a cough

    async def go_on_over_noise(self) -> None:
        """Wait for words, not for a noise to end: a drill may go on for as long as it likes."""
        reply = self.mouth.reply
        if reply is None or self.is_away or self._has_words or not self._scene.taker.hears_voice:
            return
        if reply.held_s > (BLIND_NOISE_S if self._has_words is None else NOISE_S):
            await self.mouth.resume(is_sure=True)

    async def line_came_back(self) -> None:
        """Go on in the same turn, where the ear was cut off."""
        self.is_away = False
        if await self.mouth.resume() and self._turn is not None:
            self._turn.resumed_line += 1

    def _payer(self) -> Payer:
        return Payer(self._party.actor.owner_id, self._stages.turns.new_id())

    def _may_speak(self) -> bool:
        return not (self.is_away or self._scene.taker.hears_voice or not self._heard.empty())

    def _weigh(self, read: Read) -> None:
        """The words of a pause are known: they say whether it is the end, and what may follow."""
        heard = read.transcript
        text = heard.text.strip()
        self._has_words = bool(text)
        self._scene.taker.read(
            read.utterance, text, confidence=heard.confidence, ending=heard.ending
        )
        if self.mouth.is_held and not self.is_away and (not text or self.interpreter.is_nod(text)):
            self._group.create_task(self._go_on())
        elif self.interpreter.wants_guess(read):
            background = self._background()
            if background is not None:
                self._speculation.begin(text, background)

    async def _go_on(self) -> None:
        if self._scene.taker.hears_voice:  # in a pause still: if they go on, we fall silent again
            await self.mouth.resume(is_sure=True)

    def _follow(self, text: str, is_stable: bool) -> None:
        """Somebody is in the middle of these words, or of none."""
        self._has_words = self._has_words or bool(text)
        if not text:
            return
        if not self.mouth.is_held and not self.interpreter.is_nod(text):
            self._group.create_task(self.mouth.hold())  # we went on, and there are words after all
        is_telling = self._caption is not None and not self._caption.done()
        is_secret = self.interpreter.may_be_secret(text) or self._stages.turns.nears_secret(text)
        if not is_secret and (is_stable or not is_telling):
            self._caption = self._group.create_task(self._line.tell(PartialHeard(text, is_stable)))

    # ── a turn ───────────────────────────────────────────────────────────────────────────────
    async def _do(self, wanted: Said | Aside | None) -> None:
        match wanted:
            case None:
                await self.mouth.resume()  # a cough or an "mm-hm": go on from the last word heard
            case Aside(text=text):
                await self.end_turn()
                self.mouth.say(text)
            case Said():
                await self.end_turn()
                await self._begin(wanted)

    async def end_turn(self) -> None:
        """Drop the reply that was interrupted; its turn is kept as far as it came."""
        turn, self._turn = self._turn, None
        await self.mouth.hush()
        if turn is not None:
            turn.attempt.stop()
            await turn.attempt.settled()
            self._settle(turn)

    async def press(self, keys: str) -> None:
        """Press keys in place of what is being said; words that come meanwhile wait."""
        await self.end_turn()
        self._group.create_task(self.mouth.player.press(keys))

    async def _begin(self, said: Said) -> None:
        self.patient_until = 0.0
        background = self._party.background
        guess = self._speculation.take(said.text, background)
        attempt = guess.attempt if guess else self._attempt(said.text, background)
        notes = (*said.evidence.speculated, *self._speculation.take_notes())
        said = replace(said, evidence=replace(said.evidence, speculated=notes))
        await self._line.tell(events.Heard(attempt.turn_id, attempt.draft.heard.text))
        await self._line.tell(events.Thinking(attempt.turn_id))
        reply = self.mouth.begin(attempt.turn_id, first_words=guess.first_words if guess else None)
        reply.shown = attempt.shown
        if said.lead:
            reply.add(f"{said.lead} ")
        self._turn = Turn(attempt, reply, said)
        self._task = self._group.create_task(self._take(self._turn))
        if self._is_gone:
            attempt.stop()
            await self.parted()

    def _attempt(self, text: str, background: Background) -> Attempt:
        turns = self._stages.turns
        heard = HeardTurn(turns.new_id(), text, is_spoken=self._line.is_spoken)
        return turns.begin(self._party, heard, group=self._group, background=background)

    async def _take(self, turn: Turn) -> None:
        """Give a turn's reply, speak it to its end, and write down what was heard of it."""
        speaking = self._group.create_task(self.mouth.speak(turn.reply))
        try:
            await self._commit(turn)
            await asyncio.wait({speaking})
            self._settle(turn)
        finally:
            self.interpreter.tell_secret(is_telling=False)
            with suppress(TimeoutError):
                await unbroken(self._close(turn))
        if turn.attempt.record is not None:
            await self._line.tell(_closed(turn.attempt))
            await self._after(turn)

    async def _commit(self, turn: Turn) -> None:
        reply = turn.reply

        async def give(piece: str) -> None:
            if turn.attempt.draft.hidden[0]:
                self.interpreter.tell_secret(is_telling=True)
            await reply.give(piece)

        try:
            async with within(self._clock, TURN_S_MAX):
                await turn.attempt.commit(give, evidence=turn.said.evidence)
            clip = turn.attempt.draft.clip
            if clip is not None and not reply.is_hushed:
                reply.add_sound(clip)
        except TimeoutError:
            await self._apologise(reply, wording.TAKES_TOO_LONG)
        except RingbackError as error:
            await self._apologise(reply, error.spoken)
        finally:
            reply.close()
        if turn.attempt.record is not None:
            await self._line.tell(_ended(turn.attempt.record))

    async def _apologise(self, reply: Reply, words: str) -> None:
        with suppress(Hushed):
            await reply.give(f" {words}")

    async def _after(self, turn: Turn) -> None:
        """The reply is over: was it the last?"""
        record = turn.attempt.record
        if record is None or turn.reply.is_hushed:
            return
        if record.wants_patience:
            limits = self._stages.limits
            self.patient_until = self._clock.monotonic() + limits.patience_s
        if record.is_farewell:
            await self._scene.hang_up("goodbye")
        elif self._line.is_spoken and wording.is_farewell(turn.reply.text):
            await self._clock.sleep(FAREWELL_S)
            if self._turn is turn and self._may_speak():
                await self._scene.hang_up("goodbye")

    # ── what they know ───────────────────────────────────────────────────────────────────────
    def _background(self) -> Background | None:
        """Return what was said so far, as far as it was heard; None while that is not known."""
        turn = self._turn
        if turn is None or turn.is_settled:
            return self._party.background
        if turn.attempt.record is None:
            return None
        heard, unheard = turn.reply.shown_parts()
        return self._party.background_if(heard=heard, unheard=unheard)

    def _settle(self, turn: Turn) -> None:
        """Keep in mind only what was heard."""
        if turn.is_settled or turn.attempt.record is None:
            return
        turn.is_settled = True
        heard, unheard = turn.reply.shown_parts()
        unfinished = turn.attempt.draft.background.unfinished
        if unheard:
            self._party.cut_off(heard=heard, unheard=unheard)
        elif unfinished and unfinished in heard:
            self._party.told_all()  # they have heard it now

    async def _close(self, turn: Turn) -> None:
        """Write down what became of the reply; without it the turn reads as heard whole."""
        delivered = _delivered(turn)
        is_plain = not delivered.unheard and not delivered.spans
        if turn.attempt.record is None or is_plain:
            return
        try:
            async with asyncio.timeout(CLOSE_S_MAX):
                await self._stages.turns.close(turn.attempt, delivered)
        except RingbackError as error:
            _log.warning("reply_not_closed", turn_id=turn.attempt.turn_id, code=error.code)


def _delivered(turn: Turn) -> Delivered:
    delivery, (heard, unheard) = turn.reply.delivery, turn.reply.shown_parts()
    spans: dict[str, tuple[float, float]] = {}
    if delivery.began_at is not None:
        spans["first_sound"] = (turn.said.verdict_at, delivery.began_at)
        spans["speaking"] = (delivery.began_at, delivery.ended_at or delivery.began_at)
    return Delivered(
        heard=heard,
        unheard=unheard,
        spans=spans,
        cut_at=delivery.ended_at if unheard else None,
        speaker=delivery.speaker,
        held=tuple(delivery.held),
        has_filler=delivery.has_filler,
        resumed_line=turn.resumed_line,
        is_cut_by_end=turn.is_cut_by_end,
    )


def _ended(record: TurnRecord) -> TurnEnded:
    return TurnEnded(
        turn_id=record.turn_id,
        heard=record.heard,
        said=record.said,
        sources=record.sources,
        timeline=dict(record.timeline),
        spans=dict(record.spans),
        engines=dict(record.engines),
    )


def _closed(attempt: Attempt) -> TurnClosed:
    draft = attempt.draft
    return TurnClosed(
        turn_id=attempt.turn_id,
        spans=draft.timeline.rows(),
        details=draft.details.row(),
        cost_micros=draft.cost_micros,
    )
