"""Forgetting by voice: what would go is counted first, and goes only after a yes.

The wish is remembered by ids alone; neither the question nor the answer repeats what is to go, and
the turns that wished it go along. Who bears a name with others is told from them first: whoever is
not surely meant stays.
"""

import re
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import replace

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.conversation.reasoning import Understanding
from backend.conversation.reasoning.context import Omission
from backend.conversation.reasoning.unwanted import whom
from backend.conversation.reasoning.which import is_none, is_short, picked
from backend.conversation.sessions import Party
from backend.conversation.turns.naming import naming
from backend.conversation.turns.types import Belief, Draft
from backend.conversation.wording import is_no, is_yes
from backend.kernel.errors import Missing
from backend.kernel.forgetting import Kind, Person, Scope, Target, Things, ids_of
from backend.kernel.ids import OwnerId
from backend.kernel.people import Actor, Assurance
from backend.memory.forgetting.namesakes import Namesake, namesakes, told_of
from backend.platform.database.batches import batches, of_owner
from backend.platform.database.engine import Database
from backend.platform.database.tables import messages
from backend.platform.database.transaction import Transaction
from backend.platform.forgetting import Forgetting

FORGET = "forget"  # what a reply has asked for
WHICH = "which:"  # before a fact of each who may be meant
SEVERAL = 2
_WORDED = frozenset({Kind.FACT, Kind.MESSAGE, Kind.NOTE, Kind.DELIVERY})
ROOTS_MAX = 1_000  # by one word on a line; who wants more gone looks at it first
_AGREES = re.compile(
    r"(?:(?:yes|yeah|yep|ok(?:ay)?|sure|please)[ ,.!]+)*"
    r"(?:yes|please|(?:please )?do(?: it| that| so)?|go ahead|forget (?:it|that)|you (?:may|shall))"
    r"(?:[ ,]+(?:please|then|ringback))*"
)
_ALL = re.compile(r"\b(?:everything|all|anything|what|whatever)\b", re.IGNORECASE)
_SURE = frozenset({Assurance.VERIFIED, Assurance.HELD})


class Omitting:
    """Wishes to forget, as a conversation hears them."""

    def __init__(self, *, forgetting: Forgetting, database: Database) -> None:
        self._forgetting, self._database = forgetting, database

    async def weigh(
        self, draft: Draft, understood: Understanding, before: Iterable[Target]
    ) -> Omission:
        """Return what would go; `before` is what the last reply was from, or told with it."""
        draft.is_recallable = False
        party = draft.party
        if not _may_forget(party.actor):
            return Omission(problem="guest" if draft.guest else "forbidden")
        if understood.content in {"everything", "all"}:
            return Omission(problem="everything")
        roots = tuple(before)
        if understood.content:
            several = await self._of_several(draft, understood)
            if several is not None:
                return several
            async with self._database.reading() as connection:
                is_one = _ALL.search(draft.heard.text) is None
                topic = understood.content
                roots = tuple(await naming(connection, party, topic, is_one_secret=is_one))
        if len(roots) > ROOTS_MAX:
            return Omission(problem="many")
        counts = await self._counted(party, roots)
        if not counts:
            return Omission(problem="nothing")
        _ask(draft, (_named(root) for root in roots))
        return Omission(counts=counts)

    async def answered(self, draft: Draft, told: Sequence[str], request: str) -> Omission | None:
        """Return what becomes of a wish by an answer; None when they say something else."""
        heard = draft.heard.text
        if is_no(heard) or is_none(heard):
            draft.is_recallable = False
            return Omission(problem="kept")
        if asked := [each.removeprefix(WHICH) for each in told if each.startswith(WHICH)]:
            return await self._chosen(draft, asked, request)
        agrees = is_yes(heard) or _AGREES.fullmatch(heard.lower().strip(" .!,"))
        if not agrees or not _may_forget(draft.party.actor):
            return None
        draft.is_recallable = False
        roots = [_target(each) for each in told]
        if request:
            roots.append(Target(Kind.TURN, request))  # it names what is to go
        draft.effects = replace(draft.effects, forgets=tuple(roots))
        return Omission(is_done=True)

    # ── of several with one name ─────────────────────────────────────────────────────────────
    async def _of_several(self, draft: Draft, understood: Understanding) -> Omission | None:
        """Ask whom they mean, or weigh whom they said; None when one alone bears the name."""
        name, said = whom(understood.content)
        party = draft.party
        async with self._database.reading() as connection:
            known = await namesakes(connection, party.actor.owner_id, party.namespace, name)
        if len(known) < SEVERAL:
            return None
        which = picked(understood.detail or said, [each.which for each in known])
        if which:
            return await self._of_these(draft, known, which)
        _ask(draft, (f"{WHICH}{each.fact_id}" for each in known))
        return Omission(name=known[0].name, which=tuple(each.which for each in known))

    async def _chosen(self, draft: Draft, fact_ids: Sequence[str], request: str) -> Omission | None:
        """Return what would go of whom they chose; what is unclear forgets nothing."""
        party, heard = draft.party, draft.heard.text
        if not _may_forget(party.actor):
            return None
        async with self._database.reading() as connection:
            known = await told_of(connection, party.actor.owner_id, fact_ids)
        which = picked(heard, [each.which for each in known])
        if not which and not (is_yes(heard) or is_short(heard)):
            return None
        draft.is_recallable = False
        draft.effects = replace(draft.effects, belief=Belief())
        if not which:
            return Omission(problem="unclear")
        return await self._of_these(draft, known, which, request)

    async def _of_these(
        self, draft: Draft, known: Sequence[Namesake], which: Sequence[str], request: str = ""
    ) -> Omission:
        """Count what would go of some of those with one name, and ask whether to."""
        party, name = draft.party, known[0].name
        others = frozenset(each.which for each in known) - set(which)
        requests = {Target(Kind.TURN, request)} if request else set[Target]()
        roots, unclear = set[Target](), 0
        async with self._database.reading() as connection:
            if not others:
                roots.update(await naming(connection, party, name))
            for one in which:
                scope = Scope(party.actor.owner_id, Person(name, which=one, others=others))
                falls = await self._forgetting.closure(connection, scope)
                roots |= {each for each in falls if each.kind in _WORDED}
                # The wish itself says the name as well, and goes.
                left = await self._forgetting.unclear(connection, scope, falls)
                unclear = len(left - requests)
        if len(roots) > ROOTS_MAX:
            return Omission(problem="many")
        counts = await self._counted(party, roots)
        if not counts:
            return Omission(problem="nothing")
        _ask(draft, (_named(root) for root in sorted(roots | requests)))
        return Omission(counts=counts, name=name, which=tuple(which), unclear=unclear)

    async def take_effect(self, tx: Transaction, draft: Draft) -> None:
        """Forget in the turn's own transaction; what is gone meanwhile is gone."""
        if not draft.effects.forgets:
            return
        actor = draft.party.actor
        scope = Scope(actor.owner_id, Things(frozenset(draft.effects.forgets)))
        with suppress(Missing):
            await self._forgetting.forget(tx, scope, actor=f"{actor.kind}:{actor.person_id}")

    async def _counted(self, party: Party, roots: Iterable[Target]) -> dict[str, int]:
        owner_id = party.actor.owner_id
        scope = Scope(owner_id, Things(frozenset(roots)))
        async with self._database.reading() as connection:
            falls = await self._forgetting.closure(connection, scope)
            alone = await _alone(connection, owner_id, ids_of(falls, Kind.MESSAGE))
        counts = {Kind.FACT.value: 0, Kind.TURN.value: 0, Kind.NOTE.value: 0}
        for target in falls:
            if target.kind.value in counts:
                counts[target.kind.value] += 1
        counts[Kind.TURN.value] += alone
        return {kind: count for kind, count in counts.items() if count}


async def _alone(connection: AsyncConnection, owner_id: OwnerId, message_ids: Sequence[str]) -> int:
    """Return how many of these words came from elsewhere, without a turn of ours."""
    found = 0
    for batch in batches(message_ids):
        query = (
            select(func.count())
            .select_from(messages)
            .where(
                of_owner(messages.c.id, owner_id),
                messages.c.id.in_(batch),
                messages.c.turn_id.is_(None),
            )
        )
        found += int((await connection.execute(query)).scalar_one())
    return found


def before(last_facts: Iterable[str], messages: Iterable[str], turn_id: str) -> tuple[Target, ...]:
    """Return what "that" is: what the last reply was from, else what they said last."""
    found = [
        *(Target(Kind.FACT, each) for each in last_facts),
        *(Target(Kind.MESSAGE, each) for each in messages),
    ]
    if not found and turn_id:
        found.append(Target(Kind.TURN, turn_id))
    return tuple(found)


def _ask(draft: Draft, told: Iterable[str]) -> None:
    draft.details.asks = FORGET
    draft.details.told = {FORGET: list(told)}


def _named(target: Target) -> str:
    return f"{target.kind.value}:{target.id}"


def _target(told: str) -> Target:
    kind, _, identifier = told.partition(":")
    return Target(Kind(kind), identifier)


def _may_forget(actor: Actor) -> bool:
    """Say whether it is surely whose memory it is; a program only as far as it operates us."""
    is_sure = actor.assurance in _SURE
    return actor.is_whose_memory_it_is and is_sure and not actor.is_mere_program
