"""Whatever is killed at whatever moment, what was promised holds: everything in one process."""

from pathlib import Path

import pytest

from tests.chaos.plan import plan_of
from tests.chaos.seeds import ALONE
from tests.chaos.stand import Engines
from tests.chaos.storm import play

pytestmark = [pytest.mark.slow, pytest.mark.engines]


@pytest.mark.covers("ME-26", "SC-01")
@pytest.mark.parametrize("seed", ALONE)
def test_no_kill_breaks_a_promise(seed: int, engines: Engines, tmp_path: Path) -> None:
    play(seed, engines, tmp_path)


def test_the_same_seed_is_the_same_storm() -> None:
    assert plan_of(ALONE[0]) == plan_of(ALONE[0])
    assert plan_of(ALONE[0]).rounds != plan_of(ALONE[1]).rounds
