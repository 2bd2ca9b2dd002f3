"""Silero v6, one run for all lines; its file travels inside faster-whisper's package."""

import importlib.util
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnxruntime
from onnxruntime.capi.onnxruntime_pybind11_state import (
    Fail,
    InvalidArgument,
    RuntimeException,
)

from backend.conversation.hearing.voice_activity import WINDOW_SAMPLES, Windows
from backend.kernel.errors import NotConfigured, Unavailable
from backend.platform.weights import derive

GRAPH_MODULE = "backend.conversation.hearing.engines.silero_graph"
STATE = 128
SILENT_WINDOWS = 31
CONTEXT = 64  # samples of the window before, which the model wants to see again

Memory = npt.NDArray[np.float32]


class Silero:
    """Judges windows of 32 ms; each line's memory is its two states and its last samples."""

    name = "silero"

    def __init__(self, *, folder: Path) -> None:
        self._folder = folder.absolute()
        self._session: onnxruntime.InferenceSession | None = None
        self._quiet = np.zeros(2 * STATE + CONTEXT, np.float32)

    async def warm(self) -> None:
        """Load the model."""
        if self._session is None:
            model = await derive(self._folder, GRAPH_MODULE, _packaged(), needs="onnx")
            self._session = _session(model)
            self._quiet = self._after_silence()

    def fresh(self) -> Memory:
        """Return the memory of a line that was silent before it was opened."""
        return self._quiet.copy()

    def judge(
        self, windows: Windows, memories: Sequence[Memory]
    ) -> tuple[Sequence[float], Sequence[Memory]]:
        """Return for every window the probability of a voice, and the new memories."""
        if self._session is None:
            raise RuntimeError("Silero must be warmed up first.")
        memory = np.stack(memories)
        try:
            probabilities, hidden, cell = self._session.run(
                None,
                {
                    "input": np.concatenate((memory[:, 2 * STATE :], windows), axis=1),
                    "h": memory[None, :, :STATE],
                    "c": memory[None, :, STATE : 2 * STATE],
                },
            )
        except (Fail, InvalidArgument, RuntimeException, MemoryError) as failure:
            raise Unavailable("Silero could not judge.") from failure
        after = np.concatenate((hidden[0], cell[0], windows[:, -CONTEXT:]), axis=1)
        return probabilities.ravel().tolist(), list(after)

    def _after_silence(self) -> Memory:
        """Listen to a second of nothing: without it the first word is taken for noise."""
        silence = np.zeros((1, WINDOW_SAMPLES), np.float32)
        memory = [self._quiet]
        for _ in range(SILENT_WINDOWS):
            memory = list(self.judge(silence, memory)[1])
        return memory[0]


def _packaged() -> Path:
    spec = importlib.util.find_spec("faster_whisper")
    if spec is None or spec.origin is None:
        raise NotConfigured(
            "faster-whisper, which carries the voice detector, is not installed.",
            cure="pip install 'ringback[voice]'",
        )
    return Path(spec.origin).parent / "assets" / "silero_vad_v6.onnx"


def _session(model: Path) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.enable_cpu_mem_arena = False
    options.log_severity_level = 4
    return onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
