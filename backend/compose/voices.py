"""Which voices can speak here, which can't and why, and how each of them is made."""

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.util import find_spec

from backend.characters import COMPANION
from backend.compose.engines import engine
from backend.conversation.speaking import Voice
from backend.kernel.errors import NotConfigured
from backend.platform.settings import Settings
from backend.platform.weights import CATALOGUE, KOKORO_PACKAGED, Weights

MAKERS = ("elevenlabs", "openai", "piper", "kokoro", "espeak")
PAID = {"elevenlabs": "elevenlabs_model", "openai": "openai_model"}  # name → setting of its model


@dataclass(frozen=True, slots=True)
class Cast:
    """The voices of an instance, in order, and those that are left out with what would help."""

    present: tuple[str, ...]
    missing: Mapping[str, str]


def cast_of(settings: Settings, weights: Weights) -> Cast:
    """Look which of the voices that the settings name can speak here; load none of them."""
    wanted = settings.voice.speakers
    unknown = [name for name in wanted if name not in MAKERS]
    if unknown:
        raise NotConfigured(
            f"There is no voice named {unknown[0]}.",
            cure=f"RINGBACK_VOICE__SPEAKERS={','.join(MAKERS)}",
        )
    missing = {name: cure for name in wanted if (cure := _LACKS[name](settings, weights))}
    return Cast(tuple(name for name in wanted if name not in missing), missing)


def make_voice(name: str, settings: Settings, weights: Weights, *, voice: str = "") -> Voice:
    """Make one voice: the one that is named, else the owner's choice, else the character's."""
    make = engine(f"speaking.{name}")
    chosen = voice or voice_of(name, settings)
    wanted = settings.voice
    made: Voice
    match name:
        case "piper":
            made = make(weights, voice=f"piper-{chosen}", processes=wanted.piper_processes)
        case "kokoro":
            made = make(weights, voice=chosen, threads=wanted.threads)
        case "elevenlabs":
            made = make(
                api_key=settings.elevenlabs.api_key.get_secret_value(),
                base_url=settings.elevenlabs.base_url,
                model=wanted.elevenlabs_model,
                voice=chosen,
                language=wanted.language,
            )
        case "openai":
            made = make(
                api_key=settings.openai.api_key.get_secret_value(),
                base_url=wanted.openai_url or settings.openai.base_url,
                model=wanted.openai_model,
                voice=chosen,
            )
        case _:
            made = make(accent=chosen)
    return made


def voice_of(name: str, settings: Settings) -> str:
    """Say which of a maker's voices is used when nobody prefers another."""
    chosen = {
        "piper": settings.voice.piper_voice,
        "kokoro": settings.voice.kokoro_voice,
        "openai": settings.voice.openai_voice,
        "elevenlabs": settings.voice.elevenlabs_voice,
    }
    return chosen.get(name) or COMPANION.voices.get(name, "")


def edition_of(name: str, settings: Settings, *, voice: str = "") -> str:
    """Name everything that a voice's sound depends on: what is known by heart is known for it."""
    chosen = voice or voice_of(name, settings)
    weights = CATALOGUE.get({"piper": f"piper-{chosen}", "kokoro": "kokoro"}.get(name, ""))
    made_of = [file.sha256[:16] for file in weights.files] if weights else []
    model = getattr(settings.voice, PAID[name]) if name in PAID else ""
    return "/".join([name, chosen, model, settings.voice.language, *made_of])


def _lacks_elevenlabs(settings: Settings, _weights: Weights) -> str:
    return "" if settings.elevenlabs.api_key.get_secret_value() else "set ELEVENLABS_API_KEY"


def _lacks_openai(settings: Settings, _weights: Weights) -> str:
    has_server = settings.voice.openai_url or settings.openai.base_url
    return "" if has_server or settings.openai.api_key.get_secret_value() else "set OPENAI_API_KEY"


def _lacks_piper(_settings: Settings, _weights: Weights) -> str:
    return "" if find_spec("piper") else "pip install 'ringback[voice]'"


def _lacks_kokoro(settings: Settings, weights: Weights) -> str:
    if not find_spec("onnxruntime") or not find_spec("piper"):
        return "pip install 'ringback[voice]'"
    # Nobody waits in a call for a hundred megabytes: they are fetched before, when wanted.
    is_packaged = voice_of("kokoro", settings) in KOKORO_PACKAGED
    sets = ("kokoro",) if is_packaged else ("kokoro", "kokoro-voices")
    missing = [name for name in sets if not weights.find(name)]
    return f"ringback models pull {' '.join(missing)}" if missing else ""


def _lacks_espeak(_settings: Settings, _weights: Weights) -> str:
    return "" if shutil.which("espeak-ng") else "apt-get install espeak-ng"


_LACKS: Mapping[str, Callable[[Settings, Weights], str]] = {
    "elevenlabs": _lacks_elevenlabs,
    "openai": _lacks_openai,
    "piper": _lacks_piper,
    "kokoro": _lacks_kokoro,
    "espeak": _lacks_espeak,
}
