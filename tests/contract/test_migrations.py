"""Migrations: up and down on both databases, under a lock, and never past what we know."""

import asyncio
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Boolean, Column, Connection, Float, LargeBinary, func, inspect, select, text
from sqlalchemy.types import JSON, BigInteger, Integer

from backend.kernel.clock import Clock
from backend.kernel.errors import Unavailable
from backend.platform.database.engine import Database
from backend.platform.database.migrate import (
    downgrade,
    head,
    migrate,
    revision,
    wait_for_schema,
)
from backend.platform.database.tables import metadata, numbers, organizations
from tests.fakes.clock import FakeClock

ADDED_LAST = frozenset(  # by the newest revision: going below it drops them
    {
        "clocks",
        "fact_changes",
        "facts",
        "forgettings",
        "freshness",
        "imports",
        "merges",
        "personality_settings",
        "short_term",
        "sources",
        "tombstones",
        "users",
        "vault",
        "vector_models",
    }
)


async def names(database: Database) -> set[str]:
    async with database.reading() as connection:
        return set(await connection.run_sync(lambda sync: inspect(sync).get_table_names()))


async def test_an_empty_database_gets_every_table(empty_database: Database) -> None:
    assert await revision(empty_database) is None
    assert await migrate(empty_database) == head()
    assert set(metadata.tables) <= await names(empty_database)
    assert await revision(empty_database) == head()


@pytest.mark.covers("ME-12")
async def test_the_migrations_make_exactly_the_tables_we_declare(database: Database) -> None:
    async with database.reading() as connection:
        assert await connection.run_sync(_differences) == []


async def test_migrating_again_changes_nothing(database: Database) -> None:
    before = await names(database)
    await migrate(database)
    assert await names(database) == before


async def test_a_populated_database_goes_down_and_up_again(database: Database) -> None:
    async with database.transaction() as tx:
        for table in metadata.sorted_tables:
            await tx.execute(
                table.insert().values({column.name: _value(column) for column in table.columns})
            )
    async with database.transaction() as tx:
        await tx.connection.run_sync(downgrade, "base")
    assert await names(database) == {"alembic_version"}
    await migrate(database)
    async with database.reading() as connection:
        for table in metadata.sorted_tables:
            found = await connection.execute(select(func.count()).select_from(table))
            assert found.scalar() == 0


@pytest.mark.covers("ME-11", "ME-15")
async def test_what_was_said_survives_a_step_down_and_up(database: Database) -> None:
    kept = [table for table in metadata.sorted_tables if table.name not in ADDED_LAST]
    async with database.transaction() as tx:
        for table in metadata.sorted_tables:
            await tx.execute(
                table.insert().values({column.name: _value(column) for column in table.columns})
            )
    async with database.transaction() as tx:
        await tx.connection.run_sync(downgrade, "0002")
    await migrate(database)
    async with database.reading() as connection:
        for table in kept:
            found = await connection.execute(select(func.count()).select_from(table))
            assert found.scalar() == 1, table.name
        (organization,) = (await connection.execute(select(organizations))).all()
        assert organization.name == _value(organizations.c.name)


async def test_a_number_that_only_an_import_named_is_not_trusted_by_an_older_version(
    database: Database,
) -> None:
    row = {"owner_id": "o", "person_id": "p", "created_at": 1}
    async with database.transaction() as tx:
        await tx.execute(numbers.insert().values(number="+15005550006", brought_at=1, **row))
        await tx.execute(numbers.insert().values(number="+15005550007", **row))
    async with database.transaction() as tx:
        await tx.connection.run_sync(downgrade, "0002")
    await migrate(database)
    async with database.reading() as connection:
        assert (await connection.execute(select(numbers.c.number))).scalars().all() == [
            "+15005550007"
        ]


async def test_two_processes_that_start_at_once_migrate_once(
    empty_database: Database, database_url: str, clock: Clock
) -> None:
    other = Database(database_url, clock=clock)
    try:
        reached = await asyncio.gather(migrate(empty_database), migrate(other))
    finally:
        await other.stop()
    assert set(reached) == {head()}


async def test_a_newer_schema_is_refused_with_the_cure(database: Database, clock: Clock) -> None:
    async with database.transaction() as tx:
        await tx.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(Unavailable, match="newer") as caught:
        await migrate(database)
    assert "newest version" in caught.value.cure
    with pytest.raises(Unavailable, match="newer"):
        await wait_for_schema(database, clock, 1)
    assert await revision(database) == "9999"


async def test_a_migration_that_fails_leaves_the_schema_as_it_was(
    empty_database: Database,
) -> None:
    async with empty_database.transaction() as tx:
        # The last table of the first migration is in its way.
        await tx.execute(text("CREATE TABLE message_search (x INTEGER)"))
    with pytest.raises(Exception, match="message_search"):
        await migrate(empty_database)
    assert await names(empty_database) == {"message_search"}


async def test_another_role_waits_until_the_backend_has_migrated(
    empty_database: Database,
) -> None:
    clock = FakeClock()
    waiting = asyncio.ensure_future(wait_for_schema(empty_database, clock, 60))
    await clock.until_somebody_sleeps()
    await migrate(empty_database)
    clock.advance(1)
    async with asyncio.timeout(30):
        await waiting


async def test_another_role_gives_up_waiting_with_the_cure(empty_database: Database) -> None:
    with pytest.raises(Unavailable) as caught:
        await wait_for_schema(empty_database, FakeClock(), 0)
    assert "backend" in caught.value.cure


def _differences(connection: Connection) -> list[Any]:
    context = MigrationContext.configure(
        connection,
        opts={
            "compare_type": True,
            "include_name": lambda name, kind, _: kind != "table" or "search" not in str(name),
        },
    )
    return list(compare_metadata(context, metadata))


def _value(column: Column[Any]) -> object:
    if column is numbers.c.brought_at:
        return None  # one that is set does not go down: see above
    kind = column.type
    if isinstance(kind, JSON):
        return {"a": [1]}
    if isinstance(kind, Boolean):
        return True
    if isinstance(kind, BigInteger | Integer | Float):
        return 1
    return b"x" if isinstance(kind, LargeBinary) else "x"
