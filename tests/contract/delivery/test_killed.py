"""A worker that is killed while it sends: nobody is rung twice."""

import asyncio
import signal
import sys

import pytest

from backend.delivery import State
from backend.delivery.engines.twilio import TwilioCarrier
from backend.platform.clock import SystemClock
from backend.platform.database.engine import Database
from tests.contract.delivery.conftest import account_settings
from tests.contract.delivery.reach import Reach
from tests.fakes.twilio_rest import Trouble, TwilioServer

pytestmark = pytest.mark.covers("VT-01")


@pytest.mark.parametrize("kind", ["call", "text"])
async def test_what_was_taken_when_its_worker_died_is_found_and_not_sent_again(
    database_url: str, kind: str
) -> None:
    url, clock = database_url, SystemClock()
    with TwilioServer() as twilio:
        twilio.script(Trouble(after_s=60))  # it took the call, and its answer is still to come
        worker = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.contract.delivery.sending_process"),
            *(url, twilio.url, kind),
        )
        async with asyncio.timeout(60):
            while not (taken := twilio.calls or twilio.messages):
                await clock.sleep(0.02)
        worker.send_signal(signal.SIGKILL)
        await worker.wait()

        database = Database(url, clock=clock)
        await database.start()
        carrier = TwilioCarrier(account_settings(twilio.url), clock=clock)
        reach = await Reach(database, clock, carrier).settle()
        (row,) = await reach.delivery.latest(reach.owner.owner_id)
        assert row.state is State.SENDING
        for _ in range(3):
            row = await reach.step(row)
        assert (row.state, row.carrier_ref) == (State.ACCEPTED, taken[0]["sid"])
        assert len(twilio.made("Calls" if kind == "call" else "Messages")) == 1
        await carrier.close()
        await database.stop()
