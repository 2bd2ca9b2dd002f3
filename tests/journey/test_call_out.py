"""Calls of the companion's own, and calls that it hands over, with a carrier like Twilio."""

import queue
import re
from collections.abc import Iterator
from typing import Any

import pytest

from backend.conversation.carriers.simulator import Dial
from backend.platform.chance import SystemIds
from backend.platform.clock import SystemClock
from tests.fakes.callee import Callee, Ordered, Transferred
from tests.fakes.twilio_rest import ACCOUNT, OWN_NUMBER, TOKEN, Asked, TwilioServer
from tests.journey.calling import SAM, ended, record_of, until_true
from tests.journey.product import Product, eventually
from tests.journey.speech import Speech
from tests.journey.telephone import VOUCHED

pytestmark = pytest.mark.slow

DENTIST = "+14155550177"
MARTIN = "+14155550188"
PUBLIC_URL = "https://ring.example"
OPENING = "Hello, this is Ringback. I call about the appointment on Monday."
VOICEMAIL = "Please call me back on Monday morning."
CONNECT = "Connect me with Martin."
NEXT = "What time is it?"
WHO = "What time is it, please?"

Json = Any


@pytest.fixture(scope="module")
def ordered() -> "queue.Queue[Ordered]":
    return queue.Queue()


@pytest.fixture(scope="module")
def twilio(ordered: "queue.Queue[Ordered]") -> Iterator[TwilioServer]:
    def order(call: dict[str, Any], asked: Asked) -> None:
        ordered.put(Ordered(str(call["sid"]), asked))

    with TwilioServer(on_call=order) as server:
        yield server


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory, twilio: TwilioServer) -> Iterator[Product]:
    settings = {
        "TWILIO_ACCOUNT_SID": ACCOUNT,
        "TWILIO_AUTH_TOKEN": TOKEN,
        "TWILIO_PHONE_NUMBER": OWN_NUMBER,
        "RINGBACK_TWILIO__API_URL": twilio.url,
        "RINGBACK_PUBLIC_URL": PUBLIC_URL,
        "RINGBACK_PHONE__QUIET_HOURS": "never",
    }
    opened = Product(tmp_path_factory.mktemp("out") / "home", settings)
    try:
        opened.start()
        opened.command("people", "add", "Sam", "--number", SAM)
        opened.command("people", "add", "Martin", "--number", MARTIN)
        yield opened
    finally:
        opened.stop()


def rung(product: Product, ordered: "queue.Queue[Ordered]") -> tuple[Callee, str]:
    """Have the command line ring the dentist; return whoever is rung, and the call's name."""
    made: Json = product.told("phone", "call", DENTIST, OPENING, "--voicemail", VOICEMAIL)
    clock = SystemClock()
    asked = ordered.get(timeout=60)
    return Callee(product.url, TOKEN, asked, clock=clock, ids=SystemIds(clock)), str(made["id"])


def delivery(product: Product, row_id: str, state: str) -> Json:
    """Wait until a delivery stands so."""

    def look() -> Json:
        now = product.get(f"/v1/deliveries/{row_id}")
        return now if now["state"] == state else None

    return eventually(look, seconds=60)


@pytest.mark.covers("VT-01")
async def test_a_machine_is_told_the_message_after_its_beep(
    product: Product, speech: Speech, ordered: "queue.Queue[Ordered]"
) -> None:
    callee, row_id = rung(product, ordered)
    async with callee:
        await callee.wait(0.3)
        await callee.is_taken_by("machine_end_beep")
        await callee.hear_out()
        await callee.hear_out(seconds_max=20)  # until we have hung up
        assert callee.is_hung_up
    _, heard = callee.both_sides()
    words = (await speech.words(heard)).lower()
    assert "call me back" in words, words
    assert "monday" in words, words
    assert delivery(product, row_id, "voicemail")["answered_by"] == "machine"
    assert ended(product, callee.call_sid)["direction"] == "out"


@pytest.mark.covers("VT-01", "IM-02")
async def test_a_person_is_told_and_talked_with(
    product: Product, speech: Speech, ordered: "queue.Queue[Ordered]"
) -> None:
    await speech.prepare(WHO)
    callee, row_id = rung(product, ordered)
    async with callee:
        opening = await callee.hear_out()
        await callee.is_taken_by("human")
        await callee.say(speech.sound(WHO))
        reply = await callee.hear_out()
    assert "appointment" in (await speech.words(opening)).lower()
    assert reply.duration_ms > 0
    done = delivery(product, row_id, "completed")
    assert done["answered_by"] == "human"
    record = ended(product, callee.call_sid)
    assert (record["direction"], record["delivery_id"]) == ("out", row_id)
    assert record["turns"], "what they said is no turn"
    status = product.command("phone", "status")
    assert "completed" in status


def sams(product: Product) -> Transferred:
    clock = SystemClock()
    dial = Dial(product.url, TOKEN, public_url=PUBLIC_URL, number=SAM, verdict=VOUCHED)
    return Transferred(dial, clock=clock, ids=SystemIds(clock))


@pytest.mark.covers("VT-01")
async def test_connect_me_with_martin_rings_martin_and_tells_him(
    product: Product, speech: Speech
) -> None:
    await speech.prepare(CONNECT)
    phone = sams(product)
    async with phone:
        await phone.hear_out()
        await phone.say(speech.sound(CONNECT))
        promised = await phone.hear_out()
        await phone.hear_out(seconds_max=30)
        assert phone.is_hung_up
    assert phone.rung == MARTIN, record_of(product, phone.call_sid)["turns"]
    assert phone.returns == 0
    assert re.search(r"\bSam\b.*\bPress 1\b", phone.whispered), phone.whispered
    assert "put you through" in (await speech.words(promised)).lower()
    (turn,) = record_of(product, phone.call_sid)["turns"]
    assert "Martin" in turn["said"]
    assert ended(product, phone.call_sid)["ended_by"] == "transferred"


@pytest.mark.covers("VT-01")
async def test_when_martin_does_not_answer_the_caller_is_back_and_told_so(
    product: Product, speech: Speech
) -> None:
    await speech.prepare(CONNECT, NEXT)
    phone = sams(product)
    phone.key = None
    async with phone:
        await phone.hear_out()
        await phone.say(speech.sound(CONNECT))
        await until_true(lambda: phone.returns == 1)
        await phone.hear_out()
        await phone.say(speech.sound(NEXT))
        assert (await phone.hear_out()).duration_ms > 0
        assert not phone.is_hung_up
    assert (phone.rung, phone.returns) == (MARTIN, 1)
    _, heard = phone.both_sides()
    told = (await speech.words(heard)).lower()
    assert "did not answer" in told or "didn't answer" in told, told
    record = ended(product, phone.call_sid)
    assert len(record["turns"]) == 2, [turn["heard"] for turn in record["turns"]]
    calls: Json = product.get("/v1/calls", limit="200")["calls"]
    assert [call["carrier_ref"] for call in calls].count(phone.call_sid) == 1
