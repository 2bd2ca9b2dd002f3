"""The jobs' door: what waits, who holds it, how it went; which clocks promise more of it."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict
from typing import Annotated, Any, Literal, Protocol

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel, Field

from backend.kernel.errors import Forbidden, Missing
from backend.kernel.ids import OwnerId
from backend.kernel.people import Actor, Role
from backend.platform.jobs.clocks import INSTANCE, ClockRow, Clocks
from backend.platform.jobs.ledger import LIST_MAX, Ledger
from backend.platform.jobs.types import JobRow, JobState
from backend.platform.web import Caller

OPERATE = "operate"
Word = Annotated[str | None, Query(max_length=100)]


class Gate(Protocol):
    """What stands in front of a route; trust's guard is one."""

    def require(self, scope: str) -> Callable[[Request], Awaitable[Actor]]:
        """Return the dependency that lets only actors with this scope through."""
        ...


class ShownJob(BaseModel):
    """A job as people look at it; what it was told stays inside."""

    id: str
    name: str
    family: str
    state: JobState
    priority: int
    attempts: int
    attempts_max: int
    progress: float
    lease_holder: str
    lease_until: int | None
    error: str
    error_kind: str
    not_before: int
    created_at: int
    started_at: int | None
    finished_at: int | None
    cancel_asked_at: int | None


class WholeJob(ShownJob):
    """One job, with what came out of it and how its earlier lives ended."""

    trace_id: str
    result: Mapping[str, Any] | None  # Any: JSON


class ShownJobs(BaseModel):
    """The newest jobs."""

    jobs: list[ShownJob]


class Rebuild(BaseModel):
    """Which projection is made anew."""

    projection: Literal["vectors", "graph", "search", "notes", "facts", "unfinished"]


class Promised(BaseModel):
    """The job that does it."""

    job_id: str


class DeadOnes(BaseModel):
    """Which of the jobs that died get a new life."""

    name: str = Field(min_length=1, max_length=100)


class Retried(BaseModel):
    """How many jobs were given a new life."""

    retried: int


class Steered(BaseModel):
    """A job after somebody did something to it."""

    id: str
    state: JobState


class ShownClock(BaseModel):
    """A clock: what it promises, how often, and when next."""

    name: str
    user_id: str  # "": the instance's own
    zone: str
    rhythm: str
    next_at: int
    last_at: int | None
    is_paused: bool


class ShownClocks(BaseModel):
    """Every clock."""

    clocks: list[ShownClock]


def router(ledger: Ledger, clocks: Clocks, *, guard: Gate) -> APIRouter:
    """Return the routes; the owner of the instance sees and steers all, others their own."""
    routes = APIRouter(tags=["jobs"], dependencies=[Depends(guard.require("jobs"))])
    _add_schedule(routes, clocks)  # before a job's own path, which would take its name for an id
    _add_jobs(routes, ledger)
    _add_steering(routes, ledger)
    rebuilding = APIRouter(tags=["jobs"], dependencies=[Depends(guard.require(OPERATE))])

    @rebuilding.post("/v1/rebuild", status_code=202)
    async def rebuild(wanted: Rebuild) -> Promised:
        """Have a projection made anew from the truth."""
        payload = {"projection": wanted.projection}
        return Promised(job_id=await ledger.promise("upkeep.rebuild", payload))

    whole = APIRouter()
    whole.include_router(routes)
    whole.include_router(rebuilding)
    return whole


def _add_jobs(routes: APIRouter, ledger: Ledger) -> None:
    @routes.get("/v1/jobs")
    async def list_jobs(
        actor: Caller,
        state: JobState | None = None,
        name: Word = None,
        family: Word = None,
        limit: Annotated[int, Query(ge=1, le=LIST_MAX)] = 50,
    ) -> ShownJobs:
        """List the newest jobs that fit."""
        whose = _visible_to(actor)
        rows = await ledger.list(whose, state, limit, name=name, family=family)
        return ShownJobs(jobs=[ShownJob.model_validate(asdict(row)) for row in rows])

    @routes.get("/v1/jobs/{job_id}")
    async def get_job(job_id: str, actor: Caller) -> WholeJob:
        """Show one job."""
        whose = _visible_to(actor)
        return _whole(await ledger.get(await ledger.named(job_id, whose), whose))


def _add_steering(routes: APIRouter, ledger: Ledger) -> None:
    @routes.post("/v1/jobs/retry")
    async def retry_dead(wanted: DeadOnes, actor: Caller) -> Retried:
        """Give every job of a name that died a new life."""
        return Retried(retried=await ledger.retry_dead(wanted.name, _visible_to(actor)))

    @routes.post("/v1/jobs/{job_id}/retry")
    async def retry(job_id: str, actor: Caller) -> Steered:
        """Give a job that died or was called off a new life."""
        whose = _visible_to(actor)
        found = await ledger.named(job_id, whose)
        async with ledger.transaction() as tx:
            await ledger.retry(tx, found, whose)
        return Steered(id=found, state=JobState.WAITING)

    @routes.post("/v1/jobs/{job_id}/run")
    async def hurry(job_id: str, actor: Caller) -> Steered:
        """Make a job that waits for its time due now."""
        whose = _visible_to(actor)
        found = await ledger.named(job_id, whose)
        async with ledger.transaction() as tx:
            await ledger.hurry(tx, found, whose)
        return Steered(id=found, state=JobState.WAITING)

    @routes.post("/v1/jobs/{job_id}/cancel")
    async def cancel(job_id: str, actor: Caller) -> Steered:
        """Call a job off: at once while it waits; while it runs, at its next sign of life."""
        whose = _visible_to(actor)
        found = await ledger.named(job_id, whose)
        async with ledger.transaction() as tx:
            state = await ledger.cancel(tx, found, whose)
        return Steered(id=found, state=state)


def _add_schedule(routes: APIRouter, clocks: Clocks) -> None:
    @routes.get("/v1/jobs/schedule")
    async def schedule(actor: Caller) -> ShownClocks:
        """List the clocks."""
        rows = await clocks.list(_visible_to(actor))
        return ShownClocks(clocks=[_clock(row) for row in rows])

    @routes.post("/v1/jobs/schedule/{name}/run", status_code=202)
    async def run(name: str, actor: Caller, user_id: Word = None) -> Promised:
        """Promise a clock's job at once; its next strike stays where it was."""
        return Promised(job_id=await clocks.run_now(name, _whose(actor, user_id)))

    @routes.post("/v1/jobs/schedule/{name}/pause")
    async def pause(name: str, actor: Caller, user_id: Word = None) -> ShownClock:
        """Stop a clock until it is resumed."""
        return _clock(await clocks.pause(name, _whose(actor, user_id)))

    @routes.post("/v1/jobs/schedule/{name}/resume")
    async def resume(name: str, actor: Caller, user_id: Word = None) -> ShownClock:
        """Let a clock go on; what it would have struck meanwhile is not made up for."""
        return _clock(await clocks.resume(name, _whose(actor, user_id)))


def _visible_to(actor: Actor) -> OwnerId | None:
    """Return whose jobs are meant; None: everybody's."""
    if actor.role is Role.HOUSEHOLD:  # the jobs of a memory that they share are not theirs
        raise Forbidden("Only whose memory it is sees and steers its jobs.")
    return None if actor.has_scope(OPERATE) else actor.owner_id


def _whose(actor: Actor, user_id: str | None) -> str:
    """Return whose clock is meant; nobody but the operator reaches another's or the instance's."""
    mine = _visible_to(actor)
    if mine is None:
        return INSTANCE if user_id is None else user_id
    if user_id not in (None, mine):
        raise Missing("There is no such clock.", cure="ringback jobs schedule")
    return mine


def _whole(row: JobRow) -> WholeJob:
    return WholeJob.model_validate(asdict(row))


def _clock(row: ClockRow) -> ShownClock:
    return ShownClock.model_validate(asdict(row))
