"""Each event of the carrier counts once: the repeat of a webhook gets the answer of the first."""

from sqlalchemy import select, text

from backend.kernel.errors import Conflict
from backend.platform.database.engine import Database
from backend.platform.database.tables import webhooks
from backend.platform.database.transaction import Transaction

# Of two that arrive together, the second waits for the first one's commit and then finds its row.
_KEEP = text(
    "INSERT INTO webhooks (sid, event, at, answer) VALUES (:sid, :event, :at, :answer) "
    "ON CONFLICT (sid, event) DO NOTHING"
)


class AnsweredAlready(Conflict):
    """This event was answered before."""


class Webhooks:
    """The answers that were given, by (sid, event)."""

    def __init__(self, *, database: Database) -> None:
        self._database = database

    async def answer(self, sid: str, event: str) -> str | None:
        """Return the answer that was given, if one was."""
        query = select(webhooks.c.answer).where(webhooks.c.sid == sid, webhooks.c.event == event)
        async with self._database.reading() as connection:
            found: str | None = (await connection.execute(query)).scalar()
        return found

    async def keep(self, tx: Transaction, sid: str, event: str, answer: str) -> None:
        """Give an answer together with what it stands for; AnsweredAlready undoes both."""
        kept = await tx.execute(_KEEP, {"sid": sid, "event": event, "at": tx.at, "answer": answer})
        if not kept.rowcount:
            raise AnsweredAlready
