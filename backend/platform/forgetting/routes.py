"""The door to forgetting: what would go, that it goes, and what became of it."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict
from http import HTTPStatus
from typing import Annotated, Any, Literal, Protocol

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel, Field, model_validator
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.kernel.clock import Instant
from backend.kernel.errors import Forbidden
from backend.kernel.forgetting import (
    Everything,
    Kind,
    OneThing,
    Period,
    Person,
    Scope,
    Target,
    What,
)
from backend.kernel.people import Actor
from backend.platform.database.engine import Database
from backend.platform.forgetting.naming import full_id, named
from backend.platform.forgetting.port import UNCLEAR_MAX
from backend.platform.forgetting.receipts import LISTED_MAX, Receipt
from backend.platform.forgetting.reporting import Reporting
from backend.platform.forgetting.service import Forgetting, Preview
from backend.platform.web import Caller

ID_CHARACTERS_MAX = 1100  # a note's is its document's and its own
NAME_CHARACTERS_MAX = 200
NO_WAY_BACK = "What was forgotten can't be brought back, not even from a backup."

# What people call one thing → what it is.
THINGS: Mapping[str, Kind] = {
    "turn": Kind.TURN,
    "message": Kind.MESSAGE,
    "memory": Kind.MEMORY,
    "fact": Kind.FACT,
    "conversation": Kind.CONVERSATION,
    "note": Kind.NOTE,
    "document": Kind.DOCUMENT,
    "delivery": Kind.DELIVERY,
}


class Gate(Protocol):
    """What stands in front of a route; trust's guard is one."""

    def require(self, scope: str) -> Callable[[Request], Awaitable[Actor]]:
        """Return the dependency that lets only actors with this scope through."""
        ...


class Wish(BaseModel):
    """What is to be forgotten."""

    model_config = {"extra": "forbid"}

    what: Literal[
        "turn", "message", "memory", "fact", "conversation", "note", "document", "delivery",
        "person", "period", "everything",
    ]  # fmt: skip
    id: str = Field("", max_length=ID_CHARACTERS_MAX, description="Of one thing, or of a concept.")
    name: str = Field("", max_length=NAME_CHARACTERS_MAX, description="Of a person.")
    since: int | None = Field(None, description="Microseconds; of a period.")
    until: int | None = Field(None, description="Microseconds; of a period, not included.")

    @model_validator(mode="after")
    def _is_whole(self) -> "Wish":
        if self.what in THINGS and not self.id:
            raise ValueError(f"a {self.what} is named by its id")
        if self.what == "person" and not (self.id or self.name.strip()):
            raise ValueError("a person is named by a name or an id")
        if self.what == "period":
            if self.since is None or self.until is None:
                raise ValueError("a period has a beginning and an end")
            if self.since >= self.until:
                raise ValueError("a period ends after it begins")
        return self


class ShownExample(BaseModel):
    """One of the things that would go."""

    kind: str
    text: str
    at: int


class Unnamed(BaseModel):
    """Something that only says a name which several bear: it stays until somebody says which."""

    kind: str
    id: str
    forget: str = Field(description="How to have it go as well.")


class Unclear(BaseModel):
    """All of that: how much, and the first of it by ids."""

    count: int = 0
    things: list[Unnamed] = []


class Weighed(BaseModel):
    """What would go, and what went."""

    dry_run: bool
    id: str = Field(description="Of the receipt; empty for a dry run.")
    things: dict[str, int] = Field(description="What falls, by kind.")
    stores: dict[str, int] = Field(description="Where it lies, or what was removed there.")
    examples: list[ShownExample]
    unreached: list[str] = Field(default=[], description="What could not be asked just now.")
    unclear: Unclear = Field(
        default=Unclear(), description="What stays: it only says a name of several."
    )
    job_id: str = Field(
        default="", description="Of a large wish (202): the job that finds all of it."
    )
    undo: str = NO_WAY_BACK


class ShownReceipt(BaseModel):
    """What became of a wish; not a word of what is gone."""

    id: str
    scope: dict[str, str | int]
    actor: str
    state: Literal["running", "done"]
    removed: dict[str, int]
    scanned: dict[str, int]
    left: int
    unreached: list[str] = Field(description="What could not be asked at the last look.")
    unclear: Unclear = Field(description="What stays: it only says a name that several bear.")
    progress: float = Field(description="How much of it is gone, from 0 to 1.")
    at: int
    finished_at: int | None


class ShownReceipts(BaseModel):
    """The newest receipts."""

    receipts: list[ShownReceipt]


class ShownStore(BaseModel):
    """One store that holds something of a user."""

    store: str
    holds: str
    count: int
    days: float | None = Field(description="How long it is kept; 0: for ever; null: no rule.")
    forgotten_by: str


class Report(BaseModel):
    """Every store that holds something of a user."""

    owner_id: str
    at: int
    stores: list[ShownStore]
    forgettings: int


def router(
    forgetting: Forgetting, reporting: Reporting, *, database: Database, guard: Gate
) -> APIRouter:
    """Return the routes; everybody forgets in their own memory, and in no other."""
    routes = APIRouter(tags=["forgetting"], dependencies=[Depends(guard.require("memory"))])

    @routes.post("/v1/forget", dependencies=[Depends(_may)])
    async def forget(
        wish: Wish,
        actor: Caller,
        response: Response,
        dry_run: Annotated[bool, Query(description="Only show what would go.")] = False,
    ) -> Weighed:
        """Forget for good, everywhere. There is no way back: look with dry_run first.

        A wish that takes long to be found is answered with 202, the receipt's id and the job's:
        its receipt is running until nothing is left.
        """
        async with database.reading() as connection:
            scope = Scope(actor.owner_id, await _meant(connection, actor, _what(wish)))
        if dry_run:
            return _previewed(await forgetting.preview(scope))
        if await forgetting.is_large(scope):
            async with database.transaction() as tx:
                promised = await forgetting.promise(tx, scope, actor=_who(actor))
            response.status_code = HTTPStatus.ACCEPTED
            return Weighed(dry_run=False, things={}, stores={}, examples=[], **asdict(promised))
        much = await forgetting.much(scope)  # nobody who writes waits for that
        async with database.transaction() as tx:
            outcome = await forgetting.forget(tx, scope, actor=_who(actor), much=much)
        things = dict(outcome.closure.counts())
        removed = {name: count for name, count in outcome.removed.items() if count}
        receipt = await forgetting.receipt(actor.owner_id, outcome.id)
        return Weighed(
            dry_run=False,
            id=outcome.id,
            things=things,
            stores=removed,
            examples=[],
            unclear=_unclear(receipt.unclear.count, receipt.unclear.targets),
        )

    @routes.get("/v1/forget")
    async def list_receipts(
        actor: Caller, limit: Annotated[int, Query(ge=1, le=LISTED_MAX)] = 50
    ) -> ShownReceipts:
        """List the newest receipts."""
        found = await forgetting.receipts(actor.owner_id, limit)
        return ShownReceipts(receipts=[_shown(receipt) for receipt in found])

    @routes.get("/v1/forget/report", dependencies=[Depends(_may)])
    async def report(actor: Caller) -> Report:
        """List every store that holds something of the user who asks."""
        found = await reporting.report(actor.owner_id)
        return Report.model_validate(found, from_attributes=True)

    @routes.get("/v1/forget/{forgetting_id}")
    async def show_receipt(forgetting_id: str, actor: Caller) -> ShownReceipt:
        """Show what became of one wish."""
        async with database.reading() as connection:
            found = await full_id(connection, actor.owner_id, forgetting_id)
        return _shown(await forgetting.receipt(actor.owner_id, found))

    return routes


async def _may(actor: Caller) -> None:
    """Only whose memory it is may end it, and a program only as far as it operates the instance."""
    if not actor.is_whose_memory_it_is:
        raise Forbidden("Only whose memory it is may have it forget.")
    if actor.is_mere_program:
        raise Forbidden(
            "A token of a program forgets only with the scope operate.",
            cure="ringback tokens create --scope memory --scope operate",
        )


def _what(wish: Wish) -> What:
    if wish.what in THINGS:
        return OneThing(Target(THINGS[wish.what], wish.id))
    if wish.what == "person":
        return Person(wish.name.strip(), wish.id)
    if wish.what == "period":
        assert wish.since is not None  # the wish was checked
        assert wish.until is not None
        return Period(Instant(wish.since), Instant(wish.until))
    return Everything()


async def _meant(connection: AsyncConnection, actor: Actor, what: What) -> What:
    """Return what is wanted, where it is named by the end of its id by the whole of it."""
    if isinstance(what, OneThing):
        return OneThing(await named(connection, actor.owner_id, what.target))
    return what


def _who(actor: Actor) -> str:
    return f"{actor.kind}:{actor.person_id or 'unknown'}"


def _previewed(preview: Preview) -> Weighed:
    examples = [
        ShownExample(kind=each.kind, text=each.text, at=each.at) for each in preview.examples
    ]
    things = dict(preview.closure.counts())
    return Weighed(
        dry_run=True,
        id="",
        things=things,
        stores=dict(preview.counts),
        examples=examples,
        unreached=sorted(preview.unreached),
        unclear=_unclear(len(preview.unclear), sorted(preview.unclear)[:UNCLEAR_MAX]),
    )


def _unclear(count: int, targets: Sequence[Target]) -> Unclear:
    known = {kind: name for name, kind in THINGS.items()}
    named = [
        Unnamed(kind=name, id=each.id, forget=f"ringback forget {name} {each.id}")
        for each in targets
        if (name := known.get(each.kind))
    ]
    return Unclear(count=count, things=named)


def _shown(receipt: Receipt) -> ShownReceipt:
    shown: dict[str, Any] = {  # Any: each field has its own type
        "id": receipt.id,
        "scope": dict(receipt.scope),
        "actor": receipt.actor,
        "state": receipt.state.value,
        "removed": dict(receipt.removed),
        "scanned": dict(receipt.scanned),
        "left": receipt.left,
        "unreached": list(receipt.unreached),
        "unclear": _unclear(receipt.unclear.count, receipt.unclear.targets),
        "progress": receipt.progress,
        "at": receipt.at,
        "finished_at": receipt.finished_at,
    }
    return ShownReceipt.model_validate(shown)
