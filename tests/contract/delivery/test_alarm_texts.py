"""The operator is texted when something breaks: at night as well, once, and not in silence."""

from dataclasses import replace

import pytest

from backend.console.watch.engines.texting import TextAlarm
from backend.delivery import DailyCaps, State
from backend.kernel.clock import Clock, Instant
from backend.kernel.errors import Busy
from backend.platform.database.engine import Database
from backend.platform.health.types import Change
from tests.contract.delivery.reach import SOMEBODY, Reach
from tests.fakes.carrier import FakeCarrier

BROKEN = Change("graph", False, "Neo4j does not answer.", "check NEO4J_URI", Instant(7))
ALWAYS = "00:00-23:59"


async def test_an_alarm_leaves_at_once_also_in_quiet_hours_and_never_twice(
    database: Database, clock: Clock
) -> None:
    reach = await Reach(database, clock, FakeCarrier(), quiet=ALWAYS).settle()
    alarm = TextAlarm(SOMEBODY, delivery=reach.delivery, identity=reach.identity)
    await alarm.ring(BROKEN)
    await alarm.ring(BROKEN)
    [text] = await reach.delivery.latest(reach.owner.owner_id)
    assert (text.number, text.state) == (SOMEBODY, State.WAITING)
    assert text.body == "Ringback: graph is broken: Neo4j does not answer. Try: check NEO4J_URI."
    assert len(await reach.waiting_jobs("delivery.text")) == 1
    assert text.not_before <= clock.now()
    assert (await reach.step(text)).state is State.ACCEPTED


async def test_an_alarm_that_may_not_leave_says_so(database: Database, clock: Clock) -> None:
    caps = replace(DailyCaps(), texts=0)
    reach = await Reach(database, clock, FakeCarrier(), caps=caps).settle()
    alarm = TextAlarm(SOMEBODY, delivery=reach.delivery, identity=reach.identity)
    with pytest.raises(Busy):
        await alarm.ring(BROKEN)
