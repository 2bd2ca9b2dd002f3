"""Works out anew what is held of some names, and writes down what became of it."""

from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from backend.kernel.ids import OwnerId
from backend.memory.facts.believing import Settled, Verdict, settle
from backend.memory.facts.claims import Claim
from backend.memory.facts.naming import (
    Identity,
    Named,
    Names,
    introduces_anew,
    introductions,
    is_unnamed,
)
from backend.memory.facts.placing import Became, Held, Placed, place
from backend.memory.facts.predicates import KIN
from backend.memory.facts.store import FactStore, Memoir, verdicts
from backend.memory.facts.types import ChangeKind, FactChange
from backend.memory.facts.within import Within
from backend.memory.graph.types import folded
from backend.platform.database.transaction import Transaction
from backend.platform.events import EventLog
from backend.platform.jobs.ledger import Ledger
from backend.platform.jobs.types import NewJob

MIRROR = "memory.mirror"
MIRRORED_MAX = 200  # facts in one job

Told = Callable[[Transaction, OwnerId, Sequence[FactChange]], Awaitable[None]]
"""Takes up what became of an owner's facts, in the same transaction."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be worked out anew: names, and of the owner themselves some slots.

    Of others too these slots are all, as long as nobody is told apart anew (`is_of_slots`): what
    is said of one thing moves nothing of another.
    """

    names: frozenset[str]
    slots: frozenset[str] | None = frozenset()  # None: all of them
    is_of_slots: bool = False

    @classmethod
    def by(cls, claims: Iterable[Claim]) -> "Wanted":
        """Return what these claims may change, those of the same name who are told apart too."""
        names, slots = set(), set()
        for claim in claims:
            names.add(claim.name_key)
            names.update(named.identity[0] for named in introductions(claim))
            slots.add(claim.slot)
        return cls(frozenset(names), frozenset(slots), is_of_slots=True)


@dataclass(frozen=True, slots=True)
class Cause:
    """Why something is worked out anew: who brought it about, and by which message."""

    actor: str
    message_id: str = ""
    became: Sequence[Became] = field(default=())  # what was changed by hand before
    is_of_many: bool = False  # whoever changes more in the same transaction has the graph told


class Settling:
    """Turns claims into facts, in the caller's transaction."""

    def __init__(
        self, store: FactStore, *, events: EventLog, jobs: Ledger, told: Told | None = None
    ) -> None:
        self._store, self._events, self.jobs = store, events, jobs
        self._told = told

    async def settle(
        self, tx: Transaction, memoir: Memoir, wanted: Wanted, cause: Cause
    ) -> list[FactChange]:
        """Work out the wanted names; returns what became of whose facts."""
        placed = await self.work_out(tx, memoir, wanted)
        told = {each.fact_id for each in cause.became}  # that a merge renamed it needs no saying
        news = [
            each
            for each in placed.became
            if each.kind is not ChangeKind.RENAMED or each.fact_id not in told
        ]
        return await self.tell(tx, memoir.owner_id, [*cause.became, *news], cause)

    async def work_out(
        self, tx: Transaction, memoir: Memoir, wanted: Wanted, new: Sequence[Claim] = ()
    ) -> Placed:
        """Write what follows from all claims, new ones among them."""
        store = self._store
        merged = await store.merged(tx, memoir.owner_id)
        known = await store.introductions(tx, memoir, wanted.names)
        within = Within(
            wanted.slots, is_of_all=wanted.is_of_slots and not introduces_anew(new, known)
        )
        said_who = [*known, *new]
        relatives = (wanted.names & KIN) | _relatives(said_who)
        unnamed = [
            claim
            for claim in [*await store.claims(tx, memoir, relatives, within), *new]
            if is_unnamed(claim) and claim.name_key in relatives
        ]
        if unnamed:
            said_who += await store.introduced(tx, memoir, relatives)
        meant = await self._meant(tx, memoir, unnamed, said_who, merged)
        keys = _with_merged(wanted.names | relatives | meant, merged)
        said_who += await store.introductions(tx, memoir, keys - wanted.names)
        claims = [*await store.claims(tx, memoir, keys, within), *new]
        names = Names(merged=merged)
        names.introduce({claim.id: claim for claim in [*claims, *said_who]}.values())
        before = await store.rows(tx, memoir, keys, within)
        slots = _slots(claims, before, names)
        placed = place(slots, before, at=tx.at, ids=store.ids)
        # They are kept with the fact that they stand for: nothing has to be written a second time.
        stands_for = {claim.id: placed.moved.pop(claim.id, "") for claim in new}
        await store.add(tx, memoir, [replace(claim, fact_id=stands_for[claim.id]) for claim in new])
        await store.write(tx, memoir, placed, before)
        placed.moved.update(stands_for)
        return placed

    async def _meant(
        self,
        tx: Transaction,
        memoir: Memoir,
        unnamed: Sequence[Claim],
        said_who: Sequence[Claim],
        merged: Mapping[Identity, Named],
    ) -> frozenset[str]:
        """Return the names of those who are meant, or were, where somebody has none: "my sister".

        Of two thousand friends those alone are worked out whom these words move.
        """
        names = Names(merged=merged)
        names.introduce({claim.id: claim for claim in said_who}.values())
        stood_for = [claim.fact_id for claim in unnamed if claim.fact_id]
        before = await self._store.subjects(tx, memoir.owner_id, stood_for)
        return before | {names.of(claim)[0] for claim in unnamed}

    async def tell(
        self, tx: Transaction, owner_id: OwnerId, became: Iterable[Became], cause: Cause
    ) -> list[FactChange]:
        """Write down what became of facts, and let everybody know that it did."""
        changes = await self._store.note(
            tx, owner_id, became, actor=cause.actor, message_id=cause.message_id
        )
        news = [
            (
                "fact.learnt" if change.kind is ChangeKind.LEARNT else "fact.changed",
                {
                    "fact_id": change.fact_id,
                    "change_id": change.id,
                    "change": change.kind.value,
                },
            )
            for change in changes
        ]
        await self._events.append_all(
            tx, news, owner_id=owner_id, stream=f"owner:{owner_id}", actor=cause.actor
        )
        if not cause.is_of_many:
            await self.mirror(tx, owner_id, changes)
        if self._told is not None:
            await self._told(tx, owner_id, changes)
        return changes

    async def mirror(
        self, tx: Transaction, owner_id: OwnerId, changes: Sequence[FactChange]
    ) -> None:
        """Promise that the graph is told."""
        told = [change for change in changes if change.kind is not ChangeKind.REFUSED]
        fact_ids = sorted({change.fact_id for change in told})
        for start in range(0, len(fact_ids), MIRRORED_MAX):
            job = NewJob(
                name=MIRROR,
                payload={"fact_ids": fact_ids[start : start + MIRRORED_MAX]},
                key=f"{MIRROR}:{told[0].id}:{start}",
                owner_id=owner_id,
            )
            await self.jobs.add(tx, job)


def _relatives(claims: Iterable[Claim]) -> frozenset[str]:
    """Return as whose relatives people were introduced: by that alone they are spoken of too."""
    told = [named.identity[1].split() for claim in claims for named in introductions(claim)]
    return frozenset(words[-1] for words in told if words) & KIN


def _slots(
    claims: Iterable[Claim], before: Mapping[str, Held], names: Names
) -> list[tuple[Named, Settled]]:
    """Settle each slot of each subject; in one order, so that ids are given in one order."""
    said: dict[tuple[Identity, str], list[Claim]] = {}
    for claim in claims:
        said.setdefault((names.of(claim), claim.slot), []).append(claim)
    taken_back: dict[tuple[Identity, str], list[Verdict]] = {}
    homes: dict[str, set[tuple[Identity, str]]] = {}
    for where, spoken in said.items():
        for claim in spoken:
            homes.setdefault(claim.fact_id, set()).add(where)
    for row in before.values():
        for verdict in verdicts([row]):  # it goes with its words, whomever they are about by now
            for where in sorted(homes.get(row.id, {_denied(row, names)})):
                taken_back.setdefault(where, []).append(verdict)
    wishes = {row.id: row.pin_wish for row in before.values() if row.pin_wish}
    return [
        (
            names.called(key[0], said[key]),
            settle(said[key], wishes=wishes, verdicts=taken_back.get(key, [])),
        )
        for key in sorted(said)
    ]


def _denied(row: Held, names: Names) -> tuple[Identity, str]:
    """Return of whom a fact was said whose words were forgotten: whoever is meant by the name."""
    key, which = folded(row.subject), folded(row.qualifier)
    return names.kept((key, which or names.which(key, row.learnt_at))), row.slot


def _with_merged(names: Collection[str], merged: Mapping[Identity, Named]) -> frozenset[str]:
    """Return the names with all that are one with them."""
    keys = set(names)
    for _ in range(len(merged)):
        size = len(keys)
        for (key, _which), kept in merged.items():
            if key in keys or kept.identity[0] in keys:
                keys.update({key, kept.identity[0]})
        if len(keys) == size:
            break
    return frozenset(keys)
