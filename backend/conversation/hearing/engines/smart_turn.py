"""Smart Turn v3.2: a small model that hears whether somebody has finished, by onnxruntime."""

import asyncio
from functools import cache

import numpy as np
import numpy.typing as npt
import onnxruntime
from onnxruntime.capi.onnxruntime_pybind11_state import (
    Fail,
    InvalidArgument,
    InvalidGraph,
    InvalidProtobuf,
    NoSuchFile,
    RuntimeException,
)

from backend.kernel.audio import RATE_HZ
from backend.kernel.errors import NotConfigured, Unavailable
from backend.kernel.speech import Utterance
from backend.platform.compute import Compute
from backend.platform.weights import Weights

WEIGHTS = "smart-turn"
HEARS_S = 8  # the last of an utterance; what is shorter has silence before it
VERDICT_S_MAX = 2.0
FFT, HOP, MELS = 400, 160, 80
LOUDEST_RANGE = 8.0  # decades of power that are kept below the loudest
FLOOR = 1e-10
LINEAR_UNTIL_HZ, LINEAR_MELS = 1_000.0, 15.0
LOG_STEP = np.log(6.4) / 27
# The runtime's own errors have no common parent but Exception.
GRAPH_FAILURES = (
    Fail,
    InvalidArgument,
    InvalidGraph,
    InvalidProtobuf,
    NoSuchFile,
    RuntimeException,
)

Samples = npt.NDArray[np.float32]
Values = npt.NDArray[np.float64]


class SmartTurn:
    """Looks at the melody as Whisper's encoder does; one run takes some 50 ms of a core."""

    name = "smart-turn/v3.2"

    def __init__(self, weights: Weights, compute: Compute) -> None:
        self._weights, self._compute = weights, compute
        self._session: onnxruntime.InferenceSession | None = None

    @property
    def is_here(self) -> bool:
        """Whether its weights have been fetched."""
        return self._weights.find(WEIGHTS) is not None

    async def warm(self) -> None:
        """Load the model when its weights are here; they are never fetched for it alone."""
        folder = self._weights.find(WEIGHTS)
        if self._session is None and folder is not None:
            path = str(folder / "smart-turn-v3.2-cpu.onnx")
            try:
                self._session = await self._compute.run(_session, path)
            except GRAPH_FAILURES as failure:
                raise Unavailable("Smart Turn's model can't be loaded.") from failure

    async def ending(self, utterance: Utterance) -> float:
        """Return how likely it is that the speaker has finished, 0 to 1."""
        if self._session is None:
            raise NotConfigured(
                "The weights of Smart Turn are not here.",
                cure=f"ringback models pull {WEIGHTS}",
            )
        samples = np.frombuffer(utterance.pcm, "<i2").astype(np.float32) / np.float32(32768)
        try:
            async with asyncio.timeout(VERDICT_S_MAX):
                return await self._compute.run(_judge, self._session, samples)
        except TimeoutError as silence:
            raise Unavailable("Smart Turn took too long.") from silence
        except GRAPH_FAILURES as failure:
            raise Unavailable("Smart Turn failed.") from failure


def _session(path: str) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 4
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])


def _judge(session: onnxruntime.InferenceSession, samples: Samples) -> float:
    (probability,) = session.run(None, {"input_features": features(samples)[None]})
    return float(np.clip(np.ravel(probability)[0], 0.0, 1.0))


def features(samples: Samples) -> Samples:
    """Return Whisper's picture of the last seconds: 80 mel bands, one column each 10 ms."""
    length = HEARS_S * RATE_HZ
    last = samples[-length:]
    padded = np.zeros(length, np.float32)
    padded[length - len(last) :] = last
    level = (padded - padded.mean()) / np.sqrt(padded.var() + np.float32(1e-7))
    reflected = np.pad(level.astype(np.float64), FFT // 2, mode="reflect")
    windows = np.lib.stride_tricks.sliding_window_view(reflected, FFT)[::HOP][:-1]
    power = np.abs(np.fft.rfft(windows * np.hanning(FFT + 1)[:-1], axis=-1)) ** 2
    logarithm = np.log10(np.maximum(FLOOR, mel_bands().T @ power.T))
    kept = np.maximum(logarithm, logarithm.max() - LOUDEST_RANGE)
    return np.asarray((kept + 4) / 4, np.float32)


@cache
def mel_bands() -> Values:
    """Return how much of each frequency every band hears (Slaney's triangles)."""
    bins = np.linspace(0, RATE_HZ // 2, FFT // 2 + 1)
    edges = _hertz(np.linspace(0, _mel(RATE_HZ / 2), MELS + 2))
    slopes = edges[None, :] - bins[:, None]
    widths = np.diff(edges)
    triangles = np.minimum(-slopes[:, :-2] / widths[:-1], slopes[:, 2:] / widths[1:])
    return np.asarray(np.maximum(0, triangles) * (2 / (edges[2:] - edges[:-2])))


def _mel(hertz: float) -> float:
    if hertz < LINEAR_UNTIL_HZ:
        return 3 * hertz / 200
    return float(LINEAR_MELS + np.log(hertz / LINEAR_UNTIL_HZ) / LOG_STEP)


def _hertz(mels: Values) -> Values:
    logarithmic = LINEAR_UNTIL_HZ * np.exp(LOG_STEP * (mels - LINEAR_MELS))
    return np.where(mels < LINEAR_MELS, 200 * mels / 3, logarithmic)
