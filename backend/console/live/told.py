"""An event of the log as it is told: the same words over every transport."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.kernel.clock import SECOND
from backend.kernel.forgetting import Kind
from backend.kernel.ids import OwnerId
from backend.platform.database.tables import conversations, messages
from backend.platform.events import Event
from backend.platform.forgetting.hiding import is_kept, is_shown

OPENED = "feed.opened"  # the first message of every reader: where it begins

Facts = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Told:
    """One event, ready to be sent."""

    cursor: int
    kind: str
    text: str  # JSON, byte for byte the same for every reader with the same scopes


@dataclass(frozen=True, slots=True)
class Around:
    """What the rows say of the events of a page, for whoever may read memory."""

    words: Mapping[str, Facts]  # by turn
    calls: Mapping[str, Facts]  # by conversation


NOTHING = Around({}, {})


def told(event: Event, around: Around = NOTHING) -> Told:
    """Return an event as it is sent."""
    body: dict[str, Any] = {  # Any: JSON
        "cursor": event.cursor,
        "kind": event.kind,
        "version": event.version,
        "at": _moment(event.at),
        "actor": event.actor,
        "payload": dict(event.payload),
    }
    words = around.words.get(str(event.payload.get("turn_id", "")))
    if words is not None:
        body["words"] = words
    call = around.calls.get(str(event.payload.get("conversation_id", "")))
    if call is not None:
        body["call"] = call
    return Told(event.cursor, event.kind, _json(body))


def opened(cursor: int) -> Told:
    """Return the first message: a reader that is cut off at once knows where to go on."""
    return Told(cursor, OPENED, _json({"cursor": cursor, "kind": OPENED, "payload": {}}))


async def around(connection: AsyncConnection, owner_id: OwnerId, page: Sequence[Event]) -> Around:
    """Read what was said in the turns of a page, and on which calls, as it stands now."""
    return Around(
        words=await _words(connection, owner_id, _named(page, "turn_id")),
        calls=await _calls(connection, owner_id, _named(page, "conversation_id")),
    )


async def _words(
    connection: AsyncConnection, owner_id: OwnerId, turn_ids: Collection[str]
) -> dict[str, Facts]:
    if not turn_ids:
        return {}
    found = await connection.execute(
        select(messages.c.turn_id, messages.c.role, messages.c.text, messages.c.unheard).where(
            messages.c.owner_id == owner_id,
            messages.c.turn_id.in_(turn_ids),
            is_shown(messages.c.learnt_at, owner_id),
            is_kept(Kind.MESSAGE, messages.c.id, owner_id),
        )
    )
    words: dict[str, dict[str, str]] = {}
    for row in found:
        of_turn = words.setdefault(row.turn_id, {"heard": "", "said": "", "unheard": ""})
        if row.role == "person":
            of_turn["heard"] = row.text
        else:
            of_turn |= {"said": row.text, "unheard": row.unheard}
    return dict(words)


async def _calls(
    connection: AsyncConnection, owner_id: OwnerId, conversation_ids: Collection[str]
) -> dict[str, Facts]:
    if not conversation_ids:
        return {}
    columns = conversations.c
    found = await connection.execute(
        select(
            columns.id, columns.carrier, columns.direction, columns.remote, columns.assurance
        ).where(columns.owner_id == owner_id, columns.id.in_(conversation_ids))
    )
    return {
        row.id: {
            "carrier": row.carrier,
            "direction": row.direction,
            "remote": row.remote,
            "assurance": row.assurance,
        }
        for row in found
    }


def _named(page: Sequence[Event], name: str) -> set[str]:
    return {str(event.payload[name]) for event in page if event.payload.get(name)}


def _json(body: Mapping[str, Any]) -> str:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def _moment(instant: int) -> str:
    return datetime.fromtimestamp(instant / SECOND, UTC).isoformat(timespec="microseconds")
