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
        self._untold: set[freshness.Touched] = set()  # of it, what nobody has told in full
        self._told: dict[freshness.Touched, list[object]] = {}
        self.is_kept = False  # committed, and durable as far as was asked
        self._after_commit: list[Callable[[], None]] = []

    async def execute(
        self,
        statement: Executable,
        parameters: Parameters | None = None,
        *,
        is_told: bool = False,
    ) -> CursorResult[Any]:
        """Run one statement.

        `is_told`: whoever writes tells with `tell` all that it changed, and never takes it back to
        a savepoint. Without it, who keeps something of the topic reads that again.
        """
        touched = freshness.touched_by(statement, parameters, self.connection.dialect)
        self.touched |= touched
        is_done = False
        try:
            result = await self.connection.execute(statement, parameters)
            is_done = True
        finally:
            if touched and not (is_done and is_told):
                self._untold |= touched
        return result

    def tell(self, owner_id: str, topic: str, change: object) -> None:
        """Tell what was changed of an owner's topic, to whoever keeps something of it."""
        self._told.setdefault((owner_id, topic), []).append(change)

    @property
    def told(self) -> dict[freshness.Touched, freshness.Told]:
        """Return all that was changed of the topics of which all was told."""
        known = self.touched - self._untold
        return {one: tuple(self._told.get(one, ())) for one in known}

    def after_commit(self, call: Callable[[], None]) -> None:
        """Call back once everything is durable, never when it was rolled back; it must not fail."""
        self._after_commit.append(call)

    def committed(self) -> None:
        """Make the promised calls; for the database only."""
        calls, self._after_commit = self._after_commit, []
        for call in calls:
            call()
