"""Texts in and out: a long answer rejoins, and whoever said STOP gets nothing more."""

from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree as Xml

import pytest

from tests.fakes.model_server import Answer, ModelServer
from tests.fakes.twilio_rest import ACCOUNT, OWN_NUMBER, TOKEN, TwilioServer
from tests.journey.calling import SAM
from tests.journey.product import Product, eventually
from tests.journey.telephone import Telephone

pytestmark = pytest.mark.slow

PART_CHARACTERS_MAX = 1600
LONG = " ".join(f"Sentence number {number} of a long story." for number in range(90))
QUESTION = "Tell me a long story about the sea."

Json = Any


@pytest.fixture(scope="module")
def twilio() -> Iterator[TwilioServer]:
    with TwilioServer() as server:
        yield server


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory, twilio: TwilioServer) -> Iterator[Product]:
    with ModelServer() as models:
        models.default = Answer(LONG)
        settings = {
            "TWILIO_ACCOUNT_SID": ACCOUNT,
            "TWILIO_AUTH_TOKEN": TOKEN,
            "TWILIO_PHONE_NUMBER": OWN_NUMBER,
            "RINGBACK_TWILIO__API_URL": twilio.url,
            "RINGBACK_PUBLIC_URL": "https://ring.example",
            "RINGBACK_PHONE__QUIET_HOURS": "never",
            "OPENAI_API_KEY": "sk-scripted",
            "OPENAI_BASE_URL": models.openai_url,
        }
        opened = Product(tmp_path_factory.mktemp("texts") / "home", settings)
        try:
            opened.start()
            opened.command("people", "add", "Sam", "--number", SAM)
            yield opened
        finally:
            opened.stop()


def parts(phone: Telephone, body: str) -> list[str]:
    answer = Xml.fromstring(phone.post(body))
    return ["".join(message.itertext()) for message in answer.iter("Message")]


@pytest.mark.covers("CL-14", "VT-09")
def test_a_long_answer_comes_in_parts_that_rejoin(product: Product) -> None:
    phone = Telephone(product, TOKEN, SAM)

    def told() -> list[str]:
        """The graph of minds is loaded beside the start: until then the offline one answers."""
        found = parts(phone, QUESTION)
        return found if len(found) > 1 else []

    found = eventually(told, seconds=90)
    assert max(map(len, found)) <= PART_CHARACTERS_MAX
    assert "".join(found) == LONG
    calls: Json = product.get("/v1/calls", carrier="sms")["calls"]
    record: Json = product.get(f"/v1/calls/{calls[0]['id']}")
    assert record["turns"][-1]["said"] == LONG


@pytest.mark.covers("CL-14")
def test_after_stop_nothing_leaves_until_start(product: Product, twilio: TwilioServer) -> None:
    phone = Telephone(product, TOKEN, SAM)
    assert sent(product, "Before.")["state"] not in {"failed", "refused"}
    eventually(lambda: len(twilio.made("Messages")) == 1)
    assert "no more texts" in phone.text("STOP")
    assert phone.text("Are you there?") == ""
    product.command("phone", "text", SAM, "Not wanted.", status=1)
    waited = product.get("/v1/deliveries")["deliveries"]
    assert len(twilio.made("Messages")) == 1, waited
    assert "Welcome back" in phone.text("START")
    sent(product, "After.")
    eventually(lambda: len(twilio.made("Messages")) == 2)
    assert [asked.get("Body") for asked in twilio.made("Messages")] == ["Before.", "After."]


@pytest.mark.covers("CL-14")
def test_a_long_text_of_ours_leaves_in_parts_that_rejoin(
    product: Product, twilio: TwilioServer
) -> None:
    before = len(twilio.made("Messages"))
    sent(product, LONG)
    wanted = -(-len(LONG) // PART_CHARACTERS_MAX)
    eventually(lambda: len(twilio.made("Messages")) >= before + wanted, seconds=60)
    bodies = [asked.get("Body") for asked in twilio.made("Messages")[before:]]
    assert "".join(bodies) == LONG
    assert max(map(len, bodies)) <= PART_CHARACTERS_MAX


def sent(product: Product, body: str) -> Json:
    return product.told("phone", "text", SAM, body)
