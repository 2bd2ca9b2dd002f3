"""A scripted provider of language models on a socket.

It speaks OpenAI's chat completions and Anthropic's messages as they stream them, keeps every
request it was sent, and breaks in the ways that real ones break. It runs in a thread, so that a
test of any kind can use it, and a product in another process too:

    with ModelServer() as server:
        server.script(Answer("Your sister's birthday is in May."), Answer(status=429))
        … OPENAI_BASE_URL=server.openai_url  ANTHROPIC_BASE_URL=server.anthropic_url
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from tests.fakes.http_server import ProviderHandler, ProviderServer

REFUSAL = b'{"type": "error", "error": {"type": "scripted", "message": "scripted failure"}}'
LEARNING = "You read one message"  # how a request to read facts begins


@dataclass(frozen=True)
class Answer:
    """How one request is answered."""

    text: str = "All right."
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    before_s: float = 0.0  # silence before the first piece
    between_s: float = 0.0  # silence before each further piece
    cut_after: int | None = None  # pieces after which the connection is cut
    error_after: int | None = None  # pieces after which an error comes in the stream
    garbage_after: int | None = None  # pieces after which nonsense comes in the stream
    tokens_in: int = 100
    tokens_out: int = 20

    @property
    def pieces(self) -> list[str]:
        words = self.text.split(" ")
        return [word if index == 0 else f" {word}" for index, word in enumerate(words)]


@dataclass(frozen=True)
class Asked:
    """One request as it came."""

    path: str
    headers: dict[str, str]
    body: dict[str, Any]

    @property
    def system(self) -> str:
        if self.path.endswith("/messages"):
            return str(self.body.get("system", ""))
        return "".join(m["content"] for m in self.body["messages"] if m["role"] == "system")

    @property
    def said(self) -> list[tuple[str, str]]:
        """The conversation as (role, text)."""
        return [(m["role"], m["content"]) for m in self.body["messages"] if m["role"] != "system"]


class ModelServer(ProviderServer[Answer | Callable[[Asked], Answer]]):
    """Says what its script says, or what that makes of the request."""

    def __init__(self) -> None:
        super().__init__(Answer())
        self.requests: list[Asked] = []
        # What learns in the background asks whenever it likes: it uses up nobody's script.
        self.learning: list[Asked] = []
        self.facts = Answer('{"facts": []}')

    @property
    def anthropic_url(self) -> str:
        return self.origin

    def answer_to(self, asked: Asked) -> Answer:
        if asked.system.startswith(LEARNING):
            self.learning.append(asked)
            return self.facts
        self.requests.append(asked)
        answer = self.next_answer()
        return answer(asked) if callable(answer) else answer


class _Handler(ProviderHandler):
    def post(self) -> None:
        asked = Asked(self.path, self.small_headers(), json.loads(self.sent()))
        answer = self.server.owner.answer_to(asked)
        if answer.status != 200:
            self.answer(answer.status, REFUSAL, answer.headers)
            return
        self.server.owner.pause(answer.before_s)
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()
        events = _messages if self.path.endswith("/messages") else _completions
        for data in events(asked, answer):
            if data is None:
                self.cut()
                return
            self.chunk(data)
            self.server.owner.pause(answer.between_s)
        self.chunk(b"")


def _spoken(answer: Answer) -> Iterator[str | None]:
    """Give the pieces, then None where the script breaks off."""
    for index, piece in enumerate(answer.pieces):
        if index in (answer.cut_after, answer.error_after, answer.garbage_after):
            yield None
            return
        yield piece


def _completions(asked: Asked, answer: Answer) -> Iterator[bytes | None]:
    def chunk(choices: list[dict[str, Any]], usage: dict[str, int] | None = None) -> bytes:
        return _event(
            {
                "id": "chatcmpl-1",
                "object": "chat.completion.chunk",
                "created": 1,
                "model": asked.body["model"],
                "choices": choices,
                "usage": usage,
            }
        )

    def choice(delta: dict[str, str], reason: str | None = None) -> list[dict[str, Any]]:
        return [{"index": 0, "delta": delta, "finish_reason": reason}]

    yield chunk(choice({"role": "assistant", "content": ""}))
    for piece in _spoken(answer):
        if piece is None:
            yield from _broken(answer, {"error": {"message": "overloaded", "type": "server"}})
            return
        yield chunk(choice({"content": piece}))
    yield chunk(choice({}, "stop"))
    if asked.body.get("stream_options", {}).get("include_usage"):
        usage = {
            "prompt_tokens": answer.tokens_in,
            "completion_tokens": answer.tokens_out,
            "total_tokens": answer.tokens_in + answer.tokens_out,
        }
        yield chunk([], usage)
    yield b"data: [DONE]\n\n"


def _messages(asked: Asked, answer: Answer) -> Iterator[bytes | None]:
    def event(kind: str, **rest: Any) -> bytes:
        return f"event: {kind}\n".encode() + _event({"type": kind, **rest})

    message = {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "content": [],
        "model": asked.body["model"],
        "stop_reason": None,
        "stop_sequence": None,
        "usage": {"input_tokens": answer.tokens_in, "output_tokens": 1},
    }
    yield event("message_start", message=message)
    yield event("content_block_start", index=0, content_block={"type": "text", "text": ""})
    yield event("ping")
    for piece in _spoken(answer):
        if piece is None:
            error = {"type": "overloaded_error", "message": "Overloaded"}
            for data in _broken(answer, {"type": "error", "error": error}):
                yield None if data is None else b"event: error\n" + data
            return
        yield event("content_block_delta", index=0, delta={"type": "text_delta", "text": piece})
    yield event("content_block_stop", index=0)
    yield event(
        "message_delta",
        delta={"stop_reason": "end_turn", "stop_sequence": None},
        usage={"output_tokens": answer.tokens_out},
    )
    yield event("message_stop")


def _broken(answer: Answer, error: dict[str, Any]) -> Iterator[bytes | None]:
    if answer.error_after is not None:
        yield _event(error)
    elif answer.garbage_after is not None:
        yield b"data: {nonsense\n\n"
    else:
        yield None


def _event(data: dict[str, Any]) -> bytes:
    return f"data: {json.dumps(data)}\n\n".encode()


ModelServer.handler = _Handler
