"""How it hears: whether there is a voice, and which words it says."""

from functools import cached_property
from pathlib import Path

from backend.compose.engines import engine
from backend.compose.thinking import Thinking
from backend.conversation.hearing import Detector, Hub, Transcriber
from backend.conversation.hearing.absent import AbsentEars
from backend.conversation.hearing.voicing import Voicing
from backend.kernel.errors import NotConfigured
from backend.platform.compute import Compute


class Hearing(Thinking):
    """The ears that all lines share."""

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
    def ears_compute(self) -> Compute:
        """Threads for the ears alone: nothing else shall wait behind a transcription."""
        return Compute(self.settings.voice.hearings_max)

    @cached_property
    def transcriber(self) -> Transcriber:
        """Speech to text."""
        if self.settings.dummy_engines:
            dummy: Transcriber = engine("hearing.dummy")(
                self.clock, delay_ms=self.settings.dummy.transcription_ms
            )
            return dummy
        voice = self.settings.voice
        try:
            whisper: Transcriber = engine("hearing.whisper")(
                self.weights,
                self.ears_compute,
                model=_model(voice.whisper_model),
                language=voice.language,
                threads=voice.threads,
                voicing=Voicing(self.detector),
            )
        except NotConfigured as missing:
            return AbsentEars(missing)
        return whisper

    @property
    def _can_hear(self) -> bool:
        return not any(isinstance(part, AbsentEars) for part in (self.detector, self.transcriber))


def _model(named: str) -> str | Path:
    """Return a set of weights by its size, or a folder of one's own."""
    return Path(named).expanduser() if "/" in named else f"whisper-{named}"
