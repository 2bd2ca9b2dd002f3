"""What follows each kind of failure."""

import pytest

from backend.kernel.clock import Instant
from backend.kernel.errors import Busy, Conflict, Invalid, NotConfigured, Unavailable
from backend.kernel.ids import JobId
from backend.platform.jobs.backoff import BACKOFF, described, failure_of, kind_of
from backend.platform.jobs.types import ErrorKind, LeasedJob
from tests.fakes.chance import FakeChance


def job(attempt: int = 1) -> LeasedJob:
    return LeasedJob(
        id=JobId("j"),
        name="memory.embed",
        family="memory",
        payload={},
        key="k",
        owner_id=None,
        holder="w",
        lease_until=Instant(0),
        attempt=attempt,
        attempts_max=5,
        leased_at=Instant(0),
    )


@pytest.mark.parametrize(
    ("problem", "kind"),
    [
        (Invalid(), ErrorKind.REFUSED),
        (Conflict(), ErrorKind.REFUSED),
        (Busy(), ErrorKind.BUSY),
        (Unavailable(), ErrorKind.UNAVAILABLE),
        (NotConfigured(), ErrorKind.BROKEN),  # it does not come by waiting
        (TimeoutError(), ErrorKind.TIMEOUT),
        (ValueError("words"), ErrorKind.BROKEN),
    ],
)
def test_each_problem_has_its_kind(problem: Exception, kind: ErrorKind) -> None:
    assert kind_of(problem) is kind


def test_what_was_refused_is_not_tried_again() -> None:
    assert failure_of(Invalid(), job(), FakeChance()).retry_in_s is None


@pytest.mark.parametrize("kind", sorted(BACKOFF))
def test_waits_grow_with_a_bound_however_often_it_failed(kind: ErrorKind) -> None:
    problems = {
        ErrorKind.BUSY: Busy(),
        ErrorKind.UNAVAILABLE: Unavailable(),
        ErrorKind.TIMEOUT: TimeoutError(),
        ErrorKind.BROKEN: ValueError(),
    }
    waits = [
        failure_of(problems[kind], job(attempt), FakeChance()).retry_in_s or 0
        for attempt in (1, 2, 3, 40, 4_000)
    ]
    assert waits == sorted(waits)
    assert 0 < waits[0] < waits[2] <= waits[-1] <= BACKOFF[kind].last_s


def test_only_what_is_our_own_fault_counts() -> None:
    counts = {
        kind_of(problem): failure_of(problem, job(), FakeChance()).counts
        for problem in (Busy(), Unavailable(), TimeoutError(), ValueError())
    }
    assert counts == {
        ErrorKind.BUSY: False,
        ErrorKind.UNAVAILABLE: False,
        ErrorKind.TIMEOUT: True,
        ErrorKind.BROKEN: True,
    }


def test_who_is_busy_says_when_to_come_again() -> None:
    wait_s = failure_of(Busy(retry_after_s=42), job(), FakeChance()).retry_in_s
    assert wait_s is not None
    assert wait_s >= 42


def test_the_words_of_others_are_not_kept() -> None:
    assert described(ValueError("what somebody said")) == "ValueError"
    assert described(Unavailable("Chroma is away.")) == "Unavailable: Chroma is away."
