"""How it talks: ears, voice, mind, and the one conductor that joins them."""

from collections.abc import Mapping, Sequence
from functools import cached_property

from backend.compose.engines import engine
from backend.compose.thinking import Thinking
from backend.conversation.conductor import Conductor
from backend.conversation.exchange import Limits, Stages
from backend.conversation.gathering import Gathering
from backend.conversation.hearing import Detector, Hub, Transcriber
from backend.conversation.hearing.absent import AbsentEars
from backend.conversation.keeping import TurnKeeper
from backend.conversation.notebook import Notebook
from backend.conversation.recording import Recorder
from backend.conversation.repertoire import Repertoire
from backend.conversation.routes import PhoneParts
from backend.conversation.sessions import Sessions
from backend.conversation.speaking import Voice, VoiceLevels
from backend.conversation.switchboard import PhoneRules, Switchboard
from backend.conversation.texts import Texts
from backend.conversation.tuning import VoiceTuning
from backend.conversation.turns import Turns
from backend.conversation.webhooks import Webhooks
from backend.delivery import Consent
from backend.kernel.errors import NotConfigured
from backend.platform.telemetry.logs import get_logger

SPEAKERS = ("piper", "espeak")

_log = get_logger("compose")


class Conversation(Thinking):
    """The path of a call, and the texts beside it."""

    # ── hearing ──────────────────────────────────────────────────────────────────────────────
    @cached_property
    def detector(self) -> Detector:
        """Is it a voice."""
        try:
            detector: Detector = engine("hearing.silero")(folder=self.settings.models.folder)
        except NotConfigured as missing:
            return AbsentEars(missing)
        return detector

    @cached_property
    def activity(self) -> Hub:
        """One hub for the voices of all lines."""
        return Hub(self.detector)

    @cached_property
    def transcriber(self) -> Transcriber:
        """Speech to text."""
        if self.settings.dummy_engines:
            dummy: Transcriber = engine("hearing.dummy")()
            return dummy
        voice = self.settings.voice
        try:
            whisper: Transcriber = engine("hearing.whisper")(
                self.weights,
                self.compute,
                model=f"whisper-{voice.whisper_model}",
                language=voice.language,
                threads=voice.threads,
                at_once=voice.hearings_max,
            )
        except NotConfigured as missing:
            return AbsentEars(missing)
        return whisper

    @property
    def _can_hear(self) -> bool:
        return not any(isinstance(part, AbsentEars) for part in (self.detector, self.transcriber))

    # ── speaking ─────────────────────────────────────────────────────────────────────────────
    @cached_property
    def voice(self) -> Voice:
        """Text to speech, by levels."""
        if self.settings.dummy_engines:
            dummy: Voice = engine("speaking.dummy")()
            return dummy
        return self._levels(self.settings.voice.speakers)

    def _levels(self, speakers: Sequence[str]) -> Voice:
        return VoiceLevels(
            [self._speakers[name] for name in speakers],
            clock=self.clock,
            on_failure=lambda voice, reason: _log.warning(
                "voice_failed", voice=voice, reason=reason
            ),
        )

    @cached_property
    def _speakers(self) -> Mapping[str, Voice]:
        """Every speaker that the settings name, once: each may be a process of its own."""
        unknown = [name for name in self.settings.voice.speakers if name not in SPEAKERS]
        if unknown:
            raise NotConfigured(
                f"There is no voice named {unknown[0]}.",
                cure=f"RINGBACK_VOICE__SPEAKERS={','.join(SPEAKERS)}",
            )
        return {name: self._speaker(name) for name in self.settings.voice.speakers}

    def _speaker(self, name: str) -> Voice:
        make = engine(f"speaking.{name}")
        speaker: Voice = (
            make(self.weights, voice=f"piper-{self.settings.voice.piper_voice}")
            if name == "piper"
            else make()
        )
        return speaker

    @cached_property
    def repertoire(self) -> Repertoire:
        """The usual voice, with the phrases that it knows by heart."""
        return Repertoire(self.voice)

    @cached_property
    def repertoires(self) -> Mapping[str, Repertoire]:
        """The voices that somebody may prefer: the others stand behind the preferred one."""
        speakers = [] if self.settings.dummy_engines else self.settings.voice.speakers
        return {
            name: Repertoire(self._levels([name, *(other for other in speakers if other != name)]))
            for name in speakers[1:]  # the first is the usual one
        }

    # ── a turn ───────────────────────────────────────────────────────────────────────────────
    @cached_property
    def notebook(self) -> Notebook:
        """Notes, as a conversation takes them."""
        return Notebook(documents=self.documents, ids=self.ids)

    @cached_property
    def turns(self) -> Turns:
        """The one way a turn happens."""
        return Turns(
            database=self.database,
            gathering=Gathering(
                memory=self.memory,
                notebook=self.notebook,
                trust=self.trust,
                clock=self.clock,
                ids=self.ids,
                recalled=self.settings.memory.recalled,
            ),
            mind=self.mind,
            keeper=TurnKeeper(
                memory=self.memory, notebook=self.notebook, events=self.events, clock=self.clock
            ),
            compute=self.compute,
            metrics=self.metrics,
        )

    # ── the lines ────────────────────────────────────────────────────────────────────────────
    @cached_property
    def sessions(self) -> Sessions:
        """The rows of exchanges."""
        return Sessions(database=self.database, ids=self.ids, events=self.events)

    @cached_property
    def conductor(self) -> Conductor:
        """Holds every exchange."""
        limits = self.settings.limits
        stages = Stages(
            activity=self.activity,
            transcriber=self.transcriber,
            turns=self.turns,
            sessions=self.sessions,
            voice=self.repertoire,
            voices=self.repertoires,
            clock=self.clock,
            tuning=VoiceTuning(),
            limits=Limits(session_s=limits.session_minutes * 60, silence_s=limits.silence_seconds),
            can_hear=self._can_hear,
        )
        return Conductor(stages, recorder=self._recorder(), metrics=self.metrics)

    def _recorder(self) -> Recorder | None:
        if not self.settings.recording.enabled:
            return None
        return Recorder(
            objects=self.objects, keys=self.keys, compute=self.compute, clock=self.clock
        )

    @cached_property
    def phone(self) -> PhoneParts:
        """The telephone's doors."""
        webhooks = Webhooks(database=self.database)
        return PhoneParts(
            switchboard=Switchboard(
                database=self.database,
                identity=self.identity,
                sessions=self.sessions,
                webhooks=webhooks,
                conductor=self.conductor,
                rules=PhoneRules(
                    calls_max=self.settings.limits.calls_max,
                    token_s=self.settings.phone.token_seconds,
                    can_hear=self._can_hear,
                    trusts_everybody=self.settings.dummy_engines,
                ),
            ),
            texts=Texts(
                database=self.database,
                identity=self.identity,
                sessions=self.sessions,
                turns=self.turns,
                webhooks=webhooks,
                consent=Consent(),
            ),
            conductor=self.conductor,
            guard=self.guard,
            settings=self.settings,
            keys=self.keys,
            clock=self.clock,
        )
