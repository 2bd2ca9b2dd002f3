"""What every journey shares: the people's voices, and a second try."""

from pathlib import Path

import pytest

from tests.journey.speech import Speech

SPOKEN = frozenset(
    {
        *("test_call_ears", "test_call_levels", "test_call_out", "test_call_returns"),
        *("test_calls", "test_page_call", "test_thread", "test_thread_many", "test_truth"),
    }
)


@pytest.fixture(scope="session")
def speech() -> Speech:
    return Speech()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let each journey of SPOKEN try twice.

    It speaks and hears by models, in real time, on a machine that others use: a stall of a second
    makes another word of "PIN". A first try that failed is printed as a rerun; what fails twice
    fails. What must never happen even once (doors, privacy, secrecy, forgetting) has one try.
    """
    for item in items:
        if item.path.parent == Path(__file__).parent and item.path.stem in SPOKEN:
            item.add_marker(pytest.mark.flaky(reruns=1))
