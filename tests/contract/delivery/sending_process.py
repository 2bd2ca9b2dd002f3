"""A worker in a process of its own, to be killed: `python -m … DATABASE_URL API_URL call|text`."""

import asyncio
import sys

from backend.delivery.engines.twilio import TwilioCarrier
from backend.platform.clock import SystemClock
from backend.platform.database.engine import Database
from backend.platform.database.migrate import migrate
from tests.contract.delivery.conftest import account_settings
from tests.contract.delivery.reach import Reach


async def main(database_url: str, api_url: str, kind: str) -> None:
    """Promise a call or a text, and hand it to the carrier."""
    clock = SystemClock()
    database = Database(database_url, clock=clock)
    await database.start()
    await migrate(database)
    reach = await Reach(
        database, clock, TwilioCarrier(account_settings(api_url), clock=clock)
    ).settle()
    wish = reach.call() if kind == "call" else reach.text()
    await reach.sending.carry((await wish).id)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
