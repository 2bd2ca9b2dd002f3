"""Debian's Chromium, with a microphone that plays a WAV file."""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from playwright.async_api import Browser, async_playwright

from tests.engines.processes import program

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--autoplay-policy=no-user-gesture-required",
    "--use-fake-ui-for-media-stream",  # answers yes when a page asks for the microphone
    "--use-fake-device-for-media-stream",
)


def chromium_path() -> str:
    """Return where Chromium lies, or give up as `need` does."""
    cure = "apt-get install chromium" if sys.platform == "linux" else "install Chromium"
    return program("chromium", cure)


@asynccontextmanager
async def chromium(microphone: Path | None = None) -> AsyncIterator[Browser]:
    """Open a browser whose microphone plays a WAV file once, or a beep when there is none.

    The file begins to play when the page opens the microphone; 48 kHz is what Chromium reads best.
    """
    flags = list(FLAGS)
    if microphone is not None:
        flags.append(f"--use-file-for-fake-audio-capture={microphone}%noloop")
    path = chromium_path()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=flags)
        try:
            yield browser
        finally:
            await browser.close()
