"""Whom a wish to forget somebody means, and which words name them."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, Select, exists, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.kernel.clock import Instant
from backend.kernel.errors import Conflict
from backend.kernel.forgetting import Kind, OneThing, Person, Scope, things
from backend.kernel.ids import OwnerId
from backend.memory.facts.bearers import Bearers
from backend.memory.graph.types import ConceptKind, folded
from backend.platform.database.folding import may_contain
from backend.platform.database.tables import concepts, facts, mentions, merges, messages, relations
from backend.platform.forgetting.port import Targets

Bearer = Row[*tuple[Any, ...]]  # Any: SQLAlchemy's row of a concept

_COLUMNS = (
    concepts.c.id,
    concepts.c.key,
    concepts.c.name,
    concepts.c.qualifier,
    concepts.c.merged_into,
)
_SPEAKING = (
    mentions.c.concept_id,
    relations.c.subject_id,
    relations.c.object_id,
    facts.c.subject_id,
    facts.c.object_id,
    merges.c.kept_id,
    merges.c.merged_id,
)


async def meant(connection: AsyncConnection, scope: Scope) -> Targets:
    """Return whom a wish means, with every word that names them.

    Of several with one name somebody must choose; whoever is the only one goes with all that bears
    the name, by whichever way they were chosen.
    """
    wanted = _wanted(scope)
    if wanted is None:
        return frozenset()
    found = await _chosen(connection, scope.owner_id, wanted)
    if not found:
        if wanted.concept_id:
            return frozenset()
        return await _worded(connection, scope.owner_id, folded(wanted.name), None)
    named = things(Kind.CONCEPT, (row.id for row in found))
    for key in sorted({row.key for row in found}):
        others = await _bearers(connection, scope.owner_id, key)
        which: set[str] | None = {row.qualifier for row in found if row.key == key}
        if _is_one(others):  # with the names of whom nothing is said
            which, called = None, await connection.execute(_called(scope.owner_id, key))
            named |= things(Kind.CONCEPT, (row.id for row in called))
        named |= await _worded(connection, scope.owner_id, key, which)
    return named


async def only_name(connection: AsyncConnection, scope: Scope) -> str:
    """Return the name of somebody who was chosen by an id, where nobody else bears it; or ""."""
    wanted = _wanted(scope)
    if wanted is None or not wanted.concept_id:
        return ""
    found = await _chosen(connection, scope.owner_id, wanted)
    if not found:
        return ""
    others = await _bearers(connection, scope.owner_id, found[0].key)
    return str(found[0].name) if _is_one(others) else ""


async def identity(connection: AsyncConnection, scope: Scope) -> tuple[str, str] | None:
    """Return the folded name, and which of several it is, of whom an id means."""
    wanted = _wanted(scope)
    if wanted is None or not wanted.concept_id:
        return None
    found = await _chosen(connection, scope.owner_id, wanted)
    return (found[0].key, folded(found[0].qualifier)) if found else None


def _wanted(scope: Scope) -> Person | None:
    what = scope.what
    if isinstance(what, OneThing) and what.target.kind is Kind.CONCEPT:
        return Person("", what.target.id)
    return what if isinstance(what, Person) else None


async def _chosen(
    connection: AsyncConnection, owner_id: OwnerId, person: Person
) -> Sequence[Bearer]:
    if person.concept_id:
        query = select(*_COLUMNS).where(
            concepts.c.owner_id == owner_id, concepts.c.id == person.concept_id
        )
        return (await connection.execute(query)).all()
    found = await _bearers(connection, owner_id, folded(person.name))
    if not _is_one(found):
        known = ", ".join(f"{row.qualifier or 'no more is known'}: {row.id}" for row in found)
        raise Conflict(
            f"There are several of that name ({known}).", cure="ringback forget person --id ID"
        )
    return found


async def _bearers(connection: AsyncConnection, owner_id: OwnerId, key: str) -> Sequence[Bearer]:
    """Return the people of a folded name; of several only those of whom anything is said."""
    spoken_of = or_(*(exists().where(each == concepts.c.id) for each in _SPEAKING))
    query = _called(owner_id, key)
    found = (await connection.execute(query)).all()
    if _is_one(found):
        return found
    return (await connection.execute(query.where(spoken_of))).all() or found


def _called(owner_id: OwnerId, key: str) -> Select[*tuple[Any, ...]]:  # Any: such rows
    return (
        select(*_COLUMNS)
        .where(
            concepts.c.owner_id == owner_id,
            concepts.c.key == key,
            concepts.c.kind == ConceptKind.PERSON.value,
        )
        .order_by(concepts.c.id)
    )


def _is_one(found: Sequence[Bearer]) -> bool:
    """Say whether these are one person: of those that were merged, the one that is kept."""
    return len({row.merged_into or row.id for row in found}) < 2


async def _worded(
    connection: AsyncConnection, owner_id: OwnerId, name: str, which: set[str] | None
) -> Targets:
    """Return messages that say a name, or that they said; the graph need not have seen each.

    Of several with one name (`which` of them is given), only those that can't be another's.
    """
    if not name:
        return frozenset()
    columns = messages.c.text, messages.c.caption, messages.c.speaker
    query = select(messages.c.id, messages.c.said_at, *columns).where(
        messages.c.owner_id == owner_id, or_(*(may_contain(each, name) for each in columns))
    )
    found: dict[str, Instant] = {}
    async for row in await connection.stream(query):
        said = f" {folded(row.text)} {folded(row.caption)} "
        if folded(row.speaker) == name or names(said, name):
            found[row.id] = Instant(row.said_at)
    if which is not None:
        bearers = await Bearers.read(connection, owner_id, [name], sorted(found))
        theirs = {folded(each) for each in which}
        found = {id_: at for id_, at in found.items() if bearers.of(id_, name, at) & theirs}
    return things(Kind.MESSAGE, found)


def names(said: str, name: str) -> bool:
    """Say whether a folded text has a name as words of their own: "Anna" is not in "Susanna"."""
    place = said.find(name)
    while place >= 0:
        before, after = said[place - 1 : place], said[place + len(name) : place + len(name) + 1]
        if not (before.isalnum() or after.isalnum()):
            return True
        place = said.find(name, place + 1)
    return False
