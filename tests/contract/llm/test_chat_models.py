"""What every language model's adapter does, against a provider that breaks in every way."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from backend.kernel.errors import Busy, Invalid, NotConfigured, RingbackError, Unavailable
from backend.llm import ChatModel, ChatRequest, Token, Usage
from backend.llm.port import NotCharged
from backend.llm.providers.anthropic import AnthropicChat
from backend.llm.providers.openai import OpenAIChat
from tests.fakes.model_server import Answer, ModelServer

Chat = OpenAIChat | AnthropicChat


@pytest.fixture(params=["openai", "anthropic"])
async def model(request: pytest.FixtureRequest, server: ModelServer) -> AsyncIterator[Chat]:
    model: Chat
    if request.param == "openai":
        model = OpenAIChat("gpt-x", api_key="secret-key", base_url=server.openai_url)
    else:
        model = AnthropicChat("claude-x", api_key="secret-key", base_url=server.anthropic_url)
    yield model
    await model.close()


async def heard(model: ChatModel, request: ChatRequest) -> tuple[str, list[Usage]]:
    events = [event async for event in model.stream(request)]
    text = "".join(event.text for event in events if isinstance(event, Token))
    return text, [event for event in events if isinstance(event, Usage)]


@pytest.mark.covers("AG-01")
async def test_an_answer_comes_in_pieces_and_ends_with_its_usage(
    model: Chat, server: ModelServer, request_of: ChatRequest
) -> None:
    server.script(Answer("On the fourth of May.", tokens_in=42, tokens_out=7))
    *pieces, usage = [event async for event in model.stream(request_of)]
    assert pieces == [Token(text) for text in ("On", " the", " fourth", " of", " May.")]
    assert isinstance(usage, Usage)
    assert (usage.tokens_in, usage.tokens_out) == (42, 7)
    assert usage.stop in {"stop", "end_turn"}


async def test_the_request_says_everything_and_streams(
    model: Chat, server: ModelServer, request_of: ChatRequest
) -> None:
    await heard(model, request_of)
    (asked,) = server.requests
    assert asked.body["stream"] is True
    assert asked.body["model"] == model.model
    assert asked.system == "You are Ringback."
    assert asked.said == [
        ("user", "Hello."),
        ("assistant", "Hello Sam."),
        ("user", "When is Anna's birthday?"),
    ]
    assert asked.body["max_tokens"] == 123
    assert "secret-key" in (asked.headers.get("authorization") or asked.headers["x-api-key"])


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, Invalid),
        (401, NotConfigured),
        (403, NotConfigured),
        (404, NotConfigured),
        (429, Busy),
        (500, NotCharged),
        (503, NotCharged),
        (529, NotCharged),
    ],
)
async def test_a_refusal_is_said_in_our_words_and_never_retried(
    model: Chat,
    server: ModelServer,
    request_of: ChatRequest,
    status: int,
    error: type[RingbackError],
) -> None:
    server.script(Answer(status=status, headers={"retry-after": "1"}))
    with pytest.raises(error) as refused:
        await heard(model, request_of)
    assert "scripted" not in str(refused.value)
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    "answer",
    [
        Answer("one two three four", cut_after=2),
        Answer("one two three four", error_after=2),
        Answer("one two three four", garbage_after=2),
    ],
    ids=["cut", "error", "garbage"],
)
async def test_a_stream_that_breaks_gives_what_came_and_then_fails(
    model: Chat, server: ModelServer, request_of: ChatRequest, answer: Answer
) -> None:
    server.script(answer)
    text = ""
    with pytest.raises(Unavailable) as broken:  # noqa: PT012 - what came before counts too
        async for event in model.stream(request_of):
            assert isinstance(event, Token)
            text += event.text
    # A connection that is reset may take its last bytes with it.
    assert text in ("one two", "one", "") if answer.cut_after else text == "one two"
    assert not isinstance(broken.value, NotCharged)


async def test_a_model_that_thinks_first_is_told_to_answer_at_once(
    server: ModelServer, request_of: ChatRequest
) -> None:
    models = (
        OpenAIChat("gpt-x", api_key="k", base_url=server.openai_url, thinks_first=True),
        AnthropicChat("claude-x", api_key="k", base_url=server.anthropic_url, thinks_first=True),
    )
    for model in models:
        await heard(model, request_of)
        await model.close()
    first, second = server.requests
    assert first.body["reasoning_effort"] == "none"
    assert second.body["thinking"] == {"type": "disabled"}


async def test_other_models_are_not_sent_a_switch_they_may_not_know(
    model: Chat, server: ModelServer, request_of: ChatRequest
) -> None:
    await heard(model, request_of)
    assert not {"thinking", "reasoning_effort"} & set(server.requests[0].body)


async def test_nobody_listening_is_unavailable(
    request_of: ChatRequest, server: ModelServer
) -> None:
    for model in (
        OpenAIChat("gpt-x", api_key="k", base_url="http://127.0.0.1:9/v1"),
        AnthropicChat("claude-x", api_key="k", base_url="http://127.0.0.1:9"),
    ):
        with pytest.raises(NotCharged):
            await heard(model, request_of)
        await model.close()


async def test_a_slow_answer_can_be_interrupted(
    model: Chat, server: ModelServer, request_of: ChatRequest
) -> None:
    server.script(Answer("one two three", between_s=30))
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(heard(model, request_of), 1)
    server.script(Answer("again"))
    assert (await heard(model, request_of))[0] == "again"
