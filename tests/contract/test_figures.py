"""Figures that only the rows know are as the rows say, and begin anew with the day."""

import pytest
from sqlalchemy import insert

from backend.console import Figures
from backend.kernel.clock import DAY, SECOND, Clock, Instant
from backend.platform.chance import SystemIds
from backend.platform.database.engine import Database
from backend.platform.database.tables import ai_model_usage, jobs
from backend.platform.jobs.pulse import Pulse
from backend.platform.telemetry.metrics import Metrics


@pytest.fixture
def metrics() -> Metrics:
    return Metrics()


@pytest.fixture
def figures(database: Database, metrics: Metrics, clock: Clock) -> Figures:
    pulse = Pulse(database=database, clock=clock)
    return Figures(database=database, pulse=pulse, metrics=metrics, clock=clock)


async def spend(database: Database, ids: SystemIds, at: int, *, micros: int) -> None:
    async with database.transaction() as tx:
        await tx.execute(
            insert(ai_model_usage).values(
                id=ids.new(),
                owner_id="o",
                provider="openai",
                model="m",
                tokens_in=10,
                tokens_out=4,
                cost_micros=micros,
                outcome="answered",
                at=at,
            )
        )


async def add_job(database: Database, ids: SystemIds, *, state: str, at: int) -> None:
    async with database.transaction() as tx:
        await tx.execute(
            insert(jobs).values(
                id=ids.new(),
                name="upkeep.backup",
                family="upkeep",
                payload={},
                key=ids.new(),
                state=state,
                not_before=at,
                attempts_max=1,
                created_at=at,
                finished_at=at,
            )
        )


async def test_models_are_counted_by_the_day(
    figures: Figures, database: Database, ids: SystemIds, clock: Clock, metrics: Metrics
) -> None:
    now = clock.now()
    for _ in range(2):
        await spend(database, ids, now, micros=1_500)
    await spend(database, ids, Instant(now - DAY), micros=9_000)
    for _ in range(2):  # reading again adds nothing
        await figures.read()
    shown = metrics.render().decode()
    assert 'ringback_model_calls_today{outcome="answered",provider="openai"} 2.0' in shown
    assert 'ringback_model_tokens_today{direction="in",provider="openai"} 20.0' in shown
    assert 'ringback_model_dollars_today{provider="openai"} 0.003' in shown


async def test_what_waits_and_what_was_given_up_is_shown(
    figures: Figures, database: Database, ids: SystemIds, clock: Clock, metrics: Metrics
) -> None:
    at = clock.now() - 90 * SECOND
    await add_job(database, ids, state="waiting", at=at)
    await add_job(database, ids, state="dead", at=at)
    await add_job(database, ids, state="done", at=at)
    await figures.read()
    shown = metrics.render().decode()
    assert 'ringback_jobs_waiting{family="upkeep"} 1.0' in shown
    assert 'ringback_jobs_dead{family="upkeep"} 1.0' in shown
    assert 'ringback_jobs_runners{family="upkeep"} 0.0' in shown
    values = dict(line.rsplit(" ", 1) for line in shown.splitlines() if line[0] != "#")
    assert float(values['ringback_jobs_oldest_seconds{family="upkeep"}']) >= 90
    assert float(values["ringback_backup_last_success_seconds"]) == pytest.approx(at / SECOND)


async def test_a_job_that_ran_leaves_no_backlog(
    figures: Figures, database: Database, ids: SystemIds, clock: Clock, metrics: Metrics
) -> None:
    await add_job(database, ids, state="waiting", at=clock.now() + 3_600 * SECOND)
    await figures.read()
    assert 'ringback_jobs_waiting{family="upkeep"} 0.0' in metrics.render().decode()
