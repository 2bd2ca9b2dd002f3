"""The scripted provider, and what a model is asked."""

from collections.abc import Iterator

import pytest

from backend.kernel.ids import OwnerId, TurnId
from backend.llm import ChatMessage, ChatRequest
from tests.fakes.model_server import ModelServer


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with ModelServer() as server:
        yield server


@pytest.fixture
def request_of() -> ChatRequest:
    return ChatRequest(
        system="You are Ringback.",
        messages=(
            ChatMessage("user", "Hello."),
            ChatMessage("assistant", "Hello Sam."),
            ChatMessage("user", "When is Anna's birthday?"),
        ),
        owner_id=OwnerId("owner-sam"),
        turn_id=TurnId("turn-1"),
        tokens_max=123,
    )
