"""The nightly comparison: its result is kept, heals what can be healed, and is told by health."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, Protocol

from sqlalchemy import select

from backend.console.integrity import Examined, Integrity
from backend.kernel.clock import MINUTE, later
from backend.platform.database.engine import Database
from backend.platform.database.tables import jobs
from backend.platform.database.transaction import Transaction
from backend.platform.health.types import Check
from backend.platform.jobs.ledger import Ledger
from backend.platform.jobs.types import JobState, LeasedJob, NewJob, family_of

JOB = "upkeep.check"
AGAIN = ":again"  # ends the key of a look after a repair: it repairs nothing itself
AGAIN_AFTER = 15 * MINUTE

Result = Mapping[str, Any]  # JSON: a job's result


class Repairs(Protocol):
    """Has projections made anew."""

    async def wish_in(self, tx: Transaction, projection: str) -> None:
        """Have one made anew as part of what goes on."""
        ...


class Nightly:
    """Compares, keeps what was found, and has made anew what does not agree."""

    def __init__(
        self, *, integrity: Integrity, database: Database, ledger: Ledger, repairs: Repairs
    ) -> None:
        self._integrity, self._database = integrity, database
        self._ledger, self._repairs = ledger, repairs

    async def look(self) -> Examined:
        """Compare everything."""
        return await self._integrity.examine_all()

    async def conclude(self, tx: Transaction, job: LeasedJob, examined: Examined) -> Result:
        """Promise what repairs, and a look at what it did; return what the job is to keep.

        What one repair did not mend is left to people: it would not mend it the next time.
        """
        repaired: list[str] = []
        if examined.broken and not job.key.endswith(AGAIN):
            repaired = list(examined.broken)
            for projection in repaired:
                await self._repairs.wish_in(tx, projection)
            await self._ledger.add(
                tx,
                NewJob(
                    JOB,
                    {"planned_at": tx.at},
                    key=f"{JOB}:{job.id}{AGAIN}",
                    not_before=later(tx.at, AGAIN_AFTER),
                ),
            )
        checks = [
            {key: told for key, told in asdict(found).items() if key != "is_vital"}
            for found in examined.findings
        ]
        return {"ok": examined.ok, "checks": checks, "repaired": repaired}

    async def check(self) -> Check:
        """Say what the last comparison found."""
        query = (
            select(jobs.c.result)
            .where(
                jobs.c.family == family_of(JOB),
                jobs.c.finished_at.is_not(None),
                jobs.c.name == JOB,
                jobs.c.state == JobState.DONE,
            )
            .order_by(jobs.c.finished_at.desc())
            .limit(1)
        )
        async with self._database.reading() as connection:
            result = (await connection.execute(query)).scalar_one_or_none()
        if not isinstance(result, dict):
            return Check(ok=True, detail="compared every night, not yet")
        broken = [found for found in result.get("checks", []) if not found.get("ok", True)]
        if not broken:
            return Check(ok=True, detail="everything agrees")
        detail = "; ".join(f"not so: {found['name']} ({found['detail']})" for found in broken)
        cure = "; ".join(dict.fromkeys(found["cure"] for found in broken if found.get("cure")))
        return Check(ok=False, detail=detail, cure=cure)
