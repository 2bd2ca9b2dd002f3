"""Plays sound aloud as it comes, by whatever player this machine has."""

import shutil
import subprocess
from contextlib import suppress

from backend.kernel.audio import RATE_HZ
from backend.kernel.errors import NotConfigured

PLAYERS: dict[str, tuple[str, ...]] = {  # each reads PCM16 from its standard input
    "pw-play": ("--rate", str(RATE_HZ), "--channels", "1", "--format", "s16", "-"),
    "paplay": ("--raw", f"--rate={RATE_HZ}", "--channels=1", "--format=s16le"),
    "aplay": ("-q", "-t", "raw", "-f", "S16_LE", "-r", str(RATE_HZ), "-c", "1"),
    "play": ("-q", "-t", "raw", "-e", "signed", "-b", "16", "-r", str(RATE_HZ), "-c", "1", "-"),
    "ffplay": ("-autoexit", "-nodisp", "-loglevel", "quiet", "-f", "s16le", "-ar", str(RATE_HZ),
               "-i", "-"),
}  # fmt: skip


class Player:
    """A program that plays what is written to it."""

    def __init__(self) -> None:
        for name, arguments in PLAYERS.items():
            found = shutil.which(name)
            if found is not None:
                self._process = subprocess.Popen(  # noqa: S603 (a program of the table above)
                    [found, *arguments],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                )
                return
        raise NotConfigured(
            "No player was found on this machine.",
            cure="apt-get install alsa-utils, or save the sound with --out FILE.wav",
        )

    def play(self, pcm: bytes) -> None:
        """Play a stretch of PCM16; a player that has gone is no reason to stop the call."""
        assert self._process.stdin is not None
        with suppress(BrokenPipeError):
            self._process.stdin.write(pcm)
            self._process.stdin.flush()

    def close(self) -> None:
        """Let it play to its end."""
        assert self._process.stdin is not None
        with suppress(BrokenPipeError):
            self._process.stdin.close()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(10)
        self._process.kill()
        self._process.wait()
