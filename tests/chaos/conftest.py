"""The engines that storms share: one of each a session."""

from collections.abc import Iterator

import pytest

from tests.chaos.stand import Engines


@pytest.fixture(scope="session")
def engines() -> Iterator[Engines]:
    with Engines() as found:
        yield found
