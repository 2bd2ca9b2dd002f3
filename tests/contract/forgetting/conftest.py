"""Houses over each kind of database."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.contract.forgetting.house import House


@pytest.fixture
async def house(tmp_path: Path, database_url: str) -> AsyncIterator[House]:
    house = House(tmp_path, database_url, {})
    await house.start()
    yield house
    await house.stop()
