"""The app's house with the talk page in front, and a browser that complains of nothing."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Literal

from fastapi import FastAPI
from playwright.async_api import Page

from backend.kernel.people import Person
from backend.platform.pages import Pages
from backend.trust.identity import CredentialKind
from backend.trust.identity.types import NewCredential
from tests.contract.app_house import AppHouse
from tests.engines.chromium import chromium

Scheme = Literal["light", "dark"]

# What is wider than it may be, and makes its page or its card scroll sideways.
OVERFLOWING = """
() => [document.documentElement, ...document.querySelectorAll("main *")]
  .filter((one) => one.scrollWidth > one.clientWidth + 1)
  .filter((one) => one === document.documentElement
    || ["auto", "scroll"].includes(getComputedStyle(one).overflowX))
  .map((one) => `${one.tagName} ${one.className}: ${one.scrollWidth} > ${one.clientWidth}`)
"""

# Words that stand out too little: less than 4.5:1, or 3:1 where they are large (WCAG 1.4.3).
PALE = """
() => {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 1;
  const brush = canvas.getContext("2d", { willReadFrequently: true });
  const rgba = (colour) => {
    brush.clearRect(0, 0, 1, 1);
    brush.fillStyle = colour;
    brush.fillRect(0, 0, 1, 1);
    const [red, green, blue, alpha] = brush.getImageData(0, 0, 1, 1).data;
    return [red, green, blue, alpha / 255];
  };
  const over = (top, below) =>
    [0, 1, 2].map((part) => top[part] * top[3] + below[part] * (1 - top[3])).concat(1);
  const ground = (element) => {
    if (element === null) return rgba("white");
    const own = rgba(getComputedStyle(element).backgroundColor);
    return own[3] === 1 ? own : over(own, ground(element.parentElement));
  };
  const light = (colour) => {
    const [red, green, blue] = colour.slice(0, 3).map((part) => {
      const share = part / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const contrast = (one, other) => {
    const [more, less] = [light(one), light(other)].sort((a, b) => b - a);
    return (more + 0.05) / (less + 0.05);
  };
  const pale = [];
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const words = texts.currentNode.textContent.trim();
    const element = texts.currentNode.parentElement;
    if (!words || !element.checkVisibility() || element.closest("script, .sr-only")) continue;
    const style = getComputedStyle(element);
    const below = ground(element);
    const ratio = contrast(over(rgba(style.color), below), below);
    const least = parseFloat(style.fontSize) >= 24 ? 3 : 4.5;
    if (ratio < least) pale.push(`${words.slice(0, 30)}: ${ratio.toFixed(2)}`);
  }
  return pale;
}
"""


class PageHouse(AppHouse):
    """The app's house with the page in front, and a memory that holds one thing."""

    def app(self) -> FastAPI:
        app = super().app()

        @app.get("/v1/memory")
        async def memories() -> dict[str, object]:
            source = {
                "message_id": "m",
                "text": "remember the key is under the mat",
                "when": "2026-05-04T10:00:00Z",
                "channel": "phone",
                "speaker": "Sam",
            }
            known = {"id": "1", "text": "The key is under the mat.", "when": source["when"]}
            return {"memories": [{**known, "sources": [source]}], "next": None}

        app.include_router(Pages().router())
        return app

    async def owner(self) -> Person:
        async with self.database.transaction() as tx:
            return await self.identity.ensure_owner(tx, name="Sam")

    async def link(self) -> str:
        owner = await self.owner()
        wanted = NewCredential(CredentialKind.LINK, owner.owner_id, person_id=owner.id)
        async with self.database.transaction() as tx:
            return f"{self.url}/#code={(await self.identity.issue(tx, wanted)).token}"


@asynccontextmanager
async def opened(
    address: str, *, scheme: Scheme = "light", width: int = 1280, is_still: bool = False
) -> AsyncIterator[Page]:
    """Open the page; whatever it complains of meanwhile is a failure."""
    complaints: list[str] = []
    async with chromium() as browser:
        page = await browser.new_page(
            color_scheme=scheme,
            reduced_motion="reduce" if is_still else "no-preference",
            viewport={"width": width, "height": 844},
        )
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda line: complaints.append(line.text) if is_bad(line.text) else None)
        await page.goto(address)
        yield page
    assert complaints == []


def is_bad(line: str) -> bool:
    """Say whether a line of the browser's console is a fault of the page."""
    return "Content Security Policy" in line or "Hydration" in line
