"""Long lists of names are looked up name by name, however much their owner has."""

import pytest
from sqlalchemy import Column, func, select, text

from backend.kernel.ids import OwnerId
from backend.platform.database.batches import of_owner
from backend.platform.database.engine import Database
from backend.platform.database.tables import facts, messages, relations, sources, vectors

OWNER = OwnerId("somebody")
NAMED = [
    messages.c.id,
    messages.c.turn_id,
    messages.c.conversation_id,
    sources.c.fact_id,
    sources.c.message_id,
    facts.c.id,
    vectors.c.message_id,
    relations.c.message_id,
]


@pytest.mark.parametrize("column", NAMED, ids=str)
async def test_sqlite_looks_names_up_and_not_through_all_of_an_owners_rows(
    database: Database, column: Column[str]
) -> None:
    many = [str(number) for number in range(400)]
    query = select(func.count()).where(of_owner(column, OWNER), column.in_(many))
    compiled = query.compile(compile_kwargs={"literal_binds": True})
    async with database.reading() as connection:
        assert (await connection.execute(query)).scalar_one() == 0
        if database.dialect != "sqlite":
            return  # it counts its rows, and finds its own way
        plan = await connection.execute(text(f"EXPLAIN QUERY PLAN {compiled}"))
    [step] = [str(row[-1]) for row in plan.all()]
    assert f"({column.name}=?" in step, step


async def test_what_no_name_leads_to_is_looked_for_among_the_owners() -> None:
    assert "coalesce" not in str(of_owner(relations.c.subject_id, OWNER))
