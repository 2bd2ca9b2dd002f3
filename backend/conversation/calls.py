"""What was said on calls, for whoever may read it: `GET /v1/calls`."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel
from sqlalchemy import Row, select

from backend.kernel.clock import SECOND
from backend.kernel.errors import Missing
from backend.kernel.ids import OwnerId
from backend.platform.database.engine import Database
from backend.platform.database.tables import conversations, messages, turns
from backend.platform.web import Caller
from backend.trust.guard import Guard

LISTED_MAX = 200
TURNS_MAX = 2_000  # of one call: two hours hold some hundreds


class ShownCall(BaseModel):
    """A call as it is listed."""

    id: str
    carrier: str
    carrier_ref: str
    remote: str
    person_id: str | None
    assurance: str
    is_recorded: bool
    started_at: str
    ended_at: str | None
    ended_by: str


class ShownTurn(BaseModel):
    """One turn of a call."""

    id: str
    heard: str
    said: str
    engine: str
    timeline: dict[str, list[float]]
    started_at: str
    ended_at: str


class WholeCall(ShownCall):
    """A call with everything that was said on it."""

    turns: list[ShownTurn]


class ShownCalls(BaseModel):
    """Calls, the newest first."""

    calls: list[ShownCall]


def router(*, database: Database, guard: Guard) -> APIRouter:
    """Return the routes; everybody sees the calls of their own memory's owner, no others."""
    routes = APIRouter(tags=["calls"], dependencies=[Depends(guard.require("memory"))])

    @routes.get("/v1/calls")
    async def list_calls(
        actor: Caller,
        limit: Annotated[int, Query(ge=1, le=LISTED_MAX)] = 50,
        before: Annotated[str, Query(max_length=64)] = "",
    ) -> ShownCalls:
        query = select(conversations).where(
            conversations.c.owner_id == actor.owner_id, conversations.c.carrier == "phone"
        )
        if before:
            query = query.where(conversations.c.id < before)  # ids sort by the time they were made
        async with database.reading() as connection:
            rows = await connection.execute(query.order_by(conversations.c.id.desc()).limit(limit))
            return ShownCalls(calls=[ShownCall(**_fields(row)) for row in rows])

    @routes.get("/v1/calls/{call_id}")
    async def show_call(actor: Caller, call_id: str) -> WholeCall:
        return await _whole(database, actor.owner_id, call_id)

    return routes


async def _whole(database: Database, owner_id: OwnerId, call_id: str) -> WholeCall:
    query = select(conversations).where(
        conversations.c.id == call_id, conversations.c.owner_id == owner_id
    )
    async with database.reading() as connection:
        row = (await connection.execute(query)).first()
        if row is None:
            raise Missing("There is no such call.")
        taken = await connection.execute(
            select(turns)
            .where(turns.c.conversation_id == call_id, turns.c.owner_id == owner_id)
            .order_by(turns.c.id)
            .limit(TURNS_MAX)
        )
        said = await connection.execute(
            select(messages.c.turn_id, messages.c.role, messages.c.text).where(
                messages.c.conversation_id == call_id, messages.c.owner_id == owner_id
            )
        )
        return WholeCall(**_fields(row), turns=_turns(taken.all(), said.all()))


# Any: a row's columns; the models above check them.
def _fields(row: Row[Any]) -> dict[str, Any]:
    return {
        "id": row.id,
        "carrier": row.carrier,
        "carrier_ref": row.carrier_ref,
        "remote": row.remote,
        "person_id": row.person_id,
        "assurance": row.assurance,
        "is_recorded": bool(row.recording),
        "started_at": _moment(row.started_at),
        "ended_at": _moment(row.ended_at) if row.ended_at is not None else None,
        "ended_by": row.ended_by,
    }


def _turns(rows: Sequence[Row[Any]], said: Sequence[Row[Any, Any, Any]]) -> list[ShownTurn]:
    words = {(message.turn_id, message.role): message.text for message in said}
    return [
        ShownTurn(
            id=row.id,
            heard=words.get((row.id, "person"), ""),
            said=words.get((row.id, "companion"), ""),
            engine=row.engine,
            timeline=row.timeline,
            started_at=_moment(row.started_at),
            ended_at=_moment(row.ended_at),
        )
        for row in rows
    ]


def _moment(instant: int) -> str:
    return datetime.fromtimestamp(instant / SECOND, UTC).isoformat(timespec="milliseconds")
