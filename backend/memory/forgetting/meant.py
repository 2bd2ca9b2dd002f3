"""Whom a wish to forget somebody means, and which words name them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, Select, exists, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.kernel.clock import Instant
from backend.kernel.errors import Conflict
from backend.kernel.forgetting import Kind, OneThing, Person, Scope, things
from backend.kernel.ids import OwnerId
from backend.memory.facts.bearers import Bearers
from backend.memory.forgetting.telling_apart import names, speaking, tells
from backend.memory.graph.types import ConceptKind, folded
from backend.platform.database.folding import may_contain
from backend.platform.database.tables import concepts, facts, mentions, merges, messages, relations
from backend.platform.forgetting.port import Spoken, Targets

Bearer = Row[*tuple[Any, ...]]  # Any: SQLAlchemy's row of a concept

COMPANION = "companion"
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


@dataclass(frozen=True, slots=True)
class _Worded:
    """The words that say a name."""

    theirs: frozenset[str] = frozenset()  # messages
    unclear: Targets = frozenset()  # turns and messages that don't say which of several


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
        one = None if wanted.which is None else {wanted.which}
        said = await _worded(connection, scope.owner_id, folded(wanted.name), one)
        return things(Kind.MESSAGE, said.theirs)
    named = things(Kind.CONCEPT, (row.id for row in found))
    for key in sorted({row.key for row in found}):
        others = await _bearers(connection, scope.owner_id, key)
        which: set[str] | None = {row.qualifier for row in found if row.key == key}
        if _is_one(others):  # with the names of whom nothing is said
            which, called = None, await connection.execute(_called(scope.owner_id, key))
            named |= things(Kind.CONCEPT, (row.id for row in called))
        said = await _worded(connection, scope.owner_id, key, which)
        named |= things(Kind.MESSAGE, said.theirs)
    return named


async def told_apart(connection: AsyncConnection, scope: Scope) -> Person | None:
    """Return somebody who was chosen by an id with their name and who else bears it; or None."""
    wanted = _wanted(scope)
    if wanted is None or not wanted.concept_id:
        return None
    found = await _chosen(connection, scope.owner_id, wanted)
    if not found:
        return None
    them = found[0]
    others = await _bearers(connection, scope.owner_id, them.key)
    if _is_one(others):
        return Person(them.name)
    which = folded(them.qualifier)
    kept = {them.id, them.merged_into}
    known = {folded(row.qualifier) for row in others if not {row.id, row.merged_into} & kept - {""}}
    return Person(them.name, them.id, which, frozenset(known - {which}))


async def bearing(connection: AsyncConnection, scope: Scope) -> Sequence[str]:
    """Return the names in the graph by which somebody is meant."""
    wanted = _wanted(scope)
    if wanted is None:
        return []
    return [row.id for row in await _chosen(connection, scope.owner_id, wanted)]


async def unclear(connection: AsyncConnection, scope: Scope) -> Targets:
    """Return the turns, or words from elsewhere, that only say a name which several bear."""
    wanted = scope.what
    if not isinstance(wanted, Person) or not wanted.which or not wanted.others:
        return frozenset()
    said = await _worded(connection, scope.owner_id, folded(wanted.name), {wanted.which}, wanted)
    return said.unclear


async def identity(connection: AsyncConnection, scope: Scope) -> tuple[str, str] | None:
    """Return the folded name, and which of several it is, of whom an id means."""
    wanted = _wanted(scope)
    if wanted is None:
        return None
    if wanted.which is not None:
        return folded(wanted.name), wanted.which
    if not wanted.concept_id:
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
    if person.which is not None:
        return [row for row in found if folded(row.qualifier) == person.which]
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
    connection: AsyncConnection,
    owner_id: OwnerId,
    name: str,
    which: set[str] | None,
    person: Person | None = None,
) -> _Worded:
    """Return messages that say a name, or that they said; the graph need not have seen each.

    Of several with one name (`which` of them is given), only those that can't be another's.
    """
    if not name:
        return _Worded()
    columns = messages.c.text, messages.c.caption, messages.c.speaker
    query = select(messages.c.id, messages.c.turn_id, messages.c.role, messages.c.said_at, *columns)
    query = query.where(
        messages.c.owner_id == owner_id, or_(*(may_contain(each, name) for each in columns))
    )
    found: dict[str, Bearer] = {}
    async for row in await connection.stream(query):
        said = f" {folded(row.text)} {folded(row.caption)} "
        if folded(row.speaker) == name or names(said, name):
            found[row.id] = row
    if which is None:
        return _Worded(frozenset(found))
    bearers = await Bearers.read(connection, owner_id, [name], sorted(found))
    theirs, open_ = set[str](), dict[str, str]()
    for id_, row in found.items():
        said, known = f"{row.text} {row.caption}", bearers.of(id_, name, Instant(row.said_at))
        if known & which or any(tells(folded(said), name, each) for each in which):
            theirs.add(id_)
        elif known == {""} and row.role != COMPANION:
            open_[id_] = row.turn_id
    if person is not None:
        said_of = {id_: f"{found[id_].text} {found[id_].caption}" for id_ in open_}
        open_ = {
            id_: open_[id_] for id_ in open_ if speaking(said_of[id_], person) is Spoken.UNCLEAR
        }
    unclear = things(Kind.TURN, open_.values())
    unclear |= things(Kind.MESSAGE, (id_ for id_, turn_id in open_.items() if not turn_id))
    return _Worded(frozenset(theirs), unclear)
