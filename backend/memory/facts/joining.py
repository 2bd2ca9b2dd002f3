"""Two names that are one: joined when somebody says so, and taken apart again exactly."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Row, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.kernel.clock import Instant
from backend.kernel.errors import Conflict, Forbidden, Invalid, Missing
from backend.kernel.ids import OwnerId
from backend.memory.facts.changing import allow_pins
from backend.memory.facts.claims import Weight, weight_of
from backend.memory.facts.naming import MERGES_MAX, Named
from backend.memory.facts.placing import Became
from backend.memory.facts.retelling import relate_again, spoken_of, spoken_of_since
from backend.memory.facts.settling import Cause, Settling, Wanted
from backend.memory.facts.store import FactStore, Memoir
from backend.memory.facts.types import ChangeKind, FactChange, FactSource
from backend.memory.graph.types import ConceptKind, folded
from backend.memory.graph.validity import alike
from backend.platform.database.batches import batches
from backend.platform.database.tables import concepts, facts, mentions, merges, relations, sources
from backend.platform.database.transaction import Transaction

Moved = dict[str, list[str]]  # table → ids
SHOWN_MAX = 200  # merges on one list


@dataclass(frozen=True, slots=True)
class Merge:
    """Two names that are one now."""

    id: str
    kept: Named
    merged: Named
    changes: tuple[FactChange, ...]


@dataclass(frozen=True, slots=True)
class KnownMerge:
    """A merge as it is kept."""

    id: str
    kept: Named
    merged: Named
    at: Instant
    undone_at: Instant | None


class Joining:
    """Merges names and undoes it; what was moved is listed, so that it can be moved back."""

    def __init__(self, store: FactStore, settling: Settling) -> None:
        self._store, self._settling = store, settling

    async def merge(
        self, tx: Transaction, kept: Named, merged: Named, *, source: FactSource
    ) -> Merge:
        """Let two names be one from now on: what is known of either is known of the kept one."""
        _allow(source)
        if not kept.identity[0] or not merged.identity[0]:
            raise Invalid("Say both names; yourself can't be merged with anybody.")
        if kept.identity == merged.identity:
            raise Conflict("That is one name already.")
        await self._store.hold(tx, source.owner_id)
        if not await self._is_known(tx, source.owner_id, merged):
            raise Missing(f"Nobody has spoken of {merged.name} yet.", cure="ringback facts list")
        stays = await self._concept(tx, source.owner_id, kept)
        goes = await self._concept(tx, source.owner_id, merged)
        if goes.merged_into:
            raise Conflict("That name was merged already.", cure="ringback facts merges")
        if await self._end_of(tx, source.owner_id, stays.id) == goes.id:
            raise Conflict("They are one already, the other way round.")
        before = await self._facts_of(tx, source.owner_id, [kept, merged])
        await self._guard_pins(tx, source, before)
        spoken_in = await spoken_of(tx, source.owner_id, goes.id)
        await self._point(tx, source.owner_id, goes.id, stays.id)
        moved: Moved = {
            "mentions": await self._move_mentions(tx, source.owner_id, goes.id, stays.id),
            "subjects": await self._move_relations(tx, goes.id, stays.id, source, side="subject"),
            "objects": await self._move_relations(tx, goes.id, stays.id, source, side="object"),
            "facts": sorted(before),
        }
        merge_id = self._store.ids.new()
        await tx.execute(
            insert(merges).values(
                id=merge_id,
                owner_id=source.owner_id,
                kept_id=stays.id,
                merged_id=goes.id,
                moved=moved,
                actor=source.actor,
                at=tx.at,
            )
        )
        about = Named(stays.name, stays.qualifier), Named(goes.name, goes.qualifier)
        became = [Became(each, ChangeKind.MERGED, merge=merge_id) for each in sorted(before)]
        changes = await self._settle(tx, source, about, became)
        await relate_again(tx, self._settling.jobs, spoken_in, cause=merge_id)
        return Merge(merge_id, *about, tuple(changes))

    async def unmerge(
        self, tx: Transaction, merge_id: str, *, source: FactSource
    ) -> list[FactChange]:
        """Take two names apart again: what was moved goes back where it was."""
        _allow(source)
        await self._store.hold(tx, source.owner_id)
        of_it = merges.c.owner_id == source.owner_id, merges.c.id == merge_id
        found = (await tx.execute(select(merges).where(*of_it))).one_or_none()
        if found is None:
            raise Missing("There is no such merge.", cure="ringback facts merges")
        if found.undone_at is not None:
            raise Conflict("That merge has been undone already.")
        about = await self._names(tx, source.owner_id, found)
        known = await self._facts_of(tx, source.owner_id, about)
        await self._guard_pins(tx, source, known)
        await self._point(tx, source.owner_id, found.merged_id, "")
        await self._move_back(tx, source.owner_id, found)
        await tx.execute(update(merges).where(*of_it).values(undone_at=tx.at))
        became = [
            Became(each, ChangeKind.RESTORED, merge=merge_id) for each in found.moved["facts"]
        ]
        changes = await self._settle(tx, source, about, became)
        here = await self._end_of(tx, source.owner_id, str(found.kept_id))
        spoken_in = await spoken_of_since(tx, source.owner_id, found.merged_id, kept_id=here)
        await relate_again(tx, self._settling.jobs, spoken_in, cause=f"{merge_id}:undone")
        return changes

    # ── what is known of them ────────────────────────────────────────────────────────────────
    async def _settle(
        self,
        tx: Transaction,
        source: FactSource,
        about: Sequence[Named],
        became: Sequence[Became],
    ) -> list[FactChange]:
        """Work out the names anew, in every namespace in which they were spoken of."""
        keys = sorted({named.identity[0] for named in about})
        spaces = await tx.execute(
            select(sources.c.namespace)
            .where(sources.c.owner_id == source.owner_id, sources.c.name_key.in_(keys))
            .distinct()
        )
        changes: list[FactChange] = []
        cause = Cause(source.actor, source.message_id, became=became)
        for namespace in sorted(row.namespace for row in spaces) or [source.namespace]:
            memoir = Memoir(source.owner_id, namespace)
            changes += await self._settling.settle(tx, memoir, Wanted(frozenset(keys)), cause)
            cause = Cause(cause.actor, cause.message_id)
        return changes

    async def _facts_of(
        self, tx: Transaction, owner_id: OwnerId, names: Sequence[Named]
    ) -> list[str]:
        rows = await tx.execute(
            select(facts.c.id, facts.c.subject, facts.c.qualifier).where(
                facts.c.owner_id == owner_id,
                facts.c.subject_key.in_([named.identity[0] for named in names]),
                facts.c.retracted_at.is_(None),
            )
        )
        wanted = {named.identity for named in names}
        return [row.id for row in rows if Named(row.subject, row.qualifier).identity in wanted]

    async def _guard_pins(self, tx: Transaction, source: FactSource, known: Sequence[str]) -> None:
        """Raise where names carry what is pinned, and whoever joins them may not touch it."""
        if not source.may_touch_pins:
            pinned = select(facts.c.id).where(facts.c.id.in_(known), facts.c.is_pinned)
            if (await tx.execute(pinned.limit(1))).first() is not None:
                allow_pins(source)

    async def _names(
        self, tx: Transaction, owner_id: OwnerId, merge: Row[tuple[str, ...]]
    ) -> list[Named]:
        """Return the two names of a merge."""
        rows = await tx.execute(
            select(concepts).where(
                concepts.c.owner_id == owner_id,
                concepts.c.id.in_([merge.kept_id, merge.merged_id]),
            )
        )
        return [Named(row.name, row.qualifier) for row in rows]

    # ── concepts ─────────────────────────────────────────────────────────────────────────────
    async def _concept(
        self, tx: Transaction, owner_id: OwnerId, named: Named
    ) -> Row[tuple[str, str, str, str]]:
        """Return the concept of a name, made when it has none."""
        columns = concepts.c.id, concepts.c.name, concepts.c.qualifier, concepts.c.merged_into
        query = (
            select(*columns)
            .where(concepts.c.owner_id == owner_id, concepts.c.key == named.identity[0])
            .order_by(concepts.c.kind != ConceptKind.PERSON.value, concepts.c.id)
        )
        for row in (await tx.execute(query)).all():
            if folded(row.qualifier) == named.identity[1]:
                return row
        made = insert(concepts).values(
            id=self._store.ids.new(),
            owner_id=owner_id,
            kind=ConceptKind.PERSON.value,
            name=" ".join(named.name.split()),
            key=named.identity[0],
            qualifier=named.identity[1],
            created_at=tx.at,
        )
        return (await tx.execute(made.returning(*columns))).one()

    async def _is_known(self, tx: Transaction, owner_id: OwnerId, named: Named) -> bool:
        """Say whether anybody was called so: a slip of the pen makes no new name."""
        key = named.identity[0]
        concept = select(concepts.c.id).where(
            concepts.c.owner_id == owner_id, concepts.c.key == key
        )
        told = select(sources.c.id).where(
            sources.c.owner_id == owner_id,
            or_(sources.c.name_key == key, sources.c.object_key == key),
        )
        return bool((await tx.execute(select(or_(concept.exists(), told.exists())))).scalar_one())

    async def _end_of(self, tx: Transaction, owner_id: OwnerId, concept_id: str) -> str:
        """Return what a concept is part of by now, after every merge."""
        for _ in range(MERGES_MAX):
            found = await tx.execute(
                select(concepts.c.merged_into).where(
                    concepts.c.owner_id == owner_id, concepts.c.id == concept_id
                )
            )
            into = found.scalar_one_or_none() or ""
            if not into:
                break
            concept_id = into
        return concept_id

    async def _point(
        self, tx: Transaction, owner_id: OwnerId, concept_id: str, kept_id: str
    ) -> None:
        await tx.execute(
            update(concepts)
            .where(concepts.c.owner_id == owner_id, concepts.c.id == concept_id)
            .values(merged_into=kept_id)
        )

    async def _move_mentions(
        self, tx: Transaction, owner_id: OwnerId, from_id: str, to_id: str
    ) -> list[str]:
        """Let messages speak of the kept one; those that speak of both keep both."""
        both = select(mentions.c.message_id).where(mentions.c.concept_id == to_id)
        moved = await tx.execute(
            update(mentions)
            .where(
                mentions.c.owner_id == owner_id,
                mentions.c.concept_id == from_id,
                mentions.c.message_id.not_in(both),
            )
            .values(concept_id=to_id)
            .returning(mentions.c.message_id)
        )
        return sorted(row.message_id for row in moved)

    async def _move_relations(
        self, tx: Transaction, from_id: str, to_id: str, source: FactSource, *, side: str
    ) -> list[str]:
        """Let relations lead to the kept one, but for those that it has already."""
        here = relations.c[f"{side}_id"]
        there = relations.c["object_id" if side == "subject" else "subject_id"]
        twin = relations.alias("twin")
        is_there = select(twin.c.id).where(
            twin.c[f"{side}_id"] == to_id,
            twin.c[there.name] == there,
            twin.c.predicate == relations.c.predicate,
            twin.c.message_id == relations.c.message_id,
        )
        moved = await tx.execute(
            update(relations)
            .where(
                relations.c.owner_id == source.owner_id,
                here == from_id,
                there != to_id,
                ~is_there.exists(),
            )
            .values({here: to_id})
            .returning(relations.c.id)
        )
        return sorted(row.id for row in moved)

    async def _move_back(
        self, tx: Transaction, owner_id: OwnerId, merge: Row[tuple[str, ...]]
    ) -> None:
        moved: Moved = merge.moved
        # Later merges moved it on; what they have taken back already is here no more.
        here = await self._end_of(tx, owner_id, str(merge.kept_id))
        for batch in batches(moved["mentions"]):
            await tx.execute(
                update(mentions)
                .where(
                    mentions.c.owner_id == owner_id,
                    mentions.c.concept_id == here,
                    mentions.c.message_id.in_(batch),
                )
                .values(concept_id=merge.merged_id)
            )
        await _part(tx, owner_id, here, moved["subjects"])
        for name, column in (("subjects", "subject_id"), ("objects", "object_id")):
            for batch in batches(moved[name]):
                await tx.execute(
                    update(relations)
                    .where(
                        relations.c.owner_id == owner_id,
                        relations.c.id.in_(batch),
                        relations.c[column] == here,
                    )
                    .values({column: merge.merged_id})
                )


async def _part(
    tx: Transaction, owner_id: OwnerId, concept_id: str, relation_ids: Sequence[str]
) -> None:
    """Let what ended only because two were one hold again; what else is known of it is told again.

    Somebody lives in one place at a time: what was said last of either had ended the other's.
    """
    leaving = set(relation_ids)
    query = select(
        relations.c.id, relations.c.predicate, relations.c.valid_from, relations.c.valid_to
    ).where(relations.c.owner_id == owner_id, relations.c.subject_id == concept_id)
    rows = [row for row in (await tx.execute(query)).all() if alike(row.predicate)]
    begun = {(alike(row.predicate), row.id in leaving, row.valid_from) for row in rows}
    parted = [
        row.id
        for row in rows
        if (alike(row.predicate), row.id not in leaving, row.valid_to) in begun
    ]
    for batch in batches(parted):
        mine = relations.c.owner_id == owner_id, relations.c.id.in_(batch)
        await tx.execute(update(relations).where(*mine).values(valid_to=None))


async def merges_of(connection: AsyncConnection, owner_id: OwnerId) -> list[KnownMerge]:
    """Return which names were said to be one, the newest first."""
    kept, merged = concepts.alias("kept"), concepts.alias("merged")
    rows = await connection.execute(
        select(
            *(merges.c[name] for name in ("id", "at", "undone_at")),
            *(kept.c.name.label("kept"), kept.c.qualifier.label("kept_which")),
            *(merged.c.name.label("merged"), merged.c.qualifier.label("merged_which")),
        )
        .join(kept, kept.c.id == merges.c.kept_id)
        .join(merged, merged.c.id == merges.c.merged_id)
        .where(
            merges.c.owner_id == owner_id,
            kept.c.owner_id == owner_id,
            merged.c.owner_id == owner_id,
        )
        .order_by(merges.c.at.desc(), merges.c.id.desc())
        .limit(SHOWN_MAX)
    )
    return [
        KnownMerge(
            id=row.id,
            kept=Named(row.kept, row.kept_which),
            merged=Named(row.merged, row.merged_which),
            at=Instant(row.at),
            undone_at=None if row.undone_at is None else Instant(row.undone_at),
        )
        for row in rows
    ]


def _allow(source: FactSource) -> None:
    if weight_of(source.said_by, source.assurance) is not Weight.OWNER:
        raise Forbidden("Only the owner may say that two names are one.")
