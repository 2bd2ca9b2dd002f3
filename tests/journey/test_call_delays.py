"""Two hundred callers whose providers take their time: each is answered, and each wait is told."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from bench.calling.call import Target
from bench.calling.script import Turn, plan
from bench.calling.solo import DELAYS_MS
from bench.load_caller import Load, Round, call_many, spread, utterances
from tests.journey.calling import SECRET
from tests.journey.product import Product, eventually

pytestmark = pytest.mark.slow

CALLS, AT_ONCE = 200, 67
RAMP_S, SETTLE_S = 4.0, 0.5
# What no deadline of the product allows: it catches a hang, and no machine is too slow for it.
SANE_MS_MAX = 30_000.0
# The ears read while the end is still awaited, so that not all of it comes behind the last word.
AFTER_SPEECH_MS_MIN = DELAYS_MS["FIRST_TOKEN_MS"] + DELAYS_MS["FIRST_SPEECH_MS"]

Json = Any


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    declared = {f"RINGBACK_DUMMY__{name}": str(value) for name, value in DELAYS_MS.items()}
    settings = {
        "TWILIO_AUTH_TOKEN": SECRET,
        "RINGBACK_LIMITS__CALLS_MAX": str(2 * AT_ONCE),  # a round begins while the last one ends
    }
    opened = Product(tmp_path_factory.mktemp("delays") / "home", settings | declared)
    try:
        yield opened.start("--engines", "dummy")
    finally:
        opened.stop()


@pytest.mark.covers("VT-05", "SM-26")
def test_every_call_is_answered_and_tells_how_long_its_first_sound_took(
    product: Product, record_property: Callable[[str, object], None]
) -> None:
    said, script = utterances(), plan("greet,say", settle_s=SETTLE_S)
    target = Target(product.url, SECRET)
    rounds = [
        call_many(target, Load(min(AT_ONCE, CALLS - first), script, RAMP_S, first), said)
        for first in range(0, CALLS, AT_ONCE)
    ]
    assert [failure for round_ in rounds for failure in round_.failures] == []
    turns = by_call(rounds)
    assert len(turns) == CALLS
    waits = [wait for turn in turns.values() if (wait := turn.wait_ms()) is not None]
    assert len(waits) == CALLS, "every call has its own figure"
    assert 0 < min(waits) <= max(waits) < SANE_MS_MAX
    found = spread(waits)
    assert found is not None
    assert found["n"] == CALLS
    assert 0 < found["min"] <= found["median"] <= found["p95"] <= found["p99"] <= found["max"]

    ours = []
    for record in eventually(lambda: all_kept(product), seconds=60):
        turn = turns[record["carrier_ref"]]
        [kept] = record["turns"]
        first_sound_ms = told_ms(kept)
        assert AFTER_SPEECH_MS_MIN <= first_sound_ms < SANE_MS_MAX
        assert turn.ended is not None
        assert turn.answered is not None
        assert turn.began < turn.ended < turn.answered, "nobody was cut off"
        ours.append(first_sound_ms - sum(DELAYS_MS.values()))
    assert len(ours) == CALLS
    record_property("first_sound_ms", found)
    record_property("first_sound_ms_beyond_the_declared", spread(ours))


def by_call(rounds: list[Round]) -> dict[str, Turn]:
    """Return the one turn of each call."""
    return {
        outcome.call_sid: turn
        for round_ in rounds
        for outcome in round_.outcomes
        for turn in outcome.turns
    }


def all_kept(product: Product) -> list[Json]:
    """Return what is kept of each call, once all are over."""
    calls: Json = product.get("/v1/calls", limit=str(CALLS))["calls"]
    if not all(call["ended_at"] for call in calls):
        return []
    return [product.get(f"/v1/calls/{call['id']}") for call in calls]


def told_ms(kept: Json) -> float:
    """Return what a turn's timeline tells: from the end of speech to the first sound."""
    timeline: dict[str, list[float]] = kept["timeline"]
    speech_ended, verdict = timeline["end_of_turn"]
    asked, sounded = timeline["first_sound"]
    assert speech_ended <= verdict <= asked <= sounded == timeline["speaking"][0]
    return sounded - speech_ended
