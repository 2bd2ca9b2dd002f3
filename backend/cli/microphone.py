"""The microphone and loudspeaker of this machine, by PortAudio."""

import asyncio
from collections.abc import AsyncIterator
from types import TracebackType

from backend.kernel.audio import FRAME_BYTES, FRAME_SAMPLES, RATE_HZ
from backend.kernel.errors import NotConfigured, Unavailable

try:
    import sounddevice
except OSError as failure:  # the package is there, the library that it speaks to is not
    raise NotConfigured(
        "The microphone needs PortAudio.", cure="apt-get install libportaudio2"
    ) from failure

FRAMES_MAX = 50  # one second: what is older than that is dropped, not sent late


class Microphone:
    """Gives frames as they are spoken, and plays what is answered."""

    def __init__(self) -> None:
        self.is_empty = False
        self._loop = asyncio.get_running_loop()
        self._frames: asyncio.Queue[bytes] = asyncio.Queue(FRAMES_MAX)
        self._to_play = bytearray()
        try:
            self._stream = sounddevice.RawStream(
                samplerate=RATE_HZ,
                blocksize=FRAME_SAMPLES,
                channels=1,
                dtype="int16",
                callback=self._exchange,
            )
        except sounddevice.PortAudioError as failure:
            raise Unavailable(
                "No microphone can be opened.", cure="Type instead: ringback talk"
            ) from failure

    def __enter__(self) -> "Microphone":
        self._stream.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stream.stop()
        self._stream.close()

    def begin(self) -> None:
        """Do nothing: whoever sits at the microphone knows when to speak."""

    async def frames(self) -> AsyncIterator[bytes]:
        """Give each frame as it is spoken."""
        while True:
            yield await self._frames.get()

    def play(self, pcm: bytes) -> None:
        """Queue a stretch of the reply."""
        self._to_play += pcm

    def _exchange(self, recorded: bytes, playing: bytearray, *_: object) -> None:
        # PortAudio's own thread: only the loop may touch the queue.
        self._loop.call_soon_threadsafe(self._offer, bytes(recorded))
        ready = bytes(self._to_play[:FRAME_BYTES])
        del self._to_play[: len(ready)]
        playing[:] = ready.ljust(len(playing), b"\0")

    def _offer(self, frame: bytes) -> None:
        if self._frames.full():
            self._frames.get_nowait()
        self._frames.put_nowait(frame)
