"""Whatever is killed at whatever moment, what was promised holds: workers in their own process."""

from pathlib import Path

import pytest

from tests.chaos.seeds import APART
from tests.chaos.stand import Engines
from tests.chaos.storm import play

pytestmark = [pytest.mark.slow, pytest.mark.engines]


@pytest.mark.covers("ME-26", "SC-01")
@pytest.mark.parametrize("seed", APART)
def test_no_kill_breaks_a_promise(seed: int, engines: Engines, tmp_path: Path) -> None:
    play(seed, engines, tmp_path)
