"""What people change by hand: this is wrong, this is right, keep this, undo that."""

import re
from dataclasses import replace

from sqlalchemy import select

from backend.kernel.errors import Conflict, Forbidden, Invalid, Missing
from backend.memory.facts.believing import PINNED, UNPINNED
from backend.memory.facts.claims import Weight, claim_of, weight_of
from backend.memory.facts.placing import Became, Held
from backend.memory.facts.predicates import told
from backend.memory.facts.sameness import object_key
from backend.memory.facts.settling import Cause, Settling, Wanted
from backend.memory.facts.store import FactStore, Memoir, change_of
from backend.memory.facts.types import (
    ONESELF,
    ChangeKind,
    FactChange,
    FactSource,
    ReadFact,
    Retraction,
)
from backend.memory.graph.types import folded
from backend.platform.database.tables import fact_changes
from backend.platform.database.transaction import Transaction

PINS_ARE_GUARDED = "A token of a program changes what is pinned only with the scope operate."
PINS_CURE = "ringback tokens create --scope memory --scope operate"
OBJECT_CHARACTERS_MAX = 500
NAME_CHARACTERS_MAX = 200
# Controls, halves of pairs, and what turns the direction of writing: a fact must read as it is.
UNSEEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u206f\ufff9-\ufffb\ud800-\udfff]"
)
BY_CLAIM = frozenset(  # what is undone by taking back the words that brought it about
    {ChangeKind.LEARNT, ChangeKind.CONFIRMED, ChangeKind.SUPERSEDED, ChangeKind.ENDED}
)


class Changing:
    """Corrections, denials and pins; each is written down and can be undone."""

    def __init__(self, store: FactStore, settling: Settling) -> None:
        self._store, self._settling = store, settling

    async def correct(
        self,
        tx: Transaction,
        fact_id: str,
        *,
        source: FactSource,
        object: str | None = None,
        subject: str | None = None,
        quote: str = "",
    ) -> list[FactChange]:
        """Say what is true instead; the old value was never true, and is kept as history."""
        held, memoir = await self._opened(tx, fact_id, source)
        refused = await self._refused(tx, held, source)
        if refused:
            return refused
        value = _checked(object, held.object, OBJECT_CHARACTERS_MAX)
        name = _checked(subject, held.subject, NAME_CHARACTERS_MAX)
        is_same_name = folded(name) == folded(held.subject)
        if is_same_name and object_key(value) == object_key(held.object):
            raise Conflict("That is what is held already.")
        read = ReadFact(
            subject=name,
            predicate=held.predicate,
            object=value,
            statement=told(name, held.predicate, value),
            quote=quote,
            confidence=1.0,
            valid_from=held.valid_from,
            valid_to=held.valid_to if held.retracted_at is None else None,
            is_pinned=held.is_pinned,
            qualifier=held.qualifier if is_same_name else "",
        )
        # It counts from now on, whenever the turn began: nothing that was said before outdoes it.
        said = replace(
            source,
            is_explicit=source.may_touch_pins,  # else by a new subject it could take a pin's place
            reader="person",
            said_at=max(source.said_at, tx.at),
        )
        claim = claim_of(read, said, claim_id=self._store.ids.new(), learnt_at=tx.at)
        taken_back = _taken_back(held, Retraction.CORRECTED, tx)
        await self._store.change(tx, memoir, taken_back)
        wanted = _joined(Wanted.by([claim]), await self._wanted(tx, memoir, held))
        placed = await self._settling.work_out(tx, memoir, wanted, new=[claim])
        new_id = placed.moved.get(claim.id, "")
        await self._store.change(tx, memoir, replace(taken_back, superseded_by=new_id))
        became = Became(held.id, ChangeKind.CORRECTED, other=new_id, claim=claim.id)
        return await self._told(tx, source, became, *placed.became)

    async def deny(self, tx: Transaction, fact_id: str, *, source: FactSource) -> list[FactChange]:
        """Say that something was never true."""
        held, memoir = await self._opened(tx, fact_id, source)
        refused = await self._refused(tx, held, source)
        if refused:
            return refused
        await self._store.change(tx, memoir, _taken_back(held, Retraction.DENIED, tx))
        placed = await self._settling.work_out(tx, memoir, await self._wanted(tx, memoir, held))
        became = Became(held.id, ChangeKind.DENIED)
        return await self._told(tx, source, became, *placed.became)

    async def pin(
        self, tx: Transaction, fact_id: str, *, is_pinned: bool, source: FactSource
    ) -> list[FactChange]:
        """Keep a fact at hand, and from being changed but explicitly; or let go of it."""
        held, memoir = await self._opened(tx, fact_id, source)
        refused = await self._refused(tx, held, source, is_of_pins=True)
        if refused:
            return refused
        if held.retracted_at is not None:
            raise Conflict("That is not held any more: only what holds can be pinned.")
        if held.is_pinned is is_pinned:
            return []
        wish = PINNED if is_pinned else UNPINNED
        await self._store.change(tx, memoir, replace(held, is_pinned=is_pinned, pin_wish=wish))
        kind = ChangeKind.PINNED if is_pinned else ChangeKind.UNPINNED
        # Letting go may let through what was refused so far.
        placed = await self._settling.work_out(tx, memoir, await self._wanted(tx, memoir, held))
        became = Became(held.id, kind, before=held.pin_wish or "nature")
        return await self._told(tx, source, became, *placed.became)

    # ── undoing ──────────────────────────────────────────────────────────────────────────────
    async def undoable(
        self, tx: Transaction, change_id: str, *, source: FactSource
    ) -> tuple[FactChange, str]:
        """Return a change that can be undone, and the merge that it belongs to."""
        if weight_of(source.said_by, source.assurance) is not Weight.OWNER:
            raise Forbidden("Only the owner may undo what became of their facts.")
        await self._store.hold(tx, source.owner_id)
        of_owner = fact_changes.c.owner_id == source.owner_id
        found = (
            await tx.execute(select(fact_changes).where(of_owner, fact_changes.c.id == change_id))
        ).one_or_none()
        if found is None:
            raise Missing("There is no such change.", cure="ringback facts show FACT")
        change = change_of(found)
        later = await tx.execute(
            select(fact_changes.c.details).where(
                of_owner,
                fact_changes.c.fact_id == change.fact_id,
                fact_changes.c.kind == ChangeKind.RESTORED.value,
            )
        )
        if any(row.details.get("undone") == change_id for row in later):
            raise Conflict("That has been undone already.")
        return change, change.details.get("merge", "")

    async def undo(
        self, tx: Transaction, change: FactChange, *, source: FactSource
    ) -> list[FactChange]:
        """Undo one change."""
        held, memoir = await self._store.get(tx, source.owner_id, change.fact_id)
        if change.kind in {ChangeKind.PINNED, ChangeKind.UNPINNED} or held.is_guarded:
            allow_pins(source)
        wanted = await self._wanted(tx, memoir, held)
        claim_id = change.details.get("source", "")
        if change.kind in {ChangeKind.CORRECTED, ChangeKind.DENIED} and held.is_taken_back:
            await self._store.change(
                tx, memoir, replace(held, retracted_at=None, retracted_as="", superseded_by="")
            )
            other = change.details.get("fact", "")
            if other:
                instead, _ = await self._store.get(tx, source.owner_id, other)
                if instead.is_guarded:
                    allow_pins(source)
                wanted = _joined(wanted, await self._wanted(tx, memoir, instead))
        elif change.kind in {ChangeKind.PINNED, ChangeKind.UNPINNED}:
            before = change.details.get("before", "")
            wish = before if before in {PINNED, UNPINNED} else ""
            await self._store.change(tx, memoir, replace(held, pin_wish=wish))
        elif change.kind not in BY_CLAIM or not claim_id:
            raise Conflict("That can't be undone.", cure="ringback facts correct FACT VALUE")
        if claim_id:
            await self._store.withdraw(tx, source.owner_id, claim_id)
        placed = await self._settling.work_out(tx, memoir, wanted)
        became = Became(change.fact_id, ChangeKind.RESTORED, undone=change.id)
        return await self._told(tx, source, became, *placed.became)

    # ── what all of them do ──────────────────────────────────────────────────────────────────
    async def _opened(
        self, tx: Transaction, fact_id: str, source: FactSource
    ) -> tuple[Held, Memoir]:
        await self._store.hold(tx, source.owner_id)
        held, memoir = await self._store.get(tx, source.owner_id, fact_id)
        if held.is_taken_back:
            raise Conflict("That was taken back already.", cure="ringback facts undo CHANGE")
        return held, memoir

    async def _refused(
        self, tx: Transaction, held: Held, source: FactSource, *, is_of_pins: bool = False
    ) -> list[FactChange]:
        """Write down that somebody may not change a fact; nothing when they may."""
        weight = weight_of(source.said_by, source.assurance)
        is_own = bool(source.person_id) and held.person_id == source.person_id
        may = weight is not Weight.GUEST or (
            weight_of(held.said_by, held.assurance) is Weight.GUEST
            and is_own
            and not held.is_pinned
        )
        may = may and (source.may_touch_pins or not (is_of_pins or held.is_guarded))
        return [] if may else await self._told(tx, source, Became(held.id, ChangeKind.REFUSED))

    async def _wanted(self, tx: Transaction, memoir: Memoir, held: Held) -> Wanted:
        """Return the names under which a fact was spoken of, and its slot."""
        claims = await self._store.of_facts(tx, memoir.owner_id, [held.id])
        names = {folded(held.subject), *(claim.name_key for claim in claims)}
        slots = {held.slot} if ONESELF in names else set()
        return Wanted(frozenset(names), frozenset(slots))

    async def _told(self, tx: Transaction, source: FactSource, *became: Became) -> list[FactChange]:
        cause = Cause(source.actor, source.message_id)
        return await self._settling.tell(tx, source.owner_id, became, cause)


def allow_pins(source: FactSource) -> None:
    """Raise where what is pinned is not theirs to touch."""
    if not source.may_touch_pins:
        raise Forbidden(PINS_ARE_GUARDED, cure=PINS_CURE)


def _taken_back(held: Held, state: Retraction, tx: Transaction) -> Held:
    return replace(held, retracted_at=tx.at, retracted_as=state.value, is_pinned=False)


def _joined(one: Wanted, other: Wanted) -> Wanted:
    return Wanted(
        one.names | other.names, (one.slots or frozenset()) | (other.slots or frozenset())
    )


def _checked(given: str | None, held: str, characters_max: int) -> str:
    if given is None:
        return held
    text = " ".join(given.split())
    if not text or len(text) > characters_max:
        raise Invalid(f"Say it in 1 to {characters_max} characters.")
    if UNSEEN.search(text):
        raise Invalid("That holds characters that nobody sees.", cure="type it anew")
    return text
