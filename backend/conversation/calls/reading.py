"""Finds calls and reads them whole, within one memory."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.conversation.calls.types import (
    ANY,
    ShownCall,
    ShownCalls,
    ShownTurn,
    Wanted,
    WholeCall,
)
from backend.kernel.clock import SECOND
from backend.kernel.errors import Conflict, Missing
from backend.kernel.forgetting import Kind
from backend.kernel.ids import OwnerId
from backend.platform.database.engine import Database
from backend.platform.database.tables import conversations, messages, people, turns
from backend.platform.forgetting.hiding import is_kept, is_shown

TURNS_MAX = 2_000  # of one call: two hours hold some hundreds
LAST = "last"
PREFIX = re.compile(r"[0-9a-f-]{4,36}")


class CallReader:
    """Reads what is kept of calls."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def list(self, owner_id: OwnerId, wanted: Wanted) -> ShownCalls:
        """Return calls, the newest first."""
        query = _calls(owner_id).where(*_conditions(wanted))
        async with self._database.listing() as connection:
            rows = await connection.execute(
                query.order_by(conversations.c.id.desc()).limit(wanted.limit)
            )
            return ShownCalls(calls=[ShownCall(**_fields(row)) for row in rows])

    async def show(self, owner_id: OwnerId, name: str, *, carrier: str = ANY) -> WholeCall:
        """Return one call whole; named by its id, the beginning of its id, or "last"."""
        async with self._database.reading() as connection:
            row = await _named(connection, owner_id, name, carrier)
            taken = await connection.execute(
                select(turns)
                .where(
                    turns.c.conversation_id == row.id,
                    turns.c.owner_id == owner_id,
                    is_kept(Kind.TURN, turns.c.id, owner_id),
                )
                .order_by(turns.c.id)
                .limit(TURNS_MAX)
            )
            said = await connection.execute(
                select(
                    messages.c.turn_id, messages.c.role, messages.c.text, messages.c.unheard
                ).where(
                    messages.c.conversation_id == row.id,
                    messages.c.owner_id == owner_id,
                    is_kept(Kind.MESSAGE, messages.c.id, owner_id),
                )
            )
            return WholeCall(**_fields(row), turns=_turns(taken.all(), said.all()))

    async def recording(self, owner_id: OwnerId, name: str) -> tuple[str, str]:
        """Return a call's id and the key of its recording."""
        async with self._database.reading() as connection:
            row = await _named(connection, owner_id, name, ANY)
        if not row.recording:
            raise Missing("This call was not recorded.", cure="RINGBACK_RECORDING__ENABLED=true")
        return row.id, row.recording


async def _named(
    connection: AsyncConnection, owner_id: OwnerId, name: str, carrier: str
) -> Row[Any]:
    found = await connection.execute(
        _calls(owner_id)
        .where(*_naming(name, carrier))
        .order_by(conversations.c.id.desc())
        .limit(1 if name == LAST else 2)
    )
    rows: Sequence[Row[Any]] = found.all()
    if not rows:
        raise Missing("There is no such call.", cure="ringback calls list")
    if len(rows) > 1:
        raise Conflict("More than one call begins so.", cure="give more of its id")
    return rows[0]


def _naming(name: str, carrier: str) -> list[ColumnElement[bool]]:
    if name == LAST:
        return [] if carrier == ANY else [conversations.c.carrier == carrier]
    if PREFIX.fullmatch(name.lower()) is None:
        raise Missing("There is no such call.", cure="ringback calls list")
    return [conversations.c.id.startswith(name.lower(), autoescape=True)]


def _calls(owner_id: OwnerId) -> Select[Any]:
    of_call = (turns.c.conversation_id == conversations.c.id, turns.c.owner_id == owner_id)
    taken = select(func.count()).where(*of_call).scalar_subquery()
    cost = select(func.coalesce(func.sum(turns.c.cost_micros), 0)).where(*of_call).scalar_subquery()
    known = conversations.outerjoin(people, people.c.id == conversations.c.person_id)
    return (
        select(
            conversations,
            people.c.name.label("person"),
            taken.label("turns_taken"),
            cost.label("cost"),
        )
        .select_from(known)
        .where(
            conversations.c.owner_id == owner_id,
            is_shown(conversations.c.started_at, owner_id),
            is_kept(Kind.CONVERSATION, conversations.c.id, owner_id),
        )
    )


def _conditions(wanted: Wanted) -> list[ColumnElement[bool]]:
    columns, conditions = conversations.c, []
    if wanted.carrier != ANY:
        conditions.append(columns.carrier == wanted.carrier)
    if wanted.direction:
        conditions.append(columns.direction == wanted.direction)
    if wanted.person:
        named = people.c.name.icontains(wanted.person, autoescape=True)
        conditions.append(named | (columns.person_id == wanted.person))
    if wanted.number:
        conditions.append(columns.remote.endswith(wanted.number, autoescape=True))
    if wanted.since:
        conditions.append(columns.started_at >= wanted.since)
    if wanted.before:
        conditions.append(columns.id < wanted.before)
    return conditions


# Any: a row's columns; the models check them.
def _fields(row: Row[Any]) -> dict[str, Any]:
    return {
        "id": row.id,
        "carrier": row.carrier,
        "carrier_ref": row.carrier_ref,
        "direction": row.direction,
        "remote": row.remote,
        "person_id": row.person_id,
        "person": row.person or "",
        "assurance": row.assurance,
        "is_recorded": bool(row.recording),
        "delivery_id": row.delivery_id,
        "turns_taken": row.turns_taken,
        "cost_micros": int(row.cost),
        "started_at": _moment(row.started_at),
        "ended_at": _moment(row.ended_at) if row.ended_at is not None else None,
        "ended_by": row.ended_by,
    }


def _turns(rows: Sequence[Row[Any]], said: Sequence[Row[Any, Any, Any, Any]]) -> list[ShownTurn]:
    words = {(message.turn_id, message.role): message for message in said}
    shown = []
    for row in rows:
        heard = words.get((row.id, "person"))
        reply = words.get((row.id, "companion"))
        shown.append(
            ShownTurn(
                id=row.id,
                heard=heard.text if heard else "",
                said=reply.text if reply else "",
                unheard=reply.unheard if reply else "",
                engine=row.engine,
                timeline=row.timeline,
                details=row.details or {},
                cost_micros=row.cost_micros,
                started_at=_moment(row.started_at),
                ended_at=_moment(row.ended_at),
            )
        )
    return shown


def _moment(instant: int) -> str:
    return datetime.fromtimestamp(instant / SECOND, UTC).isoformat(timespec="milliseconds")
