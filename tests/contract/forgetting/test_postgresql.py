"""What PostgreSQL's own files still say after a forgetting, and what an operator can do."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from backend.kernel.forgetting import Kind
from tests.contract.forgetting.house import House, fact, one

SECRET = "zorblax"
RUNBOOK = Path(__file__).parents[3] / "docs" / "runbooks" / "forgetting.md"
_FILES = """
    SELECT relname, pg_read_binary_file(pg_relation_filepath(oid))
    FROM pg_class WHERE relkind IN ('r', 'i', 't') AND relfilenode <> 0
"""


@pytest.fixture
async def house(tmp_path: Path, postgres_url: str) -> AsyncIterator[House]:
    house = House(tmp_path, postgres_url, {})
    await house.start()
    yield house
    await house.stop()


def _relations_with_it(url: str) -> set[str]:
    """Return the tables and indexes in whose files a word stands."""
    spellings = [SECRET.encode(), SECRET.title().encode()]
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CHECKPOINT")
        found = connection.execute(_FILES).fetchall()
    return {name for name, data in found if any(each in bytes(data) for each in spellings)}


async def _one_of_many(house: House) -> str:
    for number in range(20):
        await house.turn(f"The boat number {number} is blue.", note=f"paint {number}")
    said = await house.turn(
        f"My friend {SECRET.title()} lives in Bergen.",
        facts=[fact(f"{SECRET.title()} lives in Bergen.", subject=SECRET.title())],
        note=f"write to {SECRET}",
    )
    for number in range(20):
        await house.turn(f"The house number {number} is red.", note=f"sell {number}")
    return said["turn"]


def _dump(url: str) -> bytes:
    """Return all rows as a dump would write them."""
    with psycopg.connect(url) as connection:
        names = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        parts: list[bytes] = []
        for (name,) in names.fetchall():
            copying = sql.SQL("COPY {} TO STDOUT").format(sql.Identifier(name))
            with connection.cursor().copy(copying) as rows:
                parts += [bytes(row) for row in rows]
    return b"".join(parts).lower()


async def test_no_dump_says_it_and_the_operators_statement_leaves_no_byte(
    house: House, postgres_url: str
) -> None:
    turn = await _one_of_many(house)
    assert {"messages", "ix_message_search_words"} <= _relations_with_it(postgres_url)
    await house.forget_all(one(Kind.TURN, turn))
    assert SECRET.encode() not in _dump(postgres_url)
    block = re.search(r"```sql\n(.+?)```", RUNBOOK.read_text(), re.DOTALL)
    assert block is not None, "the runbook says what an operator can do"
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        for statement in block[1].split(";"):
            if statement.strip():
                connection.execute(statement.encode())
    assert _relations_with_it(postgres_url) == set()
