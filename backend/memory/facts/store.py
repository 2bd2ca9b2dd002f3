"""Keeps facts, the claims that they follow from, and everything that became of them."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Row,
    and_,
    bindparam,
    func,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.kernel.clock import Instant
from backend.kernel.errors import Missing
from backend.kernel.ids import Ids, OwnerId
from backend.kernel.people import Assurance
from backend.memory.facts.believing import Verdict
from backend.memory.facts.claims import Claim
from backend.memory.facts.naming import Identity, Named
from backend.memory.facts.placing import Became, Held, Placed
from backend.memory.facts.predicates import KIN
from backend.memory.facts.sameness import object_key
from backend.memory.facts.types import ONESELF, ChangeKind, FactChange, SaidBy
from backend.memory.facts.within import EVERYTHING, Within, introduction, named_within
from backend.memory.graph.types import folded
from backend.platform.database.batches import batches
from backend.platform.database.tables import concepts, fact_changes, facts, people, sources
from backend.platform.database.transaction import Transaction
from backend.platform.events import next_cursor


@dataclass(frozen=True, slots=True)
class Memoir:
    """Whose facts, and of which namespace."""

    owner_id: OwnerId
    namespace: str = ""


class FactStore:
    """Writes in the caller's transaction; every query is one owner's."""

    def __init__(self, ids: Ids) -> None:
        self.ids = ids

    async def hold(self, tx: Transaction, owner_id: OwnerId) -> None:
        """Let nobody else believe anything of this owner's until the commit."""
        await next_cursor(tx, f"facts:{owner_id}")

    # ── what was said ────────────────────────────────────────────────────────────────────────
    async def claims(
        self,
        tx: Transaction,
        memoir: Memoir,
        names: Collection[str],
        within: Within = EVERYTHING,
    ) -> list[Claim]:
        """Return what was said of these names within some slots."""
        found: list[Claim] = []
        for condition in named_within(
            sources.c.name_key, names, slot=sources.c.slot, within=within
        ):
            found += await self._claims(tx, memoir, condition)
        return found

    async def introductions(
        self, tx: Transaction, memoir: Memoir, names: Collection[str]
    ) -> list[Claim]:
        """Return what was said of which of several these names are."""
        found: list[Claim] = []
        for batch in batches(sorted(set(names) - {ONESELF})):
            by_words = and_(sources.c.name_key.in_(batch), sources.c.qualifier != "")
            said_so = and_(sources.c.name_key == ONESELF, sources.c.predicate.in_(sorted(KIN)))
            as_objects = sorted({object_key(name) for name in batch})
            by_name = and_(said_so, sources.c.object_key.in_(as_objects))
            found += await self._first_claims(tx, memoir, or_(by_words, by_name))
        return found

    async def introduced(
        self, tx: Transaction, memoir: Memoir, relatives: Collection[str]
    ) -> list[Claim]:
        """Return what was said of who is somebody's sister, brother, friend."""
        if not relatives:
            return []
        kin = sorted(relatives)
        by_name = and_(sources.c.name_key == ONESELF, sources.c.predicate.in_(kin))
        by_words = [func.lower(sources.c.qualifier).endswith(each) for each in kin]
        return await self._first_claims(tx, memoir, or_(by_name, *by_words))

    async def of_message(self, tx: Transaction, owner_id: OwnerId, message_id: str) -> list[Claim]:
        """Return what was learnt from a message."""
        found = await tx.execute(
            select(sources).where(
                sources.c.owner_id == owner_id, sources.c.message_id == message_id
            )
        )
        return [kept_claim(row) for row in found]

    async def of_facts(
        self, tx: Transaction, owner_id: OwnerId, fact_ids: Sequence[str]
    ) -> list[Claim]:
        """Return what facts are known from."""
        found: list[Claim] = []
        for batch in batches(fact_ids):
            rows = await tx.execute(
                select(sources).where(sources.c.owner_id == owner_id, sources.c.fact_id.in_(batch))
            )
            found += [kept_claim(row) for row in rows]
        return found

    async def add(self, tx: Transaction, memoir: Memoir, claims: Iterable[Claim]) -> None:
        """Keep what was said."""
        rows = [_claim_row(memoir, claim) for claim in claims]
        if rows:
            await tx.execute(insert(sources), rows)

    async def withdraw(
        self, tx: Transaction, owner_id: OwnerId, claim_id: str, *, is_withdrawn: bool = True
    ) -> None:
        """Take back what somebody said, or let it stand again."""
        await tx.execute(
            update(sources)
            .where(sources.c.owner_id == owner_id, sources.c.id == claim_id)
            .values(is_withdrawn=is_withdrawn)
        )

    # ── what is held ─────────────────────────────────────────────────────────────────────────
    async def rows(
        self,
        tx: Transaction,
        memoir: Memoir,
        names: Collection[str],
        within: Within = EVERYTHING,
    ) -> dict[str, Held]:
        """Return the facts of these names within some slots."""
        found: dict[str, Held] = {}
        for condition in named_within(facts.c.subject_key, names, slot=facts.c.slot, within=within):
            rows = await tx.execute(select(facts).where(*_of(memoir, facts), condition))
            found.update((row.id, _held(row)) for row in rows)
        return found

    async def subjects(
        self, tx: Transaction, owner_id: OwnerId, fact_ids: Sequence[str]
    ) -> frozenset[str]:
        """Return whom facts are held of, folded."""
        found: set[str] = set()
        for batch in batches(sorted(set(fact_ids))):
            query = select(facts.c.subject_key).where(
                facts.c.owner_id == owner_id, facts.c.id.in_(batch)
            )
            found.update((await tx.execute(query)).scalars())
        return frozenset(found)

    async def get(self, tx: Transaction, owner_id: OwnerId, fact_id: str) -> tuple[Held, Memoir]:
        """Return one fact and where it belongs."""
        row = (
            await tx.execute(
                select(facts).where(facts.c.owner_id == owner_id, facts.c.id == fact_id)
            )
        ).one_or_none()
        if row is None:
            raise Missing("There is no such fact.", cure="ringback facts list")
        return _held(row), Memoir(owner_id, row.namespace)

    async def write(
        self, tx: Transaction, memoir: Memoir, placed: Placed, before: Mapping[str, Held]
    ) -> None:
        """Keep the rows that are new or differ, and which claim stands for which.

        However many they are, it is one statement for each kind of change.
        """
        new = [_fact_row(memoir, row) for row in placed.rows.values() if row.id not in before]
        if new:
            await tx.execute(insert(facts), new)
        await self._change(
            tx, memoir, [row for row in placed.rows.values() if before.get(row.id, row) != row]
        )
        moved = [{"claim": each, "fact": fact} for each, fact in placed.moved.items()]
        if moved:
            of_owner = sources.c.owner_id == memoir.owner_id
            stands_for = update(sources).where(of_owner, sources.c.id == bindparam("claim"))
            await tx.execute(stands_for.values(fact_id=bindparam("fact")), moved)

    async def change(self, tx: Transaction, memoir: Memoir, row: Held) -> None:
        """Write a fact's row anew."""
        await self._change(tx, memoir, [row])

    async def _change(self, tx: Transaction, memoir: Memoir, rows: Sequence[Held]) -> None:
        changed = [
            {f"new_{name}": value for name, value in _fact_row(memoir, row).items()} for row in rows
        ]
        if not changed:
            return
        # What a row is known by never changes, and of its concepts the mirror alone knows.
        columns = changed[0].keys() - {"new_id", "new_owner_id", "new_namespace"}
        named = facts.c.owner_id == memoir.owner_id, facts.c.id == bindparam("new_id")
        values: dict[str, BindParameter[Any]]  # Any: a column's value
        values = {column.removeprefix("new_"): bindparam(column) for column in columns}
        await tx.execute(update(facts).where(*named).values(values), changed)

    async def merged(self, tx: Transaction, owner_id: OwnerId) -> dict[Identity, Named]:
        """Return which names are one: who is meant by the name that was merged."""
        kept = concepts.alias("kept")
        rows = await tx.execute(
            select(
                concepts.c.key,
                concepts.c.qualifier,
                kept.c.name.label("kept_name"),
                kept.c.qualifier.label("kept_qualifier"),
            )
            .join(kept, kept.c.id == concepts.c.merged_into)
            .where(concepts.c.owner_id == owner_id, kept.c.owner_id == owner_id)
        )
        return {
            (row.key, folded(row.qualifier)): Named(row.kept_name, row.kept_qualifier)
            for row in rows
        }

    # ── what became of it ────────────────────────────────────────────────────────────────────
    async def note(
        self,
        tx: Transaction,
        owner_id: OwnerId,
        became: Iterable[Became],
        *,
        actor: str,
        message_id: str,
    ) -> list[FactChange]:
        """Write down what became of facts: names of rows only."""
        changes = [
            FactChange(self.ids.new(), each.fact_id, each.kind, tx.at, actor, _details(each))
            for each in became
        ]
        rows = [
            {
                "id": change.id,
                "owner_id": owner_id,
                "fact_id": change.fact_id,
                "kind": change.kind.value,
                "actor": actor,
                "message_id": message_id,
                "details": dict(change.details),
                "at": tx.at,
            }
            for change in changes
        ]
        if rows:
            await tx.execute(insert(fact_changes), rows)
        return changes

    async def _claims(
        self, tx: Transaction, memoir: Memoir, condition: ColumnElement[bool]
    ) -> list[Claim]:
        found = await tx.execute(select(sources).where(*_of(memoir, sources), condition))
        return [kept_claim(row) for row in found]

    async def _first_claims(
        self, tx: Transaction, memoir: Memoir, condition: ColumnElement[bool]
    ) -> list[Claim]:
        """Return who was introduced, each by their first words: thousands more say no more."""
        order = sources.c.said_at, sources.c.message_id, sources.c.id
        place = func.row_number().over(partition_by=introduction(), order_by=order)
        told = select(sources.c.id, place.label("place")).where(*_of(memoir, sources), condition)
        first = told.subquery()
        return await self._claims(
            tx, memoir, sources.c.id.in_(select(first.c.id).where(first.c.place == 1))
        )


async def own_names(connection: AsyncConnection, owner_id: OwnerId) -> frozenset[str]:
    """Return what the owner is called, folded: nobody else is meant by it."""
    found = await connection.execute(select(people.c.name).where(people.c.id == owner_id))
    return frozenset(folded(row.name) for row in found if row.name.strip())


def _details(became: Became) -> dict[str, str]:
    details = {
        "fact": became.other,
        "source": became.claim,
        "undone": became.undone,
        "merge": became.merge,
        "before": became.before,
    }
    return {name: value for name, value in details.items() if value}


def verdicts(rows: Iterable[Held]) -> list[Verdict]:
    """Return what was taken back."""
    return [
        Verdict(row.id, f"{row.predicate}\n{object_key(row.object)}", row.retracted_at)
        for row in rows
        if row.is_taken_back and row.retracted_at is not None
    ]


def change_of(row: Row[Any]) -> FactChange:  # Any: SQLAlchemy's row
    """Return a change as it was written down."""
    return FactChange(
        row.id, row.fact_id, ChangeKind(row.kind), Instant(row.at), row.actor, details=row.details
    )


def _of(memoir: Memoir, table: Any) -> tuple[ColumnElement[bool], ...]:  # Any: a table's columns
    return table.c.owner_id == memoir.owner_id, table.c.namespace == memoir.namespace


def kept_claim(row: Row[Any]) -> Claim:  # Any: SQLAlchemy's row
    """Return what somebody said as it is kept."""
    return Claim(
        id=row.id,
        fact_id=row.fact_id,
        message_id=row.message_id,
        name=row.name,
        qualifier=row.qualifier,
        predicate=row.predicate,
        object=row.object,
        statement=row.statement,
        quote=row.quote,
        confidence=row.confidence,
        is_pinned=row.is_pinned,
        is_ended=row.is_ended,
        is_explicit=row.is_explicit,
        is_withdrawn=row.is_withdrawn,
        speaker=row.speaker,
        said_by=SaidBy(row.said_by),
        person_id=row.person_id,
        assurance=Assurance(row.assurance),
        channel=row.channel,
        reader=row.reader,
        said_at=Instant(row.said_at),
        valid_from=None if row.valid_from is None else Instant(row.valid_from),
        valid_to=None if row.valid_to is None else Instant(row.valid_to),
        learnt_at=Instant(row.learnt_at),
        conversation_id=row.conversation_id,
        second=row.second,
    )


def _claim_row(memoir: Memoir, claim: Claim) -> dict[str, Any]:  # Any: a column's value
    return asdict(claim) | {
        "owner_id": memoir.owner_id,
        "namespace": memoir.namespace,
        "name_key": claim.name_key,
        "slot": claim.slot,
        "object_key": claim.object_key,
        "said_by": claim.said_by.value,
        "assurance": claim.assurance.value,
    }


def _held(row: Row[Any]) -> Held:  # Any: SQLAlchemy's row
    return Held(
        id=row.id,
        subject=row.subject,
        qualifier=row.qualifier,
        predicate=row.predicate,
        slot=row.slot,
        object=row.object,
        statement=row.statement,
        confidence=row.confidence,
        said_by=SaidBy(row.said_by),
        person_id=row.person_id,
        assurance=Assurance(row.assurance),
        reader=row.reader,
        is_pinned=row.is_pinned,
        pin_wish=row.pin_wish,
        valid_from=Instant(row.valid_from),
        valid_to=None if row.valid_to is None else Instant(row.valid_to),
        learnt_at=Instant(row.learnt_at),
        retracted_at=None if row.retracted_at is None else Instant(row.retracted_at),
        retracted_as=row.retracted_as,
        superseded_by=row.superseded_by,
    )


def _fact_row(memoir: Memoir, row: Held) -> dict[str, Any]:  # Any: a column's value
    return asdict(row) | {
        "owner_id": memoir.owner_id,
        "namespace": memoir.namespace,
        "subject_key": folded(row.subject),
        "object_key": object_key(row.object),
        "said_by": row.said_by.value,
        "assurance": row.assurance.value,
    }
