"""One transaction: the outermost verb opens it and hands it down; rooms never commit."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import CursorResult, Executable
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.kernel.clock import Instant
from backend.platform.database import freshness

Parameters = Mapping[str, Any] | Sequence[Mapping[str, Any]]  # Any: a column's value


class Transaction:
    """What belongs together: it is all kept, or none of it."""

    def __init__(self, connection: AsyncConnection, at: Instant) -> None:
        self.connection = connection
        self.at = at  # the one moment of everything that happens in it
        self.dialect = connection.dialect.name
        self.touched: set[freshness.Touched] = set()  # what is read at every turn and was written
        self._after_commit: list[Callable[[], None]] = []

    async def execute(
        self, statement: Executable, parameters: Parameters | None = None
    ) -> CursorResult[Any]:
        """Run one statement."""
        self.touched |= freshness.touched_by(statement, parameters, self.connection.dialect)
        return await self.connection.execute(statement, parameters)

    def after_commit(self, call: Callable[[], None]) -> None:
        """Call back once everything is durable, never when it was rolled back; it must not fail."""
        self._after_commit.append(call)

    def committed(self) -> None:
        """Make the promised calls; for the database only."""
        calls, self._after_commit = self._after_commit, []
        for call in calls:
            call()
