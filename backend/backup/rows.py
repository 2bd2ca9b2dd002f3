"""Rows as lines of JSON: the same for SQLite and PostgreSQL."""

import base64
import json
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import LargeBinary, Row, Table, select
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.kernel.errors import Corrupt
from backend.platform.compute import Compute
from backend.platform.database.tables import metadata

ROWS_AT_ONCE = 200
LARGE_ROWS_AT_ONCE = 8  # of tables whose rows may hold a whole document
LINES_BYTES = 1 << 20

Values = dict[str, Any]  # Any: a column's value


def tables() -> Sequence[Table]:
    """Every table that an archive carries; full text is made anew from them."""
    return list(metadata.tables.values())


async def lines_of(
    connection: AsyncConnection, table: Table, compute: Compute
) -> AsyncIterator[tuple[bytes, int]]:
    """Yield a table's rows as blocks of lines, each with its count, without holding them all."""
    binary = [isinstance(column.type, LargeBinary) for column in table.columns]
    at_once = LARGE_ROWS_AT_ONCE if any(binary) else ROWS_AT_ONCE
    query = select(table).execution_options(yield_per=at_once)
    async with connection.stream(query) as found:
        async for batch in found.partitions(at_once):
            for block in await compute.run(_blocks, batch, binary):
                yield block


def read_lines(table: Table, columns: Sequence[str], block: bytes, *, nul: str) -> list[Values]:
    """Return the rows of a block; `nul` replaces the one character PostgreSQL can't keep."""
    binary = {column.name for column in table.columns if isinstance(column.type, LargeBinary)}
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
        raise Corrupt(f"The archive's table {table.name} is malformed.") from None


def check_columns(table: Mapping[str, object], *, is_older: bool) -> tuple[Table, list[str]]:
    """Return the table and columns that a record names; an older archive may lack some."""
    name, columns = table.get("table"), table.get("columns")
    ours = metadata.tables.get(str(name))
    if ours is None or not isinstance(columns, list) or not _fits(columns, ours, is_older=is_older):
        raise Corrupt(f"The archive has a table that this program does not know: {name}.")
    return ours, columns


def _fits(columns: list[object], ours: Table, *, is_older: bool) -> bool:
    known = set(ours.columns.keys())
    return set(columns) <= known if is_older else set(columns) == known


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
