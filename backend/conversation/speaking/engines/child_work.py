"""What every process that speaks does: takes requests, shares its time fairly, stops at a word.

The engine itself is given as a `Speaker`; this file knows only the frames and the order of work.
"""

import os
import queue
import signal
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import BinaryIO, Protocol

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

from backend.conversation.speaking.engines.child_frames import (
    Kind,
    Unpacker,
    packed,
    packed_words,
)
from backend.kernel.audio import WordEnd

READ_BYTES = 1 << 16
SOUND_BYTES_MAX = 1 << 13  # 190 ms at 22 kHz
FULL_SCALE = 32_767
# The runtime's own errors have no common parent but Exception.
GRAPH_FAILURES = (
    Fail,
    InvalidArgument,
    InvalidGraph,
    InvalidProtobuf,
    NoSuchFile,
    RuntimeException,
)
FAILURES = (RuntimeError, ValueError, IndexError, KeyError, OSError, *GRAPH_FAILURES)


Wave = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Spoken:
    """One stretch of speech, from a pause to a pause."""

    wave: Wave
    words: tuple[WordEnd, ...] = ()


class Cancelled(Exception):
    """Nobody listens any more."""


class Model:
    """A graph whose run can be broken off in the middle, from another thread."""

    def __init__(self, path: str, threads: int) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.enable_cpu_mem_arena = False  # gives the memory of long sentences back
        options.log_severity_level = 4
        self._session = onnxruntime.InferenceSession(
            path, options, providers=["CPUExecutionProvider"]
        )
        self._running: onnxruntime.RunOptions | None = None
        self._stops = False

    def run(self, wanted: Sequence[str] | None, given: Mapping[str, object]) -> list[Wave]:
        """Run the graph; raise Cancelled when `stop` was called meanwhile."""
        options = onnxruntime.RunOptions()
        options.log_severity_level = 4
        self._running = options
        try:
            if self._stops:
                raise Cancelled
            found: list[Wave] = self._session.run(wanted, given, options)
        except GRAPH_FAILURES as broken:  # so the runtime says that it was told to end
            if self._stops:
                raise Cancelled from broken
            raise
        finally:
            self._running = None
        return found

    def begin(self) -> None:
        """Forget an earlier stop: other work begins."""
        self._stops = False

    def stop(self) -> None:
        """Break off what runs, between two of the graph's nodes: in a few milliseconds."""
        self._stops = True
        running = self._running
        if running is not None:
            running.terminate = True


class Speaker(Protocol):
    """An engine inside its process."""

    rate_hz: int
    model: Model

    def speak(self, text: str) -> Iterator[Spoken]:
        """Give a text's speech stretch by stretch."""
        ...


@dataclass(slots=True)
class Request:
    """One text on its way."""

    number: int
    text: str
    runs_dry_at: float  # when its listener falls silent: whoever is first is served first
    speech: Iterator[Spoken] | None = None
    is_cancelled: bool = False


@dataclass
class Desk:
    """What is to be spoken; a thread listens for more while the engine works."""

    source: int
    arrived: "queue.Queue[Request]" = field(default_factory=queue.Queue)
    open: dict[int, Request] = field(default_factory=dict)
    current: Request | None = None
    model: Model | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)

    def listen(self) -> None:
        """Read until the parent is gone, then end the process, whatever it is doing."""
        unpacker = Unpacker()
        while data := os.read(self.source, READ_BYTES):
            for kind, number, payload in unpacker.feed(data):
                if kind is Kind.SPEAK:
                    request = Request(number, payload.decode(), time.monotonic())
                    with self.lock:
                        self.open[number] = request
                    self.arrived.put(request)
                elif kind is Kind.CANCEL:
                    self._cancel(number)
        os._exit(0)

    def next(self) -> Request:
        """Wait for work, then take what will be missed first."""
        if not self.open:
            self.arrived.get()  # only a bell: the requests themselves are in `open`
        while True:
            with self.lock:
                if self.open:
                    self.current = min(self.open.values(), key=lambda each: each.runs_dry_at)
                    if self.model is not None and not self.current.is_cancelled:
                        self.model.begin()
                    return self.current
            self.arrived.get()

    def close(self, request: Request) -> None:
        """Forget a request that is over."""
        with self.lock:
            self.open.pop(request.number, None)
            self.current = None

    def _cancel(self, number: int) -> None:
        with self.lock:
            request = self.open.get(number)
            if request is None:
                return
            request.is_cancelled = True
            if request is self.current and self.model is not None:
                self.model.stop()


def serve(load: "type[Speaker]", *arguments: str) -> None:
    """Load the engine, say so, and speak until the parent is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to answer
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints must not get between the frames
    desk = Desk(0)
    threading.Thread(target=desk.listen, daemon=True).start()
    try:
        speaker = load(*arguments)
    except FAILURES as failure:
        _tell(out, Kind.FAILED, 0, str(failure).encode()[:1000])
        sys.exit(1)
    desk.model = speaker.model
    _tell(out, Kind.READY, 0, str(speaker.rate_hz).encode())
    while True:
        _work(desk, speaker, out)


def _work(desk: Desk, speaker: Speaker, out: BinaryIO) -> None:
    """Make one stretch of the request that will be missed first."""
    request = desk.next()
    kind, payload = Kind.DONE, b""
    try:
        if not request.is_cancelled:
            if request.speech is None:
                request.speech = speaker.speak(request.text)
            spoken = next(request.speech, None)
            if spoken is not None:
                _send(out, request, spoken, speaker.rate_hz)
                return
    except Cancelled:
        pass
    except FAILURES as failure:
        kind, payload = Kind.FAILED, str(failure).encode()[:1000]
    desk.close(request)
    _tell(out, kind, request.number, payload)


def _send(out: BinaryIO, request: Request, spoken: Spoken, rate_hz: int) -> None:
    pcm = (np.clip(spoken.wave, -1.0, 1.0) * FULL_SCALE).astype("<i2").tobytes()
    bytes_per_s = rate_hz * 2
    for start in range(0, len(pcm), SOUND_BYTES_MAX):
        if request.is_cancelled:
            return
        piece = pcm[start : start + SOUND_BYTES_MAX]
        begins_ms = start * 1000 // bytes_per_s
        ends_ms = (start + len(piece)) * 1000 // bytes_per_s
        is_last = start + len(piece) == len(pcm)
        words = [
            WordEnd(word.text, min(word.end_ms, ends_ms) - begins_ms)
            for word in spoken.words
            if begins_ms < word.end_ms <= ends_ms or (is_last and word.end_ms > ends_ms)
        ]
        if words:
            out.write(packed(Kind.WORDS, request.number, packed_words(words)))
        _tell(out, Kind.SOUND, request.number, piece)
    request.runs_dry_at += len(pcm) / bytes_per_s


def _tell(out: BinaryIO, kind: Kind, number: int, payload: bytes = b"") -> None:
    out.write(packed(kind, number, payload))
    out.flush()
