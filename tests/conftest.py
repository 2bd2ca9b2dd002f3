"""What every test may ask for, and how long each part of the suite took."""

import gc
from collections import Counter, defaultdict
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

pytest_plugins = ["tests.engines.fixtures"]

# Over Hypothesis's own choice, which in CI draws the same examples every time: no test of ours
# says how long an example may take, for machines are shared.
settings.register_profile(
    "house",
    settings.get_profile(settings.get_current_profile_name()),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("house")


@pytest.fixture(scope="module", autouse=True)
def small_heap() -> None:
    """What is loaded by now stays: half a million objects took 0.4 s of each collection."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let the files with the most slow tests begin: at the end only short ones are waited for."""
    slow = Counter(item.path for item in items if item.get_closest_marker("slow"))
    items.sort(key=lambda item: -slow[item.path])


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the minutes of each folder of tests."""
    seconds: dict[str, float] = defaultdict(float)
    for report in reports(terminalreporter):
        seconds["/".join(report.nodeid.split("/")[:2])] += report.duration
    if sum(seconds.values()) > 60:
        terminalreporter.section("minutes")
        for part in sorted(seconds):
            terminalreporter.write_line(f"{part:24} {seconds[part] / 60:5.1f}")


def reports(reporter: pytest.TerminalReporter) -> Iterator[pytest.TestReport]:
    """Every phase of every test that ran."""
    for outcomes in reporter.stats.values():
        for outcome in outcomes:
            if isinstance(outcome, pytest.TestReport):
                yield outcome
