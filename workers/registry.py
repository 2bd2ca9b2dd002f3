"""Every job on one screen: its name, who does it, how long it may take, how many at a time."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial

from backend.platform.jobs.runner import Completion, Handler, RunLimits
from backend.platform.jobs.types import LeasedJob, family_of
from workers.delivery import send
from workers.memory import embed, import_, learn, mirror, reembed, relate
from workers.parts import Parts
from workers.runners.crew import FamilyLimits
from workers.upkeep import backup, check, forget, project, prune, rebuild, retain

Run = Callable[[Parts, LeasedJob, Completion], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Job:
    """One kind of job. How often it is tried stands where it is promised, with its key."""

    name: str
    run: Run
    deadline_s: float = 300.0

    @property
    def family(self) -> str:
        """Return which workers run it; each family has its own queue and its own bound."""
        return family_of(self.name)


JOBS: tuple[Job, ...] = (
    Job("memory.embed", embed.handle, deadline_s=120),
    Job("memory.relate", relate.handle, deadline_s=120),
    Job("memory.reembed", reembed.handle, deadline_s=1800),
    Job("memory.retire", reembed.retire, deadline_s=1800),
    Job("memory.learn", learn.handle, deadline_s=1800),  # a model may be asked for each message
    Job("memory.import", import_.handle, deadline_s=6 * 3600),  # a file of any size
    Job("memory.mirror", mirror.handle, deadline_s=120),
    Job("delivery.dial", send.carry, deadline_s=60),
    Job("delivery.text", send.carry, deadline_s=60),
    Job("delivery.watch", send.look, deadline_s=60),
    Job("documents.project", project.project, deadline_s=30),
    Job("documents.compact", project.compact, deadline_s=120),
    Job("upkeep.backup", backup.handle, deadline_s=3600),
    Job("upkeep.check", check.handle, deadline_s=1800),
    Job("upkeep.forget", forget.handle, deadline_s=3600),
    Job("upkeep.prune", prune.prune, deadline_s=60),
    Job("upkeep.rebuild", rebuild.rebuild, deadline_s=3600),
    Job("upkeep.retain", retain.handle, deadline_s=3600),
)


# Most families run as many at a time as the settings say, in as many processes as there are.
LIMITS: Mapping[str, FamilyLimits] = {
    "delivery": FamilyLimits(together=8),  # the carrier counts what reaches it in a second
    "upkeep": FamilyLimits(together=4),  # backups and rebuilds are heavy on the one database
}


def handlers(parts: Parts, jobs: tuple[Job, ...] = JOBS) -> Mapping[str, Handler]:
    """Return each job's function, with the parts that it works on."""
    return {job.name: partial(job.run, parts) for job in jobs}


def run_limits(lease_s: float, deadline_s: float, jobs: tuple[Job, ...] = JOBS) -> RunLimits:
    """Return how long each job may run, and how long it is held without a sign of life."""
    return RunLimits(
        lease_s=lease_s,
        deadline_s=deadline_s,
        deadlines_s={job.name: job.deadline_s for job in jobs},
    )


def families(names: frozenset[str]) -> dict[str, frozenset[str]]:
    """Return the names of the jobs of each family."""
    found: dict[str, set[str]] = {}
    for name in names:
        found.setdefault(family_of(name), set()).add(name)
    return {family: frozenset(of_it) for family, of_it in sorted(found.items())}
