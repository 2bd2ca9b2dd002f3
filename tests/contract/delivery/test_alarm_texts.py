"""The operator is texted when something breaks: at night as well, once, and not in silence."""

from dataclasses import replace

import pytest

from backend.console.watch import Alarms
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


@pytest.mark.parametrize(
    ("number", "missing", "is_stopped", "told"),
    [
        (SOMEBODY, "", False, "text"),
        ("+491715550123", "", False, "text: "),
        ("nonsense", "", False, "text: "),
        (SOMEBODY, "TWILIO_ACCOUNT_SID", False, "text: Nothing can leave yet. Not set: TWILIO_"),
        (SOMEBODY, "", True, "text: They texted STOP"),
    ],
)
async def test_a_number_that_no_text_would_reach_is_found_before_the_first_alarm(
    database: Database, clock: Clock, number: str, missing: str, is_stopped: bool, told: str
) -> None:
    reach = await Reach(database, clock, FakeCarrier(), missing=missing).settle()
    if is_stopped:
        async with database.transaction() as tx:
            await reach.consent.stop(tx, SOMEBODY)
    alarm = TextAlarm(number, delivery=reach.delivery, identity=reach.identity)
    found = await Alarms([alarm], clock=clock).check()
    assert found.ok is (told == "text")
    assert found.detail.startswith(told)
    assert found.ok or found.cure
    assert await reach.delivery.latest(reach.owner.owner_id) == []
