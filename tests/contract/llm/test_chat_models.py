"""What every language model's adapter does, against a provider that breaks in every way."""

import asyncio

import pytest

from backend.kernel.errors import Busy, Invalid, NotConfigured, Unavailable
from backend.llm import ChatModel, ChatRequest, Token, Usage
from backend.llm.port import NotCharged
from backend.llm.providers.anthropic import AnthropicChat
from backend.llm.providers.openai import OpenAIChat
from tests.fakes.model_server import Answer, ModelServer


@pytest.fixture(params=["openai", "anthropic"])
async def model(request, server: ModelServer):
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
async def test_an_answer_comes_in_pieces_and_ends_with_its_usage(model, server, request_of):
    server.script(Answer("On the fourth of May.", tokens_in=42, tokens_out=7))
    events = [event async for event in model.stream(request_of)]
    assert [event.text for event in events[:-1]] == ["On", " the", " fourth", " of", " May."]
    assert (events[-1].tokens_in, events[-1].tokens_out) == (42, 7)
    assert events[-1].stop in {"stop", "end_turn"}


async def test_the_request_says_everything_and_streams(model, server, request_of):
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
    model, server, request_of, status, error
):
    server.script(Answer(status=status, headers={"retry-after": "1"}))
    with pytest.raises(error) as refused:
        await heard(model, request_of)
    assert "scripted" not in str(refused.value)
    assert len(server.requests) == 1


@pytest.mark.parametrize("breaks", ["cut_after", "error_after", "garbage_after"])
async def test_a_stream_that_breaks_gives_what_came_and_then_fails(
    model, server, request_of, breaks
):
    server.script(Answer("one two three four", **{breaks: 2}))
    text = ""
    with pytest.raises(Unavailable) as broken:  # noqa: PT012 - what came before counts too
        async for event in model.stream(request_of):
            text += event.text
    # A connection that is reset may take its last bytes with it.
    assert text in ("one two", "one", "") if breaks == "cut_after" else text == "one two"
    assert not isinstance(broken.value, NotCharged)


async def test_a_model_that_thinks_first_is_told_to_answer_at_once(server, request_of):
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


async def test_other_models_are_not_sent_a_switch_they_may_not_know(model, server, request_of):
    await heard(model, request_of)
    assert not {"thinking", "reasoning_effort"} & set(server.requests[0].body)


async def test_nobody_listening_is_unavailable(request_of, server):
    for model in (
        OpenAIChat("gpt-x", api_key="k", base_url="http://127.0.0.1:9/v1"),
        AnthropicChat("claude-x", api_key="k", base_url="http://127.0.0.1:9"),
    ):
        with pytest.raises(NotCharged):
            await heard(model, request_of)
        await model.close()


async def test_a_slow_answer_can_be_interrupted(model, server, request_of):
    server.script(Answer("one two three", between_s=30))
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(heard(model, request_of), 1)
    server.script(Answer("again"))
    assert (await heard(model, request_of))[0] == "again"
