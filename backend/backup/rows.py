"""Rows as lines of JSON: the same for SQLite and PostgreSQL."""

import base64
import json
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import LargeBinary, Row, Table, TableClause, column, select, table
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.kernel.errors import Corrupt
from backend.platform.compute import Compute
from backend.platform.database.tables import metadata

# What tables and columns were called before schema 0003.
FORMER_TABLES = {"organisations": "organizations", "notes": "sticky_notes"}
FORMER_COLUMNS = {"organisation_id": "organization_id"}
# What caches go by: an older version that came back might be taken for the one of now.
LEFT_OUT = frozenset({"freshness"})
ROWS_AT_ONCE = 200
LARGE_ROWS_AT_ONCE = 8  # of tables whose rows may hold a whole document
LINES_BYTES = 1 << 20

Values = dict[str, Any]  # Any: a column's value


def tables() -> Sequence[Table]:
    """Every table that an archive carries; full text is made anew from them."""
    return [table for table in metadata.tables.values() if table.name not in LEFT_OUT]


async def lines_of(
    connection: AsyncConnection, kept: Table, compute: Compute
) -> AsyncIterator[tuple[bytes, int]]:
    """Yield a table's rows as blocks of lines, each with its count, without holding them all."""
    binary = [isinstance(each.type, LargeBinary) for each in kept.columns]
    at_once = LARGE_ROWS_AT_ONCE if any(binary) else ROWS_AT_ONCE
    query = select(kept).execution_options(yield_per=at_once)
    async with connection.stream(query) as found:
        async for batch in found.partitions(at_once):
            for block in await compute.run(_blocks, batch, binary):
                yield block


def read_lines(
    archived: TableClause, columns: Sequence[str], block: bytes, *, nul: str
) -> list[Values]:
    """Return the rows of a block; `nul` replaces the one character PostgreSQL can't keep."""
    binary = {each.name for each in archived.columns if isinstance(each.type, LargeBinary)}
    try:
        rows = [json.loads(line) for line in block.split(b"\n")]
        return [
            {
                name: _read(value, is_binary=name in binary, nul=nul)
                for name, value in zip(columns, row, strict=True)
            }
            for row in rows
        ]
    except (ValueError, TypeError):
        raise Corrupt(f"The archive's table {archived.name} is malformed.") from None


def check_columns(record: Mapping[str, object], *, is_older: bool) -> tuple[TableClause, list[str]]:
    """Return the table and columns that a record names, as its archive knows them.

    An older archive may lack some and have others under former names; defaults of ours may not
    exist there yet.
    """
    name, columns = str(record.get("table")), record.get("columns")
    ours = metadata.tables.get(FORMER_TABLES.get(name, name) if is_older else name)
    if ours is None or not isinstance(columns, list) or not _fits(columns, ours, is_older=is_older):
        raise Corrupt(f"The archive has a table that this program does not know: {name}.")
    kinds = [ours.columns[_ours(each, is_older=is_older)].type for each in columns]
    typed = (column(each, kind) for each, kind in zip(columns, kinds, strict=True))
    return table(name, *typed), columns


def _fits(columns: list[object], ours: Table, *, is_older: bool) -> bool:
    known = set(ours.columns.keys())
    named = {_ours(each, is_older=is_older) for each in columns}
    return named <= known if is_older else named == known


def _ours(name: object, *, is_older: bool) -> str:
    return FORMER_COLUMNS.get(str(name), str(name)) if is_older else str(name)


def _blocks(batch: Sequence[Row[Any]], binary: Sequence[bool]) -> list[tuple[bytes, int]]:
    return list(_cut(_line(row, binary) for row in batch))


def _cut(lines: Iterator[bytes]) -> Iterator[tuple[bytes, int]]:
    block: list[bytes] = []
    size = 0
    for line in lines:
        block.append(line)
        size += len(line)
        if size >= LINES_BYTES:
            yield b"\n".join(block), len(block)
            block, size = [], 0
    if block:
        yield b"\n".join(block), len(block)


def _line(row: Row[Any], binary: Sequence[bool]) -> bytes:
    values = [
        base64.b64encode(value).decode() if is_binary and value is not None else value
        for value, is_binary in zip(row, binary, strict=True)
    ]
    return json.dumps(values, separators=(",", ":")).encode()


def _read(value: Any, *, is_binary: bool, nul: str) -> Any:  # Any: a column's value
    if isinstance(value, str):
        if is_binary:
            return base64.b64decode(value, validate=True)
        if nul and "\x00" in value:
            return value.replace("\x00", nul)
    return value
