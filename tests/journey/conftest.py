"""What every journey shares: the people's voices."""

import pytest

from tests.journey.speech import Speech


@pytest.fixture(scope="session")
def speech() -> Speech:
    return Speech()
