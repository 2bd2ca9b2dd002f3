"""Our own export as a file: its manifest, its checksums, and its tables line by line."""

import hashlib
import json
import lzma
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO

from pycrdt import Doc

from backend.documents.updates import apply_update
from backend.kernel.errors import Invalid
from backend.memory.porting.tables import ASKED_FOR, COME_BACK, Values, row_of
from backend.memory.porting.types import Found, Kind

FORMAT = "ringback-export"
VERSION = 1
MANIFEST = "manifest.json"
MANIFEST_BYTES_MAX = 64 << 20
LINE_BYTES_MAX = 8 << 20
PIECE_BYTES = 1 << 20
DOCUMENT_BYTES_MAX = 64 << 20
NAME_MAX = 512
UNPACKED_MIN, UNPACKED_TIMES = 256 << 20, 100  # words pack to a tenth, a bomb to a thousandth
DAMAGED = "The export is cut or damaged: nothing of it was imported."
_NAME = re.compile(r"[0-9A-Za-z][0-9A-Za-z_-]{0,199}")  # of an owner or a call: a part of a path
BROKEN = (  # what zipfile and its unpackers raise at files that were damaged, by chance or by will
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, OSError, EOFError, ValueError,
    OverflowError, NotImplementedError, RuntimeError,
)  # fmt: skip
CUT, AGAIN = "The file is cut or damaged: nothing of it was imported.", "take the file again"
CURE = "take the file again: ringback export FILE.zip"


@dataclass(frozen=True, slots=True)
class Manifest:
    """What an export says of itself."""

    owner_id: str
    files: Mapping[str, Mapping[str, Any]]  # Any: JSON; path → sha256, bytes, rows


def opened(file: BinaryIO) -> zipfile.ZipFile:
    """Open an archive; Invalid when it is cut, none, or a bomb: far more than it is packed."""
    size = file.seek(0, 2)
    try:
        archive = zipfile.ZipFile(file)
    except BROKEN:
        raise Invalid(CUT, cure=AGAIN) from None
    # Nothing is read beyond what a file of it declares, so that these sums hold.
    if sum(each.file_size for each in archive.infolist()) > UNPACKED_MIN + UNPACKED_TIMES * size:
        archive.close()
        raise Invalid("Unpacked, this ZIP file is larger than any export.", cure=AGAIN)
    return archive


def manifest_of(archive: zipfile.ZipFile) -> Manifest:
    """Return an export's manifest; Invalid for what is none of ours."""
    try:
        with archive.open(MANIFEST) as stream:
            told = json.loads(stream.read(MANIFEST_BYTES_MAX))
        is_ours, version = told["format"] == FORMAT, int(told["version"])
        files = {str(path): dict(facts) for path, facts in told["files"].items()}
        owner_id = str(told["owner_id"])
    except (KeyError, TypeError, AttributeError, RecursionError, *BROKEN):
        raise Invalid(DAMAGED, cure=CURE) from None
    if not _NAME.fullmatch(owner_id):
        raise Invalid(DAMAGED, cure=CURE)
    if not is_ours:
        raise Invalid("This is no export of Ringback.", cure="--from names whose file it is")
    if version > VERSION:
        raise Invalid("A newer Ringback made this export.", cure="ringback upgrade")
    return Manifest(owner_id, files)


def checked(file: BinaryIO) -> Found:
    """Look through a whole export before anything of it is written: checksums, and every row."""
    found = Found(Kind.RINGBACK)
    with opened(file) as archive:
        manifest = manifest_of(archive)
        try:
            for path, facts in manifest.files.items():
                _check(archive, path, facts)
        except (KeyError, *BROKEN):
            raise Invalid(DAMAGED, cure=CURE) from None
        for path in filter(is_enclosure, manifest.files):
            _check_enclosure(archive, path)
        for name in (*ASKED_FOR, *COME_BACK):
            for row in rows(archive, name):
                found.tables[name] = found.tables.get(name, 0) + 1
                if name == "messages":
                    _tell(found, row)
        documents = sum(path.endswith(".yjs") for path in manifest.files)
        recordings = sum(path.endswith(".wav") for path in manifest.files)
        found.tables |= {"documents": documents, "recordings": recordings}
    return found


def rows(archive: zipfile.ZipFile, name: str) -> Iterator[Values]:
    """Yield a table's rows; a table that an older export lacks has none."""
    path = f"data/{name}.jsonl"
    if path not in archive.namelist():
        return
    with archive.open(path) as stream:
        while raw := stream.readline(LINE_BYTES_MAX + 1):
            if len(raw) > LINE_BYTES_MAX:
                raise Invalid(f"The export's table {name} is malformed.", cure=CURE)
            try:
                given = json.loads(raw)
            except (ValueError, RecursionError):
                raise Invalid(f"The export's table {name} is malformed.", cure=CURE) from None
            yield row_of(name, given)


def call_of(path: str) -> str:
    """Return the id of the call whose sound a file of an archive is."""
    return path.removeprefix("recordings/").removesuffix(".wav")


def document_in(archive: zipfile.ZipFile, path: str) -> tuple[str, bytes]:
    """Return a document's name and state; Invalid where an export has no such thing."""
    try:
        with archive.open(path.removesuffix(".yjs") + ".json") as stream:
            told = json.loads(stream.read(DOCUMENT_BYTES_MAX))
        with archive.open(path) as stream:
            state = stream.read(DOCUMENT_BYTES_MAX + 1)
        name = told["name"]
    except (KeyError, TypeError, RecursionError, *BROKEN):
        raise Invalid("A document of the export is malformed.", cure=CURE) from None
    if not isinstance(name, str) or not 0 < len(name) <= NAME_MAX or "\x00" in name:
        raise Invalid("A document of the export has no sensible name.", cure=CURE)
    if len(state) > DOCUMENT_BYTES_MAX:
        raise Invalid("A document of the export is larger than one may be.", cure=CURE)
    return name, state


def is_enclosure(path: str) -> bool:
    """Say whether a file of an archive is no table: a document's state, or a recording."""
    return path.endswith((".yjs", ".wav"))


def _check_enclosure(archive: zipfile.ZipFile, path: str) -> None:
    """Try what lies beside the rows, so that nothing of it is refused when half is written."""
    if path.endswith(".wav"):
        if not path.startswith("recordings/") or not _NAME.fullmatch(call_of(path)):
            raise Invalid("A recording of the export is of no call.", cure=CURE)
        return
    apply_update(Doc(), document_in(archive, path)[1])


def _check(archive: zipfile.ZipFile, path: str, facts: Mapping[str, Any]) -> None:
    digest, size = hashlib.sha256(), 0
    with archive.open(path) as stream:
        while piece := stream.read(PIECE_BYTES):
            digest.update(piece)
            size += len(piece)
    if digest.hexdigest() != facts.get("sha256") or size != facts.get("bytes"):
        raise Invalid(DAMAGED, cure=CURE)


def _tell(found: Found, row: Values) -> None:
    said_at = row["said_at"]
    found.lines += 1
    found.assistants += row["role"] == "companion"
    found.first = said_at if found.first is None else min(found.first, said_at)
    found.last = said_at if found.last is None else max(found.last, said_at)
