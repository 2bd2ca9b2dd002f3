"""The jobs' door: what is waiting, who holds it, and how it went."""

from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import Annotated, Literal, Protocol

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel

from backend.kernel.ids import OwnerId
from backend.kernel.people import Actor
from backend.platform.jobs.ledger import LIST_MAX, Ledger
from backend.platform.jobs.types import JobRow, JobState
from backend.platform.web import Caller


class Gate(Protocol):
    """What stands in front of a route; trust's guard is one."""

    def require(self, scope: str) -> Callable[[Request], Awaitable[Actor]]:
        """Return the dependency that lets only actors with this scope through."""
        ...


class ShownJob(BaseModel):
    """A job as people look at it; its payload may be somebody's words and stays inside."""

    id: str
    name: str
    family: str
    state: JobState
    attempts: int
    attempts_max: int
    progress: float
    lease_holder: str
    lease_until: int | None
    error: str
    not_before: int
    created_at: int
    started_at: int | None
    finished_at: int | None


class ShownJobs(BaseModel):
    """The newest jobs."""

    jobs: list[ShownJob]


class Rebuild(BaseModel):
    """Which projection is made anew."""

    projection: Literal["vectors", "graph", "search", "notes"]


class Promised(BaseModel):
    """The job that does it."""

    job_id: str


def router(ledger: Ledger, *, guard: Gate) -> APIRouter:
    """Return the routes; the owner of the instance sees every job, others their own."""
    routes = APIRouter(tags=["jobs"])
    seen = [Depends(guard.require("jobs"))]

    @routes.get("/v1/jobs", dependencies=seen)
    async def list_jobs(
        actor: Caller,
        state: JobState | None = None,
        limit: Annotated[int, Query(ge=1, le=LIST_MAX)] = 50,
    ) -> ShownJobs:
        """List the newest jobs."""
        rows = await ledger.list(_visible_to(actor), state, limit)
        return ShownJobs(jobs=[_shown(row) for row in rows])

    @routes.get("/v1/jobs/{job_id}", dependencies=seen)
    async def get_job(job_id: str, actor: Caller) -> ShownJob:
        """Show one job."""
        return _shown(await ledger.get(job_id, _visible_to(actor)))

    @routes.post("/v1/rebuild", status_code=202, dependencies=[Depends(guard.require("operate"))])
    async def rebuild(wanted: Rebuild) -> Promised:
        """Have a projection made anew from the truth."""
        payload = {"projection": wanted.projection}
        return Promised(job_id=await ledger.promise("upkeep.rebuild", payload))

    return routes


def _visible_to(actor: Actor) -> OwnerId | None:
    return None if actor.has_scope("operate") else actor.owner_id


def _shown(row: JobRow) -> ShownJob:
    return ShownJob.model_validate(asdict(row))
