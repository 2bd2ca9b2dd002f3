"""Claude, by Anthropic's own package."""

from collections.abc import AsyncIterator

import anthropic
import httpx2
from anthropic import Omit, omit
from anthropic.types import MessageParam, RawMessageStreamEvent, ThinkingConfigDisabledParam

from backend.kernel.errors import Busy, Invalid, NotConfigured, RingbackError, Unavailable
from backend.llm.port import ChatEvent, ChatRequest, NotCharged, Token, Usage

BASE_URL = "https://api.anthropic.com"
CONNECT_S = 3.0
SILENCE_S = 30.0  # between two pieces; the router's deadlines are shorter
FAILURES = (anthropic.AnthropicError, httpx2.HTTPError, OSError, ValueError)


class AnthropicChat:
    """One model by messages."""

    provider = "anthropic"

    def __init__(
        self, model: str, *, api_key: str, base_url: str = "", thinks_first: bool = False
    ) -> None:
        self.model = model
        # A model that never thinks first may not know the switch, so it is not sent.
        self._thinking: ThinkingConfigDisabledParam | Omit = (
            {"type": "disabled"} if thinks_first else omit
        )
        self._client = anthropic.AsyncAnthropic(
            api_key=api_key,
            base_url=base_url or BASE_URL,
            max_retries=0,  # trying again is the router's business: it knows who waits
            timeout=anthropic.Timeout(SILENCE_S, connect=CONNECT_S),
        )

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()

    async def stream(self, request: ChatRequest) -> AsyncIterator[ChatEvent]:
        """Give the answer in pieces, then its usage."""
        counted = _Count()
        try:
            async with await self._open(request) as events:
                async for event in events:
                    text = counted.read(event)
                    if text:
                        yield Token(text)
        except FAILURES as failure:
            raise _explained(failure) from failure
        if not counted.has_ended:
            raise Unavailable("The model's answer broke off.")
        yield Usage(counted.tokens_in, counted.tokens_out, counted.stop)

    async def _open(self, request: ChatRequest) -> anthropic.AsyncStream[RawMessageStreamEvent]:
        try:
            return await self._client.messages.create(
                model=self.model,
                system=request.system,
                messages=_messages(request),
                max_tokens=request.tokens_max,
                thinking=self._thinking,
                stream=True,
            )
        except anthropic.APITimeoutError:
            raise  # it may have begun: the answer was only too late
        except (anthropic.APIConnectionError, anthropic.InternalServerError) as failure:
            raise NotCharged("Anthropic does not answer.") from failure


class _Count:
    """Follows a stream: what it took so far, and whether it came to its end."""

    def __init__(self) -> None:
        self.tokens_in = self.tokens_out = 0
        self.stop = ""
        self.has_ended = False

    def read(self, event: RawMessageStreamEvent) -> str:
        """Take in one event and return its text."""
        if event.type == "message_start":
            usage = event.message.usage
            cached = (usage.cache_creation_input_tokens or 0) + (usage.cache_read_input_tokens or 0)
            self.tokens_in, self.tokens_out = usage.input_tokens + cached, usage.output_tokens
        elif event.type == "message_delta":
            self.tokens_out = event.usage.output_tokens
            self.stop = event.delta.stop_reason or self.stop
        elif event.type == "message_stop":
            self.has_ended = True
        elif event.type == "content_block_delta" and event.delta.type == "text_delta":
            return event.delta.text
        return ""


def _messages(request: ChatRequest) -> list[MessageParam]:
    said: list[MessageParam] = []
    for message in request.messages:
        if message.role == "user":
            said.append({"role": "user", "content": message.text})
        else:
            said.append({"role": "assistant", "content": message.text})
    return said


def _explained(failure: Exception) -> RingbackError:
    match failure:
        case anthropic.RateLimitError():
            return Busy("The model's provider limits us.")
        case anthropic.AuthenticationError() | anthropic.PermissionDeniedError():
            return NotConfigured("Anthropic refuses our key.", cure="check ANTHROPIC_API_KEY")
        case anthropic.NotFoundError():
            return NotConfigured(
                "Anthropic has no such model.", cure="check RINGBACK_MODEL__ANTHROPIC"
            )
        case anthropic.BadRequestError() | anthropic.UnprocessableEntityError():
            return Invalid("Anthropic can't take this request.")
        case _:
            return Unavailable("Anthropic does not answer.")
