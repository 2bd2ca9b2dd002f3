"""Setting the telephone up names whatever would keep it silent, and mends what it may."""

import pytest

from backend.conversation.phone.probing import Probes, PublicDoor, Reached
from backend.conversation.phone.setting_up import Level, Outcome, PhoneSetup, SetupParts
from backend.delivery import NumberPlan
from backend.delivery.engines.twilio_account import TwilioAccount
from backend.platform.settings import TwilioSettings
from tests.contract.delivery.conftest import twilio_settings
from tests.fakes.clock import FakeClock
from tests.fakes.twilio_rest import OWN_NUMBER, TwilioServer

pytestmark = pytest.mark.covers("VT-01")

PUBLIC = "https://ring.example"


class OpenDoor(PublicDoor):
    """A door that leads here, or as the test says."""

    reached = Reached()

    async def check(self) -> Reached:
        return self.reached


async def run(
    settings: TwilioSettings | None,
    clock: FakeClock,
    *,
    number: str | None = None,
    own_number: str = OWN_NUMBER,
    public_url: str = PUBLIC,
    is_only_check: bool = False,
) -> Outcome:
    account = TwilioAccount(settings, clock=clock) if settings else None
    setup = PhoneSetup(parts_of(account, own_number, public_url))
    outcome = await setup.run(number=number, is_only_check=is_only_check)
    if account is not None:
        await account.close()
    return outcome


def parts_of(
    account: TwilioAccount | None, own_number: str = OWN_NUMBER, public_url: str = PUBLIC
) -> SetupParts:
    return SetupParts(
        account=account,
        door=OpenDoor(public_url, secret="secret", probes=Probes()),
        plan=NumberPlan(),
        public_url=public_url,
        own_number=own_number,
        port=7464,
    )


def wrong(outcome: Outcome) -> str:
    return " ".join(each.what for each in outcome.findings if each.level is Level.WRONG)


async def test_a_number_is_pointed_here_and_read_back(
    twilio: TwilioServer, clock: FakeClock
) -> None:
    looked = await run(twilio_settings(twilio), clock, is_only_check=True)
    assert "does not point here" in wrong(looked)
    assert not looked.is_ready
    assert (await run(twilio_settings(twilio), clock)).is_ready
    (number,) = twilio.numbers
    assert number["voice_url"] == f"{PUBLIC}/phone/incoming"
    assert number["voice_fallback_url"] == f"{PUBLIC}/phone/fallback"
    assert number["status_callback"] == f"{PUBLIC}/phone/status"
    assert number["sms_url"] == f"{PUBLIC}/sms/incoming"
    assert (await run(twilio_settings(twilio), clock, is_only_check=True)).is_ready


async def test_without_a_public_address_the_tunnels_are_explained_and_nothing_is_changed(
    twilio: TwilioServer, clock: FakeClock
) -> None:
    outcome = await run(twilio_settings(twilio), clock, public_url="")
    (first,) = (each for each in outcome.findings if "PUBLIC_URL" in each.what)
    assert all(tool in first.cure for tool in ("cloudflared", "ngrok", "tailscale"))
    assert twilio.numbers[0]["voice_url"].startswith("https://demo.twilio.com")


async def test_without_an_account_it_says_which_settings_are_missing(clock: FakeClock) -> None:
    outcome = await run(None, clock)
    assert "TWILIO_ACCOUNT_SID" in outcome.findings[0].cure


async def test_wrong_credentials_are_named(twilio: TwilioServer, clock: FakeClock) -> None:
    twilio.token = "another"
    assert "credentials" in wrong(await run(twilio_settings(twilio), clock))


async def test_a_trial_and_a_number_without_texts_are_named(
    twilio: TwilioServer, clock: FakeClock
) -> None:
    twilio.is_trial = True
    twilio.numbers[0]["capabilities"]["sms"] = False
    outcome = await run(twilio_settings(twilio), clock)
    told = " ".join(each.what for each in outcome.findings)
    assert "trial account" in told
    assert "takes no texts" in told
    assert outcome.is_ready  # calls work all the same


async def test_of_several_numbers_one_is_to_be_named(
    twilio: TwilioServer, clock: FakeClock
) -> None:
    twilio.numbers.append(twilio.number("+14155550101"))
    outcome = await run(twilio_settings(twilio), clock, own_number="")
    assert outcome.choices == [OWN_NUMBER, "+14155550101"]
    named = await run(twilio_settings(twilio), clock, own_number="", number="+14155550101")
    assert "does not know its number" in wrong(named)


async def test_a_clock_that_is_wrong_is_named(twilio: TwilioServer, clock: FakeClock) -> None:
    twilio.clock = lambda: clock.now() / 1_000_000 + 600
    outcome = await run(twilio_settings(twilio), clock)
    assert any("600 s behind" in each.what for each in outcome.findings)


async def test_it_is_configured_when_account_number_and_address_are_set(
    twilio: TwilioServer, clock: FakeClock
) -> None:
    account = TwilioAccount(twilio_settings(twilio), clock=clock)
    assert PhoneSetup(parts_of(account)).is_configured
    for parts in (parts_of(None), parts_of(account, ""), parts_of(account, OWN_NUMBER, "")):
        assert not PhoneSetup(parts).is_configured
    await account.close()
