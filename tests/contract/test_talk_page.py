"""What the talk page promises, in a real browser, against the real doors and an echo for a mind."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import expect

from backend.documents.schemas.notes import add_note
from backend.kernel.people import Actor, ActorKind, Assurance
from backend.platform.pages import DEFAULT_FOLDER
from tests.contract.app_house import app_house
from tests.contract.page_house import PageHouse, opened
from tests.engines.processes import need


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[PageHouse]:
    if not (DEFAULT_FOLDER / "index.html").exists():
        need("the talk page", "run: make web")
    async with app_house(tmp_path, make=PageHouse) as opened:
        assert isinstance(opened, PageHouse)
        yield opened


async def test_the_link_opens_the_page_and_leaves_no_code_behind(house: PageHouse) -> None:
    async with opened(await house.link()) as page:
        await expect(page.get_by_test_id("phase")).to_have_text("Tap to talk")
        assert page.url == f"{house.url}/"
        cookies = await page.context.cookies()
        assert [(cookie["httpOnly"], cookie["sameSite"]) for cookie in cookies] == [
            (True, "Strict")
        ]
        await page.reload()
        await expect(page.get_by_test_id("phase")).to_have_text("Tap to talk")


async def test_an_old_link_says_how_to_get_a_new_one(house: PageHouse) -> None:
    await house.owner()
    async with opened(f"{house.url}/#code=OLDCODE2") as page:
        await expect(page.locator("main")).to_contain_text("ringback owner link")
        await expect(page.locator("main [role=alert]")).to_be_visible()


async def test_a_spoken_conversation_sends_the_microphone_and_plays_the_voice(
    house: PageHouse,
) -> None:
    async with opened(await house.link()) as page:
        await page.get_by_role("button", name="Start to talk").click()
        await expect(page.get_by_role("log")).to_contain_text("Hello.")
        await expect(page.get_by_test_id("phase")).to_have_text("Listening")
        while "greeting" not in house.conductor.marks or not any(
            any(frame.pcm) for frame in house.conductor.frames
        ):
            await page.wait_for_timeout(50)
        await page.get_by_role("button", name="End", exact=True).click()
        await expect(page.get_by_test_id("phase")).to_have_text("Tap to talk")
        while not house.conductor.endings:
            await page.wait_for_timeout(50)
    assert house.conductor.endings == ["caller"]
    assert house.conductor.parties[0].carrier == "web"


async def test_typed_words_are_answered_with_their_source(house: PageHouse) -> None:
    async with opened(await house.link()) as page:
        await page.get_by_label("Type instead of talking").fill("where is the key?")
        await page.keyboard.press("Enter")
        log = page.get_by_role("log")
        await expect(log.locator("[data-who=you]")).to_contain_text("where is the key?")
        await expect(log.get_by_label("Known from")).to_contain_text("as said before")
        await expect(log.get_by_label("Known from")).to_contain_text("by phone")


async def test_words_typed_into_a_call_are_answered_aloud_and_shown_once(house: PageHouse) -> None:
    async with opened(await house.link()) as page:
        await page.get_by_role("button", name="Start to talk").click()
        await page.get_by_label("Type instead of talking").fill("hello")
        await page.keyboard.press("Enter")
        reply = page.get_by_role("log").locator("[data-who=companion]").last
        await expect(reply).to_contain_text("You said hello.")
        await expect(reply).to_contain_text("as said before")
        while "turn" not in house.conductor.marks:
            await page.wait_for_timeout(50)
        await expect(page.get_by_test_id("phase")).to_have_text("Listening")
        assert (await reply.inner_text()).count("You said hello.") == 1


async def test_a_memory_stands_with_who_when_and_how(house: PageHouse) -> None:
    async with opened(await house.link()) as page:
        memory = page.get_by_test_id("memories")
        await expect(memory).to_contain_text("The key is under the mat.")
        await expect(memory).to_contain_text("remember the key is under the mat")
        await expect(memory).to_contain_text("Sam · May 4, 2026 · by phone")


async def test_notes_go_both_ways_while_the_page_is_open(house: PageHouse) -> None:
    owner = await house.owner()
    companion = Actor(owner.owner_id, ActorKind.COMPANION, Assurance.HELD)
    async with opened(await house.link()) as page:
        await page.get_by_label("New note").fill("from the page")
        await page.keyboard.press("Enter")
        while not await house.documents.read_notes(owner.owner_id):
            await page.wait_for_timeout(50)
        async with house.database.transaction() as tx:
            await house.documents.edit(
                tx,
                owner.owner_id,
                "notes",
                companion,
                lambda document: add_note(document, house.ids.new(), "by voice", tx.at),
            )
        notes = page.get_by_test_id("notes").get_by_label("The note's words")
        await expect(notes).to_have_count(2)
        assert {await notes.nth(index).input_value() for index in range(2)} == {
            "from the page",
            "by voice",
        }
