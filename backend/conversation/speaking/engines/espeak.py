"""espeak-ng, a robot's voice that needs no weights: better than silence, and always the last."""

import asyncio
import shutil
from collections.abc import AsyncGenerator

from backend.conversation.sound import read_wav
from backend.kernel.audio import RATE_HZ, Sound
from backend.kernel.errors import Invalid, NotConfigured, TooLarge, Unavailable

SPEAK_S_MAX = 15.0
TEXT_LETTERS_MAX = 4_000
WORDS_PER_MINUTE = 165
PIECE_BYTES = RATE_HZ // 5 * 2  # 200 ms


class Espeak:
    """One short process for each phrase."""

    def __init__(self, *, accent: str = "en-us", program: str = "espeak-ng") -> None:
        self._accent, self._program = accent, program

    @property
    def name(self) -> str:
        """Which engine and voice it is."""
        return f"espeak-ng/{self._accent}"

    async def warm(self) -> None:
        """Make sure that the program is there."""
        self._found()

    async def speak(self, text: str) -> AsyncGenerator[Sound, None]:
        """Give the sound of a phrase; closing it stops the work."""
        if len(text) > TEXT_LETTERS_MAX:
            raise TooLarge("The phrase is too long to be spoken.")
        sound = await self._spoken(text)
        for start in range(0, len(sound.pcm), PIECE_BYTES):
            yield Sound(sound.pcm[start : start + PIECE_BYTES], sound.rate_hz)

    async def close(self) -> None:
        """Do nothing: no process outlives its phrase."""

    async def _spoken(self, text: str) -> Sound:
        child = await self._started()
        try:
            async with asyncio.timeout(SPEAK_S_MAX):
                wav, _ = await child.communicate(text.encode())
        except TimeoutError as silence:
            raise Unavailable("espeak-ng does not answer.") from silence
        finally:
            if child.returncode is None:
                child.kill()
                await child.wait()
        try:
            return await asyncio.to_thread(read_wav, wav)
        except Invalid as garbage:
            raise Unavailable(f"espeak-ng failed with status {child.returncode}.") from garbage

    async def _started(self) -> asyncio.subprocess.Process:
        try:
            return await asyncio.create_subprocess_exec(
                *(self._found(), "--stdin", "--stdout", "-v", self._accent),
                *("-s", str(WORDS_PER_MINUTE)),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
            )
        except OSError as failure:  # no memory or no file left, or it is no program
            raise Unavailable("espeak-ng can't be started.") from failure

    def _found(self) -> str:
        path = shutil.which(self._program)
        if path is None:
            raise NotConfigured("espeak-ng is not installed.", cure="apt-get install espeak-ng")
        return path
