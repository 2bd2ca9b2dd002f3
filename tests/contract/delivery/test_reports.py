"""What the carrier reports moves a delivery forward, once, in whatever order it comes."""

import itertools
from dataclasses import replace

import pytest
from sqlalchemy import insert

from backend.delivery import DeliveryRow, Report, State
from backend.kernel.clock import MINUTE
from backend.platform.database.engine import Database
from backend.platform.database.tables import conversations
from tests.contract.delivery.reach import Reach
from tests.fakes.carrier import FakeCarrier
from tests.fakes.clock import FakeClock

pytestmark = pytest.mark.covers("VT-01", "CL-14")

REPORTS = (State.ACCEPTED, State.RINGING, State.ANSWERED, State.COMPLETED)


@pytest.fixture
async def reach(database: Database, clock: FakeClock) -> Reach:
    return await Reach(database, clock, FakeCarrier()).settle()


async def report(reach: Reach, row: DeliveryRow, state: State, **more: object) -> DeliveryRow:
    told = replace(Report(row.carrier_ref or "CA1", state), **more)  # type: ignore[arg-type]
    moved = await reach.delivery.report(f"{row.id}.{row.attempts}", told)
    assert moved is not None
    return moved


@pytest.fixture
async def sent(reach: Reach) -> DeliveryRow:
    return await reach.step(await reach.call())


@pytest.mark.parametrize("order", list(itertools.permutations(range(4))))
async def test_reports_in_any_order_end_at_the_same_place(
    reach: Reach, sent: DeliveryRow, order: tuple[int, ...]
) -> None:
    for index in (*order, *order):
        moved = await report(reach, sent, REPORTS[index], seconds=9 if index == 3 else None)
    assert (moved.state, moved.details["seconds"]) == (State.COMPLETED, 9)


async def test_a_number_that_is_busy_is_tried_again_so_often_and_no_oftener(
    reach: Reach, sent: DeliveryRow, clock: FakeClock
) -> None:
    row = sent
    for minutes in (5, 20):
        waiting = await report(reach, row, State.BUSY)
        assert (waiting.state, waiting.reason) == (State.WAITING, "busy")
        assert waiting.not_before == clock.now() + minutes * MINUTE
        clock.advance(minutes * 60)
        row = await reach.step(waiting)
        assert row.state is State.ACCEPTED
    assert (await report(reach, row, State.NO_ANSWER)).state is State.NO_ANSWER
    assert reach.carrier.taken == 3  # type: ignore[attr-defined]


async def test_a_late_word_of_an_earlier_attempt_is_no_news_of_this_one(
    reach: Reach, sent: DeliveryRow, clock: FakeClock
) -> None:
    waiting = await report(reach, sent, State.BUSY)
    assert (await report(reach, sent, State.BUSY)).not_before == waiting.not_before
    clock.advance(300)
    second = await reach.step(waiting)
    late = await report(reach, sent, State.COMPLETED)
    assert (late.state, late.carrier_ref) == (State.ACCEPTED, second.carrier_ref)


async def test_a_machine_that_took_the_message_is_a_voicemail(
    reach: Reach, sent: DeliveryRow
) -> None:
    await report(reach, sent, State.ANSWERED, answered_by="machine")
    await end(reach, sent, by="voicemail")
    assert (await report(reach, sent, State.COMPLETED)).state is State.VOICEMAIL


async def test_a_machine_that_hung_up_before_the_message_reached_nobody(
    reach: Reach, sent: DeliveryRow
) -> None:
    await report(reach, sent, State.ANSWERED, answered_by="machine")
    await end(reach, sent, by="caller")
    assert (await report(reach, sent, State.COMPLETED)).state is State.WAITING


async def test_reports_that_never_came_are_asked_for(
    reach: Reach, sent: DeliveryRow, clock: FakeClock
) -> None:
    (job,) = await reach.waiting_jobs("delivery.watch")
    assert job.not_before == clock.now() + 3 * MINUTE
    carrier = reach.carrier
    assert isinstance(carrier, FakeCarrier)
    done = Report(sent.carrier_ref, State.COMPLETED, seconds=30, cost_micros=14_000)
    carrier.reports[sent.carrier_ref] = done
    clock.advance(200)
    assert await reach.sending.look(sent.id, 1) is State.COMPLETED
    row = await reach.now(sent)
    assert (row.cost_micros, row.details["seconds"]) == (14_000, 30)


async def test_what_the_carrier_forgot_is_given_up_at_last(
    reach: Reach, sent: DeliveryRow, clock: FakeClock
) -> None:
    clock.advance(3 * 24 * 3600)
    assert await reach.sending.look(sent.id, 1) is State.FAILED


async def test_every_step_is_told_without_words_or_number(reach: Reach, sent: DeliveryRow) -> None:
    async with reach.database.reading() as connection:
        events = await reach.events.read(connection, f"owner:{sent.owner_id}")
    told = [event.payload for event in events if event.kind == "delivery.moved"]
    assert [payload["state"] for payload in told] == ["waiting", "sending", "accepted"]
    assert all(set(payload) == {"delivery_id", "kind", "state"} for payload in told)


async def end(reach: Reach, row: DeliveryRow, *, by: str) -> None:
    """Write the exchange down that this call was."""
    async with reach.database.transaction() as tx:
        await tx.execute(
            insert(conversations).values(
                id="one",
                owner_id=row.owner_id,
                carrier="phone",
                carrier_ref=row.carrier_ref,
                assurance="replyable",
                started_at=tx.at,
                ended_at=tx.at,
                ended_by=by,
            )
        )
