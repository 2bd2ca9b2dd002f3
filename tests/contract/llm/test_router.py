"""The router and its budget, over a scripted provider and the real ledger."""

from collections.abc import AsyncIterator, Callable, Iterator

import pytest
from sqlalchemy import select

from backend.kernel.clock import Clock
from backend.kernel.errors import Busy, NotConfigured, RingbackError, Unavailable
from backend.kernel.ids import Ids
from backend.llm import Budget, ChatRequest, Deadlines, ModelRouter, Price, PricedModel, Token
from backend.llm.providers.openai import OpenAIChat
from backend.platform.database.engine import Database
from backend.platform.database.tables import ai_model_usage
from tests.fakes.model_server import Answer, ModelServer

PRICE = Price(input=1.0, output=2.0)  # dollars a million, so micro-dollars a token
DEADLINES = Deadlines(first_token_s=0.5, reply_s=2.0)

RouterOf = Callable[..., ModelRouter]


@pytest.fixture
def second() -> Iterator[ModelServer]:
    with ModelServer() as server:
        yield server


@pytest.fixture
async def router_of(
    server: ModelServer, second: ModelServer, database: Database, clock: Clock, ids: Ids
) -> AsyncIterator[RouterOf]:
    routers: list[ModelRouter] = []

    def make(daily_dollars: float = 1.0, price: Price = PRICE) -> ModelRouter:
        models = [
            PricedModel(OpenAIChat(name, api_key="k", base_url=each.openai_url), price)
            for name, each in (("first", server), ("second", second))
        ]
        budget = Budget(database=database, clock=clock, ids=ids, daily_dollars=daily_dollars)
        routers.append(ModelRouter(models, budget=budget, clock=clock, deadlines=DEADLINES))
        return routers[-1]

    yield make
    for router in routers:
        await router.close()


async def text_of(router: ModelRouter, request: ChatRequest) -> str:
    return "".join([e.text async for e in router.stream(request) if isinstance(e, Token)])


async def ledger(database: Database) -> list[tuple[str, str, int]]:
    async with database.reading() as connection:
        rows = await connection.execute(select(ai_model_usage).order_by(ai_model_usage.c.id))
        return [(row.model, row.outcome, row.cost_micros) for row in rows]


async def test_an_answer_is_settled_exactly(
    router_of: RouterOf, server: ModelServer, request_of: ChatRequest, database: Database
) -> None:
    server.script(Answer("Hello there.", tokens_in=50, tokens_out=10))
    assert await text_of(router_of(), request_of) == "Hello there."
    assert await ledger(database) == [("first", "answered", 50 + 20)]


@pytest.mark.parametrize(
    "answer", [Answer(status=500), Answer(status=429), Answer(before_s=5), Answer(cut_after=0)]
)
async def test_who_fails_before_the_first_word_is_passed_over(
    router_of: RouterOf,
    server: ModelServer,
    second: ModelServer,
    request_of: ChatRequest,
    answer: Answer,
) -> None:
    server.script(answer)
    second.script(Answer("From the second."))
    assert await text_of(router_of(), request_of) == "From the second."


async def test_who_answered_is_told(
    router_of: RouterOf, server: ModelServer, request_of: ChatRequest
) -> None:
    server.script(Answer(status=500))
    answered_by: list[str] = []
    async for _ in router_of().stream(request_of, answered_by):
        assert answered_by == ["openai/second"]


async def test_a_failure_after_the_first_word_is_raised(
    router_of: RouterOf, server: ModelServer, second: ModelServer, request_of: ChatRequest
) -> None:
    server.script(Answer("one two three four", error_after=2))
    with pytest.raises(Unavailable):
        await text_of(router_of(), request_of)
    assert second.requests == []


async def test_a_refusal_costs_nothing_a_broken_answer_its_worst(
    router_of: RouterOf,
    server: ModelServer,
    second: ModelServer,
    request_of: ChatRequest,
    database: Database,
) -> None:
    server.script(Answer(status=500))
    second.script(Answer("one two", error_after=1))
    with pytest.raises(Unavailable):
        await text_of(router_of(), request_of)
    refused, broken = await ledger(database)
    assert refused == ("first", "failed", 0)
    worst = request_of.tokens_in_max + 2 * request_of.tokens_max
    assert broken == ("second", "failed", worst)


@pytest.mark.covers("MR-08")
async def test_the_daily_cap_is_hard(
    router_of: RouterOf,
    server: ModelServer,
    second: ModelServer,
    request_of: ChatRequest,
    database: Database,
) -> None:
    worst = request_of.tokens_in_max + 2 * request_of.tokens_max
    router = router_of(daily_dollars=(worst + 50) / 1_000_000)
    server.default = Answer("Hi.", tokens_in=40, tokens_out=20)  # settles to 80
    assert await text_of(router, request_of) == "Hi."
    with pytest.raises(Busy):
        await text_of(router, request_of)
    assert len(server.requests) == 1
    assert sum(cost for _, _, cost in await ledger(database)) <= worst + 50


async def test_nothing_may_be_spent_with_a_cap_of_zero(
    router_of: RouterOf, server: ModelServer, request_of: ChatRequest
) -> None:
    with pytest.raises(Busy):
        await text_of(router_of(daily_dollars=0), request_of)
    assert server.requests == []


async def test_a_listener_who_leaves_is_accounted_for(
    router_of: RouterOf, server: ModelServer, request_of: ChatRequest, database: Database
) -> None:
    server.script(Answer("one two three four", between_s=0.05))
    events = router_of().stream(request_of)
    await anext(events)
    await events.aclose()
    ((_, outcome, cost),) = await ledger(database)
    assert (outcome, cost) == ("failed", request_of.tokens_in_max + 2 * request_of.tokens_max)


async def test_a_model_that_fails_again_and_again_is_left_alone(
    router_of: RouterOf, server: ModelServer, second: ModelServer, request_of: ChatRequest
) -> None:
    router = router_of()
    server.default = Answer(status=500)
    for _ in range(5):
        assert await text_of(router, request_of) == "All right."
    assert len(server.requests) == 3
    assert router.left_alone == router.names[:1]


async def test_without_models_the_router_says_how_to_get_one(
    database: Database, clock: Clock, ids: Ids, request_of: ChatRequest
) -> None:
    budget = Budget(database=database, clock=clock, ids=ids, daily_dollars=1)
    with pytest.raises(NotConfigured) as missing:
        await text_of(ModelRouter([], budget=budget, clock=clock), request_of)
    assert "OPENAI_API_KEY" in missing.value.cure
    assert isinstance(missing.value, RingbackError)
