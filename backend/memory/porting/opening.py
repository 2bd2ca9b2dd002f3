"""Says whose file it is, and opens what is to be read of it."""

import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from fnmatch import fnmatch
from typing import BinaryIO

from backend.kernel.clock import DAY, Instant, later
from backend.kernel.errors import Invalid
from backend.memory.moments import EARLIEST
from backend.memory.porting import archives
from backend.memory.porting.readers import chatgpt, claude, jsonl, mem0
from backend.memory.porting.readers.fields import mapping
from backend.memory.porting.splitting import Item, items, lines
from backend.memory.porting.types import Found, Kind, Line, Problem, Read

READERS: Mapping[Kind, Read] = {
    Kind.CHATGPT: chatgpt.read,
    Kind.CLAUDE: claude.read,
    Kind.MEM0: mem0.read,
    Kind.JSONL: jsonl.read,
}
INSIDE: Mapping[Kind, str] = {  # what is read of a ZIP file
    Kind.CHATGPT: "conversations*.json",
    Kind.CLAUDE: "conversations*.json",
    Kind.MEM0: "*.json",
    Kind.JSONL: "*.jsonl",
}
OUT_OF_TIME = "a date before 1900 or in the future"
CURE = "--from chatgpt|claude|mem0|jsonl|ringback"


def kind_of(file: BinaryIO) -> Kind:
    """Return whose file it is, by what stands first in it."""
    file.seek(0)
    if _is_zip(file):
        with archives.opened(file) as archive:
            names = archive.namelist()
            if archives.MANIFEST in names and any(each.startswith("data/") for each in names):
                return Kind.RINGBACK
            if any(fnmatch(_base(each), "*.jsonl") for each in names):
                return Kind.JSONL
        first = _first(file, Kind.MEM0)
    else:
        file.seek(0)
        first = next((each for each in lines(file) if isinstance(each, Item)), None)
        if first is not None and {"text", "timestamp"} & set(mapping(first.value)):
            return Kind.JSONL
        file.seek(0)
        first = _telling(file)
    return _kind_by(first)


def _telling(stream: BinaryIO) -> Item | Problem | None:
    """Return the first item of a list that says something."""
    return next((each for each in items(stream) if _is_told(each)), None)


def _is_told(each: Item | Problem) -> bool:
    return isinstance(each, Problem) or each.key in mem0.LISTS


def _kind_by(first: Item | Problem | None) -> Kind:
    given = mapping(first.value) if isinstance(first, Item) else {}
    for name, kind in (
        ("mapping", Kind.CHATGPT),
        ("chat_messages", Kind.CLAUDE),
        ("memory", Kind.MEM0),
    ):
        if name in given:
            return kind
    raise Invalid("Nobody can say whose file this is.", cure=CURE)


def read(file: BinaryIO, kind: Kind, *, now: Instant) -> Iterator[Line | Problem]:
    """Yield what was said, in the file's own order."""
    latest = later(now, DAY)  # another clock may go before ours
    for stream in _streams(file, kind):
        with _guarded():
            for each in READERS[kind](stream):
                if isinstance(each, Problem) or EARLIEST <= each.said_at <= latest:
                    yield each
                else:
                    yield Problem(each.place, OUT_OF_TIME)


def look_through(file: BinaryIO, kind: Kind, *, now: Instant) -> Found:
    """Return what there is in a file, and what of it can't be read; nothing is written."""
    kind = kind_of(file) if kind is Kind.AUTO else kind
    file.seek(0)
    if kind is Kind.RINGBACK:
        return archives.checked(file)
    found = Found(kind)
    for each in read(file, kind, now=now):
        found.add(each)
    if not found.lines and not found.problems:
        raise Invalid("There is nothing in this file that was said.", cure=CURE)
    return found


def _streams(file: BinaryIO, kind: Kind) -> Iterator[BinaryIO]:
    file.seek(0)
    if not _is_zip(file):
        file.seek(0)
        yield file
        return
    with archives.opened(file) as archive:
        inside = sorted(name for name in archive.namelist() if fnmatch(_base(name), INSIDE[kind]))
        if not inside:
            raise Invalid(f"There is no {INSIDE[kind]} in this ZIP file.", cure=CURE)
        for name in inside:
            with _guarded(), archive.open(name) as stream:
                yield stream  # type: ignore[misc]  # a binary stream, typed as IO[bytes]


@contextmanager
def _guarded() -> Iterator[None]:
    try:
        yield
    except archives.BROKEN:
        raise Invalid(archives.CUT, cure=archives.AGAIN) from None


def _first(file: BinaryIO, kind: Kind) -> Item | Problem | None:
    patterns = (INSIDE[Kind.CHATGPT], INSIDE[kind])
    with archives.opened(file) as archive:
        for pattern in patterns:
            for name in sorted(archive.namelist()):
                if fnmatch(_base(name), pattern):
                    with _guarded(), archive.open(name) as stream:
                        return _telling(stream)  # type: ignore[arg-type]
    return None


def _is_zip(file: BinaryIO) -> bool:
    file.seek(0)
    begins = file.read(4)
    file.seek(0)
    return begins in {b"PK\x03\x04", b"PK\x05\x06"} or zipfile.is_zipfile(file)


def _base(name: str) -> str:
    return name.rpartition("/")[2]
