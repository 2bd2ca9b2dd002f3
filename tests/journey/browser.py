"""The web page as a person uses it: a real Chromium with a microphone that plays a file."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.async_api import Locator, Page, expect

from tests.engines.chromium import chromium

PATIENCE_MS = 60_000


@dataclass(frozen=True)
class TalkPage:
    """The talk page, opened by the owner's link."""

    page: Page

    async def talk(self) -> None:
        """Press the button; from now on the microphone is heard."""
        await self.page.get_by_role("button", name="Start to talk").click()

    async def shows(self, where: str, words: str) -> None:
        """Wait until some words are in a part of the page."""
        part = self.page.locator(where).filter(has_text=words).first
        await expect(part).to_be_visible(timeout=PATIENCE_MS)

    async def says(self, words: str) -> None:
        """Wait until the page says in words what goes on."""
        phase = self.page.get_by_test_id("phase")
        await expect(phase).to_have_text(words, timeout=PATIENCE_MS)

    async def timeline(self, turn: Locator) -> str:
        """Open where a turn's time went, with the keyboard, and return what is read aloud of it."""
        sheet = turn.get_by_test_id("waterfall")
        await sheet.locator("summary").focus()
        await self.page.keyboard.press("Enter")
        await expect(sheet.get_by_role("list")).to_be_visible()
        return " ".join(await sheet.all_inner_texts())

    async def shows_note(self, words: str) -> None:
        """Wait until a note is in the list."""
        note = self.page.get_by_role("checkbox", name=f"Done: {words}")
        await expect(note).to_be_visible(timeout=PATIENCE_MS)

    async def text(self, where: str) -> str:
        """Return what a part of the page says now."""
        return " ".join(await self.page.locator(where).all_inner_texts())


YOURS, THEIRS = '[data-who="you"]', '[data-who="companion"]'
MEMORIES = '[data-testid="memories"]'


@asynccontextmanager
async def talk_page(link: str, *, microphone: Path) -> AsyncIterator[TalkPage]:
    """Open the page by the one-time link, in a browser of its own."""
    async with chromium(microphone) as browser:
        page = await browser.new_page(viewport={"width": 1280, "height": 860})
        await page.goto(link)
        yield TalkPage(page)
