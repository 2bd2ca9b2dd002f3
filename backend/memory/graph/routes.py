"""The graph's doors: how two names are linked, and what was spoken of most."""

from typing import Annotated, Protocol

from fastapi import APIRouter, Query
from pydantic import BaseModel

from backend.kernel.clock import Instant
from backend.kernel.errors import Invalid
from backend.kernel.ids import OwnerId
from backend.memory.graph.types import Step, Weighed
from backend.memory.moments import read_moment, write_moment
from backend.platform.web import Caller

NAME_MAX = 200

Name = Annotated[str, Query(min_length=1, max_length=NAME_MAX)]


class Known(Protocol):
    """What the doors need of memory."""

    async def path(
        self, owner_id: OwnerId, start: str, *, end: str, at: Instant | None = None
    ) -> list[Step]:
        """Return how two names are linked."""
        ...

    async def important(self, owner_id: OwnerId, *, limit: int = 20) -> list[Weighed]:
        """Return whom and what was spoken of most."""
        ...


class ShownStep(BaseModel):
    """One relation on the way, with the message that it is known from."""

    subject: str
    predicate: str
    object: str
    message_id: str
    since: str
    until: str | None


class Path(BaseModel):
    """The shortest way between two names; empty when nothing links them."""

    start: str
    end: str
    steps: list[ShownStep]


class ShownConcept(BaseModel):
    """Somebody or something that was spoken of."""

    name: str
    kind: str
    importance: float


class Important(BaseModel):
    """The most important first."""

    concepts: list[ShownConcept]


def routes(memory: Known) -> APIRouter:
    """Return the routes; whoever calls sees only what is their own."""
    router = APIRouter(prefix="/v1/memory/graph", tags=["memory"])

    @router.get("/path")
    async def path(actor: Caller, start: Name, end: Name, at: str | None = None) -> Path:
        """Tell how two names are linked, now or at a moment."""
        found = await memory.path(actor.owner_id, start, end=end, at=_moment(at))
        return Path(start=start, end=end, steps=[shown(step) for step in found])

    @router.get("/important")
    async def important(
        actor: Caller, limit: Annotated[int, Query(ge=1, le=200)] = 20
    ) -> Important:
        """List whom and what was spoken of most."""
        found = await memory.important(actor.owner_id, limit=limit)
        return Important(
            concepts=[
                ShownConcept(
                    name=each.concept.shown,
                    kind=each.concept.kind.value,
                    importance=round(each.importance, 3),
                )
                for each in found
            ]
        )

    return router


def shown(step: Step) -> ShownStep:
    """Return a relation as it is shown."""
    return ShownStep(
        subject=step.subject.shown,
        predicate=step.predicate,
        object=step.object.shown,
        message_id=step.message_id,
        since=write_moment(step.valid_from),
        until=None if step.valid_to is None else write_moment(step.valid_to),
    )


def _moment(written: str | None) -> Instant | None:
    if not written:
        return None
    at = read_moment(written)
    if at is None:
        raise Invalid("That is no moment.", cure="write it like 2026-05-01T12:00:00Z")
    return at
