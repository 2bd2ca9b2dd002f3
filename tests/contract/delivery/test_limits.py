"""Who may reach whom, when, and how often; and that every wish leaves its line."""

import asyncio
from dataclasses import replace

import pytest
from sqlalchemy import select

from backend.delivery import DailyCaps, DeliveryRow, NewCall, Report, State
from backend.kernel.clock import DAY, HOUR, MINUTE, SECOND, Instant
from backend.kernel.errors import Busy, Forbidden, Invalid, RingbackError
from backend.kernel.people import Actor, ActorKind, Assurance, Role
from backend.platform.database.engine import Database
from backend.platform.database.tables import audit
from tests.contract.delivery.reach import SOMEBODY, Reach
from tests.fakes.carrier import FakeCarrier
from tests.fakes.clock import FakeClock
from tests.fakes.twilio_rest import Trouble

pytestmark = pytest.mark.covers("VT-01")

DAY_BEGINS = Instant(1_789_948_800 * SECOND)  # 2026-09-21 00:00 UTC; the clock begins at 14:13
NIGHT = Instant(DAY_BEGINS + 27 * HOUR)
MORNING = Instant(DAY_BEGINS + 32 * HOUR)
EVENING = Instant(DAY_BEGINS + 22 * HOUR - 2 * MINUTE)


def advance_to(clock: FakeClock, moment: Instant) -> None:
    clock.advance((moment - clock.now()) / SECOND)


@pytest.fixture
async def reach(database: Database, clock: FakeClock) -> Reach:
    return await Reach(database, clock, FakeCarrier()).settle()


async def lines(reach: Reach) -> list[tuple[str, str, str]]:
    async with reach.database.reading() as connection:
        rows = await connection.execute(select(audit).order_by(audit.c.sequence))
        return [(row.action, row.resource, row.decision) for row in rows]


async def test_a_wish_leaves_its_line_in_the_audit(reach: Reach) -> None:
    await reach.call()
    assert await lines(reach) == [("call", SOMEBODY, "allow (allowed)")]


async def test_a_wish_that_is_rolled_back_takes_its_line_with_it(reach: Reach) -> None:
    with pytest.raises(ZeroDivisionError):  # noqa: PT012 (the transaction is what raises)
        async with reach.database.transaction() as tx:
            await reach.delivery.call(tx, reach.owner, NewCall(SOMEBODY, "Hello.", "cause"))
            raise ZeroDivisionError
    assert await lines(reach) == []
    assert await reach.delivery.latest(reach.owner.owner_id) == []


@pytest.mark.parametrize(
    "actor",
    [
        Actor("", ActorKind.CALLER, Assurance.CLAIMED, role=Role.OWNER),  # type: ignore[arg-type]
        Actor("", ActorKind.CALLER, Assurance.STRANGER),  # type: ignore[arg-type]
        Actor("", ActorKind.COMPANION, Assurance.HELD),  # type: ignore[arg-type]
    ],
    ids=["claimed", "stranger", "companion"],
)
async def test_who_may_not_ring_is_refused_and_that_is_written_down(
    reach: Reach, actor: Actor
) -> None:
    with pytest.raises(Forbidden):
        await reach.call(actor=replace(actor, owner_id=reach.owner.owner_id))
    (line,) = await lines(reach)
    assert not line[2].startswith("allow")
    (row,) = await reach.delivery.latest(reach.owner.owner_id)
    assert row.state is State.REFUSED
    assert await reach.waiting_jobs("delivery.dial") == []


@pytest.mark.parametrize(
    "number", ["911", "+1 (911)", "+19005550123", "+442079460123", "+881612345678", "12345", "Anna"]
)
async def test_what_is_never_rung_is_refused_and_kept_as_refused(reach: Reach, number: str) -> None:
    with pytest.raises(RingbackError):
        await reach.call(number)
    (row,) = await reach.delivery.latest(reach.owner.owner_id)
    assert row.state is State.REFUSED


async def test_a_country_may_be_added_to_the_list(database: Database, clock: FakeClock) -> None:
    wide = Reach(database, clock, FakeCarrier(), countries=("US", "gb"))
    reach = await wide.settle()
    assert (await reach.call("+44 20 7946 0123")).number == "+442079460123"


async def test_a_day_holds_so_many_calls_however_many_ask_at_once(
    database: Database, clock: FakeClock
) -> None:
    few = Reach(database, clock, FakeCarrier(), caps=DailyCaps(calls=3, per_number=99))
    reach = await few.settle()
    asked = (reach.call(f"+1415555010{n}", cause=str(n)) for n in range(1, 9))
    made = await asyncio.gather(*asked, return_exceptions=True)
    assert sum(isinstance(each, Busy) for each in made) == 5
    clock.advance(24 * 3600 + 1)
    assert (await reach.call(cause="tomorrow")).state is State.WAITING


async def test_a_day_holds_so_many_for_one_number(database: Database, clock: FakeClock) -> None:
    few = Reach(database, clock, FakeCarrier(), caps=DailyCaps(per_number=2))
    reach = await few.settle()
    await reach.call(cause="one")
    await reach.text(cause="two")
    with pytest.raises(Busy):
        await reach.call(cause="three")
    assert (await reach.call("+14155550199", cause="four")).state is State.WAITING


async def busy(reach: Reach, row: DeliveryRow) -> DeliveryRow:
    """Let an attempt leave, and find nobody."""
    sent = await reach.step(row)
    assert sent.state is State.ACCEPTED
    report = Report(sent.carrier_ref, State.BUSY)
    told = await reach.delivery.report(f"{sent.id}.{sent.attempts}", report)
    assert told is not None
    return told


async def test_every_attempt_is_one_of_the_day(database: Database, clock: FakeClock) -> None:
    reach = await Reach(database, clock, FakeCarrier(), caps=DailyCaps(calls=3)).settle()
    row = await busy(reach, await reach.call())
    clock.advance(5 * 60)
    row = await busy(reach, row)
    clock.advance(20 * 60)
    await busy(reach, row)
    with pytest.raises(Busy):
        await reach.call("+14155550199", cause="another")


async def test_a_full_day_has_no_room_for_another_attempt(
    database: Database, clock: FakeClock
) -> None:
    carrier = FakeCarrier()
    reach = await Reach(database, clock, carrier, caps=DailyCaps(calls=1)).settle()
    row = await busy(reach, await reach.call())
    clock.advance(5 * 60)
    refused = await reach.step(row)
    assert (refused.state, carrier.taken) == (State.REFUSED, 1)
    assert "RINGBACK_PHONE__DAILY_CALLS" in refused.details["cure"]


async def test_what_the_carrier_never_took_is_not_of_the_day(
    database: Database, clock: FakeClock
) -> None:
    carrier = FakeCarrier()
    reach = await Reach(database, clock, carrier, caps=DailyCaps(calls=1)).settle()
    carrier.script(Trouble(code=20429))
    row = await reach.step(await reach.call())
    assert row.state is State.WAITING
    clock.advance(60)
    assert (await reach.step(row)).state is State.ACCEPTED


async def test_a_wish_counts_on_the_day_on_which_it_leaves(
    database: Database, clock: FakeClock
) -> None:
    reach = await Reach(database, clock, FakeCarrier(), caps=DailyCaps(calls=1)).settle()
    tomorrow = NewCall(SOMEBODY, "Good day.", "tomorrow", when=Instant(DAY_BEGINS + 36 * HOUR))
    row = await reach.delivery.ask_call(reach.owner, tomorrow)
    assert (await reach.call("+14155550199", cause="today")).state is State.WAITING
    advance_to(clock, Instant(DAY_BEGINS + 36 * HOUR))
    with pytest.raises(Busy):
        await reach.call(cause="one more, while it waits")
    assert (await reach.step(row)).state is State.ACCEPTED
    with pytest.raises(Busy):
        await reach.call(cause="one more, when it has left")


async def test_a_day_begins_at_the_owners_midnight(database: Database, clock: FakeClock) -> None:
    reach = await Reach(database, clock, FakeCarrier(), caps=DailyCaps(calls=1)).settle()
    async with database.transaction() as tx:
        owner = await reach.identity.ensure_owner(tx, name="Sam")
        await reach.identity.change_person(tx, owner.id, zone="America/Los_Angeles")
    await reach.step(await reach.call())
    advance_to(clock, Instant(DAY_BEGINS + 30 * HOUR))  # eleven in the evening, there
    with pytest.raises(Busy):
        await reach.call("+14155550199", cause="evening")
    advance_to(clock, Instant(DAY_BEGINS + 32 * HOUR))
    assert (await reach.call("+14155550199", cause="morning")).state is State.WAITING


async def test_what_a_full_day_refused_may_be_asked_again_by_the_same_key(
    database: Database, clock: FakeClock
) -> None:
    carrier = FakeCarrier()
    reach = await Reach(database, clock, carrier, caps=DailyCaps(calls=1)).settle()
    await reach.step(await reach.call(cause="first"))
    for _ in range(2):
        with pytest.raises(Busy):
            await reach.call("+14155550199", cause="key")
    clock.advance(24 * 3600)
    row = await reach.call("+14155550199", cause="key")
    assert (row.state, row.reason, row.details.get("code")) == (State.WAITING, "", None)
    assert (await reach.step(row)).state is State.ACCEPTED
    assert (await reach.call("+14155550199", cause="key")).state is State.ACCEPTED
    assert len(await reach.waiting_jobs("delivery.dial")) == 2  # one for each that left
    assert carrier.taken == 2


async def test_who_was_never_to_be_rung_is_not_rung_by_asking_again(reach: Reach) -> None:
    for _ in range(2):
        with pytest.raises(RingbackError):
            await reach.call("+19005550123", cause="key")


@pytest.fixture
async def quiet(database: Database, clock: FakeClock) -> Reach:
    return await Reach(database, clock, FakeCarrier(), quiet="22:00-08:00").settle()


async def test_quiet_hours_are_those_of_the_person(quiet: Reach, clock: FakeClock) -> None:
    advance_to(clock, NIGHT)
    async with quiet.database.transaction() as tx:
        person = await quiet.identity.add_person(tx, "Anna", number=SOMEBODY)
        await quiet.identity.change_person(tx, person.id, zone="America/Los_Angeles")
    awake, asleep = await quiet.call(), await quiet.call("+14155550199", cause="asleep")
    assert awake.not_before == NIGHT  # eight in the evening, there
    assert asleep.not_before == MORNING  # by the owner's zone
    assert asleep.details["held"] == "quiet hours"


async def test_nobody_is_rung_in_another_year(quiet: Reach, clock: FakeClock) -> None:
    last_evening = Instant(253_402_297_200 * SECOND)  # of the year 9999: no morning comes after it
    for when in (last_evening, Instant(clock.now() + 367 * DAY)):
        wanted = NewCall(SOMEBODY, "Good evening.", f"at {when}", when=when)
        with pytest.raises(Invalid):
            await quiet.delivery.ask_call(quiet.owner, wanted)
    soon = NewCall(SOMEBODY, "Good day.", "soon", when=Instant(clock.now() + 300 * DAY))
    assert (await quiet.delivery.ask_call(quiet.owner, soon)).state is State.WAITING


async def test_the_owner_may_ring_at_night(quiet: Reach, clock: FakeClock) -> None:
    advance_to(clock, NIGHT)
    row = await quiet.call(is_urgent=True)
    assert row.not_before == NIGHT
    assert (await quiet.step(row)).state is State.ACCEPTED


async def test_nobody_else_may(quiet: Reach, clock: FakeClock) -> None:
    advance_to(clock, NIGHT)
    housemate = replace(quiet.owner, role=Role.HOUSEHOLD)
    assert (await quiet.call(actor=housemate, is_urgent=True)).not_before == MORNING


async def test_a_second_attempt_does_not_fall_into_the_night(
    quiet: Reach, clock: FakeClock
) -> None:
    advance_to(clock, EVENING)
    row = await quiet.step(await quiet.call())
    again = await quiet.delivery.report(f"{row.id}.1", Report(row.carrier_ref, State.BUSY))
    assert again is not None
    assert (again.state, again.not_before) == (State.WAITING, MORNING)


async def test_what_waited_into_the_night_goes_on_waiting(quiet: Reach, clock: FakeClock) -> None:
    advance_to(clock, EVENING)
    row = await quiet.call()
    clock.advance(300)  # nobody worked meanwhile
    assert (await quiet.step(row)).not_before == MORNING


async def test_who_texted_stop_gets_no_text_and_may_be_rung(reach: Reach) -> None:
    waiting = await reach.text(cause="before")
    async with reach.database.transaction() as tx:
        await reach.consent.stop(tx, SOMEBODY)
    with pytest.raises(RingbackError):
        await reach.text(cause="after")
    assert (await reach.step(waiting)).state is State.REFUSED  # it had not left yet
    assert (await reach.call(cause="call")).state is State.WAITING


async def test_nothing_is_said_by_nobody(reach: Reach) -> None:
    with pytest.raises(Invalid):
        await reach.text("  ")


async def test_what_waits_can_be_called_off(reach: Reach) -> None:
    row = await reach.call()
    await reach.delivery.cancel(reach.owner.owner_id, row.id)
    assert (await reach.step(row)).state is State.CANCELLED


async def test_keys_reach_the_carrier_and_nothing_else_does(
    database: Database, clock: FakeClock
) -> None:
    carrier = FakeCarrier()
    reach = await Reach(database, clock, carrier).settle()
    await reach.step(await reach.call(keys="1ww2#"))
    assert [dial.keys for dial in carrier.dials] == ["1ww2#"]
    for keys in ("1;2", "1" * 33, "call"):
        with pytest.raises(Invalid):
            await reach.call(keys=keys, cause=keys)
