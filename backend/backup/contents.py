"""What an archive must contain to be whole: each object as it was, each count as it was written."""

import hashlib
import json
from typing import Any

from backend.backup.archive import Kind, Record
from backend.backup.rows import check_columns, read_lines, tables
from backend.backup.types import ArchiveSummary
from backend.kernel.errors import Corrupt


class Counting:
    """Takes every record in turn and checks what can be checked without keeping it."""

    def __init__(self, *, is_older: bool = False) -> None:
        self._is_older = is_older  # of an earlier schema, which had fewer tables
        self._tables: dict[str, int] = {}
        self._table: tuple[Any, list[str]] | None = None  # Any: SQLAlchemy's table
        self._digest: Any = None  # Any: a hash under way, between an object's records
        self._size = 0
        self._objects = 0
        self._end: ArchiveSummary | None = None

    def take(self, record: Record) -> None:
        """Check one record; Corrupt when it can't follow the others."""
        try:
            self._take(record)
        except (ValueError, KeyError, TypeError, AttributeError):
            raise _malformed() from None

    def summary(self) -> ArchiveSummary:
        """Return the counts, once the end was seen."""
        if self._end is None:
            raise _malformed()
        return self._end

    def _take(self, record: Record) -> None:
        is_within_object = record.kind in (Kind.BYTES, Kind.OBJECT_END)
        if is_within_object != (self._digest is not None):
            raise _malformed()
        match record.kind:
            case Kind.TABLE:
                self._table = check_columns(json.loads(record.payload), is_older=self._is_older)
                self._tables[self._table[0].name] = 0
            case Kind.ROWS:
                self._count_rows(record.payload)
            case Kind.OBJECT:
                str(json.loads(record.payload)["key"])
                self._digest, self._size = hashlib.sha256(), 0
            case Kind.BYTES:
                self._digest.update(record.payload)
                self._size += len(record.payload)
            case Kind.OBJECT_END:
                self._end_object(json.loads(record.payload))
            case Kind.END:
                self._end_all(json.loads(record.payload))

    def _count_rows(self, block: bytes) -> None:
        if self._table is None:
            raise _malformed()
        table, columns = self._table
        self._tables[table.name] += len(read_lines(table, columns, block, nul=""))

    def _end_object(self, end: Any) -> None:  # Any: JSON
        if (end["size"], end["sha256"]) != (self._size, self._digest.hexdigest()):
            raise Corrupt("An object in the archive is not what it was.", cure="take another")
        self._objects += 1
        self._digest = None

    def _end_all(self, end: Any) -> None:  # Any: JSON
        found = ArchiveSummary(self._tables, self._objects)
        is_whole = set(self._tables) == {table.name for table in tables()}
        if (
            not (is_whole or self._is_older)
            or ArchiveSummary(end["tables"], end["objects"]) != found
        ):
            raise _malformed()
        self._end = found


def _malformed() -> Corrupt:
    return Corrupt("The archive's records are malformed.", cure="take another backup")
