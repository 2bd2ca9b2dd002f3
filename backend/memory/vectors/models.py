"""Which model gives meaning, as the truth has it: one is live, another may be on its way.

filling ──► verified ──► live ──► retired ──► (its vectors are removed by a clock)
                          ▲          │
                          └──────────┘ the way back, at once, while its vectors are kept
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.kernel.clock import Instant
from backend.platform.database.tables import vector_models
from backend.platform.database.transaction import Transaction

Report = Mapping[str, Any]  # Any: JSON: who chose it, what its verification found


class ModelState(StrEnum):
    """How far a model is."""

    FILLING = "filling"  # messages are being embedded by it; the live one answers
    VERIFIED = "verified"  # everything is there and was tried; it goes live next
    LIVE = "live"
    RETIRED = "retired"  # its vectors are kept for a while


@dataclass(frozen=True, slots=True)
class ModelRow:
    """One model and how far it is."""

    model: str
    dimension: int
    state: ModelState
    reached: str  # the last message that was embedded
    done: int
    total: int
    report: Report
    changed_at: Instant

    @property
    def run(self) -> str:
        """Return the name of its filling: a second one is another."""
        return str(self.report.get("run", ""))


@dataclass(frozen=True, slots=True)
class Plan:
    """Which models are read and written at this moment."""

    live: str
    filling: str = ""
    beside: tuple[str, ...] = ()  # have what the live one lacks, until it has caught up

    @property
    def written(self) -> tuple[str, ...]:
        """Return the models that a new message is embedded by, the live one first."""
        return (self.live, self.filling) if self.filling else (self.live,)


def plan_of(rows: Sequence[ModelRow]) -> Plan | None:
    """Return the plan that the models' states make; None when nothing was ever settled."""
    live = next((row for row in rows if row.state is ModelState.LIVE), None)
    if live is None:
        return None
    coming = (ModelState.FILLING, ModelState.VERIFIED)
    filling = next((row.model for row in rows if row.state in coming), "")
    return Plan(live.model, filling, tuple(live.report.get("beside", ())))


async def read(connection: AsyncConnection) -> list[ModelRow]:
    """Return every model, the one that changed last first."""
    order = (vector_models.c.changed_at.desc(), vector_models.c.model)
    found = await connection.execute(select(vector_models).order_by(*order))
    return [
        ModelRow(
            model=row.model,
            dimension=row.dimension,
            state=ModelState(row.state),
            reached=row.reached,
            done=row.done,
            total=row.total,
            report=row.report,
            changed_at=Instant(row.changed_at),
        )
        for row in found
    ]


async def read_held(tx: Transaction) -> list[ModelRow]:
    """Return every model, and let nobody else change one before this transaction ends."""
    await tx.execute(select(vector_models.c.model).with_for_update())
    return await read(tx.connection)


async def put(tx: Transaction, row: ModelRow) -> None:
    """Write a model's row, in place of what it was."""
    insert = sqlite.insert if tx.dialect == "sqlite" else postgresql.insert
    values = {
        "dimension": row.dimension,
        "state": row.state.value,
        "reached": row.reached,
        "done": row.done,
        "total": row.total,
        "report": dict(row.report),
        "changed_at": tx.at,
    }
    written = insert(vector_models).values(model=row.model, **values)
    await tx.execute(
        written.on_conflict_do_update(index_elements=[vector_models.c.model], set_=values)
    )


async def advance(tx: Transaction, model: str, *, reached: str, more: int) -> None:
    """Note how far a filling came, with the vectors that came with it."""
    await tx.execute(
        update(vector_models)
        .where(vector_models.c.model == model)
        .values(reached=reached, done=vector_models.c.done + more)
    )


async def drop(tx: Transaction, model: str) -> None:
    """Know nothing of a model any more."""
    await tx.execute(delete(vector_models).where(vector_models.c.model == model))
