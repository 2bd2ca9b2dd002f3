"""Has the graph told anew of all that speaks of a name, after two became one or one became two."""

from dataclasses import dataclass

from sqlalchemy import or_, select, union

from backend.kernel.ids import OwnerId
from backend.memory.facts.settling import MIRROR, MIRRORED_MAX
from backend.memory.graph.types import folded
from backend.platform.database.batches import batches
from backend.platform.database.tables import concepts, mentions, messages, relations
from backend.platform.database.transaction import Transaction
from backend.platform.jobs.ledger import Ledger
from backend.platform.jobs.types import NewJob

RELATE = "memory.relate"


@dataclass(frozen=True, slots=True)
class Spoken:
    """Where a name is spoken of."""

    owner_id: OwnerId
    message_ids: tuple[str, ...]
    fact_ids: tuple[str, ...]  # what nobody said in a message is known by its fact's own id


async def spoken_of(tx: Transaction, owner_id: OwnerId, concept_id: str) -> Spoken:
    """Return where a concept is spoken of by now."""
    mentioned = select(mentions.c.message_id).where(
        mentions.c.owner_id == owner_id, mentions.c.concept_id == concept_id
    )
    related = select(relations.c.message_id).where(
        relations.c.owner_id == owner_id,
        or_(relations.c.subject_id == concept_id, relations.c.object_id == concept_id),
    )
    found = sorted((await tx.execute(union(mentioned, related))).scalars())
    said: set[str] = set()
    for batch in batches(found):
        query = select(messages.c.id).where(messages.c.id.in_(batch))
        said.update((await tx.execute(query)).scalars())
    by_themselves = tuple(each for each in found if each not in said)
    return Spoken(owner_id, tuple(sorted(said)), by_themselves)


async def spoken_of_since(
    tx: Transaction, owner_id: OwnerId, concept_id: str, *, kept_id: str
) -> Spoken:
    """Return where a concept is spoken of that was one with another, the kept one, until now.

    What was said meanwhile speaks of the kept one, whichever of them its words name.
    """
    spoken, meanwhile = [await spoken_of(tx, owner_id, each) for each in (concept_id, kept_id)]
    names = await _names_of(tx, owner_id, concept_id)
    said = set(spoken.message_ids)
    for batch in batches(meanwhile.message_ids):
        query = select(messages.c.id, messages.c.text).where(messages.c.id.in_(batch))
        for row in await tx.execute(query):
            if any(name in folded(row.text) for name in names):
                said.add(row.id)
    fact_ids = {*spoken.fact_ids, *meanwhile.fact_ids}
    return Spoken(owner_id, tuple(sorted(said)), tuple(sorted(fact_ids)))


async def _names_of(tx: Transaction, owner_id: OwnerId, concept_id: str) -> set[str]:
    """Return the folded names of a concept and of whatever was merged into it."""
    names: dict[str, str] = {}
    wanted = {concept_id}
    while wanted:
        rows = await tx.execute(
            select(concepts.c.id, concepts.c.key).where(
                concepts.c.owner_id == owner_id,
                or_(concepts.c.id.in_(sorted(wanted)), concepts.c.merged_into.in_(sorted(wanted))),
            )
        )
        found = {row.id: row.key for row in rows}
        wanted = found.keys() - names.keys() - wanted
        names |= found
    return set(names.values())


async def relate_again(tx: Transaction, jobs: Ledger, spoken: Spoken, *, cause: str) -> None:
    """Promise it; the facts of a message are told again behind what relates it."""
    promised = (
        (RELATE, "message_ids", spoken.message_ids),
        (MIRROR, "fact_ids", spoken.fact_ids),
    )
    for name, told, ids in promised:
        for start, some in enumerate(batches(ids, MIRRORED_MAX)):
            key = f"{name}:{cause}:{start}"
            job = NewJob(name, {told: list(some)}, key, owner_id=spoken.owner_id)
            await jobs.add(tx, job)
