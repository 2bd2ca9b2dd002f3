"""Ready sound on disk: what was learnt by heart outlives a restart.

A file is named for a hash of the voice and the text, holds the sound and no words, and is checked
before it is used. Whatever goes wrong here costs a phrase that is made again, never a call.
"""

import contextlib
import hashlib
import json
import os
import struct
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from backend.kernel.audio import Sound, WordEnd

MAGIC = b"RBP1"
LENGTH = struct.Struct(">I")
DIGEST_BYTES = 32
PHRASE_BYTES_MAX = 2 << 20  # some 45 seconds
SHELF_BYTES_MAX = 32 << 20
PHRASES_MAX = 512
SUFFIX, DRAFT = ".phrase", ".draft"
DRAFT_S_MAX = 600.0  # a younger one may be in the making, by another process too


class Shelf:
    """A folder of phrases, shared by all voices; its verbs block: call them off the loop."""

    def __init__(
        self,
        folder: Path,
        *,
        bytes_max: int = SHELF_BYTES_MAX,
        on_failure: Callable[[str], None] = lambda _reason: None,
    ) -> None:
        self._folder, self._bytes_max = folder, bytes_max
        self._on_failure = on_failure

    def find(self, edition: str, text: str) -> Sound | None:
        """Return a phrase's sound; what is damaged is thrown away and made again."""
        file = self._file(edition, text)
        try:
            if file.stat().st_size > PHRASE_BYTES_MAX:
                raise ValueError("too large")  # noqa: TRY301 -- the same answer as to any garbage
            sound = _unpacked(file.read_bytes(), text)
            os.utime(file)  # used now: the one used longest ago goes first
        except FileNotFoundError:
            return None
        except ValueError:
            with contextlib.suppress(OSError):
                file.unlink()
            return None
        except OSError as failure:
            self._on_failure(failure.strerror or "it can't be read")
            return None
        return sound

    def keep(self, edition: str, text: str, sound: Sound) -> bool:
        """Write a phrase down, whole or not at all; say whether it is kept."""
        packed = _packed(sound)
        if len(packed) > min(PHRASE_BYTES_MAX, self._bytes_max):
            return False
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with _drafted(self._folder, packed) as draft:
                self._make_room(len(packed), now_s=draft.stat().st_mtime)
                draft.replace(self._file(edition, text))
        except FileNotFoundError:  # all was cleared meanwhile, this phrase too
            return False
        except OSError as failure:  # a full disk, mostly
            self._on_failure(failure.strerror or "it can't be written")
            return False
        return True

    def clear(self) -> None:
        """Forget every phrase: greetings carry people's names."""
        for file in self._files():
            with contextlib.suppress(OSError):
                file.unlink()

    def _file(self, edition: str, text: str) -> Path:
        digest = hashlib.sha256(f"{edition}\0{text}".encode()).hexdigest()
        return self._folder / f"{digest[:40]}{SUFFIX}"

    def _files(self) -> list[Path]:
        try:
            return [file for file in self._folder.iterdir() if file.suffix in (SUFFIX, DRAFT)]
        except OSError:
            return []

    def _make_room(self, needed: int, *, now_s: float) -> None:
        """Drop what was used longest ago; drafts that a crash left are the first to go.

        A young draft stays: whoever writes it, here or in another process, would lose it.
        """
        found: list[tuple[bool, float, int, Path]] = []
        for file in self._files():
            with contextlib.suppress(OSError):
                state, is_whole = file.stat(), file.suffix == SUFFIX
                if is_whole or now_s - state.st_mtime > DRAFT_S_MAX:
                    found.append((is_whole, state.st_mtime, state.st_size, file))
        found.sort()
        total, count = sum(size for *_, size, _ in found), len(found)
        for is_whole, _, size, file in found:
            if is_whole and total + needed <= self._bytes_max and count < PHRASES_MAX:
                return
            with contextlib.suppress(OSError):
                file.unlink()
            total, count = total - size, count - 1


@contextlib.contextmanager
def _drafted(folder: Path, content: bytes) -> Iterator[Path]:
    """Write a draft whose age is nothing by the disk's own clock; drop what is not made of it."""
    handle, name = tempfile.mkstemp(dir=folder, suffix=DRAFT)  # readable by us alone
    draft = Path(name)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
        yield draft
    finally:
        draft.unlink(missing_ok=True)


def _packed(sound: Sound) -> bytes:
    ends = [word.end_ms for word in sound.words]
    head = json.dumps({"rate_hz": sound.rate_hz, "ends_ms": ends}).encode()
    body = MAGIC + LENGTH.pack(len(head)) + head + sound.pcm
    return hashlib.sha256(body).digest() + body


def _unpacked(content: bytes, text: str) -> Sound:
    """Read a phrase; raise ValueError when it is not just as it was written."""
    body = content[DIGEST_BYTES:]
    if hashlib.sha256(body).digest() != content[:DIGEST_BYTES] or not body.startswith(MAGIC):
        raise ValueError("This is no phrase.")
    start = len(MAGIC) + LENGTH.size
    (length,) = LENGTH.unpack_from(body, len(MAGIC))
    head = json.loads(body[start : start + length])
    words, ends = text.split(), head["ends_ms"]
    # Words are not written down: those of the text are put back beside their times.
    times = zip(words, ends, strict=True) if len(words) == len(ends) else ()
    pcm, rate_hz = body[start + length :], head["rate_hz"]
    return Sound(pcm, rate_hz, tuple(WordEnd(word, end_ms) for word, end_ms in times))
