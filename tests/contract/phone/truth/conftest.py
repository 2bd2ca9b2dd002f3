"""The house in which what people say becomes what is known."""

import pytest

from tests.contract.phone.ground import Ground
from tests.contract.phone.truth_house import TruthHouse


@pytest.fixture
async def house(ground: Ground) -> TruthHouse:
    house = TruthHouse(ground)
    await house.settle()
    return house
