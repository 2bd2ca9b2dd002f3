"""The graph mind from the turn to the provider's socket and back, for both makers."""

from collections.abc import AsyncIterator, Iterator

import pytest

from backend.conversation.reasoning import Context, understand
from backend.conversation.reasoning.graph import GraphMind
from backend.conversation.reasoning.minds import Minds
from backend.conversation.reasoning.offline import OfflineMind
from backend.kernel.clock import SECOND, Clock, Instant
from backend.kernel.ids import Ids, OwnerId, TurnId
from backend.llm import Budget, ModelRouter, Price, PricedModel
from backend.llm.providers.anthropic import AnthropicChat
from backend.llm.providers.openai import OpenAIChat
from backend.platform.database.engine import Database
from tests.fakes.model_server import Answer, ModelServer

NOW = Instant(1_795_233_600 * SECOND)


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with ModelServer() as server:
        yield server


@pytest.fixture(params=["openai", "anthropic"])
async def router(
    request: pytest.FixtureRequest, server: ModelServer, database: Database, clock: Clock, ids: Ids
) -> AsyncIterator[ModelRouter]:
    chat = (
        OpenAIChat("gpt-6-luna", api_key="k", base_url=server.openai_url)
        if request.param == "openai"
        else AnthropicChat("claude-haiku-5-5", api_key="k", base_url=server.anthropic_url)
    )
    budget = Budget(database=database, clock=clock, ids=ids, daily_dollars=1.0)
    router = ModelRouter([PricedModel(chat, Price(1, 2))], budget=budget, clock=clock)
    yield router
    await router.close()


@pytest.fixture
def mind(router: ModelRouter) -> Minds:
    return Minds(OfflineMind(), GraphMind(router))


def context(heard: str = "Who was Ada?") -> Context:
    return Context(
        heard, understand(heard), NOW, OwnerId("o"), TurnId("t"), "phone",
        name="Sam", may_recall=True, may_note=True,
    )  # fmt: skip


@pytest.mark.covers("CARD-05")
async def test_a_turn_is_streamed_from_the_model_through_the_graph(
    mind: Minds, server: ModelServer
) -> None:
    server.script(Answer("She wrote programs. Long ago."))
    asked = context()
    assert [piece async for piece in mind.reply(asked)] == ["She wrote programs. ", "Long ago."]
    assert asked.trace.engine.startswith(("openai/gpt", "anthropic/claude"))
    assert server.requests[0].said[-1][1].endswith("Who was Ada?")


@pytest.mark.covers("MR-09")
@pytest.mark.parametrize(
    "answer", [Answer(status=500), Answer(status=429), Answer("one two", cut_after=1)]
)
async def test_a_provider_that_fails_is_never_heard(
    mind: Minds, server: ModelServer, answer: Answer
) -> None:
    server.script(answer)
    asked = context()
    reply = "".join([piece async for piece in mind.reply(asked)])
    assert reply == "I don't know that. You haven't told me anything that answers it."
    assert asked.trace.engine == "offline"
    assert len(asked.trace.fell_back) == 1


async def test_a_break_in_mid_answer_ends_at_the_last_whole_sentence(
    mind: Minds, server: ModelServer
) -> None:
    server.script(Answer("She wrote programs. And then she", error_after=4))
    reply = "".join([piece async for piece in mind.reply(context())])
    assert reply.strip() == "She wrote programs."


async def test_a_listener_who_leaves_stops_the_provider(mind: Minds, server: ModelServer) -> None:
    server.script(Answer("One. Two. Three. Four.", between_s=0.1))
    reply = mind.reply(context())
    assert await anext(reply) == "One. "
    await reply.aclose()
    assert [piece async for piece in mind.reply(context())] == ["All right."]
