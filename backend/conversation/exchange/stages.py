"""The shared parts that every exchange is made of."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from backend.conversation.exchange.identifying import PinChecks
from backend.conversation.exchange.repertoire import Repertoire
from backend.conversation.hearing import Transcriber, VoiceActivity
from backend.conversation.sessions import Sessions
from backend.conversation.tuning import VoiceTuning
from backend.conversation.turns.service import Turns
from backend.kernel.clock import Clock
from backend.platform.telemetry.metrics import Metrics


@dataclass(frozen=True, slots=True)
class Limits:
    """How long an exchange may last."""

    session_s: float = 7_200.0
    silence_s: float = 60.0
    patience_s: float = 180.0  # for whoever asked us to hold on
    goodbye_s: float = 12.0  # so long a voice or a noise may keep our goodbye from being heard


@dataclass(frozen=True, slots=True)
class Stages:
    """What the exchanges of a process share."""

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
    pins: PinChecks | None = None  # without them nobody can prove who they are on a line
    metrics: Metrics = field(default_factory=Metrics)

    def voice_of(self, name: str) -> Repertoire:
        """Return the voice that somebody likes to hear; the usual one when it is not here."""
        return self.voices.get(name, self.voice)
