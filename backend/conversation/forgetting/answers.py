"""The carrier's webhooks: the answer that is kept for a repeat is what the companion said."""

from collections.abc import Iterator, Sequence

from sqlalchemy import ColumnElement, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.kernel.clock import SECOND
from backend.kernel.forgetting import Kind, Scope, ids_of
from backend.kernel.ids import OwnerId
from backend.platform.database.batches import batches, of_owner
from backend.platform.database.tables import messages, turns, webhooks
from backend.platform.database.transaction import Transaction
from backend.platform.forgetting.port import Counts, Forgettable, Targets

NOTHING_TO_SAY = "<?xml version='1.0' encoding='UTF-8'?><Response/>"
BEFORE, AFTER = 2 * SECOND, 10 * SECOND  # of a turn: its answer is kept in its own transaction

SPANS_AT_ONCE = 100
ANSWERS = "answers to the carrier"

Span = tuple[int, int]


class Answers(Forgettable):
    """Blanks the answers that were given while something was said that is to go.

    The carrier's repeats come within seconds; that nothing is said to a late one harms nobody.
    """

    is_patient = True

    async def closure(self, connection: AsyncConnection, scope: Scope, known: Targets) -> Targets:
        """Return nothing: an answer has no name of its own."""
        return frozenset()

    async def forget(
        self, tx: Transaction, owner_id: OwnerId, targets: Targets, *, keeps_pinned: bool = False
    ) -> Counts:
        """Blank the answers of these moments; it is called before their rows are deleted."""
        blanked = 0
        for given in _given_within(await _spans(tx.connection, owner_id, targets)):
            done = await tx.execute(update(webhooks).where(given).values(answer=NOTHING_TO_SAY))
            blanked += done.rowcount
        return {ANSWERS: blanked}

    async def traces(
        self, connection: AsyncConnection, owner_id: OwnerId, targets: Targets
    ) -> Counts:
        """Count the answers of these moments, as long as somebody knows when they were."""
        found = 0
        for given in _given_within(await _spans(connection, owner_id, targets)):
            query = select(func.count()).select_from(webhooks).where(given)
            found += int((await connection.execute(query)).scalar_one())
        return {ANSWERS: found}


def _given_within(spans: Sequence[Span]) -> Iterator[ColumnElement[bool]]:
    for start in range(0, len(spans), SPANS_AT_ONCE):
        moments = [
            webhooks.c.at.between(begin - BEFORE, end + AFTER)
            for begin, end in spans[start : start + SPANS_AT_ONCE]
        ]
        yield or_(*moments) & webhooks.c.answer.not_in(["", NOTHING_TO_SAY])


async def _spans(
    connection: AsyncConnection, owner_id: OwnerId, targets: Targets
) -> Sequence[Span]:
    """Return the stretches of time in which it was said, those that overlap as one."""
    found: list[Span] = []
    for batch in batches(ids_of(targets, Kind.TURN)):
        query = select(turns.c.started_at, turns.c.ended_at).where(
            of_owner(turns.c.id, owner_id), turns.c.id.in_(batch)
        )
        found += [(row.started_at, row.ended_at) for row in await connection.execute(query)]
    for batch in batches(ids_of(targets, Kind.MESSAGE)):
        query = select(messages.c.said_at).where(
            of_owner(messages.c.id, owner_id),
            messages.c.id.in_(batch),
            messages.c.channel.in_(["sms", "phone"]),
        )
        found += [(row.said_at, row.said_at) for row in await connection.execute(query)]
    joined: list[Span] = []
    for begin, end in sorted(found):
        if joined and begin - BEFORE <= joined[-1][1] + AFTER:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((begin, end))
    return joined
