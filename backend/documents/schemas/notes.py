"""The document `notes`: a root map "notes" of identifier → {text, done, created_at}.

`text` is a Y.Text, so that two devices may type in one note at once; a plain string is read too.
`created_at` is in milliseconds, as JavaScript counts.
"""

import math
from collections.abc import Iterable
from typing import Any

from pycrdt import Doc, Map, Text

from backend.documents.types import Note
from backend.kernel.clock import Instant

DOCUMENT = "notes"
KIND = "notes"
ROOT = "notes"
FORGOTTEN = "forgotten"  # identifier → when, in milliseconds: devices drop what they still hold

NOTE_CHARACTERS_MAX = 10_000  # read from one note: what devices write is not in our hands
_MICROS_PER_MILLI = 1_000


def add_note(doc: Doc[Any], identifier: str, text: str, at: Instant) -> None:
    """Put a note into the document."""
    notes = doc.get(ROOT, type=Map)
    notes[identifier] = Map(
        {"text": Text(text), "done": False, "created_at": float(at // _MICROS_PER_MILLI)}
    )


def remove_note(doc: Doc[Any], identifier: str) -> bool:
    """Take a note out of the document; False when it is not in it."""
    notes = doc.get(ROOT, type=Map)
    if identifier not in notes:
        return False
    del notes[identifier]
    return True


def forget_note(doc: Doc[Any], identifier: str, at: Instant) -> None:
    """Take a note out for good: should a device bring it back, it is passed over."""
    remove_note(doc, identifier)
    doc.get(FORGOTTEN, type=Map)[identifier] = float(at // _MICROS_PER_MILLI)


def are_forgotten(doc: Doc[Any], identifiers: Iterable[str]) -> bool:
    """Say whether these notes are gone for good, and not even brought back unseen."""
    there = doc.get(ROOT, type=Map) if ROOT in doc.keys() else {}  # noqa: SIM118 - a document's own iteration gives the same keys
    gone = _forgotten(doc)
    return all(each in gone and each not in there for each in identifiers)


def mark_note(doc: Doc[Any], identifier: str, *, is_done: bool) -> bool:
    """Mark a note as done or open; False when it is not in the document."""
    note = doc.get(ROOT, type=Map).get(identifier)
    if not isinstance(note, Map):
        return False
    note["done"] = is_done
    return True


def read_notes(doc: Doc[Any]) -> list[Note]:
    """Return the notes, oldest first; what is no note is passed over."""
    if ROOT not in doc.keys():  # noqa: SIM118 - a document's own iteration gives the same keys
        return []
    entries, gone = doc.get(ROOT, type=Map), _forgotten(doc)
    named = [identifier for identifier in list(entries.keys()) if identifier not in gone]
    notes = [_note(identifier, entries[identifier]) for identifier in named]
    return sorted(
        (note for note in notes if note is not None), key=lambda note: (note.created_at, note.id)
    )


def _forgotten(doc: Doc[Any]) -> frozenset[str]:
    if FORGOTTEN not in doc.keys():  # noqa: SIM118 - a document's own iteration gives the same keys
        return frozenset()
    return frozenset(doc.get(FORGOTTEN, type=Map).keys())


def _note(identifier: str, entry: object) -> Note | None:
    # Only what a note consists of is looked at, one field at a time. A device may put anything
    # into the map, and turning all of it into Python at once has been seen to never end.
    if isinstance(entry, str):
        return _of(identifier, entry, done=False, created_at=0)
    if not isinstance(entry, Map):
        return None
    text = entry.get("text")
    if not isinstance(text, str | Text):
        return None
    return _of(identifier, str(text), done=entry.get("done"), created_at=entry.get("created_at"))


def _of(identifier: str, text: str, *, done: object, created_at: object) -> Note | None:
    if not text.strip():
        return None
    return Note(
        id=identifier,
        text=text.strip()[:NOTE_CHARACTERS_MAX],
        is_done=done is True,
        created_at=_micros(created_at),
    )


def _micros(millis: object) -> int:
    if isinstance(millis, bool) or not isinstance(millis, int | float):
        return 0
    if not math.isfinite(millis) or not 0 <= millis < 1e14:  # until the year 5138
        return 0
    return int(millis) * _MICROS_PER_MILLI
