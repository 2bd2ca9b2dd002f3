"""How it speaks: every voice that the settings name, by levels, and what is known by heart."""

from collections.abc import Mapping, Sequence
from functools import cached_property

from backend.compose.engines import engine
from backend.compose.hearing import Hearing
from backend.conversation.repertoire import Repertoire
from backend.conversation.speaking import Voice, VoiceLevels
from backend.kernel.errors import NotConfigured
from backend.platform.telemetry.logs import get_logger

SPEAKERS = ("piper", "espeak")

_log = get_logger("compose")


class Speaking(Hearing):
    """The voices that all lines share."""

    @cached_property
    def voice(self) -> Voice:
        """Text to speech, by levels."""
        if self.settings.dummy_engines:
            dummy: Voice = engine("speaking.dummy")(
                self.clock, delay_ms=self.settings.dummy.first_speech_ms
            )
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
