"""Which of the things that are read at every turn have been written to since they were read.

Each transaction that writes to a watched table gives that table's topic a new version, of the owner
whose rows it wrote, in its own commit. So whoever finds the version unchanged knows that nothing
was written in between, by whichever process. Nobody has to remember to say so: the table and the
owner are read from the statement itself, and what does not name its owner counts for everybody.

A version names the one before it as well: who has a value as of that one, and is told all that the
commit in between changed, has the value of now without reading it.
"""

import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import (
    BinaryExpression,
    BindParameter,
    ColumnElement,
    Delete,
    Executable,
    Insert,
    Table,
    Update,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.elements import BooleanClauseList
from sqlalchemy.sql.operators import and_, eq

from backend.platform.database.tables import freshness

EVERYBODY = ""  # the owner of what is not one owner's alone, and of what was not named

# What is read at every turn, by table. Not here: what every turn writes and none reads again.
WATCHED: Final[Mapping[str, str]] = {
    "people": "people",
    "numbers": "people",
    "credentials": "credentials",
    "personality_settings": "personality",
    "facts": "facts",
    "sources": "facts",
    "short_term": "recent",
    "turns": "recent",
    "concepts": "names",
    "mentions": "names",
    "document_updates": "documents",
    "documents": "documents",
    "vectors": "vectors",
    "vector_models": "models",
    "forgettings": "facts",  # what is on its way out is not shown any more
}
# Of a table that is written often, the columns that are read again.
ONLY: Final[Mapping[str, tuple[str, frozenset[str]]]] = {
    "conversations": ("facts", frozenset({"recording", "recording_from_ms"})),
    "forgettings": ("facts", frozenset({"state", "before"})),
}
TOPICS: Final = frozenset(WATCHED.values())
SHARED: Final = frozenset({"people"})  # looked up by numbers and names, before the owner is known

Touched = tuple[str, str]  # an owner and a topic
Versions = Mapping[Touched, str]
Told = tuple[object, ...]  # changes, in order, as those who write and those who keep agree on


@dataclass(frozen=True, slots=True)
class Step:
    """How a topic of an owner went on by one commit."""

    before: str | None  # the version that it took the place of; None: there was none
    after: str
    told: Told | None = None  # all that was changed; None: not all of it was told


Steps = Mapping[Touched, Step]
Parameters = Mapping[str, Any] | Sequence[Mapping[str, Any]]  # Any: a column's value


def _marking(insert: Callable[[Table], Any]) -> Executable:  # Any: of either dialect
    new = insert(freshness)
    marking: Executable = new.on_conflict_do_update(
        index_elements=[freshness.c.owner_id, freshness.c.topic],
        set_={"version": new.excluded.version, "before": freshness.c.version},
    ).returning(freshness.c.owner_id, freshness.c.topic, freshness.c.before)
    return marking


# Built once: almost every commit ends with it.
_MARKED: Final = {
    "sqlite": _marking(sqlite.insert),
    "postgresql": _marking(postgresql.insert),
}


def touched_by(
    statement: Executable, parameters: Parameters | None, dialect: Dialect
) -> frozenset[Touched]:
    """Return whose topics a statement writes to; nothing when it writes to no watched table."""
    if not isinstance(statement, Insert | Update | Delete):
        return frozenset()
    name = getattr(statement.table, "name", "")
    topic = WATCHED.get(name, "")
    if name in ONLY and isinstance(statement, Update):
        topic, columns = ONLY[name]
        written = {*statement.compile(dialect=dialect).params, *(_rows(parameters) or [{}])[0]}
        topic = topic if columns & written else ""
    if not topic:
        return frozenset()
    if topic in SHARED:
        return frozenset({(EVERYBODY, topic)})
    return frozenset((owner, topic) for owner in _owners(statement, parameters, dialect))


async def mark(
    connection: AsyncConnection, touched: Iterable[Touched], told: Mapping[Touched, Told]
) -> Steps:
    """Give topics a new version, as the last thing that a transaction writes.

    Last and in one order: two transactions that touch the same topics can't wait for each other.
    """
    version = uuid.uuid4().hex  # never a number: an older backup that comes back can't repeat it
    marked = await connection.execute(
        _MARKED[connection.dialect.name],
        [
            {"owner_id": owner, "topic": topic, "version": version}
            for owner, topic in sorted(touched)
        ],
    )
    steps: dict[Touched, Step] = {}
    for row in marked:
        one = (str(row.owner_id), str(row.topic))
        steps[one] = Step(row.before, version, told.get(one))
    return steps


async def versions(connection: AsyncConnection, owner_id: str) -> Versions:
    """Return the versions of an owner's topics and of those that are everybody's."""
    found = await connection.execute(
        select(freshness.c.owner_id, freshness.c.topic, freshness.c.version).where(
            freshness.c.owner_id.in_({EVERYBODY, owner_id})
        )
    )
    return {(row.owner_id, row.topic): row.version for row in found}


def _owners(
    statement: Insert | Update | Delete, parameters: Parameters | None, dialect: Dialect
) -> frozenset[str]:
    """Return whose rows a statement writes, as far as it says so itself."""
    given = _rows(parameters)
    if isinstance(statement, Insert):
        rows = given or [dict(statement.compile(dialect=dialect).params)]
        return frozenset(str(row.get("owner_id") or EVERYBODY) for row in rows)
    for condition in _all_of(statement.whereclause):
        if _is_owner(condition):
            assert isinstance(condition.right, BindParameter)
            return _bound(condition.right, given)
    return frozenset({EVERYBODY})


def _bound(value: BindParameter[Any], given: Sequence[Mapping[str, Any]]) -> frozenset[str]:
    if value.key in (given[0] if given else {}):
        return frozenset(str(row.get(value.key) or EVERYBODY) for row in given)
    return frozenset({str(value.value or EVERYBODY)})


def _rows(parameters: Parameters | None) -> Sequence[Mapping[str, Any]]:
    if not parameters:
        return []
    return [parameters] if isinstance(parameters, Mapping) else parameters


def _all_of(clause: ColumnElement[Any] | None) -> Iterator[ColumnElement[Any]]:
    """Yield the conditions that must all hold; one among others that may hold says nothing."""
    if isinstance(clause, BooleanClauseList) and clause.operator is and_:
        for part in clause.clauses:
            yield from _all_of(part)
    elif clause is not None:
        yield clause


def _is_owner(condition: ColumnElement[Any]) -> bool:
    return (
        isinstance(condition, BinaryExpression)
        and condition.operator is eq
        and getattr(condition.left, "name", "") == "owner_id"
        and isinstance(condition.right, BindParameter)
    )
