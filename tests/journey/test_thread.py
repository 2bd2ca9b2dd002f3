"""The thread: one story through the whole product, on one machine, by its public doors only.

The tests are chapters: each goes on where the one before ended. Speech is real both ways.
"""

import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.engines import S3Server
from tests.journey import story as chapters
from tests.journey.product import Product, eventually
from tests.journey.speech import Speech
from tests.journey.story import CARRIER_SECRET, Story

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
    def restart(extra: Mapping[str, str]) -> None:
        story.product.stop()
        story.product.extra = extra
        story.product.start()

    await chapters.is_worded_by_a_model(story, provider, restart)


@pytest.mark.covers("SY-01", "CARD-11")
async def test_a_note_taken_by_phone_is_edited_offline_and_comes_back(
    story: Story, tmp_path: Path
) -> None:
    await chapters.takes_a_note(story)
    await chapters.edits_the_note_offline(story, tmp_path)


@pytest.mark.covers("CL-13")
async def test_a_paired_phone_app_hears_the_same_memory(story: Story, tmp_path: Path) -> None:
    await chapters.tells_a_paired_phone(story, story.product.url, tmp_path)


@pytest.mark.covers("CARD-01", "CARD-14")
async def test_the_page_holds_a_spoken_turn_and_shows_memory_and_notes(
    story: Story, tmp_path: Path
) -> None:
    await chapters.shows_itself_on_the_page(story, tmp_path)


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
    recovery_key = chapters.is_backed_up(story, tmp_path)
    product.kill()
    shutil.rmtree(product.home)
    shutil.rmtree(recordings)

    product.command("restore", "--recovery-key", str(recovery_key))
    product.start()
    await chapters.has_come_back(story)
    record = product.get(f"/v1/calls/{story.remembered['first call']['id']}")
    assert record["is_recorded"]
    assert list((recordings / str(record["id"])).glob("*.sealed")), "the sound was not restored"
