"""What no column can hold is refused as somebody's mistake, by whichever database says so."""

import pytest
from sqlalchemy import text

from backend.kernel.clock import Clock
from backend.kernel.errors import Invalid
from backend.platform.database.engine import Database
from backend.platform.database.migrate import migrate


@pytest.mark.engines
@pytest.mark.parametrize("value", ["a\0b", "9" * 30], ids=["a zero character", "too large"])
async def test_what_postgresql_can_not_hold_is_invalid(
    postgres_url: str, clock: Clock, value: str
) -> None:
    database = Database(postgres_url, clock=clock)
    await migrate(database)
    wanted = "SELECT CAST(:value AS BIGINT)" if value.isdigit() else "SELECT CAST(:value AS TEXT)"
    try:
        with pytest.raises(Invalid):
            async with database.reading() as connection:
                await connection.execute(text(wanted), {"value": value})
        with pytest.raises(Invalid):
            async with database.transaction() as tx:
                await tx.execute(text(wanted), {"value": value})
    finally:
        await database.stop()
