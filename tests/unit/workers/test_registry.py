"""Every job has one line, a family and a limit."""

from workers.registry import JOBS, families, run_limits


def test_each_name_stands_once() -> None:
    names = [job.name for job in JOBS]
    assert sorted(names) == sorted(set(names))


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
