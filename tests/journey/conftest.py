"""What every journey shares: the people's voices, and a second try."""

from pathlib import Path

import pytest

from tests.journey.speech import Speech


@pytest.fixture(scope="session")
def speech() -> Speech:
    return Speech()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let each journey try twice.

    A journey speaks and hears by models, in real time, on a machine that others use: a stall of
    a second makes another word of "PIN". A first try that failed is printed as a rerun, with its
    reason; what fails twice fails.
    """
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.flaky(reruns=1))
