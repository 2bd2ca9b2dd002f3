"""A call as a trace: exactly its timeline, nobody's words, and never a call's trouble."""

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest

from backend.conversation.reasoning import Context
from backend.conversation.sessions import NewSession, Party, Sessions
from backend.conversation.turns.gathering import Gathering
from backend.conversation.turns.notebook import Notebook
from backend.conversation.turns.service import Turns
from backend.conversation.turns.tracing import CallTraces
from backend.conversation.turns.types import HeardTurn
from backend.kernel.clock import Clock, Instant
from backend.kernel.people import Actor, ActorKind, Assurance
from backend.platform.tasks import Supervisor
from backend.platform.telemetry.engines.otlp import WAITING_MAX, OtlpTracer
from backend.platform.telemetry.tracing import TraceSpan, header_pairs
from tests.contract.phone.house import House
from tests.fakes.collector import Collector
from tests.fakes.mind import FakeMind

SECRET_WORDS = "my sister Anna lives in Lisbon"
STAGES = {
    "transcribe_audio",
    "generate_embedding",
    "retrieve_relevant",
    "respond",
    "extract_concepts",
    "commit",
}


@pytest.fixture
def seen() -> Iterator[Collector]:
    with Collector() as listening:
        yield listening


class ThinkingMind:
    """A mind that takes a moment, as a model does."""

    name = "thinking"

    def __init__(self, mind: FakeMind, clock: Clock) -> None:
        self._mind, self._clock = mind, clock

    async def reply(self, context: Context) -> AsyncIterator[str]:
        await self._clock.sleep(0.1)
        async for piece in self._mind.reply(context):
            yield piece


class Traced:
    """A house whose turns and calls are followed."""

    def __init__(self, house: House, tracer: OtlpTracer) -> None:
        self.house, self.tracer = house, tracer
        traces = CallTraces(tracer, clock=house.clock)
        notebook = Notebook(documents=house.documents, ids=house.ids)
        self.sessions = Sessions(
            database=house.database, ids=house.ids, events=house.events, on_ended=traces.call
        )
        self.turns = Turns(
            database=house.database,
            gathering=Gathering(
                memory=house.ground.memory,
                notebook=notebook,
                trust=house.trust,
                clock=house.clock,
                ids=house.ids,
            ),
            mind=ThinkingMind(house.mind, house.clock),
            keeper=house.keeper,
            compute=house.ground.compute,
            traces=traces,
        )

    async def call(self, words: str) -> Party:
        owner = self.house.owner
        actor = Actor(
            owner_id=owner.owner_id,
            kind=ActorKind.CALLER,
            assurance=Assurance.VERIFIED,
            role=owner.role,
            person_id=owner.id,
        )
        party = await self.sessions.start(NewSession(actor=actor, carrier="phone"))
        now = self.house.clock.monotonic()
        heard = HeardTurn(self.turns.new_id(), words, {"transcribe_audio": (now - 0.2, now)})

        async def speak(_: str) -> None:
            pass

        await self.turns.take(party, heard, speak)
        await self.sessions.end(party, by="caller")
        return party


def tracer_to(url: str, clock: Clock) -> OtlpTracer:
    return OtlpTracer(
        url,
        headers=header_pairs("x-key=a%20b, other=1"),
        resource={"service.name": "ringback"},
        clock=clock,
    )


@pytest.fixture
async def traced(house: House, seen: Collector) -> AsyncIterator[Traced]:
    tracer = tracer_to(seen.origin, house.clock)
    async with Supervisor(house.clock) as supervisor:
        supervisor.start("traces", tracer.run())
        yield Traced(house, tracer)
    await tracer.close()


async def arrived(seen: Collector, clock: Clock, *names: str) -> None:
    async with asyncio.timeout(20):
        while not all(seen.named(name) for name in names):
            await clock.sleep(0.02)


@pytest.mark.covers("VT-11")
async def test_the_trace_of_a_turn_shows_exactly_its_stages_the_last_two_side_by_side(
    traced: Traced, seen: Collector
) -> None:
    party = await traced.call(SECRET_WORDS)
    await arrived(seen, traced.house.clock, "call", "turn", *STAGES)
    assert {span.name for span in seen.spans} == {"call", "turn"} | STAGES
    assert len(seen.spans) == 2 + len(STAGES)
    [call], [turn] = seen.named("call"), seen.named("turn")
    assert {span.trace_id for span in seen.spans} == {party.conversation_id.replace("-", "")}
    assert (call.parent_id, turn.parent_id) == ("", call.span_id)
    stages = {span.name: span for span in seen.spans if span.name in STAGES}
    assert {span.parent_id for span in stages.values()} == {turn.span_id}
    respond, extract = stages["respond"], stages["extract_concepts"]
    assert respond.begin_ns < extract.end_ns
    assert extract.begin_ns < respond.end_ns
    assert stages["transcribe_audio"].end_ns <= stages["generate_embedding"].begin_ns
    assert all(turn.begin_ns <= span.begin_ns <= span.end_ns <= turn.end_ns
               for span in stages.values())  # fmt: skip


async def test_nobodys_words_or_number_are_in_a_trace(traced: Traced, seen: Collector) -> None:
    await traced.call(SECRET_WORDS)
    await arrived(seen, traced.house.clock, "call", "turn")
    sent = b"".join(seen.bodies)
    said = traced.house.mind.words
    for words in (SECRET_WORDS, "Anna", "Lisbon", said, "+1500"):
        assert words.encode() not in sent
    assert seen.resource == {"service.name": "ringback"}
    assert seen.headers[0]["x-key"] == "a b"


async def test_a_collector_that_is_away_costs_no_turn_and_gets_the_spans_later(
    traced: Traced, seen: Collector
) -> None:
    seen.statuses = [503, 429]
    await traced.call("I am tired.")
    await arrived(seen, traced.house.clock, "call", "turn")
    assert len(seen.named("turn")) == 1  # sent again, told once


async def test_what_a_collector_refuses_is_given_up(traced: Traced, seen: Collector) -> None:
    seen.statuses = [400]
    await traced.call("I am tired.")
    async with asyncio.timeout(20):
        while seen.statuses:
            await traced.house.clock.sleep(0.02)
    await traced.call("I am tired again.")
    await arrived(seen, traced.house.clock, "call", "turn")
    assert len({span.trace_id for span in seen.spans}) == 1


async def test_spans_that_wait_are_bounded(clock: Clock) -> None:
    tracer = tracer_to("http://127.0.0.1:1", clock)
    span = TraceSpan("0" * 31 + "1", "0" * 15 + "1", "", "call", Instant(0), Instant(1))
    tracer.add([span] * (WAITING_MAX + 5))
    assert tracer.dropped == 5
    await tracer.close()


async def test_what_is_left_is_sent_at_the_end(clock: Clock, seen: Collector) -> None:
    tracer = tracer_to(seen.origin, clock)
    tracer.add([TraceSpan("0" * 31 + "1", "0" * 15 + "1", "", "call", Instant(0), Instant(1))])
    await tracer.close()
    assert len(seen.named("call")) == 1
