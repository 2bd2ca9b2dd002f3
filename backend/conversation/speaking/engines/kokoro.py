"""Kokoro, a small voice of great warmth, in processes of its own."""

import importlib.util
from pathlib import Path

from backend.conversation.speaking.engines.child_voice import ChildVoice
from backend.conversation.speaking.engines.children import Children
from backend.kernel.errors import NotConfigured
from backend.platform.weights import KOKORO_PACKAGED, Weights

CHILD_MODULE = "backend.conversation.speaking.engines.kokoro_child"
# One stretch takes six seconds of two idle cores, and three times that where others work as well:
# whoever is killed for it begins anew and is later still.
SILENCE_S_MAX = 30.0
MODEL, ALL_VOICES = "kokoro", "kokoro-voices"


class Kokoro(ChildVoice):
    """One voice for all calls. It needs four times Piper's work: one process, all threads."""

    def __init__(
        self,
        weights: Weights,
        *,
        voice: str = "af_heart",
        threads: int = 2,
        silence_s: float = SILENCE_S_MAX,
    ) -> None:
        self._weights, self._voice, self._threads = weights, voice, threads
        super().__init__(Children("Kokoro", self._prepare, silence_s=silence_s))

    @property
    def name(self) -> str:
        """Which engine and voice it is."""
        return f"kokoro/{self._voice}"

    async def _prepare(self) -> tuple[str, ...]:
        for package in ("onnxruntime", "piper"):  # Piper's package carries espeak-ng's phonemes
            if importlib.util.find_spec(package) is None:
                raise NotConfigured(
                    f"Kokoro needs the package {package}, which is not installed.",
                    cure="pip install 'ringback[voice]'",
                )
        folder = await self._weights.ensure(MODEL)
        voices = await self._voices(folder)
        files = (folder / "kokoro-v1.0.int8.onnx", folder / "vocab.json", voices)
        return CHILD_MODULE, *map(str, files), self._voice, str(self._threads)

    async def _voices(self, folder: Path) -> Path:
        if self._voice in KOKORO_PACKAGED:
            return folder / "voices_ja.npz"
        try:
            return await self._weights.ensure(ALL_VOICES) / "voices-v1.0.bin"
        except NotConfigured as missing:
            raise NotConfigured(
                f"Kokoro's voice {self._voice} lies on the model hub only. {missing.message}",
                cure=f"{missing.cure}, or RINGBACK_VOICE__KOKORO_VOICE={KOKORO_PACKAGED[0]}",
            ) from missing
