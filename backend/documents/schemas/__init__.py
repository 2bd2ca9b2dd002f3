"""The kinds of documents: what lies in them, and where it lies."""

from backend.documents.schemas import notes

PLAIN = "plain"  # a document whose content is its devices' own affair

_KINDS = {notes.DOCUMENT: notes.KIND}


def kind_of(name: str) -> str:
    """Return the kind of a document of this name."""
    return _KINDS.get(name, PLAIN)
