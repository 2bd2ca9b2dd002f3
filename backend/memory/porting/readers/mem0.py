"""mem0's `get_all`: memories with their dates, as a list or under `results`."""

from collections.abc import Iterator
from typing import BinaryIO

from backend.memory.porting.readers.fields import Given, mapping, moment, name, words
from backend.memory.porting.splitting import Item, items
from backend.memory.porting.types import Line, Problem

LISTS = {"", "results", "memories"}


def read(stream: BinaryIO) -> Iterator[Line | Problem]:
    """Yield each memory as something that was to be kept in mind."""
    for item in items(stream):
        if isinstance(item, Problem):
            yield item
        elif item.key in LISTS:
            yield _memory(item)


def _memory(item: Item) -> Line | Problem:
    given: Given = mapping(item.value)
    text = words(given.get("memory")) or words(given.get("text"))
    # Only of what never said when it was made, the last change is the best that is known.
    said_at = moment(given.get("created_at"))
    said_at = moment(given.get("updated_at")) if said_at is None else said_at
    memory_id = name(given.get("id"))
    if not text or said_at is None or not memory_id:
        return Problem(item.line, "a memory without id, words or date")
    metadata = mapping(given.get("metadata"))
    return Line(
        id=f"mem0:{memory_id}",
        speaker="user",
        text=text,
        said_at=said_at,
        session=name(given.get("run_id")) or name(metadata.get("session")),
        is_memory=True,
        place=item.line,
    )
