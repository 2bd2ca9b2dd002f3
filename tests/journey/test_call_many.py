"""Fifty callers at once: each is greeted and answered, and nothing of them is left over."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bench.calling.call import Target
from bench.calling.script import plan
from bench.load_caller import Load, Round, call_many, utterances
from bench.process import weigh
from tests.journey.calling import SECRET
from tests.journey.product import Product, eventually

pytestmark = pytest.mark.slow

CALLS = 50
GROWTH_MB_MAX = 150.0  # a recording held in memory, or a call that is never let go, is more

Json = Any


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    opened = Product(tmp_path_factory.mktemp("many") / "home", {"TWILIO_AUTH_TOKEN": SECRET})
    try:
        yield opened.start("--engines", "dummy")
    finally:
        opened.stop()


@pytest.mark.covers("VT-01", "IM-02", "IM-03")
def test_fifty_calls_at_once_are_all_answered_and_all_closed(product: Product) -> None:
    assert product.process is not None
    pid, before = product.process.pid, weigh(product.process.pid)
    load = Load(CALLS, plan("greet,say"), ramp_s=5.0)
    round_ = call_many(Target(product.url, SECRET), load, utterances(), server_pid=pid)

    assert round_.failures == []
    assert all(outcome.greeting_ms is not None for outcome in round_.outcomes)
    assert len(round_.turns) == CALLS
    assert sum(outcome.bad_messages for outcome in round_.outcomes) == 0

    calls = eventually(lambda: all_closed(product), seconds=60)
    assert len(calls) == CALLS
    assert {call["carrier_ref"] for call in calls} == sids(round_)
    assert {call["turns_taken"] for call in calls} == {1}
    assert {call["ended_by"] for call in calls} == {"caller"}
    assert weigh(pid).mb - before.mb < GROWTH_MB_MAX
    log = Path(product.output or "").read_text()
    assert "Traceback" not in log
    assert " error " not in log.lower()
    product.get("/health/ready")


def test_doctor_names_the_engines_that_it_was_started_with(product: Product) -> None:
    assert product.get("/v1/doctor")["has_dummy_engines"]
    places = json.loads(product.command("doctor", "--json"))["ports"]
    engines = {place["port"]: place["engine"] for place in places}
    assert (engines["speech to text"], engines["text to speech"]) == ("dummy", "dummy")


def sids(round_: Round) -> set[str]:
    return {outcome.call_sid for outcome in round_.outcomes}


def all_closed(product: Product) -> list[Json]:
    calls: Json = product.get("/v1/calls", limit="200")["calls"]
    return list(calls) if all(call["ended_at"] for call in calls) else []
