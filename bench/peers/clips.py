"""The dummy services' script, for the peers as for us: a reply, and its sentences as sound.

Ours are in the product; a peer runs in an environment without it and reads them from a folder.
"""

import re
import wave
from pathlib import Path

RATE_HZ = 8_000


def read(folder: Path) -> dict[str, bytes]:
    """Return each sentence with its PCM16."""
    sentences = (folder / "reply.txt").read_text().strip().split("\n")
    return {text: _pcm(folder / f"{index}.wav") for index, text in enumerate(sentences)}


def write(folder: Path, reply: str, sounds: list[bytes]) -> None:
    """Write a reply and its sentences' sounds, for a peer to read."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "reply.txt").write_text("\n".join(sentences_of(reply)))
    for index, pcm in enumerate(sounds):
        with wave.open(str(folder / f"{index}.wav"), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(RATE_HZ)
            file.writeframes(pcm)


def sentences_of(reply: str) -> list[str]:
    """Cut a reply behind its full stops and question marks."""
    return re.split(r"(?<=[.?!]) ", reply)


def _pcm(file: Path) -> bytes:
    with wave.open(str(file), "rb") as sound:
        return sound.readframes(sound.getnframes())
