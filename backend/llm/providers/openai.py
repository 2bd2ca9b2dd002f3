"""OpenAI, and every server that speaks its language: Groq, Ollama, llama.cpp, vLLM."""

from collections.abc import AsyncIterator
from typing import Any

import httpx2
import openai
from openai.types.chat import ChatCompletionChunk, ChatCompletionMessageParam

from backend.kernel.errors import Busy, Invalid, NotConfigured, RingbackError, Unavailable
from backend.llm.port import ChatEvent, ChatRequest, NotCharged, Token, Usage

BASE_URL = "https://api.openai.com/v1"
GROQ_URL = "https://api.groq.com/openai/v1"
CONNECT_S = 3.0
SILENCE_S = 30.0  # between two pieces; the router's deadlines are shorter
FAILURES = (openai.OpenAIError, httpx2.HTTPError, OSError, ValueError)


class OpenAIChat:
    """One model by chat completions."""

    def __init__(
        self,
        model: str,
        *,
        api_key: str,
        base_url: str = "",
        provider: str = "openai",
        thinks_first: bool = False,
    ) -> None:
        self.provider, self.model = provider, model
        self._is_makers_own, self._thinks_first = not base_url, thinks_first
        self._client = openai.AsyncOpenAI(
            # A local server wants no key, but the package does.
            api_key=api_key or "none",
            base_url=base_url or BASE_URL,
            max_retries=0,  # trying again is the router's business: it knows who waits
            timeout=openai.Timeout(SILENCE_S, connect=CONNECT_S),
        )

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()

    async def stream(self, request: ChatRequest) -> AsyncIterator[ChatEvent]:
        """Give the answer in pieces, then its usage."""
        stop, counted, length = "", None, 0
        try:
            async with await self._open(request) as chunks:
                async for chunk in chunks:
                    counted = chunk.usage or counted
                    text, ended = _piece(chunk)
                    stop = ended or stop
                    if text:
                        length += len(text)
                        yield Token(text)
        except FAILURES as failure:
            raise _explained(failure) from failure
        if not stop:
            raise Unavailable("The model's answer broke off.")
        if counted is None:  # some compatible servers don't count: then the bounds do
            yield Usage(request.tokens_in_max, min(length, request.tokens_max), stop)
        else:
            yield Usage(counted.prompt_tokens, counted.completion_tokens, stop)

    async def _open(self, request: ChatRequest) -> openai.AsyncStream[ChatCompletionChunk]:
        create = self._client.chat.completions.create
        try:
            chunks: openai.AsyncStream[ChatCompletionChunk] = await create(
                model=self.model,
                messages=_messages(request),
                stream=True,
                stream_options={"include_usage": True},
                **self._switches(request),
            )
        except openai.APITimeoutError:
            raise  # it may have begun: the answer was only too late
        except (openai.APIConnectionError, openai.InternalServerError) as failure:
            raise NotCharged("The model's provider does not answer.") from failure
        return chunks

    def _switches(self, request: ChatRequest) -> dict[str, Any]:  # Any: the package's arguments
        # OpenAI's newer models refuse the old name, compatible servers don't know the new one.
        limit = "max_completion_tokens" if self._is_makers_own else "max_tokens"
        switches: dict[str, Any] = {limit: request.tokens_max}
        if self._thinks_first:  # a model that never does so refuses the switch
            switches["reasoning_effort"] = "none"
        return switches


def _messages(request: ChatRequest) -> list[ChatCompletionMessageParam]:
    said: list[ChatCompletionMessageParam] = [{"role": "system", "content": request.system}]
    for message in request.messages:
        if message.role == "user":
            said.append({"role": "user", "content": message.text})
        else:
            said.append({"role": "assistant", "content": message.text})
    return said


def _piece(chunk: ChatCompletionChunk) -> tuple[str, str]:
    """Return a chunk's text and why the answer ended, as far as it says either."""
    if not chunk.choices:
        return "", ""
    choice = chunk.choices[0]
    return choice.delta.content or "", choice.finish_reason or ""


def _explained(failure: Exception) -> RingbackError:
    match failure:
        case openai.RateLimitError():
            return Busy("The model's provider limits us.")
        case openai.AuthenticationError() | openai.PermissionDeniedError():
            return NotConfigured("The provider refuses our key.", cure="check OPENAI_API_KEY")
        case openai.NotFoundError():
            return NotConfigured(
                "The provider has no such model.", cure="check RINGBACK_MODEL__OPENAI"
            )
        case openai.BadRequestError() | openai.UnprocessableEntityError():
            return Invalid("The provider can't take this request.")
        case _:
            return Unavailable("The model's provider does not answer.")
