"""A worker that is killed while it sends: nobody is rung twice."""

import asyncio
import signal
import sys
from pathlib import Path

import pytest

from backend.delivery import State
from backend.delivery.engines.twilio import TwilioCarrier
from backend.platform.clock import SystemClock
from backend.platform.database.engine import Database
from tests.contract.delivery.conftest import account_settings
from tests.contract.delivery.reach import Reach
from tests.fakes.twilio_rest import Trouble, TwilioServer

pytestmark = pytest.mark.covers("VT-01")


async def test_a_call_that_was_taken_when_its_worker_died_is_found_and_not_made_again(
    tmp_path: Path,
) -> None:
    url, clock = f"sqlite:///{tmp_path / 'ringback.db'}", SystemClock()
    with TwilioServer() as twilio:
        twilio.script(Trouble(after_s=60))  # it took the call, and its answer is still to come
        worker = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.contract.delivery.sending_process", url, twilio.url
        )
        async with asyncio.timeout(60):
            while not twilio.calls:
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
        assert (row.state, row.carrier_ref) == (State.ACCEPTED, twilio.calls[0]["sid"])
        assert len(twilio.made("Calls")) == 1
        await carrier.close()
        await database.stop()
