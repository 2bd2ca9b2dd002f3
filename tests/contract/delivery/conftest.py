"""The room of deliveries over a fake carrier, and over Twilio's engine and a server like Twilio."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass

import pytest
from pydantic import SecretStr

from backend.delivery import Carrier
from backend.delivery.engines.twilio import TwilioCarrier
from backend.platform.database.engine import Database
from backend.platform.settings import TwilioSettings
from tests.contract.delivery.reach import Reach
from tests.fakes.carrier import FakeCarrier
from tests.fakes.clock import FakeClock
from tests.fakes.twilio_rest import ACCOUNT, OWN_NUMBER, TOKEN, Trouble, TwilioServer


@dataclass
class World:
    """A carrier, its bad days, and how often somebody was really reached."""

    carrier: Carrier
    fake: FakeCarrier | None = None
    server: TwilioServer | None = None

    def script(self, *troubles: Trouble | None) -> None:
        (self.fake or self.server).script(*troubles)  # type: ignore[union-attr]

    @property
    def taken(self) -> int:
        if self.fake is not None:
            return self.fake.taken
        assert self.server is not None
        return len(self.server.calls) + len(self.server.messages)


def twilio_settings(server: TwilioServer) -> TwilioSettings:
    """Return the settings of an account at this server."""
    return account_settings(server.url)


def account_settings(api_url: str) -> TwilioSettings:
    """Return the settings of the fake account at this address."""
    return TwilioSettings(
        account_sid=ACCOUNT,
        auth_token=SecretStr(TOKEN),
        phone_number=OWN_NUMBER,
        api_url=api_url,
    )


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def twilio(clock: FakeClock) -> Iterator[TwilioServer]:
    with TwilioServer(clock=lambda: clock.now() / 1_000_000) as server:
        yield server


@pytest.fixture(params=["fake", "twilio"])
async def world(
    request: pytest.FixtureRequest, twilio: TwilioServer, clock: FakeClock
) -> AsyncIterator[World]:
    """Every carrier there is."""
    if request.param == "fake":
        fake = FakeCarrier()
        yield World(fake, fake=fake)
        return
    carrier = TwilioCarrier(twilio_settings(twilio), clock=clock)
    yield World(carrier, server=twilio)
    await carrier.close()


@pytest.fixture
async def reach(database: Database, clock: FakeClock, world: World) -> Reach:
    """The room, with no quiet hours: those have tests of their own."""
    return await Reach(database, clock, world.carrier).settle()
