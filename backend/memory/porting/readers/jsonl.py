"""Plain JSONL: one turn a line, `id`, `text`, `timestamp`, and `speaker`, `session`, `caption`.

Who names no speaker tells their own: it is read as the words of whoever brings it in. A `role`, as
chats of models have it, stands for one.
"""

from collections.abc import Iterator
from typing import BinaryIO

from backend.memory.facts.learning import MACHINES
from backend.memory.graph.types import folded
from backend.memory.porting.readers.fields import Given, mapping, moment, name, words
from backend.memory.porting.splitting import Item, lines
from backend.memory.porting.types import UNNAMED, Line, Problem


def read(stream: BinaryIO) -> Iterator[Line | Problem]:
    """Yield each line's turn."""
    for item in lines(stream):
        yield _line(item) if isinstance(item, Item) else item


def _line(item: Item) -> Line | Problem:
    given: Given = mapping(item.value)
    said_at, text = moment(given.get("timestamp")), words(given.get("text"))
    external_id, caption = name(given.get("id")), words(given.get("caption"))
    for is_there, missing in (
        (given, "object with fields"),
        (external_id, '"id"'),
        (text or caption, '"text"'),
        (said_at is not None, '"timestamp" that is a date'),
    ):
        if not is_there:
            return Problem(item.line, f"no {missing}")
    assert said_at is not None  # or it was a problem
    speaker = name(given.get("speaker")) or name(given.get("role")) or UNNAMED
    return Line(
        id=external_id,
        speaker=speaker,
        text=text,
        said_at=said_at,
        session=name(given.get("session")),
        caption=caption,
        is_machine=folded(speaker) in MACHINES,
        place=item.line,
    )
