"""Plays a script against an instance: a voice speaks its lines, ears hear what comes back."""

import asyncio
from collections.abc import Mapping
from dataclasses import asdict
from functools import cached_property, partial
from pathlib import Path

from backend.characters import COMPANION
from backend.cli.call import VOUCHED, kept
from backend.cli.engines import synthesise
from backend.cli.instance import Instance
from backend.cli.late import load
from backend.cli.output import Answer, note
from backend.cli.script.playing import Played, Playing
from backend.cli.script.types import Script, pieces_of
from backend.cli.wav_pair import write_stereo
from backend.conversation.carriers.simulator import Dial
from backend.conversation.hearing import Transcriber
from backend.kernel.audio import RATE_HZ, Sound
from backend.kernel.errors import NotConfigured
from backend.kernel.speech import Utterance
from backend.platform.chance import SystemIds
from backend.platform.clock import SystemClock
from backend.platform.compute import Compute
from backend.platform.settings import Settings, VoiceSettings, load_settings
from backend.platform.weights import Weights

BREATH_S = 12  # a person listens on; a model takes one breath at a time


def rehearse(
    running: Instance, door: Mapping[str, str], script: Script, *, out: Path | None
) -> Answer:
    """Play one script; return its lines and its verdict."""
    settings = _as_caller(load_settings().settings, script)
    note(f"{script.name} …")
    sounds = _spoken(settings, script.spoken())
    dial = Dial(
        url=running.url,
        secret=door["secret"],
        public_url=door.get("public_url") or "",
        number=script.caller.number,
        verdict=VOUCHED if script.caller.vouched else "",
    )
    compute = Compute(max(1, settings.voice.threads))
    try:
        playing = Playing(
            script,
            sounds=sounds,
            record=partial(kept, running),
            words=_Ears(settings, compute).words,
            clock=SystemClock(),
            ids=SystemIds(),
        )
        played, sides = asyncio.run(playing.play(dial))
    finally:
        compute.close()
    if out is not None:
        write_stereo(out, *sides)
    return _told(played)


def _as_caller(settings: Settings, script: Script) -> Settings:
    """Let the caller speak by the voice that the script names."""
    if not script.caller.voice:
        return settings
    voice = VoiceSettings(**(settings.voice.model_dump() | {"speakers": (script.caller.voice,)}))
    return settings.model_copy(update={"voice": voice})


def _spoken(settings: Settings, texts: list[str]) -> dict[str, Sound]:
    """Speak every line, with the silences that are written into it."""
    pieces = {text: pieces_of(text) for text in texts}
    words = [piece for line in pieces.values() for piece in line if isinstance(piece, str)]
    once = list(dict.fromkeys(words))
    said = dict(zip(once, synthesise(settings, [], once), strict=True))
    return {text: _joined(line, said) for text, line in pieces.items()}


def _joined(line: list[str | float], said: dict[str, Sound]) -> Sound:
    rate_hz = next(said[piece].rate_hz for piece in line if isinstance(piece, str))
    pcm = [
        said[piece].pcm if isinstance(piece, str) else bytes(2 * round(piece * rate_hz))
        for piece in line
    ]
    return Sound(b"".join(pcm), rate_hz)


class _Ears:
    """Tells the words of a sound; none where this machine has no ears."""

    def __init__(self, settings: Settings, compute: Compute) -> None:
        self._settings, self._compute = settings, compute

    @cached_property
    def _whisper(self) -> Transcriber | None:
        weights = Weights(self._settings.models.folder, clock=SystemClock(), progress=note)
        model = f"whisper-{self._settings.voice.whisper_model}"
        try:
            whisper: Transcriber = load("engine")("hearing.whisper")(
                weights, self._compute, model=model
            )
        except NotConfigured:
            return None
        return whisper

    async def words(self, sound: Sound) -> str:
        """Return the words; the companion's own name is expected among them."""
        if self._whisper is None:
            return ""
        heard = []
        size = RATE_HZ * 2 * BREATH_S
        for start in range(0, len(sound.pcm), size):
            pcm = sound.pcm[start : start + size]
            utterance = Utterance(pcm, 0, len(pcm) // 32)
            transcript = await self._whisper.transcribe(utterance, hints=(COMPANION.name,))
            heard.append(transcript.text)
        return " ".join(text for text in heard if text)


def _told(played: Played) -> Answer:
    return {
        "name": played.name,
        "call_sid": played.call_sid,
        "is_passed": played.is_passed,
        "expected": len(played.findings),
        "met": sum(finding.is_met for finding in played.findings),
        "lines": [asdict(line) for line in played.lines],
    }
