"""Figures that only the rows know: what models took today, what waits, when a backup was made."""

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.kernel.clock import DAY, SECOND, Clock
from backend.kernel.errors import RingbackError
from backend.platform.database.engine import Database
from backend.platform.database.tables import ai_model_usage, jobs
from backend.platform.jobs.pulse import Pulse
from backend.platform.jobs.types import JobState
from backend.platform.telemetry.logs import get_logger
from backend.platform.telemetry.metrics import Metrics

EVERY_S = 15.0
MICROS = 1_000_000

_log = get_logger("figures")


class Figures:
    """Reads the rows now and then, so that whoever scrapes us costs the database nothing."""

    def __init__(self, *, database: Database, pulse: Pulse, metrics: Metrics, clock: Clock) -> None:
        self._database, self._pulse = database, pulse
        self._metrics, self._clock = metrics, clock

    async def run(self) -> None:
        """Read for ever."""
        while True:
            try:
                await self.read()
            except RingbackError as trouble:
                _log.warning("figures_unread", failure=trouble)
            await self._clock.sleep(EVERY_S)

    async def read(self) -> None:
        """Set every figure to what the rows say now."""
        async with self._database.listing() as connection:
            await self._models(connection)
            await self._backup(connection)
        metrics = self._metrics
        for family, pulse in (await self._pulse.families()).items():
            metrics.jobs_waiting.labels(family).set(pulse.waiting)
            metrics.jobs_oldest.labels(family).set(pulse.oldest_s)
            metrics.jobs_running.labels(family).set(pulse.running)
            metrics.jobs_dead.labels(family).set(pulse.dead)
            metrics.jobs_runners.labels(family).set(pulse.hands)
            metrics.jobs_stalled.labels(family).set(pulse.is_stalled)

    async def _models(self, connection: AsyncConnection) -> None:
        now, usage, metrics = self._clock.now(), ai_model_usage.c, self._metrics
        rows = await connection.execute(
            select(
                usage.provider,
                usage.outcome,
                func.count().label("calls"),
                func.sum(usage.tokens_in).label("tokens_in"),
                func.sum(usage.tokens_out).label("tokens_out"),
                func.sum(usage.cost_micros).label("micros"),
            )
            .where(usage.at >= now - now % DAY)
            .group_by(usage.provider, usage.outcome)
        )
        for figure in (metrics.model_calls, metrics.model_tokens, metrics.model_dollars):
            figure.clear()  # a new day begins with nothing
        for row in rows:  # PostgreSQL's sums are decimals
            metrics.model_calls.labels(row.provider, row.outcome).set(row.calls)
            metrics.model_tokens.labels(row.provider, "in").inc(int(row.tokens_in))
            metrics.model_tokens.labels(row.provider, "out").inc(int(row.tokens_out))
            metrics.model_dollars.labels(row.provider).inc(int(row.micros) / MICROS)

    async def _backup(self, connection: AsyncConnection) -> None:
        backed_up = await connection.execute(
            select(func.max(jobs.c.finished_at)).where(
                jobs.c.name == "upkeep.backup", jobs.c.state == JobState.DONE
            )
        )
        self._metrics.backup_at.set((backed_up.scalar_one() or 0) / SECOND)
