"""The form of an archive: a header in the clear, then sealed pieces of one stream of records."""

from backend.backup.archive.header import Header, new_header, read_header
from backend.backup.archive.pieces import opened, sealed
from backend.backup.archive.records import Kind, Record, packed, unpacked
from backend.backup.archive.source import Source

__all__ = [
    "Header",
    "Kind",
    "Record",
    "Source",
    "new_header",
    "opened",
    "packed",
    "read_header",
    "sealed",
    "unpacked",
]
