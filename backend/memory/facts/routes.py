"""The doors of facts: see what is held and how it is known, correct it, pin it, undo it."""

from collections.abc import Sequence
from typing import Annotated, Protocol

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from backend.kernel.clock import SECOND, Clock, Instant, later
from backend.kernel.errors import Forbidden, Invalid, NotConfigured
from backend.kernel.ids import MessageId
from backend.kernel.people import Actor, Role
from backend.memory.facts.changing import PINS_ARE_GUARDED, PINS_CURE
from backend.memory.facts.naming import Named
from backend.memory.facts.secrets import Handling, scrubbed
from backend.memory.facts.service import Facts
from backend.memory.facts.shown import (
    Changes,
    Merged,
    Merges,
    Page,
    ShownFact,
    WholeFact,
    shown,
    shown_change,
    shown_merge,
)
from backend.memory.facts.types import ONESELF, ChangeKind, FactChange, FactSource, FactView, SaidBy
from backend.memory.graph.types import folded
from backend.memory.moments import read_moment
from backend.platform.database.engine import Database
from backend.platform.database.tables import fact_changes, merges
from backend.platform.web import Caller

SCOPE = "memory"
PAGE_MAX = 200
INSTANT_DIGITS_MAX = 18  # what a database's integer holds
AROUND_S = 0.4  # of sound before and after the words: none is cut off
OWN = frozenset({"me", "myself", "i", "oneself"})


class Recordings(Protocol):
    """Opens what a recorder has sealed."""

    async def cut(self, key: str, conversation_id: str, begin_s: float, end_s: float) -> bytes:
        """Return a stretch of a call as one WAV file."""
        ...


class Incoming(BaseModel):
    """What others send; a word that we don't know is no error, a shape that is wrong is one."""

    model_config = ConfigDict(extra="ignore", str_strip_whitespace=True)


class Wanted(BaseModel):
    """Which facts somebody asks for."""

    model_config = ConfigDict(extra="forbid")

    about: str = Field("", max_length=200, description='A name; "me" is whose memory it is.')
    at: str = Field("", max_length=40, description="As it was at a moment.")
    history: bool = Field(False, description="What is over as well.")
    namespace: str = Field("", max_length=200)
    predicate: str = Field("", max_length=60)
    limit: int = Field(50, ge=1, le=PAGE_MAX)
    before: str | None = Field(None, max_length=80, description="The cursor of the page before.")


class Correction(Incoming):
    """What is true instead; what is left out stays as it is."""

    object: str | None = Field(None, max_length=500)
    subject: str | None = Field(None, max_length=200)


class NamedOne(Incoming):
    """Somebody or something by name, and which of several it is."""

    name: str = Field(min_length=1, max_length=200)
    qualifier: str = Field("", max_length=200)


class Joined(Incoming):
    """Two names that are one."""

    kept: NamedOne
    merged: NamedOne


def routes(
    facts: Facts,
    *,
    database: Database,
    clock: Clock,
    recordings: Recordings | None = None,
    secrets: Handling = "mask",
) -> APIRouter:
    """Return the routes; whoever calls sees and changes only what is their own."""
    router = APIRouter(prefix="/v1/facts", tags=["facts"])
    _add_reading(router, facts)
    _add_changes(router, facts, database, clock, secrets)
    _add_sound(router, facts, recordings)
    return router


def _add_reading(router: APIRouter, facts: Facts) -> None:
    @router.get("")
    async def list_facts(actor: Caller, asked: Annotated[Wanted, Query()]) -> Page:
        """List what holds now, or held at a moment; `about=me` is whose memory it is."""
        moment, limit = _moment(asked.at), asked.limit
        if asked.about:
            found = await facts.about(
                actor.owner_id,
                asked.namespace,
                names=[_name(asked.about)],
                predicates=[asked.predicate] if asked.predicate else [],
                at=moment,
                with_history=asked.history,
                limit=limit,
            )
            return Page(facts=_shown(facts, found), next=None)
        found = await facts.list(
            actor.owner_id,
            asked.namespace,
            at=moment,
            with_history=asked.history,
            before=_read_cursor(asked.before),
            limit=limit,
        )
        return Page(
            facts=_shown(facts, found),
            next=f"{found[-1].learnt_at}.{found[-1].id}" if len(found) == limit else None,
        )

    @router.get("/merges")
    async def list_merges(actor: Caller) -> Merges:
        """List the names that were said to be one."""
        return Merges(merges=[shown_merge(each) for each in await facts.merges(actor.owner_id)])

    @router.get("/{fact_id}")
    async def show_fact(actor: Caller, fact_id: str) -> WholeFact:
        """Show a fact with its sources, its history, and what was true before it.

        The end of its id is enough.
        """
        fact_id = await facts.full_id(actor.owner_id, fact_id)
        fact = await facts.get(actor.owner_id, fact_id)
        history = await facts.history(actor.owner_id, fact_id)
        former = await facts.former(actor.owner_id, fact_id)
        return WholeFact(
            **_shown(facts, [fact])[0].model_dump(),
            history=[shown_change(each) for each in history],
            former=_shown(facts, former),
        )


def _shown(facts: Facts, found: Sequence[FactView]) -> list[ShownFact]:
    return [shown(each, has_lapsed=facts.has_lapsed(each)) for each in found]


def _refuse_secrets(wanted: Correction, handling: Handling) -> None:
    """Refuse what would be taken out of a turn: with a gap in it a fact would say nothing."""
    found = scrubbed(f"{wanted.subject or ''}\n{wanted.object or ''}", handling).secrets
    if found:
        raise Invalid(f"That holds a secret ({found[0].kind}): no fact keeps one.")


def _add_changes(
    router: APIRouter, facts: Facts, database: Database, clock: Clock, secrets: Handling
) -> None:
    @router.post("/{fact_id}/correct")
    async def correct(actor: Caller, fact_id: str, wanted: Correction) -> Changes:
        """Say what is true instead."""
        fact_id = await facts.full_id(actor.owner_id, fact_id)
        await facts.get(actor.owner_id, fact_id)  # whose it is comes before what is asked of it
        if wanted.object is None and wanted.subject is None:
            raise Invalid("Say what is true instead: object, subject, or both.")
        _refuse_secrets(wanted, secrets)
        async with database.transaction() as tx:
            changes = await facts.correct(
                tx,
                fact_id,
                source=_source(actor, clock),
                object=wanted.object,
                subject=wanted.subject,
            )
        return _allowed(actor, changes)

    @router.post("/{fact_id}/deny")
    async def deny(actor: Caller, fact_id: str) -> Changes:
        """Say that this was never true."""
        fact_id = await facts.full_id(actor.owner_id, fact_id)
        async with database.transaction() as tx:
            changes = await facts.deny(tx, fact_id, source=_source(actor, clock))
        return _allowed(actor, changes)

    @router.post("/{fact_id}/pin")
    async def pin(actor: Caller, fact_id: str) -> Changes:
        """Keep a fact at hand, and from being changed but explicitly."""
        fact_id = await facts.full_id(actor.owner_id, fact_id)
        async with database.transaction() as tx:
            changes = await facts.pin(tx, fact_id, is_pinned=True, source=_source(actor, clock))
        return _allowed(actor, changes)

    @router.post("/{fact_id}/unpin")
    async def unpin(actor: Caller, fact_id: str) -> Changes:
        """Let go of a fact that was pinned."""
        fact_id = await facts.full_id(actor.owner_id, fact_id)
        async with database.transaction() as tx:
            changes = await facts.pin(tx, fact_id, is_pinned=False, source=_source(actor, clock))
        return _allowed(actor, changes)

    @router.post("/merge")
    async def merge(actor: Caller, wanted: Joined) -> Merged:
        """Say that two names are one."""
        kept = Named(wanted.kept.name, wanted.kept.qualifier)
        merged = Named(wanted.merged.name, wanted.merged.qualifier)
        async with database.transaction() as tx:
            done = await facts.merge(tx, kept, merged, source=_source(actor, clock))
        return Merged(id=done.id, changes=[shown_change(each) for each in done.changes])

    @router.post("/merges/{merge_id}/undo")
    async def unmerge(actor: Caller, merge_id: str) -> Changes:
        """Take two names apart again."""
        merge_id = await facts.full_id(actor.owner_id, merge_id, of=merges)
        async with database.transaction() as tx:
            changes = await facts.unmerge(tx, merge_id, source=_source(actor, clock))
        return Changes(changes=[shown_change(each) for each in changes])

    @router.post("/changes/{change_id}/undo")
    async def undo(actor: Caller, change_id: str) -> Changes:
        """Undo one change."""
        change_id = await facts.full_id(actor.owner_id, change_id, of=fact_changes)
        async with database.transaction() as tx:
            changes = await facts.restore(tx, change_id, source=_source(actor, clock))
        return Changes(changes=[shown_change(each) for each in changes])


def _add_sound(router: APIRouter, facts: Facts, recordings: Recordings | None) -> None:
    @router.get("/{fact_id}/sources/{message_id}/audio", response_class=Response)
    async def audio(actor: Caller, fact_id: str, message_id: str) -> Response:
        """Play the seconds of the call in which a fact was told."""
        if actor.role is Role.HOUSEHOLD:
            raise Forbidden("Only whose memory it is may hear their calls.")
        if recordings is None:
            raise NotConfigured("Nothing opens recordings here.")
        call_id, key, (begin, end) = await facts.stretch(actor.owner_id, fact_id, message_id)
        wav = await recordings.cut(key, call_id, max(begin - AROUND_S, 0.0), end + AROUND_S)
        return Response(wav, media_type="audio/wav")


def _allowed(actor: Actor, changes: Sequence[FactChange]) -> Changes:
    """Return what became of it; raise when they may not, which is written down by now."""
    if any(change.kind is ChangeKind.REFUSED for change in changes[:1]):
        if actor.role is not Role.HOUSEHOLD and actor.is_mere_program:
            raise Forbidden(PINS_ARE_GUARDED, cure=PINS_CURE)
        raise Forbidden("This is not yours to change.", cure="ask whose memory it is")
    return Changes(changes=[shown_change(each) for each in changes])


def _source(actor: Actor, clock: Clock) -> FactSource:
    is_guest = actor.role is Role.HOUSEHOLD
    return FactSource(
        owner_id=actor.owner_id,
        message_id=MessageId(""),
        speaker=actor.name,
        said_by=SaidBy.GUEST if is_guest else SaidBy.OWNER,
        assurance=actor.assurance,
        channel=actor.kind.value,
        said_at=clock.now(),
        person_id=actor.person_id or "",
        reader="person",
        is_explicit=True,
        may_touch_pins=not actor.is_mere_program,
    )


def _name(about: str) -> str:
    return ONESELF if folded(about) in OWN else about


def _moment(written: str) -> Instant | None:
    if not written:
        return None
    moment = read_moment(written)
    if moment is None:
        raise Invalid("That is no moment.", cure="at=2026-05-01 or at=2026-05-01T12:00:00Z")
    # Moments are told by the second: what began within it has begun.
    return later(moment, SECOND - 1)


def _read_cursor(written: str | None) -> tuple[int, str] | None:
    if written is None:
        return None
    learnt_at, _, fact_id = written.partition(".")
    is_instant = learnt_at.isascii() and learnt_at.isdecimal()
    if not (is_instant and len(learnt_at) <= INSTANT_DIGITS_MAX and fact_id):
        raise Invalid("That is no cursor of this list.")
    return int(learnt_at), fact_id
