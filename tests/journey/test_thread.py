"""The thread: one story through the whole product, on one machine, by its public doors only.

The tests are chapters: each goes on where the one before ended. Speech is real both ways.
"""

import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.engines import S3Server
from tests.fakes.model_server import Answer, ModelServer
from tests.journey import story as chapters
from tests.journey.browser import MEMORIES, THEIRS, YOURS, talk_page
from tests.journey.devices import phone_app
from tests.journey.product import Product, eventually
from tests.journey.speech import Speech
from tests.journey.story import CARRIER_SECRET, QUESTION, Story, names_the_date
from tests.journey.telephone import VOUCHED

SAID_BY_A_MODEL = "On the fourth of May, says the model."

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory, speech: Speech) -> Iterator[Story]:
    folder = tmp_path_factory.mktemp("thread")
    settings = {"TWILIO_AUTH_TOKEN": CARRIER_SECRET, "RINGBACK_RECORDING__ENABLED": "true"}
    settings["RINGBACK_RECORDING__CONSENT"] = "announce"
    product = Product(folder / "home", settings)
    try:
        yield Story(product.start(), speech)
    finally:
        product.stop()


@pytest.mark.covers("VT-01", "VT-02", "CARD-02", "IM-02", "IM-10", "CARD-03", "CARD-04")
async def test_a_caller_is_greeted_understood_answered_and_hung_up(story: Story) -> None:
    await chapters.is_told_of_anna(story)


@pytest.mark.covers("VT-03", "ME-01", "SC-01")
def test_what_was_said_is_embedded_and_related_afterwards(story: Story) -> None:
    chapters.has_learnt_it(story)


@pytest.mark.covers("VT-04", "VT-11", "CL-14", "IM-01", "IM-09", "CARD-14")
async def test_only_who_may_know_is_answered(story: Story) -> None:
    await chapters.answers_only_who_may_know(story)
    timeline = story.remembered["answer"]["timeline"]
    order = ["transcribe_audio", "generate_embedding", "retrieve_relevant", "respond", "commit"]
    began = [timeline[span][0] for span in order]
    assert began == sorted(began), timeline
    assert timeline["extract_concepts"][0] < timeline["respond"][1] + 1, "not beside the reply"


@pytest.mark.covers("AG-01", "CARD-05", "CARD-06")
@pytest.mark.parametrize("provider", ["anthropic", "openai"])
async def test_a_language_model_words_the_reply_until_it_is_down_or_the_cap_is_reached(
    story: Story, provider: str
) -> None:
    product = story.product
    plain = product.extra
    with ModelServer() as models:
        models.default = Answer(SAID_BY_A_MODEL)
        key = {f"{provider.upper()}_API_KEY": "sk-scripted"}
        where = {"OPENAI_BASE_URL": models.openai_url, "ANTHROPIC_BASE_URL": models.anthropic_url}
        restart(product, {**plain, **where, **key})
        await worded_by_a_model(story, models)
        assert "birthday on the" in str(models.requests[-1].body), "no memory in the prompt"

        models.default = Answer(status=500)
        offline = story.phone().text(QUESTION)
        assert names_the_date(offline)
        assert "says the model" not in offline

        models.default = Answer(SAID_BY_A_MODEL)
        restart(product, {**product.extra, "RINGBACK_SPEND__DAILY": "0"})
        asked_before = len(models.requests)
        assert names_the_date(story.phone().text(QUESTION))
        assert len(models.requests) == asked_before, "money was spent beyond the cap"
        restart(product, plain)


async def worded_by_a_model(story: Story, models: ModelServer) -> None:
    """The graph is loaded beside the start: until then the offline mind answers."""

    def is_worded() -> bool:
        return story.phone().text(QUESTION) == SAID_BY_A_MODEL

    eventually(is_worded, seconds=60)
    aloud = await story.call(QUESTION, verdict=VOUCHED)
    assert "model" in await story.speech.words(aloud.replies[0])
    assert len(models.requests) >= 2


def restart(product: Product, extra: Mapping[str, str]) -> None:
    product.stop()
    product.extra = extra
    product.start()


@pytest.mark.covers("SY-01", "CARD-11")
async def test_a_note_taken_by_phone_is_edited_offline_and_comes_back(
    story: Story, tmp_path: Path
) -> None:
    await chapters.takes_a_note(story)
    await chapters.edits_the_note_offline(story, tmp_path)


@pytest.mark.covers("CL-13")
async def test_a_paired_phone_app_hears_the_same_memory(story: Story, tmp_path: Path) -> None:
    pairing: Any = story.product.told("devices", "pair")
    question, answer = tmp_path / "question.wav", tmp_path / "answer.wav"
    await story.speech.prepare(QUESTION)
    story.speech.write(QUESTION, question)
    captions = phone_app(story.product.url, pairing["code"], question, answer)
    said = " ".join(str(line["text"]) for line in captions if line["type"] == "said")
    assert names_the_date(said), captions
    assert names_the_date(await story.speech.words_of(answer))
    devices: Any = story.product.told("devices", "list")
    assert [device["name"] for device in devices["devices"]] == ["phone"]


@pytest.mark.covers("CARD-01", "CARD-14")
async def test_the_page_holds_a_spoken_turn_and_shows_memory_and_notes(
    story: Story, tmp_path: Path
) -> None:
    question = tmp_path / "question.wav"
    await story.speech.prepare(QUESTION)
    # The greeting comes first: a person waits for it.
    story.speech.write(QUESTION, question, lead_seconds=6.0, tail_seconds=20.0)
    link: Any = story.product.told("owner", "link")
    async with talk_page(link["url"], microphone=question) as page:
        await page.talk()
        await page.shows(YOURS, "birthday")
        await page.shows(THEIRS, "May")
        assert names_the_date(await page.text(THEIRS))
        await page.shows(MEMORIES, "Anna")
        story.product.command("notes", "add", "call the plumber")
        await page.shows_note("call the plumber")
        await page.page.screenshot(path=tmp_path / "page.png")


@pytest.mark.covers("CARD-12")
async def test_everything_comes_back_on_an_empty_machine(
    story: Story, s3_server: S3Server, tmp_path: Path
) -> None:
    product = story.product
    product.stop()
    product.extra = {**product.extra, **s3_server.settings("thread")}
    product.start()
    recordings = s3_server.folder / "root" / "thread" / "recordings"
    eventually(lambda: recordings.exists() and list(recordings.iterdir()), seconds=20)
    kept: Any = product.told("backup", "now")
    listed: Any = product.told("backup", "list")
    assert [backup["id"] for backup in listed["backups"]] == [kept["id"]]
    recovery_key = tmp_path / "recovery.key"
    shutil.copy(product.home / "recovery.key", recovery_key)
    product.kill()
    shutil.rmtree(product.home)
    shutil.rmtree(recordings)

    product.command("restore", "--recovery-key", str(recovery_key))
    product.start()
    await chapters.answers_only_who_may_know(story)
    notes: Any = product.told("notes", "list")
    assert any("oat milk" in note["text"] for note in notes["notes"])
    record = product.get(f"/v1/calls/{story.remembered['first call']['id']}")
    assert record["is_recorded"]
    assert list((recordings / str(record["id"])).glob("*.sealed")), "the sound was not restored"
