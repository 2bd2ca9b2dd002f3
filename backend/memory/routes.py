"""The doors of memory: import, search, list. `main` mounts them behind the scope `memory`."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from backend.kernel.clock import DAY, Clock, Instant, later
from backend.kernel.errors import Invalid, TooLarge
from backend.memory.graph import Step
from backend.memory.moments import EARLIEST, read_moment, write_moment
from backend.memory.service import Memory
from backend.memory.short_term.routes import recent_route
from backend.memory.types import ImportedTurn, Recollection, Remembered
from backend.platform.settings import LimitSettings
from backend.platform.web import Caller

SCOPE = "memory"
NAMESPACE_MAX = 200
PAGE_MAX = 200
INSTANT_DIGITS_MAX = 18  # what a database's integer holds


class Incoming(BaseModel):
    """What others send; a word that we don't know is no error, a shape that is wrong is one."""

    model_config = ConfigDict(extra="ignore", str_strip_whitespace=True)


class Turn(Incoming):
    """One turn of a conversation that took place elsewhere."""

    id: str = Field(min_length=1, max_length=200)
    speaker: str = Field("", max_length=200)
    text: str = Field("", max_length=20_000)
    timestamp: str | float | None = None
    session: str | int | None = None
    caption: str | None = Field(None, max_length=5_000)


class Import(Incoming):
    """Turns on their way into a namespace of the caller's own."""

    namespace: str = Field("", max_length=NAMESPACE_MAX)
    turns: list[Turn]
    wait: bool = False
    again: bool = Field(False, description="Bring back what was forgotten here before.")


class Imported(BaseModel):
    """What became of an import."""

    accepted: int
    searchable: bool
    forgotten_before: int | None = Field(
        None, description="Left out, for it was forgotten here; see `again`."
    )
    known_before: int | None = Field(None, description="Kept already, in the same words.")
    conflicts: list[str] | None = Field(
        None, description="Ids that are known in other words: what was sent now was not kept."
    )


class Search(Incoming):
    """A question to a namespace."""

    namespace: str = Field("", max_length=NAMESPACE_MAX)
    query: str = Field(max_length=2_000)
    k: int = Field(10, ge=1)
    explain: bool = False


class Found(BaseModel):
    """Something that was said and bears on the question."""

    id: str
    text: str
    score: float
    when: str
    speaker: str
    channel: str
    source_ids: list[str]
    became: str | None = Field(
        None, description="What became of all it told: corrected, denied, superseded, ended."
    )
    signals: dict[str, float] | None = None


class Results(BaseModel):
    """The best first; empty when nothing relevant is known."""

    results: list[Found]


class Source(BaseModel):
    """Where a memory is known from."""

    message_id: str
    text: str
    when: str
    speaker: str
    channel: str


class Listed(BaseModel):
    """A memory in the list."""

    id: str
    text: str
    when: str  # it was learnt
    sources: list[Source]


class Page(BaseModel):
    """The newest memories first; `next` is the cursor behind the last one."""

    memories: list[Listed]
    next: str | None


class ShownRelation(BaseModel):
    """One thing that is known of how two belong together."""

    subject: str
    predicate: str
    object: str
    message_id: str


class Relations(BaseModel):
    """What belongs to a name, with the way to it."""

    name: str
    relations: list[ShownRelation]


def routes(memory: Memory, clock: Clock, limits: LimitSettings) -> APIRouter:
    """Return the routes; whoever calls sees only what is their own."""
    router = APIRouter(prefix="/v1/memory", tags=["memory"])

    @router.post(
        "/ingest",
        status_code=202,
        responses={200: {"model": Imported}},
        response_model_exclude_none=True,
    )
    async def ingest(actor: Caller, wanted: Import, response: Response) -> Imported:
        if len(wanted.turns) > limits.ingest_turns:
            raise TooLarge(f"At most {limits.ingest_turns} turns at once.")
        now = clock.now()
        turns = [
            _turn(turn, now, number)
            for number, turn in enumerate(wanted.turns)
            if turn.text or turn.caption
        ]
        done = await memory.ingest(
            actor, wanted.namespace, turns, wait=wanted.wait, again=wanted.again
        )
        response.status_code = 200 if done.is_searchable else 202
        return Imported(
            accepted=len(turns) - done.forgotten_before - len(done.conflicts),
            searchable=done.is_searchable,
            forgotten_before=done.forgotten_before or None,
            known_before=done.known_before or None,
            conflicts=list(done.conflicts) or None,
        )

    @router.post("/search", response_model_exclude_none=True)
    async def search(actor: Caller, wanted: Search) -> Results:
        found = await memory.rank(
            actor.owner_id,
            wanted.query,
            namespace=wanted.namespace,
            k=min(wanted.k, limits.search_results),
        )
        return Results(results=[_found(each, explain=wanted.explain) for each in found])

    @router.get("")
    async def list_memories(
        actor: Caller,
        limit: Annotated[int, Query(ge=1, le=PAGE_MAX)] = 50,
        before: Annotated[str | None, Query(max_length=80)] = None,
    ) -> Page:
        found = await memory.list_memories(actor.owner_id, limit=limit, before=_read_cursor(before))
        return Page(
            memories=[_listed(each) for each in found],
            next=_cursor(found) if len(found) == limit else None,
        )

    router.include_router(recent_route(memory))

    @router.get("/graph")
    async def relations(
        actor: Caller,
        name: Annotated[str, Query(min_length=1, max_length=200)],
        hops: Annotated[int, Query(ge=1, le=2)] = 1,
    ) -> Relations:
        found = await memory.related(actor.owner_id, name, hops=hops)
        steps = dict.fromkeys(step for each in found for step in each.evidence)
        return Relations(name=name, relations=[_step(step) for step in steps])

    return router


def _turn(turn: Turn, now: Instant, number: int) -> ImportedTurn:
    session = "" if turn.session is None else str(turn.session)
    return ImportedTurn(
        id=turn.id,
        speaker=turn.speaker,
        text=turn.text,
        said_at=_said_at(turn.timestamp, now, number),
        session=session[:200],
        caption=turn.caption or "",
    )


def _said_at(written: str | float | None, now: Instant, number: int) -> Instant:
    """Return when a turn was said: now, where it does not say.

    A wrong moment would stay: what is told of a day, and what is forgotten of one, goes by it.
    """
    if written is None or written == "":
        return now
    said_at = read_moment(written)
    if said_at is None:
        raise Invalid(
            f"turns[{number}].timestamp is no moment.",
            cure="2023-05-08T13:56:00Z or seconds since 1970; nothing of this was kept",
        )
    if not EARLIEST <= said_at <= later(now, DAY):
        raise Invalid(
            f"turns[{number}].timestamp lies before 1900 or in the future.",
            cure="leave it out where it is not known; nothing of this was kept",
        )
    return said_at


def _found(each: Recollection, *, explain: bool) -> Found:
    name = each.external_id or each.message_id
    return Found(
        id=name,
        text=each.text,
        score=each.score,
        when=write_moment(each.said_at),
        speaker=each.speaker,
        channel=each.channel,
        source_ids=[name],
        became=each.became or None,
        signals={key: round(value, 4) for key, value in each.signals.items()} if explain else None,
    )


def _listed(each: Remembered) -> Listed:
    source = each.source
    return Listed(
        id=each.id,
        text=each.text,
        when=write_moment(each.learnt_at),
        sources=[
            Source(
                message_id=source.message_id,
                text=source.text,
                when=write_moment(source.said_at),
                speaker=source.speaker,
                channel=source.channel,
            )
        ],
    )


def _step(step: Step) -> ShownRelation:
    return ShownRelation(
        subject=step.subject.name,
        predicate=step.predicate,
        object=step.object.name,
        message_id=step.message_id,
    )


def _cursor(found: Sequence[Remembered]) -> str | None:
    return f"{found[-1].learnt_at}.{found[-1].id}" if found else None


def _read_cursor(written: str | None) -> tuple[int, str] | None:
    if written is None:
        return None
    learnt_at, _, memory_id = written.partition(".")
    is_instant = learnt_at.isascii() and learnt_at.isdecimal()
    if not (is_instant and len(learnt_at) <= INSTANT_DIGITS_MAX and memory_id):
        raise Invalid("That is no cursor of this list.")
    return int(learnt_at), memory_id
