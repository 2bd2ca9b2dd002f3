"""One exchange on one line, from the greeting to its end: who speaks, who listens, and when."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field

from backend.conversation import wording
from backend.conversation.carriers import HungUp, KeyPressed, Line, MarkHeard, TypedText
from backend.conversation.hearing import (
    Transcriber,
    TurnTaker,
    UtteranceEnded,
    UtteranceGrew,
    UtterancePaused,
    UtteranceResumed,
    VoiceActivity,
    VoiceFaded,
)
from backend.conversation.repertoire import Repertoire
from backend.conversation.reply import Reply
from backend.conversation.sessions import Party, Sessions
from backend.conversation.speaking import Player
from backend.conversation.transcripts import Read, Transcripts
from backend.conversation.tuning import VoiceTuning
from backend.conversation.turns import Turns
from backend.conversation.types import HeardTurn, TurnRecord
from backend.kernel.audio import FRAME_BYTES, FRAME_MS, Frame
from backend.kernel.clock import Clock
from backend.kernel.errors import RingbackError, Unavailable
from backend.kernel.events import Heard, LineClosed, TurnEnded, VoiceStarted
from backend.kernel.ids import TurnId
from backend.kernel.speech import Utterance
from backend.platform.telemetry.logs import get_logger

_log = get_logger("conversation")

WAITING_MAX = 8  # things said that wait for their turn; more is refused
TURN_S_MAX = 45.0  # transcript to the last word of the text
PARTING_S_MAX = 20.0  # a turn that runs when the caller hangs up may take so long to be kept
WATCH_S = 0.5
UNCLEAR_MS_MIN = 1_000  # so much voice without a word deserves an answer
SILENT_FRAME = bytes(FRAME_BYTES)


@dataclass(frozen=True, slots=True)
class Limits:
    """How long an exchange may last."""

    session_s: float = 7_200.0
    silence_s: float = 60.0


@dataclass(frozen=True, slots=True)
class Stages:
    """The shared parts that every exchange is made of."""

    activity: VoiceActivity
    transcriber: Transcriber
    turns: Turns
    sessions: Sessions
    voice: Repertoire
    clock: Clock
    tuning: VoiceTuning
    limits: Limits
    voices: Mapping[str, Repertoire] = field(default_factory=dict)  # besides the usual one
    can_hear: bool = True

    def voice_of(self, name: str) -> Repertoire:
        """Return the voice that somebody likes to hear; the usual one when it is not here."""
        return self.voices.get(name, self.voice)


class Exchange:
    """Runs one line. Three tasks for its life, one for each turn, none for a frame."""

    def __init__(self, line: Line, party: Party, stages: Stages) -> None:
        self._line, self._party, self._stages = line, party, stages
        self._clock = stages.clock
        self._player = Player(line, stages.clock, tuning=stages.tuning)
        self._taker = TurnTaker(stages.tuning)
        self._voice = stages.voice_of(party.voice)
        self._heard: asyncio.Queue[Utterance | str | None] = asyncio.Queue(WAITING_MAX)
        self._reply: Reply | None = None
        self._turn: asyncio.Task[None] | None = None
        self._group = asyncio.TaskGroup()
        self._transcripts = Transcripts(
            stages.transcriber,
            clock=stages.clock,
            group=self._group,
            hints=party.hints,
            on_words=self._weigh,
            on_partial=self._follow,
        )
        self._began = self._quiet_since = self._clock.monotonic()
        self._has_asked = False  # whether they are still there
        self._is_gone = False  # the other end
        self._is_finished = False

    async def run(self, greeting: str) -> None:
        """Hold the whole exchange; it is closed when this returns."""
        async with self._group as group:
            lasting = [group.create_task(self._player.run()), group.create_task(self._watch())]
            talking = group.create_task(self._talk(greeting))
            reason = await self._listen()
            await self._part(talking)
            for task in lasting:
                task.cancel()
        await self.finish(reason)

    async def finish(self, by: str) -> None:
        """Close the exchange, unless it is closed; whoever was first ended it."""
        if self._is_finished:
            return
        self._is_finished = True
        try:
            await self._stages.sessions.end(self._party, by=by)
        except RingbackError:
            _log.warning("exchange_not_closed", conversation_id=self._party.conversation_id)
        await self._line.tell(LineClosed(by))

    async def _part(self, talking: asyncio.Task[None]) -> None:
        """The line is gone: what was said before it went is still understood and kept."""
        self._is_gone = True
        if self._reply is not None:
            await self._reply.hush()
        try:
            async with asyncio.timeout(PARTING_S_MAX):
                await self._heard.put(None)
                await asyncio.wait({talking})
                if self._turn is not None:
                    await asyncio.wait({self._turn})
        except TimeoutError:
            _log.warning("parting_too_long", conversation_id=self._party.conversation_id)
        talking.cancel()
        self._transcripts.close()
        if self._turn is not None:
            self._turn.cancel()  # it is kept as far as it came

    # ── listening: the socket's loop ─────────────────────────────────────────────────────────
    async def _listen(self) -> str:
        """Follow the line to its end; return why it ended."""
        ear = self._stages.activity.open()
        try:
            async for event in self._line.events():
                match event:
                    case Frame():
                        await self._hear(event, await ear.listen(event))
                    case MarkHeard(name=name):
                        self._player.mark_heard(name)
                    case TypedText(text=text):
                        self._has_asked = False
                        self._queue(text)
                    case KeyPressed():
                        pass  # the PIN will be read here; a key is never written down
                    case HungUp(reason=reason):
                        await self._hear_the_last()
                        return reason
            return "lost"
        finally:
            ear.close()

    async def _hear(self, frame: Frame, probability: float) -> None:
        match self._taker.push(frame, probability):
            case VoiceStarted() as started:
                # First form of barge-in: silence at once. Whether it is a cough is known when the
                # words are; the second stage, after some 100 ms of voice, will decide here.
                self._has_asked = False
                if self._reply is not None:
                    await self._reply.hold()
                await self._line.tell(started)
            case VoiceFaded():
                self._resume()
            case UtterancePaused(utterance=utterance):
                self._transcripts.paused(utterance)
            case UtteranceGrew(utterance=utterance):
                self._transcripts.grew(utterance)
            case UtteranceResumed():
                self._transcripts.drop()
            case UtteranceEnded(utterance=utterance):
                self._queue(utterance)

    def _weigh(self, read: Read) -> None:
        """The words of a pause are known: they say whether it is the end."""
        self._taker.read(read.utterance, read.transcript.text)

    def _follow(self, text: str, is_stable: bool) -> None:
        """Somebody is in the middle of these words."""

    async def _hear_the_last(self) -> None:
        """End the utterance in which the line went away: the last words count as well."""
        at_ms = 0
        while self._taker.hears_voice:
            await self._hear(Frame(SILENT_FRAME, at_ms), 0.0)
            at_ms += FRAME_MS

    def _queue(self, heard: Utterance | str) -> None:
        if self._heard.full():
            self._resume()  # refused: whoever speaks so far ahead gets their answers first
            return
        self._heard.put_nowait(heard)

    def _resume(self) -> None:
        if self._reply is not None:
            self._reply.resume()

    # ── talking: one turn after the other ────────────────────────────────────────────────────
    async def _talk(self, greeting: str) -> None:
        self._say(greeting)
        if self._line.is_spoken:
            await self._stages.turns.prepare(self._party)
        while (heard := await self._heard.get()) is not None:
            turn_id = self._stages.turns.new_id()
            turn = await self._words(turn_id, heard)
            if turn is None:
                continue
            await self._end_turn()
            await self._line.tell(Heard(turn_id, turn.text))
            reply = self._new_reply(turn_id)
            if self._is_gone:
                await reply.hush()
            self._turn = self._group.create_task(self._take(turn, reply))
            if self._is_gone:
                await asyncio.wait({self._turn})

    async def _words(self, turn_id: TurnId, heard: Utterance | str) -> HeardTurn | None:
        """Return what was said, or None when it was no words."""
        if isinstance(heard, str):
            return HeardTurn(turn_id, heard)
        try:
            read = await self._transcripts.read(heard)
        except RingbackError as error:
            await self._end_turn()
            self._say(error.spoken)
            return None
        words = read.transcript.text.strip()
        is_nod = self._is_speaking() and wording.is_nod(words)
        if words and not is_nod:
            return HeardTurn(turn_id, words, {"transcribe_audio": read.span})
        if self._is_speaking():
            self._resume()  # a cough or an "mm-hm": go on from the last word heard
        elif heard.ended_ms - heard.started_ms >= UNCLEAR_MS_MIN:
            self._say(wording.NOT_UNDERSTOOD)
        return None

    async def _take(self, heard: HeardTurn, reply: Reply) -> None:
        """Take a turn and speak its reply; both end when the caller interrupts."""
        speaking = self._group.create_task(self._speak(reply))
        record: TurnRecord | None = None
        try:
            async with asyncio.timeout(TURN_S_MAX):
                record = await self._stages.turns.take(self._party, heard, reply.give)
        except TimeoutError:
            await self._apologise(reply, Unavailable())
        except RingbackError as error:
            await self._apologise(reply, error)
        finally:
            reply.close()
        if record is not None:
            await self._line.tell(_ended(record))
        await asyncio.wait({speaking})
        if record is not None and record.is_farewell and not reply.is_hushed:
            await self._hang_up("goodbye")

    async def _apologise(self, reply: Reply, error: RingbackError) -> None:
        if not reply.is_hushed:
            await reply.give(f" {error.spoken}")

    async def _end_turn(self) -> None:
        """Drop the reply that was interrupted; its turn is kept as far as it came."""
        if self._reply is not None:
            await self._reply.hush()
        turn, self._turn = self._turn, None
        if turn is not None:
            if not self._is_gone:
                turn.cancel()
            await asyncio.wait({turn})
        if self._reply is not None and self._reply.is_hushed:
            self._party.cut_last(self._reply.text, heard=self._reply.heard_text())

    # ── speaking ─────────────────────────────────────────────────────────────────────────────
    def _new_reply(self, turn_id: TurnId) -> Reply:
        self._reply = Reply(
            turn_id, self._line, player=self._player, voice=self._voice, clock=self._clock
        )
        return self._reply

    def _say(self, text: str) -> asyncio.Task[None] | None:
        """Say something that answers nothing; it may be interrupted like any reply."""
        if self._is_gone:
            return None
        reply = self._new_reply(self._stages.turns.new_id())
        reply.add(text)
        reply.close()
        return self._group.create_task(self._speak(reply))

    async def _speak(self, reply: Reply) -> None:
        try:
            await reply.run()
        except RingbackError:
            # No level of voice is left. A telephone must not stay silent: its carrier will say
            # sorry in its own voice. Whoever sees captions reads on.
            if self._line.carrier == "phone":
                await self._hang_up("broken")

    def _is_speaking(self) -> bool:
        return self._reply is not None and not self._reply.is_done

    # ── the end ──────────────────────────────────────────────────────────────────────────────
    async def _hang_up(self, by: str) -> None:
        """End the line from our side: first it is written down, then everybody sees it."""
        if not self._is_gone:
            await self.finish(by)
            await self._line.hang_up()

    async def _watch(self) -> None:
        """End an exchange that lasts too long, or in which nobody speaks any more."""
        limits = self._stages.limits
        while True:
            await self._clock.sleep(WATCH_S)
            now = self._clock.monotonic()
            if self._is_speaking() or self._taker.hears_voice:
                self._quiet_since = now
            if now - self._began > limits.session_s:
                await self._say_goodbye(wording.FAREWELL_LIMIT, "limit")
            elif self._line.is_spoken and now - self._quiet_since > limits.silence_s / 2:
                await self._break_silence()

    async def _break_silence(self) -> None:
        """Ask once whether somebody is there; the second time say goodbye."""
        if self._has_asked:
            await self._say_goodbye(wording.FAREWELL_SILENCE, "silence")
        else:
            self._has_asked = True
            self._say(wording.STILL_THERE)

    async def _say_goodbye(self, text: str, by: str) -> None:
        await self._end_turn()
        goodbye = self._say(text)
        if goodbye is not None:
            await asyncio.wait({goodbye})
        if by == "limit" or self._has_asked:  # a voice meanwhile takes the question back
            await self._hang_up(by)


def _ended(record: TurnRecord) -> TurnEnded:
    return TurnEnded(
        turn_id=record.turn_id,
        heard=record.heard,
        said=record.said,
        sources=record.sources,
        timeline=dict(record.timeline),
    )
