"""Transactions that fail on purpose."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from backend.platform.database.engine import Database
from backend.platform.database.transaction import Transaction


class TakenBackError(Exception):
    """What makes the transaction fail."""


@asynccontextmanager
async def taken_back(database: Database) -> AsyncIterator[Transaction]:
    """Open a transaction that fails after its last statement."""
    with suppress(TakenBackError):
        async with database.transaction() as tx:
            yield tx
            raise TakenBackError
