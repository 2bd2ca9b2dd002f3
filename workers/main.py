"""The workers: jobs and clocks, alone in a process or beside the doors of one."""

from functools import partial
from importlib import import_module
from typing import Protocol, cast

from backend.kernel.errors import Invalid
from backend.platform.jobs.presence import Presence
from backend.platform.jobs.runner import JobRunner
from backend.platform.jobs.types import FAMILIES, JobState, family_of
from backend.platform.telemetry.metrics import Metrics
from workers.parts import Parts
from workers.registry import LIMITS, families, handlers, run_limits
from workers.runners.crew import Crew, CrewLimits
from workers.runners.holders import holder_of
from workers.runners.in_process import InProcessRunner
from workers.schedule import Schedule

ARQ = "workers.runners.arq:ArqRunner"  # by name: arq and redis are an extra


class Runner(Protocol):
    """Runs jobs until it is cancelled."""

    async def run(self) -> None:
        """Run jobs; what is in hand at the end goes back to the ledger."""
        ...


async def work(parts: Parts) -> None:
    """Start jobs and clocks; they end with the supervisor, and give back what is in hand."""
    crew = crew_of(parts)
    there = Presence(
        database=parts.database, clock=parts.clock, holder=crew.holder, families=crew.families
    )
    parts.supervisor.keep("workers.jobs", runner_of(parts, crew).run)
    parts.supervisor.keep("workers.clocks", Schedule(parts).run)
    parts.supervisor.keep("workers.presence", there.run)


def runner_of(parts: Parts, crew: Crew) -> Runner:
    """Return the runner that these settings want: rung by Redis where there is one."""
    redis_url = parts.settings.redis_url.get_secret_value()
    if not redis_url:
        return InProcessRunner(crew=crew, signals=parts.signals, clock=parts.clock)
    module, _, name = ARQ.partition(":")
    make = getattr(import_module(module), name)
    return cast(Runner, make(redis_url, crew=crew, signals=parts.signals, clock=parts.clock))


def crew_of(parts: Parts) -> Crew:
    """Return this process's hands."""
    wanted = parts.settings.jobs
    chosen = _chosen(wanted.families)
    runner = JobRunner(
        parts.jobs,
        parts.clock,
        {name: run for name, run in handlers(parts).items() if family_of(name) in chosen},
        chance=parts.chance,
        limits=run_limits(wanted.lease_s, wanted.deadline_s),
        on_end=partial(_count, parts.metrics),
    )
    return Crew(
        runner=runner,
        holder=holder_of(parts.ids.new()[-8:]),
        families=families(runner.names),
        limits=CrewLimits(
            concurrency=wanted.concurrency,
            lease_s=wanted.lease_s,
            sweep_s=wanted.sweep_s,
            families=LIMITS,
        ),
    )


def _chosen(names: str) -> frozenset[str]:
    """Return the families that are run here, as the setting names them; all, if it names none."""
    known = frozenset(FAMILIES.values())
    chosen = frozenset(names.replace(",", " ").split())
    if unknown := chosen - known:
        raise Invalid(
            f"There is no family of jobs named {', '.join(sorted(unknown))}.",
            cure=f"RINGBACK_JOBS__FAMILIES may name {', '.join(sorted(known))}",
        )
    return chosen or known


def _count(metrics: Metrics, name: str, state: JobState, seconds: float) -> None:
    family = family_of(name)
    metrics.jobs.labels(family, name, state.value).inc()
    metrics.job_seconds.labels(family, name).observe(seconds)
