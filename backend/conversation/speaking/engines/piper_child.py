"""Piper in a process of its own; run as `python -m … MODEL THREADS`, spoken to on stdio.

Piper is licensed under the GPL: nothing but this process ever imports it. The process ends with
its parent, because its input then ends.
"""

import json
import logging
import os
import queue
import signal
import sys
import threading
from pathlib import Path
from typing import BinaryIO

import onnxruntime
from piper import PiperConfig, PiperVoice

from backend.conversation.speaking.engines.piper_frames import Kind, Unpacker, packed

READ_BYTES = 1 << 16
SOUND_BYTES_MAX = 1 << 13  # 190 ms: a cancel is seen between two of them


class Requests:
    """What is to be spoken, in the order of asking; a thread listens for more."""

    def __init__(self, source: int) -> None:
        self._source = source
        self._waiting: queue.Queue[tuple[int, str]] = queue.Queue()
        self._cancelled: set[int] = set()

    def listen(self) -> None:
        """Read until the parent is gone, then end the process, whatever it is doing."""
        unpacker = Unpacker()
        while data := os.read(self._source, READ_BYTES):
            for kind, request, payload in unpacker.feed(data):
                if kind is Kind.SPEAK:
                    self._waiting.put((request, payload.decode()))
                elif kind is Kind.CANCEL:
                    self._cancelled.add(request)
        os._exit(0)

    def next(self) -> tuple[int, str]:
        """Wait for the next request."""
        return self._waiting.get()

    def is_cancelled(self, request: int) -> bool:
        """Say whether nobody listens to it any more."""
        return request in self._cancelled

    def forget(self, request: int) -> None:
        """Drop what is known of requests up to this one: they come in order."""
        self._cancelled = {other for other in self._cancelled if other > request}


def _load(model: str, threads: int) -> PiperVoice:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.enable_cpu_mem_arena = False  # gives the memory of long sentences back
    options.log_severity_level = 4
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    config = json.loads(Path(f"{model}.json").read_text())
    return PiperVoice(session=session, config=PiperConfig.from_dict(config))


def _speak(voice: PiperVoice, requests: Requests, request: int, text: str, out: BinaryIO) -> None:
    if not requests.is_cancelled(request):
        for chunk in voice.synthesize(text):
            pcm = chunk.audio_int16_bytes
            for start in range(0, len(pcm), SOUND_BYTES_MAX):
                if requests.is_cancelled(request):
                    break
                out.write(packed(Kind.SOUND, request, pcm[start : start + SOUND_BYTES_MAX]))
                out.flush()
            if requests.is_cancelled(request):
                break
    out.write(packed(Kind.DONE, request))
    out.flush()
    requests.forget(request)


def main(model: str, threads: int) -> None:
    """Load the voice, say so, and speak until the parent is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to answer
    logging.disable(logging.CRITICAL)
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints must not get between the frames
    requests = Requests(0)
    threading.Thread(target=requests.listen, daemon=True).start()
    voice = _load(model, threads)
    out.write(packed(Kind.READY, 0, str(voice.config.sample_rate).encode()))
    out.flush()
    while True:
        request, text = requests.next()
        try:
            _speak(voice, requests, request, text, out)
        except (RuntimeError, ValueError, IndexError, KeyError) as failure:
            out.write(packed(Kind.FAILED, request, str(failure).encode()[:1000]))
            out.flush()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
