"""Which tables are taken along and which of them come back, each with its reason."""

import json
import re
from collections.abc import Callable, Mapping
from math import isfinite
from typing import Any

from sqlalchemy import JSON, BigInteger, Boolean, Column, Float, Integer, LargeBinary, Table
from sqlalchemy.sql.schema import ScalarElementColumnDefault

from backend.kernel.errors import Invalid
from backend.kernel.forgetting import Kind
from backend.kernel.people import Assurance
from backend.memory.facts.types import ChangeKind, Retraction, SaidBy
from backend.memory.graph.types import ConceptKind
from backend.platform.database.tables import metadata

Values = dict[str, Any]  # Any: a column's value

TAKEN = (  # in the order in which they come back: whatever is pointed at is there before
    "conversations", "turns", "messages", "memories", "concepts", "mentions", "relations",
    "facts", "sources", "fact_changes", "merges", "personality_settings", "sticky_notes",
    "people", "numbers", "deliveries", "ai_model_usage",
)  # fmt: skip
LEFT = {  # and why
    "audit": "the instance's own chain: it proves nothing elsewhere",
    "credentials": "a right, never data",
    "document_updates": "in documents/, as one update each",
    "documents": "in documents/, as one update each",
    "events": "news of what is in the other files",
    "forgettings": "receipts hold for where it was forgotten",
    "freshness": "what caches go by",
    "imports": "what is on its way in",
    "jobs": "work of the instance",
    "short_term": "the last day's view of messages and facts",
    "tombstones": "names of what is gone hold for where it was forgotten",
    "users": "the manifest says whose it is",
    "vault": "sealed by the instance's key: secrets leave it by name only",
    "vectors": "made anew from the messages",
    "webhooks": "what a carrier sent, kept for days",
}
SECRET_COLUMNS = frozenset({"pin_hash", "pin_failures", "pin_locked_until", "owner_id"})
ASKED_FOR = ("people", "numbers")  # who they are here is decided one by one
COME_BACK = (
    "conversations", "turns", "messages", "memories", "concepts",
    "facts", "sources", "fact_changes", "merges", "personality_settings",
)  # fmt: skip

# What is not written again where it was forgotten: of the row itself, and of what it follows from.
FORGOTTEN_BY: Mapping[str, Mapping[str, Kind]] = {
    "conversations": {"id": Kind.CONVERSATION},
    "turns": {"id": Kind.TURN, "conversation_id": Kind.CONVERSATION},
    "messages": {"id": Kind.MESSAGE, "turn_id": Kind.TURN},
    "memories": {"id": Kind.MEMORY, "message_id": Kind.MESSAGE},
    "concepts": {"id": Kind.CONCEPT},
    "facts": {"id": Kind.FACT},
    "sources": {"fact_id": Kind.FACT, "message_id": Kind.MESSAGE},
    "fact_changes": {"fact_id": Kind.FACT},
    "merges": {},
    "personality_settings": {},
}

_ID = re.compile(r"[0-9A-Za-z][0-9A-Za-z_.:@-]{0,199}")
_WORDS: Mapping[tuple[str, str], frozenset[str]] = {
    ("messages", "role"): frozenset({"person", "companion", "import"}),
    ("facts", "said_by"): frozenset(SaidBy),
    ("sources", "said_by"): frozenset(SaidBy),
    ("facts", "retracted_as"): frozenset(Retraction) | {""},
    ("facts", "pin_wish"): frozenset({"", "yes", "no"}),
    ("fact_changes", "kind"): frozenset(ChangeKind),
    ("concepts", "kind"): frozenset(ConceptKind),
}
_ASSURANCES = frozenset(each.value for each in Assurance)
_TEXT_MAX, _MOMENT_MAX = 1 << 20, 253_402_300_799_000_000  # the end of the year 9999


def columns_of(table: Table) -> list[Column[Any]]:
    """Return what is taken along of a table: never a right, never its bytes."""
    return [
        column
        for column in table.columns
        if column.name not in SECRET_COLUMNS and not isinstance(column.type, LargeBinary)
    ]


def line_of(names: list[str], row: tuple[Any, ...]) -> bytes:
    """Return a row as a line."""
    told = dict(zip(names, row, strict=True))
    written = json.dumps(told, ensure_ascii=False, separators=(",", ":"))
    return written.encode("utf-8", "backslashreplace") + b"\n"  # half a pair is an escape in JSON


def row_of(name: str, given: object) -> Values:
    """Return a line's row as our table takes it; Invalid, naming no value, where it does not fit.

    What an older export lacks has its default; what a newer one has beside is left out.
    """
    if not isinstance(given, dict):
        raise Invalid(f"The export's table {name} is malformed.")
    table = metadata.tables[name]
    values: Values = {}
    for column in columns_of(table):
        if column.name in given:
            value = given[column.name]
            if not _fits(name, column, value):
                raise Invalid(f"The export's column {name}.{column.name} is malformed.")
            values[column.name] = storable(value) if isinstance(value, str) else value
        else:
            values[column.name] = _default(name, column)
    return values


def storable(text: str) -> str:
    """Return text as every database takes it: no NUL, and no half of a pair."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode()


def _default(name: str, column: Column[Any]) -> Any:  # Any: a column's value
    default = column.default
    if isinstance(default, ScalarElementColumnDefault):
        return default.arg
    if default is not None:
        return {}  # of the columns that hold JSON
    if column.nullable:
        return None
    raise Invalid(f"The export's table {name} lacks its column {column.name}.")


def _fits(name: str, column: Column[Any], value: object) -> bool:
    if value is None:
        return bool(column.nullable)
    if (name, column.name) in _WORDS:
        return value in _WORDS[name, column.name] if isinstance(value, str) else False
    if column.name == "assurance":
        return value in _ASSURANCES if isinstance(value, str) else False
    return next((fits for kind, fits in _KINDS if isinstance(column.type, kind)), _is_text)(
        value
    ) and (column.name != "id" or bool(_ID.fullmatch(str(value))))


def _is_text(value: object) -> bool:
    return isinstance(value, str) and len(value) <= _TEXT_MAX


def _is_number(value: object) -> bool:
    is_integer = isinstance(value, int) and not isinstance(value, bool)
    return is_integer and abs(int(str(value))) <= _MOMENT_MAX


_KINDS: tuple[tuple[type, Callable[[object], bool]], ...] = (
    (JSON, lambda value: isinstance(value, dict | list)),
    (Boolean, lambda value: isinstance(value, bool)),
    (Float, lambda value: (isinstance(value, float) and isfinite(value)) or _is_number(value)),
    (BigInteger, _is_number),
    (Integer, lambda value: _is_number(value) and abs(int(str(value))) < 1 << 31),
)
