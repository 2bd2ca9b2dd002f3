"""Cuts a stream of PCM16 at 16 kHz into frames."""

from backend.kernel.audio import FRAME_BYTES, FRAME_MS, Frame


class Framer:
    """Whole frames out of chunks of any size, stamped by how much sound has come before."""

    def __init__(self, *, starts_at_ms: int = 0) -> None:
        self._at_ms = starts_at_ms
        self._rest = b""

    def feed(self, pcm: bytes) -> list[Frame]:
        """Return the frames that are whole now."""
        if not self._rest and len(pcm) == FRAME_BYTES:  # as a telephone sends it
            frame = Frame(pcm, self._at_ms)
            self._at_ms += FRAME_MS
            return [frame]
        pcm = self._rest + pcm
        whole = len(pcm) - len(pcm) % FRAME_BYTES
        self._rest = pcm[whole:]
        frames = [
            Frame(pcm[start : start + FRAME_BYTES], self._at_ms + index * FRAME_MS)
            for index, start in enumerate(range(0, whole, FRAME_BYTES))
        ]
        self._at_ms += len(frames) * FRAME_MS
        return frames

    def flush(self) -> list[Frame]:
        """Return the last frame, filled up with silence, when one was begun."""
        missing = -len(self._rest) % FRAME_BYTES
        return self.feed(bytes(missing)) if self._rest else []
