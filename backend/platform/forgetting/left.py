"""The memories of those who were removed: nobody reaches them, and the owner may end them unread.

What a member has told is theirs alone, also after they are removed. So this door shows how much
there is and never a word of it, and it ends nothing while they are still a member.
"""

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field
from sqlalchemy import exists, select, update

from backend.kernel.errors import Conflict, Forbidden, Missing
from backend.kernel.forgetting import Everything, Scope
from backend.kernel.ids import OwnerId
from backend.kernel.people import Actor, Role
from backend.platform.database.engine import Database
from backend.platform.database.tables import people, users
from backend.platform.forgetting.receipts import State
from backend.platform.forgetting.routes import NO_WAY_BACK, Gate
from backend.platform.forgetting.service import Forgetting
from backend.platform.web import Caller

_IS_HERE = exists().where(people.c.id == users.c.id)


class Left(BaseModel):
    """A memory whose person was removed."""

    id: str
    name: str = Field(description="Empty once it was forgotten.")
    state: str = Field(description="kept, or running while its forgetting goes on.")
    stores: dict[str, int] = Field(description="Where how much of it lies.")


class AllLeft(BaseModel):
    """All of them that hold anything."""

    memories: list[Left]


class Ended(BaseModel):
    """What would go, or went; never a word of it."""

    dry_run: bool
    id: str = Field(description="Of the receipt; empty for a dry run.")
    stores: dict[str, int]
    unreached: list[str]
    undo: str = NO_WAY_BACK


def left_router(forgetting: Forgetting, *, database: Database, guard: Gate) -> APIRouter:
    """Return the routes; only the owner of the instance, and who operates it in their name."""
    routes = APIRouter(
        tags=["forgetting"], dependencies=[Depends(guard.require("operate")), Depends(_owner)]
    )

    @routes.get("/v1/people/removed")
    async def list_left() -> AllLeft:
        """List the memories of removed members, with how much they hold."""
        async with database.reading() as connection:
            query = select(users.c.id, users.c.name).where(~_IS_HERE).order_by(users.c.created_at)
            found = (await connection.execute(query)).all()
        shown = [await _shown(forgetting, OwnerId(row.id), row.name) for row in found]
        return AllLeft(memories=[each for each in shown if each.stores or each.state != "kept"])

    @routes.post("/v1/people/{user_id}/forget")
    async def forget_left(
        user_id: str,
        actor: Caller,
        dry_run: Annotated[bool, Query(description="Only count what would go.")] = False,
    ) -> Ended:
        """Forget all that a removed member has told. There is no way back."""
        await _check(database, user_id, may_be_here=dry_run)
        scope = Scope(OwnerId(user_id), Everything())
        if dry_run:
            preview = await forgetting.preview(scope)
            unreached = sorted(preview.unreached)
            return Ended(dry_run=True, id="", stores=dict(preview.counts), unreached=unreached)
        async with database.transaction() as tx:
            outcome = await forgetting.forget(tx, scope, actor=f"{actor.kind}:{actor.person_id}")
            await tx.execute(update(users).where(users.c.id == user_id).values(name=""))
        removed = {name: count for name, count in outcome.removed.items() if count}
        return Ended(dry_run=False, id=outcome.id, stores=removed, unreached=[])

    return routes


async def _owner(actor: Caller) -> None:
    if actor.role is not Role.OWNER or not _is_themselves(actor):
        raise Forbidden("Only the owner ends what a removed member has left.")


def _is_themselves(actor: Actor) -> bool:
    return actor.is_whose_memory_it_is


async def _check(database: Database, user_id: str, *, may_be_here: bool) -> None:
    """Raise when there is no such memory, it is the owner's, or somebody still speaks to it."""
    async with database.reading() as connection:
        query = select(users.c.id, people.c.role).outerjoin(people, people.c.id == users.c.id)
        row = (await connection.execute(query.where(users.c.id == user_id))).one_or_none()
    if row is None or row.role == Role.OWNER:
        raise Missing("No member had that memory.", cure="ringback forget member")
    if row.role is not None and not may_be_here:
        raise Conflict(
            "Whose memory it is, is a member still.", cure="ringback people remove NAME --forget"
        )


async def _shown(forgetting: Forgetting, owner_id: OwnerId, name: str) -> Left:
    receipts = await forgetting.receipts(owner_id, 1)
    is_going = bool(receipts) and receipts[0].state is State.RUNNING
    preview = await forgetting.preview(Scope(owner_id, Everything()))
    state = State.RUNNING.value if is_going else "kept"
    return Left(id=owner_id, name=name, state=state, stores=dict(preview.counts))
