"""An archive as an earlier version made it: with fewer tables and columns."""

import json
from collections.abc import AsyncIterator, Container, Mapping

from sqlalchemy import inspect

from backend.backup.archive import (
    Kind,
    Record,
    Source,
    new_header,
    opened,
    packed,
    read_header,
    sealed,
    unpacked,
)
from backend.backup.rows import FORMER_COLUMNS, FORMER_TABLES
from backend.backup.types import Opened
from backend.platform.database.migrate import migrate
from backend.platform.objects.port import whole
from tests.contract.backup.archives import bytes_of, changed
from tests.contract.backup.machines import ROOT, Machine

Columns = dict[str, list[str]]


async def older_archive(machine: Machine, earlier: Machine, schema: str) -> Opened:
    """Return a machine's backup as the version of an earlier schema would have made it."""
    known = await _columns_of(earlier, schema)
    raw = await bytes_of(machine)
    source = Source(changed(raw)())
    header = await read_header(source)
    data_key = header.opened_by_root(ROOT)
    records = [
        record async for record in unpacked(opened(source, header, data_key, machine.compute))
    ]
    keyring = await machine.backups()._keyrings.ensure()
    old, old_key = new_header(
        keyring,
        archive_id="old",
        instance_id=header.facts.instance_id,
        made_at=header.facts.made_at,
        schema=schema,
    )

    async def given() -> AsyncIterator[Record]:
        for record in _cut(records, known):
            yield record

    return changed(await whole(sealed(packed(given()), old, old_key, machine.compute)))


async def _columns_of(machine: Machine, schema: str) -> Columns:
    await migrate(machine.database, to=schema)
    async with machine.database.reading() as connection:
        return await connection.run_sync(
            lambda sync: {
                name: [column["name"] for column in inspect(sync).get_columns(name)]
                for name in inspect(sync).get_table_names()
            }
        )


def _cut(records: list[Record], known: Columns) -> list[Record]:
    """Drop every table and column that did not exist yet."""
    cut: list[Record] = []
    kept: list[int] | None = None
    for record in records:
        if record.kind is Kind.TABLE:
            facts = json.loads(record.payload)
            kept = None
            facts["table"] = _former(facts["table"], FORMER_TABLES, known)
            if facts["table"] in known:
                there = known[facts["table"]]
                columns = [_former(name, FORMER_COLUMNS, there) for name in facts["columns"]]
                kept = [i for i, name in enumerate(columns) if name in there]
                facts["columns"] = [columns[i] for i in kept]
                cut.append(Record(Kind.TABLE, json.dumps(facts).encode()))
        elif record.kind is Kind.ROWS:
            if kept is not None:
                rows = [json.loads(line) for line in record.payload.split(b"\n")]
                lines = [json.dumps([row[i] for i in kept]).encode() for row in rows]
                cut.append(Record(Kind.ROWS, b"\n".join(lines)))
        elif record.kind is Kind.END:
            end = json.loads(record.payload)
            counted = {_former(name, FORMER_TABLES, known): n for name, n in end["tables"].items()}
            end["tables"] = {name: n for name, n in counted.items() if name in known}
            cut.append(Record(Kind.END, json.dumps(end).encode()))
        else:
            cut.append(record)
    return cut


def _former(name: str, renamed: Mapping[str, str], known: Container[str]) -> str:
    """Return what a table or column was called then."""
    former = next((old for old, new in renamed.items() if new == name), name)
    return former if former in known else name
