"""A call on the talk page, spoken into a real browser's microphone: what is seen of it."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import expect

from backend.conversation.sound import write_wav
from backend.kernel.audio import Sound
from tests.journey.browser import PATIENCE_MS, THEIRS, YOURS, talk_page
from tests.journey.product import Product
from tests.journey.speech import Speech

pytestmark = pytest.mark.slow

LONG = "What can you do?"
NEXT = "What time is it?"
BEFORE_S, BETWEEN_S, AFTER_S = 5.0, 6.0, 60.0  # the answer to the first takes ten seconds


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    opened = Product(tmp_path_factory.mktemp("page") / "home")
    try:
        yield opened.start()
    finally:
        opened.stop()


async def microphone(speech: Speech, file: Path) -> Path:
    """Write a caller who talks into the reply to their first question."""
    await speech.prepare(LONG, NEXT)
    first, second = speech.sound(LONG), speech.sound(NEXT)
    rate = first.rate_hz

    def quiet(seconds: float) -> bytes:
        return bytes(int(seconds * rate) * 2)

    pcm = quiet(BEFORE_S) + first.pcm + quiet(BETWEEN_S) + second.pcm + quiet(AFTER_S)
    write_wav(file, Sound(pcm, rate))
    return file


@pytest.mark.covers("VT-11")
async def test_an_interrupted_reply_and_its_timeline_are_seen(
    product: Product, speech: Speech, tmp_path: Path
) -> None:
    link: Any = product.told("owner", "link")
    file = await microphone(speech, tmp_path / "microphone.wav")
    async with talk_page(link["url"], microphone=file) as seen:
        await seen.talk()
        await seen.shows(YOURS, "time")
        cut = seen.page.locator(THEIRS).filter(has=seen.page.locator("del"))
        await expect(cut).to_have_count(1, timeout=PATIENCE_MS)
        await expect(cut).to_contain_text("interrupted here")
        timeline = await seen.timeline(cut)
        for stage in ("End of turn", "Transcribing", "Thinking", "Keeping", "Speaking"):
            assert stage in timeline
        assert re.search(r"Interrupted\s+at .*: \d+ words were heard, \d+ were not", timeline)
        assert "faster-whisper" in timeline
        await seen.says("Listening")
