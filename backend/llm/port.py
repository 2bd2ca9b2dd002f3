"""What a language model must be able to do: answer a conversation, word by word."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Literal, Protocol

from backend.kernel.errors import Unavailable
from backend.kernel.ids import OwnerId, TurnId


@dataclass(frozen=True, slots=True)
class ChatMessage:
    """One thing that was said in the conversation."""

    role: Literal["user", "assistant"]
    text: str


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """What a model is asked."""

    system: str
    messages: tuple[ChatMessage, ...]  # the last one is the user's
    owner_id: OwnerId  # whose budget and whose ledger
    turn_id: TurnId | None = None
    tokens_max: int = 400
    is_background: bool = False  # nobody waits for it: it leaves the day's budget to callers

    @property
    def tokens_in_max(self) -> int:
        """Return more tokens than the request can have: none is shorter than a byte."""
        words = sum(len(message.text.encode()) for message in self.messages)
        return len(self.system.encode()) + words + 16 * (len(self.messages) + 1)


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of the answer."""

    text: str


@dataclass(frozen=True, slots=True)
class Usage:
    """What an answer took; the last event of a whole answer."""

    tokens_in: int
    tokens_out: int
    stop: str  # why it ended, in the maker's own word


ChatEvent = Token | Usage


class NotCharged(Unavailable):
    """The provider did not begin to answer: nothing was used, so nothing is owed."""


class ChatModel(Protocol):
    """One model of one provider.

    Raises Busy when the provider limits us, NotConfigured when it refuses our key or does not know
    the model, Invalid when it can't take the request, NotCharged when there is no answer, and
    Unavailable for an error in the stream or a stream that breaks off. It never tries again by
    itself.
    """

    @property
    def provider(self) -> str:
        """Return who runs it."""
        ...

    @property
    def model(self) -> str:
        """Return its name with the provider."""
        ...

    def stream(self, request: ChatRequest) -> AsyncIterator[ChatEvent]:
        """Give the answer in pieces, then its usage."""
        ...

    async def close(self) -> None:
        """Close the connections."""
        ...
