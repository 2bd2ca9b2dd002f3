"""A media socket that breaks in the middle of a reply: the call goes on where it was."""

import re
from collections.abc import Iterator

import pytest

from tests.journey.calling import SAM, SECRET, Loudness, caller, ended, until_true
from tests.journey.product import Product
from tests.journey.speech import Speech

pytestmark = pytest.mark.slow

LONG = "What can you do?"
NEXT = "What time is it?"
TWICE_MAX = 2  # words of which nobody knows whether they were heard


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    opened = Product(tmp_path_factory.mktemp("returns") / "home", {"TWILIO_AUTH_TOKEN": SECRET})
    try:
        opened.start()
        opened.command("people", "add", "Sam", "--number", SAM)
        yield opened
    finally:
        opened.stop()


def words(text: str) -> list[str]:
    return re.findall(r"[a-z']+", text.lower())


@pytest.mark.covers("VT-01", "IM-02")
async def test_a_broken_socket_comes_back_and_the_reply_goes_on(
    product: Product, speech: Speech
) -> None:
    await speech.prepare(LONG, NEXT)
    loudness = Loudness()
    async with caller(product, loudness=loudness) as phone:
        await phone.hear_out()
        await phone.say(speech.sound(LONG))
        await until_true(lambda: phone.reply_ms)
        await phone.wait(2.0)
        phone.lose_connection()
        await until_true(lambda: phone.returns == 1)
        before = loudness.voiced
        await until_true(lambda: loudness.voiced > before)
        reply = await phone.hear_out()
        await phone.say(speech.sound(NEXT))
        time_told = await phone.hear_out()
        assert not phone.is_hung_up
    record = ended(product, phone.call_sid)
    first, second = record["turns"]
    said, heard = words(first["said"]), words(await speech.words(reply))
    assert not first["unheard"], first["unheard"]
    # Ears mishear a word here and there; saying a sentence again would add many.
    assert len(heard) <= len(said) + TWICE_MAX, f"{first['said']!r} was heard as {heard}"
    assert len(heard) >= len(said) * 0.75, f"{first['said']!r} was heard as {heard}"
    assert said[-1] in heard[-3:]
    assert first["details"]["resumed_line"] == 1
    assert second["said"]
    assert time_told.duration_ms > 0
    calls = product.get("/v1/calls", limit="200")["calls"]
    assert isinstance(calls, list)
    assert [call["carrier_ref"] for call in calls].count(phone.call_sid) == 1
    assert "came back once" in product.command("calls", "show", record["id"])


@pytest.mark.covers("IM-02")
async def test_a_socket_that_breaks_while_the_caller_speaks_is_no_end(
    product: Product, speech: Speech
) -> None:
    await speech.prepare(NEXT)
    async with caller(product) as phone:
        await phone.hear_out()
        phone.lose_connection()
        await until_true(lambda: phone.returns == 1)
        await phone.say(speech.sound(NEXT))
        assert (await phone.hear_out()).duration_ms > 0
    record = ended(product, phone.call_sid)
    assert [turn["heard"].lower().count("time") for turn in record["turns"]] == [1]
    assert record["ended_by"] == "caller"
