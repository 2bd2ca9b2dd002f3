"""Ears that die in the middle of a call: the next ones understand the very same words."""

from collections.abc import Iterator

import pytest

from tests.fakes.transcription_server import Heard, TranscriptionServer
from tests.journey.calling import SAM, SECRET, caller, ended, levels
from tests.journey.product import Product
from tests.journey.speech import Speech

pytestmark = pytest.mark.slow

DATE = "What is the date today?"
TIME = "What time is it?"


@pytest.fixture(scope="module")
def ears() -> Iterator[TranscriptionServer]:
    with TranscriptionServer() as server:
        yield server


@pytest.fixture(scope="module")
def product(
    tmp_path_factory: pytest.TempPathFactory, ears: TranscriptionServer
) -> Iterator[Product]:
    settings = {
        "TWILIO_AUTH_TOKEN": SECRET,
        "OPENAI_API_KEY": "sk-scripted",
        "OPENAI_BASE_URL": ears.openai_url,
        "RINGBACK_VOICE__HEARERS": "openai,whisper",
        "RINGBACK_MODEL__ORDER": "anthropic",  # the server knows of ears only
        "RINGBACK_SPEND__DAILY": "100",
    }
    opened = Product(tmp_path_factory.mktemp("ears") / "home", settings)
    try:
        opened.start()
        opened.command("people", "add", "Sam", "--number", SAM)
        yield opened
    finally:
        opened.stop()


@pytest.mark.covers("VT-02", "MR-08", "MR-10")
@pytest.mark.parametrize(
    "broken",
    [Heard(is_cut=True), Heard(status=500), Heard(body=b"{nonsense")],
    ids=["cut in the middle", "an error", "nonsense"],
)
async def test_what_one_ear_did_not_take_the_next_one_hears(
    product: Product, speech: Speech, ears: TranscriptionServer, broken: Heard
) -> None:
    await speech.prepare(DATE, TIME)
    ears.default = Heard(DATE)
    async with caller(product) as phone:
        await phone.hear_out()
        await phone.say(speech.sound(DATE))
        await phone.hear_out()
        ears.default = broken
        await phone.say(speech.sound(TIME))
        reply = await phone.hear_out()
    assert ears.requests
    _, second = ended(product, phone.call_sid)["turns"]
    assert "time" in second["heard"].lower()
    assert "it's" in (await speech.words(reply)).lower().replace("it is", "it's")
    engine = second["details"]["engines"]["hearing"]
    assert "whisper" in engine
    assert f"hearing {engine}" in product.command("calls", "show", "last")


@pytest.mark.covers("MR-10")
async def test_ears_that_keep_failing_are_left_alone_and_shown_to_be(
    product: Product, speech: Speech, ears: TranscriptionServer
) -> None:
    await speech.prepare(TIME)
    ears.default = Heard(status=500)
    async with caller(product) as phone:
        await phone.hear_out()
        for _ in range(3):
            await phone.say(speech.sound(TIME))
            await phone.hear_out()
        assert "whisper" in levels(product)["hearing"]
        assert "whisper" in str(product.get("/v1/doctor"))
    turns = ended(product, phone.call_sid)["turns"]
    assert ["time" in turn["heard"].lower() for turn in turns] == [True] * 3
