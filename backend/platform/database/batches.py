"""Many identifiers, in statements that both databases take: cut into parts, counted, deleted."""

from collections.abc import Iterator, Sequence
from typing import Any, TypeVar

from sqlalchemy import Column, ColumnElement, FromClause, Table, delete, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.kernel.ids import OwnerId
from backend.platform.database.transaction import Transaction

BATCH = 400  # identifiers in one statement: well under SQLite's limit of variables

Item = TypeVar("Item")


def batches(items: Sequence[Item], size: int = BATCH) -> Iterator[Sequence[Item]]:
    """Cut into parts that fit one statement."""
    for start in range(0, len(items), size):
        yield items[start : start + size]


def of_owner(column: Column[Any], owner_id: OwnerId) -> ColumnElement[bool]:  # Any: its value
    """Say that rows, which are named in a column, are an owner's.

    Where an index leads to each name, the owner is only looked at: SQLite believes that an owner
    has ten rows, and would read all of a hundred thousand for every part of a long list of names.
    """
    owner, table = column.table.c.owner_id, column.table
    assert isinstance(table, Table)
    keys = [index.columns for index in table.indexes] + [table.primary_key.columns]
    is_led = any(next(iter(key), None) is column for key in keys)
    return func.coalesce(owner, "") == owner_id if is_led else owner == owner_id


async def count_rows(
    connection: AsyncConnection, table: FromClause, *conditions: ColumnElement[bool]
) -> int:
    """Return how many rows of a table are so."""
    query = select(func.count()).select_from(table).where(*conditions)
    return int((await connection.execute(query)).scalar_one())


async def count_named(
    connection: AsyncConnection,
    owner_id: OwnerId,
    column: Column[Any],  # Any: a column's value
    ids: Sequence[str],
    *also: ColumnElement[bool],
) -> int:
    """Return how many of an owner's rows have one of these in a column."""
    found = 0
    for batch in batches(ids):
        mine = (of_owner(column, owner_id), column.in_(batch), *also)
        found += await count_rows(connection, column.table, *mine)
    return found


async def delete_named(
    tx: Transaction,
    owner_id: OwnerId,
    column: Column[Any],  # Any: a column's value
    ids: Sequence[str],
    *also: ColumnElement[bool],
) -> int:
    """Delete an owner's rows that have one of these in a column; return how many there were."""
    removed = 0
    for batch in batches(ids):
        mine = (of_owner(column, owner_id), column.in_(batch), *also)
        removed += (await tx.execute(delete(column.table).where(*mine))).rowcount
    return removed
