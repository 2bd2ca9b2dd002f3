"""Every job has one line, a family and a limit."""

from backend.platform.jobs import PAYLOADS
from workers.registry import JOBS, LIMITS, families, run_limits


def test_each_name_stands_once() -> None:
    names = [job.name for job in JOBS]
    assert sorted(names) == sorted(set(names))


def test_what_each_job_is_told_is_written_down() -> None:
    assert {job.name for job in JOBS} == set(PAYLOADS)


def test_only_families_that_there_are_have_limits() -> None:
    assert set(LIMITS) <= {job.family for job in JOBS}


def test_each_job_has_a_family_that_runs_it() -> None:
    of_each = families(frozenset(job.name for job in JOBS))
    assert of_each["memory"] >= {"memory.embed", "memory.learn", "memory.mirror", "memory.relate"}
    assert of_each["delivery"] == {"delivery.dial", "delivery.text", "delivery.watch"}
    assert {"documents.project", "upkeep.backup"} <= of_each["upkeep"]
    assert sum(map(len, of_each.values())) == len(JOBS)


def test_each_job_has_its_own_deadline() -> None:
    limits = run_limits(20, 300)
    assert limits.deadline_of("documents.project") == 30
    assert limits.deadline_of("unknown.job") == 300
