"""Which thing is meant by the end of its id: lists show no more of it."""

import re
from collections.abc import Mapping
from typing import Final

from sqlalchemy import Table, select
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.kernel.errors import Conflict
from backend.kernel.forgetting import Kind, Target
from backend.kernel.ids import OwnerId
from backend.platform.database.tables import (
    conversations,
    deliveries,
    facts,
    forgettings,
    memories,
    messages,
    sticky_notes,
    turns,
)

# Not the beginning: ids of one moment begin alike.
ENDING: Final = re.compile(r"[0-9a-f-]{6,35}")
TABLES: Final[Mapping[Kind, Table]] = {
    Kind.CONVERSATION: conversations,
    Kind.DELIVERY: deliveries,
    Kind.FACT: facts,
    Kind.MEMORY: memories,
    Kind.MESSAGE: messages,
    Kind.NOTE: sticky_notes,
    Kind.TURN: turns,
}


async def named(connection: AsyncConnection, owner_id: OwnerId, meant: Target) -> Target:
    """Return the one thing of an owner that ends so; what is named in whole stays as it is."""
    table = TABLES.get(meant.kind)
    if table is None:
        return meant
    return Target(meant.kind, await full_id(connection, owner_id, meant.id, of=table))


async def full_id(
    connection: AsyncConnection, owner_id: OwnerId, name: str, *, of: Table = forgettings
) -> str:
    """Return the id that ends so, or the name itself; Conflict where several do."""
    if ENDING.fullmatch(name) is None:
        return name
    ends_so = of.c.owner_id == owner_id, of.c.id.endswith(name, autoescape=True)
    found = (await connection.execute(select(of.c.id).where(*ends_so).limit(2))).all()
    if len(found) > 1:
        raise Conflict("More than one ends so.", cure="give more of its id")
    return str(found[0].id) if found else name
