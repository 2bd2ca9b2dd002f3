"""Is it a voice? One hub listens for all calls and judges their windows in batches."""

import asyncio
from collections import deque
from collections.abc import Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt

from backend.conversation.hearing.noise_gate import NoiseGate
from backend.kernel.audio import Frame
from backend.kernel.errors import Busy, Unavailable

WINDOW_SAMPLES = 512  # 32 ms at 16 kHz
WINDOW_BYTES = WINDOW_SAMPLES * 2
EARS_MAX = 2_000
# With several calls a short wait gathers their windows into one run, which is several times
# cheaper; a single call is judged at once.
GATHERING_S = 0.010

# When the gate opens, the detector first hears what came just before: a word's soft beginning, and
# the quiet that it needs to know a voice by.
SKIPPED_HEARD = 4

# When no engine can judge: what is louder than the line's noise, and so passed its gate, is taken
# for a voice. Better to listen to a door that slams than to be deaf.
LOUD_ENOUGH = 0.8

Windows = npt.NDArray[np.float32]
"""One row of WINDOW_SAMPLES values from -1 to 1 for each ear."""

NOTHING: Windows = np.zeros(WINDOW_SAMPLES, np.float32)
NOTHING_PCM = bytes(WINDOW_BYTES)


class Detector(Protocol):
    """An engine that judges windows; what it remembers of each ear travels with the ear."""

    @property
    def name(self) -> str:
        """Which engine it is."""
        ...

    async def warm(self) -> None:
        """Load the model: nothing can be judged before."""
        ...

    def fresh(self) -> npt.NDArray[np.float32]:
        """Return what is remembered of an ear that has heard nothing yet."""
        ...

    def judge(
        self, windows: Windows, memories: Sequence[npt.NDArray[np.float32]]
    ) -> tuple[Sequence[float], Sequence[npt.NDArray[np.float32]]]:
        """Return for every window the probability of a voice, and the new memories.

        Raises Unavailable when the engine fails.
        """
        ...


class Ear(Protocol):
    """Listens on one line."""

    async def listen(self, frame: Frame) -> float:
        """Return the probability that there is a voice, as of this frame."""
        ...

    def hears_nothing(self, frame: Frame) -> bool:
        """Say at once that there is surely no voice; any other frame must be listened to."""
        ...

    def close(self) -> None:
        """Stop listening."""
        ...


class VoiceActivity(Protocol):
    """Gives every line its ear."""

    async def warm(self) -> None:
        """Load what is heavy: nothing can be heard before."""
        ...

    def open(self) -> Ear:
        """Return an ear that has heard nothing yet."""
        ...


class Hub:
    """All ears of this process, judged together by one detector."""

    def __init__(self, detector: Detector) -> None:
        self._detector = detector
        self._ears = 0
        self._waiting: list[_Asked] = []

    @property
    def name(self) -> str:
        """Which engine judges."""
        return self._detector.name

    async def warm(self) -> None:
        """Load the detector's model."""
        await self._detector.warm()

    def open(self) -> Ear:
        """Return an ear that has heard nothing yet."""
        if self._ears >= EARS_MAX:
            raise Busy("Too many lines are listened to at once.")
        self._ears += 1
        return _HubEar(self, self._detector.fresh())

    def closed(self) -> None:
        """Count one ear less."""
        self._ears -= 1

    def judge(self, ear: "_HubEar", window: Windows) -> asyncio.Future[float]:
        """Return what will hold the probability once this round is judged."""
        loop = asyncio.get_running_loop()
        verdict: asyncio.Future[float] = loop.create_future()
        if not self._waiting:
            if self._ears > 1:
                loop.call_later(GATHERING_S, self._judge_round)
            else:
                loop.call_soon(self._judge_round)
        self._waiting.append((ear, window, verdict))
        return verdict

    def _judge_round(self) -> None:
        # On the loop on purpose: a round takes 0.1 ms for one line and under 2 ms for fifty, less
        # than a hop to a thread that a transcription may be holding.
        round_, self._waiting = self._waiting, []
        try:
            self._answer(round_)
        finally:
            # Whatever went wrong with the engine, nobody waits for ever.
            for _, _, verdict in round_:
                if not verdict.done():
                    verdict.set_exception(Unavailable("The detector of voices failed."))

    def _answer(self, round_: "list[_Asked]") -> None:
        try:
            probabilities, memories = self._detector.judge(
                np.stack([window for _, window, _ in round_]), [ear.memory for ear, _, _ in round_]
            )
        except Unavailable:
            self._answer_alone(round_)
            return
        for asked, probability, memory in zip(round_, probabilities, memories, strict=True):
            _settle(asked, probability, memory)

    def _answer_alone(self, round_: "list[_Asked]") -> None:
        """Judge a round one by one: what one line sent must not deafen the others."""
        for asked in round_:
            ear, window, _ = asked
            try:
                (probability,), (memory,) = self._detector.judge(window[None], [ear.memory])
            except Unavailable:
                probability, memory = LOUD_ENOUGH, self._detector.fresh()
            _settle(asked, probability, memory)


class _HubEar:
    def __init__(self, hub: Hub, memory: npt.NDArray[np.float32]) -> None:
        self._hub, self.memory = hub, memory
        self._gate = NoiseGate()
        self._skipped: deque[Windows] = deque(maxlen=SKIPPED_HEARD)
        self._pending = bytearray()
        self._probability = 0.0
        self._unjudged: Windows | None = None  # what has passed the gate
        self._taken: Frame | None = None  # was looked at, and is yet to be listened to
        self._is_open = True

    async def listen(self, frame: Frame) -> float:
        self._take(frame)
        while (window := self._unjudged) is not None:
            while self._skipped:
                await self._hub.judge(self, self._skipped.popleft())
            self._probability = await self._hub.judge(self, window)
            self._gate.heard(self._probability)
            self._unjudged = self._next()
        return self._probability

    def hears_nothing(self, frame: Frame) -> bool:
        if self._probability or self._unjudged is not None:
            return False
        self._pending += frame.pcm
        unjudged = self._unjudged = self._next()
        self._taken = frame if unjudged is not None else None
        return unjudged is None

    def _take(self, frame: Frame) -> None:
        taken, self._taken = self._taken, None
        if taken != frame:
            self._pending += frame.pcm
            self._unjudged = self._next()

    def _next(self) -> Windows | None:
        """Return the next window that passes the gate, and skip those before it."""
        while len(self._pending) >= WINDOW_BYTES:
            pcm = bytes(self._pending[:WINDOW_BYTES])
            del self._pending[:WINDOW_BYTES]
            is_nothing = pcm == NOTHING_PCM
            window = NOTHING if is_nothing else _window(pcm)
            if self._gate.passes_nothing() if is_nothing else self._gate.passes(window):
                return window
            self._skipped.append(window)
            self._probability = 0.0
        return None

    def close(self) -> None:
        if self._is_open:
            self._is_open = False
            self._hub.closed()


def _settle(asked: "_Asked", probability: float, memory: npt.NDArray[np.float32]) -> None:
    ear, _, verdict = asked
    ear.memory = memory
    if not verdict.done():  # a call that hung up meanwhile has cancelled it
        verdict.set_result(probability)


def _window(pcm: bytes) -> Windows:
    samples = np.frombuffer(pcm, "<i2").astype(np.float32)
    samples /= 32768
    return samples


_Asked = tuple[_HubEar, Windows, asyncio.Future[float]]
