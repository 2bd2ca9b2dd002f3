"""What facts say of two concepts: as these are called by now, and as the graph was told before."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import Row, and_, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.kernel.clock import Instant
from backend.kernel.ids import OwnerId
from backend.memory.facts.asking import NEVER_TRUE
from backend.memory.facts.bearers import BORNE_BY, SELVES, Bearers, own_name
from backend.memory.facts.predicates import KIN, ObjectKind, predicate
from backend.memory.facts.types import ONESELF
from backend.memory.graph import Concept, Edge, merged_names
from backend.memory.graph.types import ConceptKind, folded
from backend.platform.database.batches import batches
from backend.platform.database.tables import concepts, facts, merges, sources

NODES: Mapping[ObjectKind, ConceptKind] = {
    ObjectKind.PERSON: ConceptKind.PERSON,
    ObjectKind.PLACE: ConceptKind.PLACE,
    ObjectKind.THING: ConceptKind.THING,
}
SPEAKER = "me"  # who says "I" without being known by a name, as the graph's own reader calls them

Source = Row[Any]  # Any: SQLAlchemy's row of a fact with one of its sources
Identity = tuple[str, str]  # folded name, and which of several


@dataclass(frozen=True, slots=True)
class Held:
    """A fact as one of its sources tells it, and which nodes it is known to link."""

    fact_id: str
    edge: Edge
    nodes: tuple[str, str]


@dataclass(slots=True)
class Telling:
    """All that the graph is to know of some facts."""

    held: list[Held] = field(default_factory=list)
    former: list[Edge] = field(default_factory=list)  # told by other names, or less exactly
    unmoved: list[Edge] = field(default_factory=list)  # of these, what no merge has moved

    def __bool__(self) -> bool:
        return bool(self.held)

    @property
    def edges(self) -> list[Edge]:
        """Return what is so, and what was never so."""
        return [each.edge for each in self.held]


async def telling(
    connection: AsyncConnection, fact_ids: Sequence[str], said_in: Sequence[str] | None = None
) -> Telling:
    """Return what facts say, once for each source; only of what was said there, where it is given.

    What nobody said in a message bears its fact's own id.
    """
    rows = await _sources(connection, fact_ids, said_in)
    found = Telling()
    for owner_id in sorted({row.owner_id for row in rows}):
        mine = [row for row in rows if row.owner_id == owner_id]
        names = await _Names.read(connection, OwnerId(owner_id), mine)
        _tell(found, names, mine)
    return found


def _tell(found: Telling, names: "_Names", rows: Sequence[Source]) -> None:
    now: set[tuple[Concept, Concept, str]] = set()
    former: dict[tuple[Concept, Concept, str], Edge] = {}
    for row in rows:
        subjects, objects = names.subjects(row), names.objects(row)
        edge = _edge(row, subjects[0], objects[0])
        found.held.append(Held(row.id, edge, (row.subject_id, row.object_id)))
        if not edge.is_gone:
            now.add((edge.subject, edge.object, edge.message_id))
        for subject in subjects:
            for object_ in objects:
                other = replace(edge, subject=subject, object=object_, is_gone=True)
                former[subject, object_, edge.message_id] = other
    gone = [edge for key, edge in former.items() if key not in now]
    found.former += gone
    found.unmoved += [
        each
        for each in gone
        if not names.is_merged(each.subject) and not names.is_merged(each.object)
    ]


def _edge(row: Source, subject: Concept, object_: Concept) -> Edge:
    never = row.is_withdrawn or row.retracted_as in NEVER_TRUE
    return Edge(
        owner_id=OwnerId(row.owner_id),
        subject=subject,
        predicate=row.predicate,
        object=object_,
        message_id=row.said_in or row.id,
        valid_from=Instant(row.valid_from),
        valid_to=None if row.valid_to is None else Instant(row.valid_to),
        is_gone=never or subject == object_,  # two that became one are nobody's to each other
    )


@dataclass(frozen=True, slots=True)
class _Names:
    """Who bears the names of some facts, read at once."""

    own: str  # what the owner is called
    apart: Bearers
    bearers: Mapping[Identity, Sequence[Concept]]
    merged: Mapping[tuple[str, str, str], Concept]  # whom they are now
    undone: Mapping[Identity, Sequence[Concept]]  # whom they were until it was undone

    @classmethod
    async def read(
        cls, connection: AsyncConnection, owner_id: OwnerId, rows: Sequence[Source]
    ) -> "_Names":
        own = await own_name(connection, owner_id)
        keys = {
            folded(name)
            for row in rows
            for name in (_subject(row, own).name, row.object, row.name, row.said_object)
        }
        said_in = sorted({row.said_in for row in rows if row.said_in})
        return cls(
            own,
            await Bearers.read(connection, owner_id, keys, said_in),
            await _bearers(connection, owner_id, sorted(keys)),
            await merged_names(connection, owner_id, keys),
            await _undone(connection, owner_id),
        )

    def subjects(self, row: Source) -> list[Concept]:
        """Return whom a fact is of by now, then by what names it was told before."""
        named = self._known(_subject(row, self.own))
        others = [named, *([self._known(_subject(row, ""))] if row.subject == ONESELF else [])]
        if row.subject != ONESELF:
            others += self.undone.get((folded(row.subject), folded(row.qualifier)), ())
            others.append(self._known(Concept(ConceptKind.PERSON, row.subject)))
        if row.name != ONESELF:
            said = Concept(ConceptKind.PERSON, row.name, folded(row.said_which))
            others.append(self._known(said))
        return _others(self._now(named), others)

    def objects(self, row: Source) -> list[Concept]:
        """Return the object of a fact by now, then as what it was told before."""
        kind = NODES[predicate(row.predicate).kind]
        bare = self._known(Concept(kind, row.object))
        named = self._told_apart(bare, row)
        others = [named, bare, *self.undone.get(named.identity, ())]
        if folded(row.said_object) != folded(row.object):
            others.append(self._known(Concept(kind, row.said_object)))
        return _others(self._now(named), others)

    def _told_apart(self, bare: Concept, row: Source) -> Concept:
        """Return which of several an object is: whose sister she is, or the only one by then."""
        if bare.kind not in BORNE_BY or bare.key in self.apart.merged:
            return bare
        is_kin = row.subject == ONESELF and row.predicate in KIN
        which = row.predicate if is_kin else self._which(bare, row)
        return self._known(Concept(ConceptKind.PERSON, bare.name, which)) if which else bare

    def _which(self, bare: Concept, row: Source) -> str:
        return self.apart.one(row.said_in, bare.key, Instant(row.said_at))

    def is_merged(self, concept: Concept) -> bool:
        """Say whether a name is another's by now: its rows have moved."""
        return self._now(concept) != concept

    def _now(self, concept: Concept) -> Concept:
        return self.merged.get((concept.kind.value, *concept.identity), concept)

    def _known(self, named: Concept) -> Concept:
        """Return what bears this name already, so that Lisbon is not a place and a thing."""
        bearers = self.bearers.get((named.key, folded(named.qualifier)), ())
        alike = (each for each in bearers if each.kind is named.kind)
        return next(alike, bearers[0] if bearers else named)


def _others(now: Concept, others: Sequence[Concept]) -> list[Concept]:
    """Return who it is, then everybody else, each once."""
    seen = {(each.kind, *each.identity): each for each in (now, *others)}
    return [now, *(each for each in list(seen.values())[1:])]


def _subject(row: Source, own: str) -> Concept:
    """Return whom a fact is of; what an owner said elsewhere as "user" is their own."""
    name = row.subject
    if name == ONESELF:
        is_own = own and folded(row.speaker) in SELVES
        name = own if is_own else row.speaker or SPEAKER
    return Concept(ConceptKind.PERSON, name, row.qualifier)


async def _sources(
    connection: AsyncConnection, fact_ids: Sequence[str], said_in: Sequence[str] | None
) -> list[Source]:
    """Return facts that link two concepts, once with each source."""
    found: list[Source] = []
    query = (
        select(
            facts,
            sources.c.message_id.label("said_in"),
            sources.c.name,
            sources.c.object.label("said_object"),
            sources.c.qualifier.label("said_which"),
            sources.c.speaker,
            sources.c.said_at,
            sources.c.is_withdrawn,
        )
        .join(sources, sources.c.fact_id == facts.c.id)
        .where(sources.c.owner_id == facts.c.owner_id)
        .order_by(sources.c.said_at, sources.c.id)
    )
    if said_in is not None:
        by_itself = and_(sources.c.message_id == "", sources.c.fact_id.in_(said_in))
        query = query.where(or_(sources.c.message_id.in_(said_in), by_itself))
    for batch in batches(fact_ids):
        rows = await connection.execute(query.where(facts.c.id.in_(batch)))
        found += [row for row in rows if predicate(row.predicate).kind in NODES]
    return found


async def _bearers(
    connection: AsyncConnection, owner_id: OwnerId, keys: Sequence[str]
) -> dict[Identity, list[Concept]]:
    found: dict[Identity, list[Concept]] = defaultdict(list)
    for batch in batches(keys):
        rows = await connection.execute(
            select(concepts.c.kind, concepts.c.name, concepts.c.key, concepts.c.qualifier)
            .where(concepts.c.owner_id == owner_id, concepts.c.key.in_(batch))
            .order_by(concepts.c.id)
        )
        for row in rows:
            concept = Concept(ConceptKind(row.kind), row.name, row.qualifier)
            found[row.key, row.qualifier].append(concept)
    return found


async def _undone(connection: AsyncConnection, owner_id: OwnerId) -> dict[Identity, list[Concept]]:
    """Return by whose names some were known until a merge was undone."""
    gone, kept = concepts.alias("gone"), concepts.alias("kept")
    rows = await connection.execute(
        select(
            gone.c.key,
            gone.c.qualifier.label("gone_qualifier"),
            *(kept.c[name] for name in ("kind", "name", "qualifier")),
        )
        .join(merges, merges.c.merged_id == gone.c.id)
        .join(kept, kept.c.id == merges.c.kept_id)
        .where(
            merges.c.owner_id == owner_id,
            merges.c.undone_at.is_not(None),
            gone.c.merged_into == "",
        )
    )
    found: dict[Identity, list[Concept]] = defaultdict(list)
    for row in rows:
        found[row.key, row.gone_qualifier].append(
            Concept(ConceptKind(row.kind), row.name, row.qualifier)
        )
    return found
