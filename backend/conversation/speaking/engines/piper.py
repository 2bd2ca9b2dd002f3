"""Piper, a natural voice, in processes of its own."""

import contextlib
import importlib.util

from backend.conversation.speaking.engines.child_voice import ChildVoice
from backend.conversation.speaking.engines.children import SILENCE_S_MAX, Children
from backend.kernel.errors import NotConfigured, RingbackError
from backend.platform.weights import CATALOGUE, Weights, derive

CHILD_MODULE = "backend.conversation.speaking.engines.piper_child"
TIMED_MODULE = "backend.conversation.speaking.engines.piper_timed"
MODEL_SUFFIX = ".onnx"
CONFIG_SUFFIX = ".onnx.json"


class Piper(ChildVoice):
    """One voice for all calls; several calls share its processes sentence by sentence."""

    def __init__(
        self,
        weights: Weights,
        *,
        voice: str = "piper-joe",
        threads: int = 1,
        processes: int = 1,
        silence_s: float = SILENCE_S_MAX,
    ) -> None:
        self._weights, self._voice, self._threads = weights, voice, threads
        super().__init__(Children("Piper", self._prepare, count=processes, silence_s=silence_s))

    @property
    def name(self) -> str:
        """Which engine and voice it is."""
        return self._voice.replace("-", "/", 1)

    async def _prepare(self) -> tuple[str, ...]:
        if importlib.util.find_spec("piper") is None:
            raise NotConfigured("Piper is not installed.", cure="pip install 'ringback[voice]'")
        folder = await self._weights.ensure(self._voice)
        names = [file.name for file in CATALOGUE[self._voice].files]
        config = next(name for name in names if name.endswith(CONFIG_SUFFIX))
        model = folder / next(name for name in names if name.endswith(MODEL_SUFFIX))
        with contextlib.suppress(RingbackError):  # it speaks as well without the times of words
            model = await derive(folder, TIMED_MODULE, model, needs="onnx")
        return CHILD_MODULE, str(model), str(folder / config), str(self._threads)
