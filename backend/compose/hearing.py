"""How it hears: whether there is a voice, and which words it says, by levels."""

from functools import cached_property
from pathlib import Path

from backend.compose.believing import Believing
from backend.compose.engines import engine
from backend.conversation.hearing import Detector, Hub, Transcriber
from backend.conversation.hearing.absent import AbsentEars
from backend.conversation.hearing.endpoint import Endpoint
from backend.conversation.hearing.fares import BudgetFare
from backend.conversation.hearing.levels import Ears, HearingLevels, Level
from backend.conversation.hearing.voicing import Voicing
from backend.conversation.hearing.witness import Witness, WitnessedEars
from backend.kernel.errors import NotConfigured
from backend.llm import Catalogue
from backend.platform.compute import Compute
from backend.platform.health import Check
from backend.platform.telemetry.logs import get_logger

HEARERS = ("whisper", "openai", "groq")

_log = get_logger("compose")


class Hearing(Believing):
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
        if self.settings.voice.smart_turn and (witness := self._smart_turn()) is not None:
            return WitnessedEars(self.ears, witness)
        return self.ears

    def _smart_turn(self) -> Witness | None:
        """Return the witness of a turn's end, when its weights were fetched."""
        try:
            found = engine("hearing.smart_turn")(self.weights, self.compute)
        except NotConfigured:
            return None
        witness: Witness = found
        return witness if found.is_here else None

    @cached_property
    def ears(self) -> HearingLevels:
        """Everybody who can hear here, in order."""
        levels: list[Level] = []
        missing: dict[str, str] = {}
        for name in self.settings.voice.hearers:
            try:
                levels.append(self._hearer(name))
            except NotConfigured as absent:
                missing[name] = absent.message
        return HearingLevels(
            levels, clock=self.clock, missing=missing, on_failure=self._hearing_failed
        )

    def hearing_check(self) -> Check:
        """Say who hears now, who stands behind them, and why the others do not."""
        if self.settings.dummy_engines:
            return Check(ok=True, detail=self.transcriber.name)
        ears, why_not = self.ears, "; ".join(f"{n}: {why}" for n, why in self.ears.others.items())
        if isinstance(self.detector, AbsentEars) or not ears.names:
            cure = "make setup, or: pip install 'ringback[voice]'"
            return Check(ok=False, detail=f"Nothing here can hear. {why_not}".strip(), cure=cure)
        detail = f"{ears.name} ({' → '.join(ears.names)})"
        detail += f"; not in use: {why_not}" if why_not else ""
        # That the next one helped out once is no illness of the first.
        return Check(ok=ears.names[0] not in ears.others, detail=detail)

    @property
    def _can_hear(self) -> bool:
        if isinstance(self.detector, AbsentEars):
            return False
        return self.settings.dummy_engines or bool(self.ears.names)

    # ── levels ───────────────────────────────────────────────────────────────────────────────
    def _hearer(self, name: str) -> Level:
        """Return one of the ears, or say why it is not here."""
        if name == "whisper":
            return Level(self._whisper())
        endpoint = self._endpoint(name)
        ears: Ears = engine(f"hearing.{name}")(
            endpoint,
            language=self.settings.voice.language,
            voicing=self._voicing,
            compute=self.compute,
        )
        # A server that is not the maker's own is somebody's own machine.
        return Level(ears, None if endpoint.base_url else self._hearing_fare(endpoint))

    def _whisper(self) -> Ears:
        voice = self.settings.voice
        whisper: Ears = engine("hearing.whisper")(
            self.weights,
            self.ears_compute,
            model=_model(voice.whisper_model),
            language=voice.language,
            threads=voice.threads,
            voicing=self._voicing,
        )
        return whisper

    def _endpoint(self, name: str) -> Endpoint:
        voice, openai, groq = self.settings.voice, self.settings.openai, self.settings.groq
        if name == "openai":
            key, url = openai.api_key.get_secret_value(), voice.openai_url or openai.base_url
            if not key and not url:
                raise NotConfigured("OPENAI_API_KEY is not set.")
            return Endpoint(name, voice.openai_hearing_model, key, url)
        if name == "groq":
            if not (key := groq.api_key.get_secret_value()):
                raise NotConfigured("GROQ_API_KEY is not set.")
            return Endpoint(name, voice.groq_hearing_model, key)
        raise NotConfigured(
            f"There are no ears named {name}.",
            cure=f"RINGBACK_VOICE__HEARERS={','.join(HEARERS)}",
        )

    @cached_property
    def _voicing(self) -> Voicing | None:
        detector = self.detector
        return None if isinstance(detector, AbsentEars) else Voicing(detector)

    def _hearing_fare(self, endpoint: Endpoint) -> BudgetFare:
        return BudgetFare(
            budget=self.budget,
            catalogue=Catalogue(),
            provider=endpoint.provider,
            model=endpoint.model,
        )

    def _hearing_failed(self, ears: str, reason: str) -> None:
        _log.warning("hearing_failed", ears=ears, reason=reason)
        self.metrics.level_failures.labels("hearing", ears.partition("/")[0]).inc()


def _model(named: str) -> str | Path:
    """Return a set of weights by its size, or a folder of one's own."""
    return Path(named).expanduser() if "/" in named else f"whisper-{named}"
