"""How it speaks: every voice that can speak here, by levels, and what is known by heart."""

from functools import cached_property

from backend.compose.engines import engine
from backend.compose.hearing import Hearing
from backend.compose.voices import MAKERS, PAID, Cast, cast_of, edition_of, make_voice
from backend.conversation.exchange.repertoire import Repertoire, Voices
from backend.conversation.exchange.shelf import Shelf
from backend.conversation.speaking import BudgetFare, Level, Voice, VoiceLevels
from backend.llm import Catalogue
from backend.platform.health import Check
from backend.platform.telemetry.logs import get_logger

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
        return self._levels("")

    @cached_property
    def cast(self) -> Cast:
        """Which voices can speak here."""
        return cast_of(self.settings, self.weights)

    @cached_property
    def repertoire(self) -> Repertoire:
        """The usual voice, with the phrases that it knows by heart."""
        if self.settings.dummy_engines:
            return Repertoire(self.voice)
        first = next(iter(self.cast.present), "")
        edition = edition_of(first, self.settings) if first else ""
        return Repertoire(self.voice, shelf=self.shelf, edition=edition)

    @cached_property
    def repertoires(self) -> Voices:
        """The voices that somebody may prefer: the others stand behind the preferred one."""
        names = () if self.settings.dummy_engines else self.cast.present
        return Voices(self._preferred, names)

    @cached_property
    def shelf(self) -> Shelf:
        """What is known by heart, on disk."""
        return Shelf(
            self.home.path / "phrases",
            on_failure=lambda reason: _log.warning("phrase_not_kept", reason=reason),
        )

    def speaking_check(self) -> Check:
        """Say which voice is in use, which stand behind it, and which are left out."""
        voice = self.voice
        if not isinstance(voice, VoiceLevels):
            return Check(ok=True, detail=voice.name)
        missing = "; ".join(f"{name}: {cure}" for name, cure in self.cast.missing.items())
        order = " → ".join([*voice.names, "the carrier's own"])
        detail = f"{voice.name} ({order})" + (f", left out: {missing}" if missing else "")
        failing = voice.failing
        if not voice.names:
            return Check(ok=False, detail="No voice can speak here.", cure=missing)
        if not failing:
            return Check(ok=True, detail=detail)
        return Check(ok=False, detail=f"{', '.join(failing)} failed. In use: {detail}")

    async def close_voices(self) -> None:
        """End every voice that was made."""
        for level in self._made.values():
            await level.voice.close()

    # ── levels ───────────────────────────────────────────────────────────────────────────────
    @cached_property
    def _made(self) -> dict[tuple[str, str], Level]:
        """Every voice that was made, once: each may have processes of its own."""
        return {}

    def _preferred(self, wanted: str) -> Repertoire | None:
        """Make the voice that somebody prefers, as NAME or NAME/VOICE, when it can speak here."""
        name, _, voice = wanted.partition("/")
        if self.settings.dummy_engines or name not in self.cast.present or name not in MAKERS:
            return None
        edition = edition_of(name, self.settings, voice=voice)
        return Repertoire(self._levels(name, voice), shelf=self.shelf, edition=edition)

    def _levels(self, first: str, voice: str = "") -> VoiceLevels:
        """Return all voices, the preferred one before the others."""
        levels = [self._level(first, voice)] if first else []
        levels += [self._level(name) for name in self.cast.present if name != first]
        return VoiceLevels(levels, clock=self.clock, on_failure=self._voice_failed)

    def _level(self, name: str, voice: str = "") -> Level:
        key = (name, voice)
        if key not in self._made:
            made = make_voice(name, self.settings, self.weights, voice=voice)
            self._made[key] = Level(made, self._fare(name))
        return self._made[key]

    def _fare(self, name: str) -> BudgetFare | None:
        """Say who pays; a server that is not the maker's own is somebody's own machine."""
        settings = self.settings
        own_servers = {"openai": settings.voice.openai_url or settings.openai.base_url}
        if name not in PAID or own_servers.get(name):
            return None
        return BudgetFare(
            budget=self.budget,
            catalogue=Catalogue(),
            provider=name,
            model=getattr(settings.voice, PAID[name]),
        )

    def _voice_failed(self, voice: str, reason: str) -> None:
        _log.warning("voice_failed", voice=voice, reason=reason)
        self.metrics.level_failures.labels("speaking", voice.partition("/")[0]).inc()
