"""What the talk page shows while a call goes on, in a real browser: scripted happenings."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.async_api import Locator, Page, WebSocketRoute, expect

from backend.conversation.carriers.port import Line
from backend.kernel.events import (
    Happening,
    Heard,
    Interrupted,
    PartialHeard,
    Resumed,
    Said,
    Spoken,
    TurnClosed,
    TurnEnded,
    VoiceStarted,
)
from backend.platform.pages import DEFAULT_FOLDER
from tests.contract.app_house import app_house
from tests.contract.page_house import OVERFLOWING, PALE, PageHouse, Scheme, opened
from tests.engines.processes import need

LOUD = b"\x00\x30\x00\xd0" * 160 * 100  # two seconds

SPANS = {
    "end_of_turn": [0.0, 380.0],
    "transcribe_audio": [120.0, 310.0],
    "generate_embedding": [312.0, 330.0],
    "retrieve_relevant": [330.0, 352.0],
    "respond": [352.0, 640.0],
    "extract_concepts": [352.0, 371.0],
    "commit": [640.0, 662.0],
}
SPOKEN = {**SPANS, "first_sound": [380.0, 590.0], "speaking": [590.0, 2420.0]}
ENGINES = {"hearing": "faster-whisper/base", "mind": "offline", "speaking": "piper/joe"}
DETAILS: dict[str, object] = {
    "engines": ENGINES,
    "end": {"why": "complete", "silence_ms": 380, "voice_ended_ms": 5200},
    "confidence": 0.93,
    "speculated": [
        {"what": "transcript", "ms": 190.0, "cost_micros": 0, "outcome": "used"},
        {"what": "reply", "ms": 140.0, "cost_micros": 210, "outcome": "dropped"},
    ],
    "interrupted": {"at_ms": 2420.0, "heard_words": 5, "unheard_words": 6},
    "held": [{"at_ms": 900.0, "ms": 400.0}],
}
HEARD = "Mrs Okafor has the spare"
UNHEARD = "key, on the third floor."


@dataclass(frozen=True)
class Call:
    """A call that a page has opened, and the line that it came by."""

    page: Page
    line: Line

    async def tell(self, *happenings: Happening) -> None:
        for happening in happenings:
            await self.line.tell(happening)

    def get(self, name: str) -> Locator:
        return self.page.get_by_test_id(name)

    @property
    def reply(self) -> Locator:
        return self.page.get_by_role("log").locator("[data-who=companion]").last


IS_SPEAKING = """
() => document.querySelector("[data-testid=phase]")?.textContent === "Speaking"
"""


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[PageHouse]:
    if not (DEFAULT_FOLDER / "index.html").exists():
        need("the talk page", "run: make web")
    async with app_house(tmp_path, make=PageHouse) as made:
        assert isinstance(made, PageHouse)
        yield made


@asynccontextmanager
async def call(
    house: PageHouse, *, scheme: Scheme = "light", width: int = 1280, is_still: bool = False
) -> AsyncIterator[Call]:
    """Open the page and begin to talk."""
    link = await house.link()
    async with opened(link, scheme=scheme, width=width, is_still=is_still) as page:
        await page.get_by_role("button", name="Start to talk").click()
        # Until the greeting begins to be heard the page listens already, for a moment.
        await page.wait_for_function(IS_SPEAKING, polling="raf")
        await expect(page.get_by_role("log")).to_contain_text("Hello.")
        await expect(page.get_by_test_id("phase")).to_have_text("Listening")
        yield Call(page, house.conductor.lines[-1])


async def cut_off(on: Call) -> None:
    """Have a turn that ends in an interruption."""
    await on.tell(
        Heard("t1", "Who has the spare key?"),
        Said("t1", f"{HEARD} {UNHEARD}", 0),
        TurnEnded("t1", "Who has the spare key?", f"{HEARD} {UNHEARD}", (), {}, SPANS, ENGINES),
        Interrupted("t1"),
        Spoken("t1", HEARD, UNHEARD),
        TurnClosed("t1", SPOKEN, DETAILS, 210),
    )


async def test_words_grow_while_somebody_speaks_and_settle_when_heard(house: PageHouse) -> None:
    async with call(house) as on:
        await on.tell(VoiceStarted(), PartialHeard("remember that an", is_stable=False))
        partial = on.get("partial")
        await expect(partial.locator("[data-words=guess]")).to_have_text("remember that an")
        await expect(on.get("phase")).to_have_text("Hearing you…")
        await on.tell(
            PartialHeard("remember that", is_stable=True),
            PartialHeard("remember that Anna's birth", is_stable=False),
        )
        await expect(partial.locator("[data-words=stable]")).to_have_text("remember that")
        await expect(partial.locator("[data-words=guess]")).to_have_text("Anna's birth")
        await on.tell(Heard("t1", "Remember that Anna's birthday is in May."))
        await expect(partial).to_have_count(0)
        await expect(on.page.locator("[data-who=you]")).to_contain_text("birthday is in May.")
        await expect(on.get("phase")).to_have_text("Thinking…")


async def test_a_reply_that_was_cut_off_shows_what_nobody_heard(house: PageHouse) -> None:
    async with call(house) as on:
        await cut_off(on)
        await expect(on.reply).to_contain_text(f"{HEARD} interrupted here")
        await expect(on.reply.locator("del")).to_contain_text(UNHEARD)
        text = await on.reply.locator("p").first.text_content()
        assert text is not None
        assert text.index(HEARD) < text.index("interrupted here") < text.index(UNHEARD)


async def test_a_reply_that_began_after_they_went_on_is_shown_as_not_heard(
    house: PageHouse,
) -> None:
    async with call(house) as on:
        await on.tell(Heard("t1", "Hello?"), Spoken("t1", "", UNHEARD))
        await expect(on.reply).to_contain_text("not heard")
        await expect(on.reply.locator("del")).to_contain_text(UNHEARD)


async def test_after_a_cough_the_page_says_that_the_reply_goes_on(house: PageHouse) -> None:
    async with call(house) as on:
        await on.tell(Heard("t1", "Tell me."), Said("t1", HEARD, 0), Interrupted("t1"))
        await expect(on.get("delivery")).to_have_text("Paused while you speak")
        await on.tell(VoiceStarted(), PartialHeard("hm", is_stable=False), Resumed("t1"))
        await on.line.play(LOUD)
        await expect(on.get("delivery")).to_have_text("Going on")
        await expect(on.get("phase")).to_have_text("Going on")
        await expect(on.get("partial")).to_have_count(0)
        await on.tell(Spoken("t1", HEARD, ""))
        await expect(on.get("delivery")).to_have_count(0)
        await expect(on.reply.locator("del")).to_have_count(0)


async def test_a_turn_shows_where_its_time_and_money_went(house: PageHouse) -> None:
    async with call(house) as on:
        await cut_off(on)
        turn = on.get("waterfall")
        await expect(turn.locator("summary")).to_have_text("Answered in 590 ms · $0.0002")
        await turn.locator("summary").focus()
        await on.page.keyboard.press("Enter")
        stages = turn.get_by_role("list", name="Stages of this turn").get_by_role("listitem")
        await expect(stages).to_have_count(len(SPOKEN))
        await expect(stages.nth(1)).to_have_text("Transcribing190 ms, from 120 ms to 310 ms")
        for words in (
            "ears faster-whisper/base, mind offline, voice piper/joe",
            "the sentence was complete, after 380 ms of silence",
            "transcript used (190 ms); reply dropped (140 ms, $0.0002)",
            "at 2.42 s: 5 words were heard, 6 were not",
            "at 900 ms for 400 ms, then went on",
        ):
            await expect(turn).to_contain_text(words)
        bars = turn.locator(".waterfall-bar")
        boxes = [await bars.nth(index).bounding_box() for index in range(await bars.count())]
        lefts = [box["x"] for box in boxes if box is not None]
        assert len(lefts) == len(SPOKEN)
        assert lefts[0] < lefts[1] < lefts[4] < lefts[6]


async def test_a_typed_conversation_has_no_meters_and_no_timelines(house: PageHouse) -> None:
    async with opened(await house.link()) as page:
        await page.get_by_label("Type instead of talking").fill("where is the key?")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("log")).to_contain_text("You said where is the key?")
        line = house.conductor.lines[-1]
        await line.tell(TurnClosed("turn", SPOKEN, DETAILS, 210))
        await line.tell(Said("later", "And more.", 0))
        await expect(page.get_by_role("log")).to_contain_text("And more.")
        await expect(page.get_by_test_id("waterfall")).to_have_count(0)
        await expect(page.get_by_test_id("meters")).to_have_count(0)


async def level(of: Locator) -> float:
    return float(await of.evaluate("meter => meter.style.getPropertyValue('--level') || '0'"))


async def test_both_voices_move_their_meters(house: PageHouse) -> None:
    async with call(house) as on:
        you = on.page.locator("[data-meter=you]")
        companion = on.page.locator("[data-meter=companion]")
        while not await level(you):  # Chromium's own microphone beeps
            await on.page.wait_for_timeout(20)
        await on.line.play(LOUD)
        while await level(companion) < 0.3:
            await on.page.wait_for_timeout(20)
        await on.line.clear()
        while await level(companion):
            await on.page.wait_for_timeout(20)


async def test_a_line_that_drops_comes_back_into_the_same_conversation(house: PageHouse) -> None:
    sockets: list[tuple[WebSocketRoute, WebSocketRoute]] = []

    async def through(socket: WebSocketRoute) -> None:
        sockets.append((socket, socket.connect_to_server()))

    async with opened(await house.link()) as page:
        await page.route_web_socket("**/v1/live", through)
        await page.get_by_role("button", name="Start to talk").click()
        await expect(page.get_by_test_id("phase")).to_have_text("Listening")
        line = house.conductor.lines[-1]
        await line.tell(Said("t1", "One moment,", 0))
        await expect(page.get_by_role("log")).to_contain_text("One moment,")
        pages, servers = sockets[0]
        await servers.close(code=4000)
        await page.context.set_offline(True)  # no ticket either: it stays away for a while
        await pages.close(code=4000)
        await expect(page.get_by_test_id("phase")).to_have_text("The line dropped. Reconnecting…")
        while not house.conductor.drops:
            await page.wait_for_timeout(20)
        await line.tell(Said("t1", "here I am.", 1))
        await page.context.set_offline(False)
        await expect(page.get_by_test_id("phase")).to_have_text("Listening")
        await expect(page.get_by_role("log")).to_contain_text("One moment, here I am.")
        await expect(page.locator("main [role=alert]")).to_have_count(0)
    assert len(house.conductor.parties) == 1


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
async def test_a_whole_call_fits_and_can_be_read(
    house: PageHouse, scheme: Scheme, width: int
) -> None:
    async with call(house, scheme=scheme, width=width, is_still=True) as on:
        await cut_off(on)
        await on.tell(
            Heard("t2", "And where did I park?"),
            Said("t2", "On level two, row G.", 0),
            Interrupted("t2"),
            VoiceStarted(),
            PartialHeard("no wait", is_stable=True),
            PartialHeard("no wait I meant the-bicycle-with-a-name-without-end", is_stable=False),
        )
        await on.get("waterfall").locator("summary").click()
        await expect(on.get("partial")).to_be_visible()
        assert await on.page.evaluate(OVERFLOWING) == []
        assert await on.page.evaluate(PALE) == []
