"""How the minds stand in for each other."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from backend.conversation.reasoning import Context, understand
from backend.conversation.reasoning.minds import Minds
from backend.conversation.reasoning.offline import OfflineMind
from backend.kernel.clock import SECOND, Instant
from backend.kernel.errors import Busy, RingbackError, Unavailable
from backend.kernel.ids import OwnerId, TurnId

NOW = Instant(1_795_233_600 * SECOND)


class Scripted:
    """Says its pieces, then fails when told to."""

    name = "scripted"

    def __init__(self, *pieces: str, failure: RingbackError | None = None) -> None:
        self.pieces, self.failure, self.asked, self.closed = pieces, failure, 0, 0

    async def reply(self, context: Context) -> AsyncIterator[str]:
        self.asked += 1
        context.trace.engine = self.name
        try:
            for piece in self.pieces:
                yield piece
            if self.failure is not None:
                raise self.failure
        finally:
            self.closed += 1


def context(heard: str = "Who was Ada Lovelace?", **more: Any) -> Context:  # fields of Context
    values = {"name": "Sam", "may_recall": True, "may_note": True, **more}
    return Context(heard, understand(heard), NOW, OwnerId("o"), TurnId("t"), "phone", **values)


async def pieces(model: Scripted | None, asked: Context) -> list[str]:
    return [piece async for piece in Minds(OfflineMind(), model).reply(asked)]


async def test_the_model_is_heard_sentence_by_sentence() -> None:
    asked = context()
    model = Scripted("She wrote", " programs. She", " was", " the first.")
    assert await pieces(model, asked) == ["She wrote programs. ", "She was the first."]
    assert asked.trace.engine == "scripted"


@pytest.mark.parametrize("failure", [Unavailable(), Busy()])
async def test_before_the_first_sentence_the_offline_mind_takes_over(
    failure: RingbackError,
) -> None:
    asked = context()
    reply = "".join(await pieces(Scripted("She wro", failure=failure), asked))
    assert reply == "I don't know that. You haven't told me anything that answers it."
    assert asked.trace.engine == "offline"
    assert asked.trace.fell_back == [f"scripted: {failure.code}"]


async def test_after_it_the_reply_ends_at_the_last_whole_sentence() -> None:
    model = Scripted("She wrote programs. ", "She was th", failure=Unavailable())
    assert "".join(await pieces(model, context())).strip() == "She wrote programs."


async def test_an_abbreviation_is_no_end() -> None:
    model = Scripted("Dr. ", "Byron was", failure=Unavailable())
    assert "Dr." not in "".join(await pieces(model, context()))


async def test_a_very_long_sentence_is_let_out_at_a_comma() -> None:
    model = Scripted("word " * 60 + ", and ", "on", failure=Unavailable())
    assert "".join(await pieces(model, context())).startswith("word word")


@pytest.mark.parametrize(
    "heard", ["What time is it?", "What is 2 plus 2?", "My notes", "Goodbye.", "Take a note.", ""]
)
async def test_what_rules_know_exactly_no_model_is_asked(heard: str) -> None:
    model = Scripted("Hm.")
    await pieces(model, context(heard))
    assert model.asked == 0


async def test_no_model_is_paid_for_strangers() -> None:
    model = Scripted("Hm.")
    await pieces(model, context(may_note=False, may_recall=False, name=""))
    assert model.asked == 0


async def test_a_listener_who_leaves_ends_the_models_stream() -> None:
    model = Scripted("One. ", "Two. ", "Three.")
    reply = Minds(OfflineMind(), model).reply(context())
    await anext(reply)
    await reply.aclose()
    assert model.closed == 1


async def test_goodbye_is_said_after_the_models_answer() -> None:
    asked = context("My cat is called Momo. Bye.")
    assert "".join(await pieces(Scripted("Lovely name."), asked)) == "Lovely name. Goodbye, Sam."


async def test_without_a_model_the_offline_mind_answers() -> None:
    asked = context()
    await pieces(None, asked)
    assert asked.trace.engine == "offline"


class Endless:
    """Begins a sentence and never ends it."""

    name = "endless"

    def __init__(self) -> None:
        self.closed = 0

    async def reply(self, context: Context) -> AsyncIterator[str]:
        context.trace.engine = self.name
        try:
            yield "She was"
            await asyncio.Event().wait()
        finally:
            self.closed += 1


async def test_a_model_that_thinks_too_long_is_left_and_the_offline_mind_answers() -> None:
    model, asked = Endless(), context()
    minds = Minds(OfflineMind(), model, first_sentence_s=0.01)
    reply = "".join([piece async for piece in minds.reply(asked)])
    assert reply == "I don't know that. You haven't told me anything that answers it."
    assert asked.trace.fell_back == ["endless: unavailable"]
    assert model.closed == 1
