"""What we send is what Twilio's own package would send, and what Twilio says is understood."""

from dataclasses import replace

import pytest
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

from backend.delivery.account import Registration, Webhooks
from backend.delivery.engines.twilio import TwilioCarrier
from backend.delivery.engines.twilio_account import TwilioAccount
from backend.delivery.engines.twilio_refusals import REFUSALS
from backend.delivery.engines.twilio_rest import TwilioRest
from backend.delivery.port import CarrierBusy, CarrierRefused, CarrierSilent, Dial, Message, Sent
from backend.delivery.types import Kind, State
from backend.platform.settings import TwilioSettings
from tests.contract.delivery.conftest import twilio_settings
from tests.contract.delivery.reach import SOMEBODY
from tests.fakes.clock import FakeClock
from tests.fakes.twilio_rest import ACCOUNT, OWN_NUMBER, TOKEN, Trouble, TwilioServer

pytestmark = pytest.mark.covers("VT-01", "CL-14")

DIAL = Dial("one.1", SOMEBODY, "https://a/x", "https://a/s", "https://a/m", 30)
MESSAGE = Message("one.1", SOMEBODY, "Bring milk & bread — now.", "https://a/t")
POINTED = Webhooks("https://a/v", "https://a/f", "https://a/s", "https://a/t")


class Redirected(TwilioHttpClient):  # type: ignore[misc]
    """The package's client, sent to the server of the test."""

    def __init__(self, origin: str) -> None:
        super().__init__()
        self._origin = origin

    def request(self, method, url, *rest, **named):  # type: ignore[no-untyped-def]
        return super().request(method, self._origin + "/" + url.split("/", 3)[3], *rest, **named)


@pytest.fixture
def package(twilio: TwilioServer) -> Client:
    return Client(ACCOUNT, TOKEN, http_client=Redirected(twilio.url))


async def test_a_call_is_asked_for_as_the_package_would(
    twilio: TwilioServer, clock: FakeClock, package: Client
) -> None:
    carrier = TwilioCarrier(twilio_settings(twilio), clock=clock)
    await carrier.call(DIAL)
    await carrier.close()
    package.calls.create(
        to=DIAL.number,
        from_=OWN_NUMBER,
        url=DIAL.answer_url,
        method="POST",
        status_callback=DIAL.status_url,
        status_callback_method="POST",
        status_callback_event=["initiated", "ringing", "answered", "completed"],
        timeout=30,
        machine_detection="DetectMessageEnd",
        async_amd="true",
        async_amd_status_callback=DIAL.machine_url,
        async_amd_status_callback_method="POST",
    )
    ours, theirs = twilio.made("Calls")
    assert sorted(ours.form) == sorted(theirs.form)
    assert ours.headers["authorization"] == theirs.headers["authorization"]


async def test_keys_are_pressed_once_it_is_answered(
    twilio: TwilioServer, clock: FakeClock, package: Client
) -> None:
    carrier = TwilioCarrier(twilio_settings(twilio), clock=clock)
    await carrier.call(replace(DIAL, keys="1ww2#"))
    await carrier.call(DIAL)
    await carrier.close()
    package.calls.create(to=DIAL.number, from_=OWN_NUMBER, url=DIAL.answer_url, send_digits="1ww2#")
    ours, without, theirs = twilio.made("Calls")
    assert ours.get("SendDigits") == theirs.get("SendDigits") == "1ww2#"
    assert without.get("SendDigits") == ""


async def test_a_text_is_asked_for_as_the_package_would(
    twilio: TwilioServer, clock: FakeClock, package: Client
) -> None:
    carrier = TwilioCarrier(twilio_settings(twilio), clock=clock)
    await carrier.text(MESSAGE)
    await carrier.close()
    package.messages.create(
        to=MESSAGE.number,
        from_=OWN_NUMBER,
        body=MESSAGE.body,
        status_callback=MESSAGE.status_url,
    )
    ours, theirs = twilio.made("Messages")
    assert sorted(ours.form) == sorted(theirs.form)


async def test_a_number_is_pointed_as_the_package_would_and_read_back(
    twilio: TwilioServer, clock: FakeClock, package: Client
) -> None:
    account = TwilioAccount(twilio_settings(twilio), clock=clock)
    (number,) = await account.numbers()
    back = await account.point(number, POINTED)
    await account.close()
    assert back.webhooks == POINTED
    package.incoming_phone_numbers(number.sid).update(
        voice_url=POINTED.voice_url,
        voice_method="POST",
        voice_fallback_url=POINTED.fallback_url,
        voice_fallback_method="POST",
        status_callback=POINTED.status_url,
        status_callback_method="POST",
        sms_url=POINTED.sms_url,
        sms_method="POST",
    )
    ours, theirs = (asked for asked in twilio.requests if asked.method == "POST")
    assert sorted(ours.form) == sorted(theirs.form)
    assert ours.path == theirs.path


@pytest.mark.parametrize("code", [21211, 21219, 21610, 30034, 13227, 20003, 21608, 99999])
async def test_a_refusal_is_told_in_words_and_never_repeats_the_number(
    twilio: TwilioServer, clock: FakeClock, code: int
) -> None:
    twilio.script(Trouble(code=code))
    carrier = TwilioCarrier(twilio_settings(twilio), clock=clock)
    with pytest.raises(CarrierRefused) as told:
        await carrier.text(MESSAGE)
    await carrier.close()
    assert told.value.carrier_code == code
    assert told.value.message
    assert told.value.cure or code not in REFUSALS
    assert SOMEBODY not in told.value.message + told.value.cure


@pytest.mark.parametrize(
    ("trouble", "meaning"),
    [
        (Trouble(code=20429), CarrierBusy),
        (Trouble(status=500), CarrierSilent),
        (Trouble(status=503), CarrierSilent),
        (Trouble(status=302), CarrierSilent),
        (Trouble(status=408), CarrierSilent),
        (Trouble(cut="before"), CarrierSilent),
        (Trouble(cut="after"), CarrierSilent),
        (Trouble(garbage=True), CarrierSilent),
    ],
    ids=str,
)
async def test_only_a_clear_no_is_taken_for_one(
    twilio: TwilioServer, clock: FakeClock, trouble: Trouble, meaning: type[Exception]
) -> None:
    twilio.script(trouble)
    carrier = TwilioCarrier(twilio_settings(twilio), clock=clock)
    with pytest.raises(meaning):
        await carrier.call(DIAL)
    await carrier.close()


async def test_a_server_that_is_not_there_took_nothing(clock: FakeClock) -> None:
    with TwilioServer() as gone:
        settings = twilio_settings(gone)
    carrier = TwilioCarrier(settings, clock=clock)
    with pytest.raises(CarrierBusy):
        await carrier.call(DIAL)
    await carrier.close()


async def test_what_was_sent_is_found_however_wrong_our_clock_is(twilio: TwilioServer) -> None:
    twilio.clock = lambda: FakeClock().now() / 1_000_000 - 7200  # ours is two hours ahead
    clock = FakeClock()
    carrier = TwilioCarrier(twilio_settings(twilio), clock=clock)
    receipt = await carrier.call(DIAL)
    found = await carrier.find(Sent(Kind.CALL, SOMEBODY, "", clock.now(), frozenset()))
    await carrier.close()
    assert found is not None
    assert found.reference == receipt.reference


async def test_an_older_call_to_the_same_number_is_not_taken_for_this_one(
    twilio: TwilioServer,
) -> None:
    clock = FakeClock()
    twilio.clock = lambda: clock.now() / 1_000_000
    carrier = TwilioCarrier(twilio_settings(twilio), clock=clock)
    await carrier.call(DIAL)
    clock.advance(600)
    sent = Sent(Kind.CALL, SOMEBODY, "", clock.now(), frozenset())
    assert await carrier.find(sent) is None
    await carrier.close()


async def test_ending_a_call_that_is_over_is_no_mistake(
    twilio: TwilioServer, clock: FakeClock
) -> None:
    carrier = TwilioCarrier(twilio_settings(twilio), clock=clock)
    receipt = await carrier.call(DIAL)
    await carrier.hang_up(receipt.reference)
    await carrier.hang_up(receipt.reference)
    assert (await carrier.outcome(Kind.CALL, receipt.reference)).state is State.COMPLETED
    await carrier.close()


async def test_what_a_call_cost_is_read_in_millionths(
    twilio: TwilioServer, clock: FakeClock
) -> None:
    carrier = TwilioCarrier(twilio_settings(twilio), clock=clock)
    receipt = await carrier.call(DIAL)
    twilio.calls[0] |= {"price": "-0.01400", "duration": "61", "status": "completed"}
    told = await carrier.outcome(Kind.CALL, receipt.reference)
    await carrier.close()
    assert (told.cost_micros, told.seconds) == (14_000, 61)


async def test_the_account_says_what_would_keep_it_silent(
    twilio: TwilioServer, clock: FakeClock
) -> None:
    twilio.is_trial, twilio.balance = True, None
    account = TwilioAccount(twilio_settings(twilio), clock=clock)
    facts = await account.facts()
    assert (facts.is_trial, facts.is_active, facts.balance) == (True, True, "")
    (number,) = await account.numbers()
    assert await account.registration(number, country="US") is Registration.MISSING
    twilio.campaigns = [{"campaign_status": "VERIFIED"}]
    assert await account.registration(number, country="US") is Registration.DONE
    assert await account.registration(number, country="DE") is Registration.NOT_NEEDED
    await account.close()


@pytest.mark.parametrize(
    ("region", "edge", "origin"),
    [
        ("", "", "https://api.twilio.com"),
        ("ie1", "dublin", "https://api.dublin.ie1.twilio.com"),
        ("au1", "", "https://api.au1.twilio.com"),
        ("", "frankfurt", "https://api.frankfurt.us1.twilio.com"),
    ],
)
def test_region_and_edge_name_the_host_as_the_package_does(
    region: str, edge: str, origin: str
) -> None:
    rest = TwilioRest(TwilioSettings(region=region, edge=edge), clock=FakeClock())
    assert rest.api == origin
    package = Client(ACCOUNT, TOKEN, region=region or None, edge=edge or None)
    assert package.get_hostname("https://api.twilio.com") == origin
