"""Who bears a bare name in the graph: the Anna who was introduced, where she alone can be meant.

What relates a message reads names only: "Anna" is nobody in particular to it. The facts know which
Anna these very words are about, or who was the only one of the name by then.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Row, and_, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.kernel.clock import Instant
from backend.kernel.ids import OwnerId
from backend.memory.facts.naming import Identity, Names
from backend.memory.facts.predicates import KIN
from backend.memory.facts.sameness import object_key
from backend.memory.facts.store import kept_claim
from backend.memory.facts.types import ONESELF
from backend.memory.graph import merged_names
from backend.memory.graph.types import Concept, ConceptKind, Mention, MessageConcepts, folded
from backend.platform.database.batches import batches, of_owner
from backend.platform.database.tables import (
    concepts,
    facts,
    mentions,
    messages,
    people,
    sources,
)

# A name that does nothing in a sentence, as in "a gift for Anna", is read as a thing's.
BORNE_BY = (ConceptKind.PERSON, ConceptKind.THING)

# How other programs call whose words they keep; "me" is whoever says "I" without a name.
SELVES = frozenset({"", "me", "user", "human"})

Place = tuple[str, str]  # a message's id, and a folded name
Wanted = tuple[str, str, Instant]  # such a place, and when it was said


@dataclass(frozen=True, slots=True)
class Bearers:
    """Who bears some names, by who was introduced and by what messages say."""

    names: Names
    said: Mapping[Place, frozenset[str]]  # which of several a message speaks of, as its facts know
    merged: frozenset[str]  # bare names that are somebody else's by now, because somebody said so

    @classmethod
    async def read(
        cls,
        connection: AsyncConnection,
        owner_id: OwnerId,
        keys: Collection[str],
        message_ids: Sequence[str],
    ) -> "Bearers":
        """Return who bears these folded names."""
        names = await _introduced(connection, owner_id, keys)
        told_apart = [key for key in sorted(keys) if names.is_told_apart(key)]
        said = await _said_which(connection, owner_id, message_ids) if told_apart else {}
        now = await merged_names(connection, owner_id, told_apart) if told_apart else {}
        return cls(names, said, frozenset(key for _, key, which in now if not which))

    def of(self, message_id: str, key: str, said_at: Instant) -> frozenset[str]:
        """Return which of those called so a message speaks of; "" where it stays open."""
        if key in self.merged or not self.names.is_told_apart(key):
            return frozenset({""})
        said = self.said.get((message_id, key))
        return said or frozenset({self.names.which(key, said_at)})

    def one(self, message_id: str, key: str, said_at: Instant) -> str:
        """Return the only one who can be meant; "" where it stays open."""
        found = self.of(message_id, key, said_at)
        return next(iter(found)) if len(found) == 1 else ""


async def own_name(connection: AsyncConnection, owner_id: OwnerId) -> str:
    """Return what an owner is called in their own graph; empty when that is not known."""
    found = await connection.execute(select(people.c.name).where(people.c.id == owner_id))
    return " ".join((found.scalar_one_or_none() or "").split())


async def named(
    connection: AsyncConnection, items: Sequence[MessageConcepts]
) -> list[MessageConcepts]:
    """Return what messages say, with everybody named as which of several they are."""
    found: dict[str, MessageConcepts] = {}
    for owner_id in sorted({item.owner_id for item in items}):
        mine = [item for item in items if item.owner_id == owner_id]
        keys = {
            each.concept.key
            for item in mine
            for each in item.extracted.mentions
            if _is_bare(each.concept)
        }
        bearers = await Bearers.read(
            connection, owner_id, keys, sorted({item.message_id for item in mine})
        )
        own = await own_name(connection, owner_id)
        found.update((item.message_id, _named(item, bearers, own)) for item in mine)
    return [found[item.message_id] for item in items]


def _named(item: MessageConcepts, bearers: Bearers, own: str) -> MessageConcepts:
    now: dict[Concept, list[Concept]] = {}
    for each in item.extracted.mentions:
        concept = each.concept
        if not _is_bare(concept):
            continue
        if own and concept.kind is ConceptKind.PERSON and concept.key in SELVES:
            now[concept] = [Concept(ConceptKind.PERSON, own)]
            continue
        which = bearers.of(item.message_id, concept.key, item.said_at)
        if which != {""}:
            now[concept] = [
                Concept(ConceptKind.PERSON, concept.name, one) if one else concept
                for one in sorted(which)
            ]
    if not now:
        return item
    said = item.extracted
    extracted = replace(
        said,
        mentions=tuple(
            Mention(concept, each.weight)
            for each in said.mentions
            for concept in now.get(each.concept, [each.concept])
        ),
        relations=tuple(
            replace(each, subject=subject, object=object_)
            for each in said.relations
            # Of which of two it is said the facts alone know.
            for subject in _alone(now.get(each.subject, [each.subject]))
            for object_ in _alone(now.get(each.object, [each.object]))
        ),
    )
    return replace(item, extracted=extracted)


async def to_relate(
    connection: AsyncConnection, fact_ids: Sequence[str]
) -> dict[OwnerId, list[str]]:
    """Return the messages that only name somebody of whom facts say which of several it is."""
    told = await _told_apart(connection, fact_ids)
    found = {owner: await _bare_in(connection, owner, keys) for owner, keys in told.items()}
    return {owner: message_ids for owner, message_ids in found.items() if message_ids}


async def _bare_in(
    connection: AsyncConnection, owner_id: OwnerId, keys: Collection[str]
) -> list[str]:
    found: list[Wanted] = []
    for batch in batches(sorted(keys)):
        rows = await connection.execute(
            select(concepts.c.key, mentions.c.message_id, messages.c.said_at)
            .join(mentions, mentions.c.concept_id == concepts.c.id)
            .join(messages, messages.c.id == mentions.c.message_id)
            .where(
                concepts.c.owner_id == owner_id,
                concepts.c.key.in_(batch),
                concepts.c.qualifier == "",
                concepts.c.merged_into == "",
                concepts.c.kind.in_([kind.value for kind in BORNE_BY]),
            )
        )
        found += [(row.message_id, row.key, Instant(row.said_at)) for row in rows]
    if not found:
        return []
    message_ids = sorted({message_id for message_id, _, _ in found})
    bearers = await Bearers.read(connection, owner_id, {key for _, key, _ in found}, message_ids)
    return sorted({each[0] for each in found if "" not in bearers.of(*each)})


async def _told_apart(
    connection: AsyncConnection, fact_ids: Sequence[str]
) -> dict[OwnerId, set[str]]:
    """Return the names that facts say of which of several they are."""
    found: dict[OwnerId, set[str]] = {}
    for batch in batches(fact_ids):
        for row in await connection.execute(select(facts).where(facts.c.id.in_(batch))):
            keys = {key for key, which in _identities(row) if which}
            found.setdefault(OwnerId(row.owner_id), set()).update(keys)
    return found


async def _introduced(
    connection: AsyncConnection, owner_id: OwnerId, keys: Collection[str]
) -> Names:
    """Return who was introduced by these names, in whatever namespace."""
    names = Names()
    for batch in batches(sorted(set(keys) - {ONESELF})):
        by_words = and_(sources.c.name_key.in_(batch), sources.c.qualifier != "")
        said_so = and_(sources.c.name_key == ONESELF, sources.c.predicate.in_(sorted(KIN)))
        as_objects = sorted({object_key(name) for name in batch})
        by_name = and_(said_so, sources.c.object_key.in_(as_objects))
        rows = await connection.execute(
            select(sources).where(sources.c.owner_id == owner_id, or_(by_words, by_name))
        )
        names.introduce([kept_claim(row) for row in rows])
    return names


async def _said_which(
    connection: AsyncConnection, owner_id: OwnerId, message_ids: Sequence[str]
) -> dict[Place, frozenset[str]]:
    """Return whom the facts that messages are known for are about."""
    found: dict[Place, set[str]] = {}
    for batch in batches(message_ids):
        rows = await connection.execute(
            select(sources.c.message_id, facts)
            .join(facts, facts.c.id == sources.c.fact_id)
            .where(of_owner(sources.c.message_id, owner_id), sources.c.message_id.in_(batch))
        )
        for row in rows:
            for key, which in _identities(row):
                found.setdefault((row.message_id, key), set()).add(which)
    return {place: frozenset(which) for place, which in found.items()}


def _identities(row: Row[Any]) -> Iterator[Identity]:  # Any: SQLAlchemy's row
    """Return whom a fact is about, or tells apart."""
    if row.subject_key != ONESELF:
        yield row.subject_key, folded(row.qualifier)
    elif row.predicate in KIN:
        yield folded(row.object), row.predicate


def _is_bare(concept: Concept) -> bool:
    return concept.kind in BORNE_BY and not concept.qualifier


def _alone(found: Sequence[Concept]) -> Sequence[Concept]:
    return found if len(found) == 1 else ()
