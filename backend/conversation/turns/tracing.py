"""A call as a trace: the call, its turns within it, and each turn's stages as its timeline says."""

from collections.abc import Iterator, Mapping

from backend.conversation.sessions import EndedCall
from backend.conversation.turns.timeline import Span
from backend.conversation.turns.types import Draft
from backend.kernel.clock import SECOND, Clock, Instant
from backend.platform.telemetry.tracing import Fact, Tracer, TraceSpan, span_id_of, trace_id_of


class CallTraces:
    """Tells a tracer of calls and turns: names, times and engines, never words or numbers."""

    def __init__(self, tracer: Tracer, *, clock: Clock) -> None:
        self._tracer, self._clock = tracer, clock

    def turn(self, draft: Draft, spans: Mapping[str, Span]) -> None:
        """Tell of a turn's stages that are over; the turn itself, once it is committed."""
        self._tracer.add(self._turn(draft, spans))

    def call(self, call: EndedCall) -> None:
        """Tell of an exchange that is over."""
        span = TraceSpan(
            trace_id=trace_id_of(call.conversation_id),
            span_id=span_id_of(call.conversation_id),
            parent_id="",
            name="call",
            begin=call.started_at,
            end=call.ended_at,
            facts={
                "ringback.conversation_id": call.conversation_id,
                "ringback.carrier": call.carrier,
                "ringback.ended_by": call.ended_by,
            },
        )
        self._tracer.add([span])

    def _turn(self, draft: Draft, spans: Mapping[str, Span]) -> Iterator[TraceSpan]:
        # One pair of readings for all: between two of them the clocks may drift apart.
        zero = self._clock.now() - round(self._clock.monotonic() * SECOND)
        turn_id, conversation_id = draft.heard.turn_id, draft.party.conversation_id
        trace_id, turn_span = trace_id_of(conversation_id), span_id_of(turn_id)
        if "commit" in spans:
            whole = (
                min(begin for begin, _ in spans.values()),
                max(end for _, end in spans.values()),
            )
            yield _span(
                "turn",
                whole,
                zero=zero,
                ids=(trace_id, turn_span, span_id_of(conversation_id)),
                facts=_facts(draft),
            )
        for name, span in spans.items():
            ids = (trace_id, span_id_of(turn_id, name), turn_span)
            yield _span(name, span, zero=zero, ids=ids, facts={})


def _span(
    name: str, span: Span, *, zero: int, ids: tuple[str, str, str], facts: Mapping[str, Fact]
) -> TraceSpan:
    begin, end = (Instant(zero + round(moment * SECOND)) for moment in span)
    return TraceSpan(*ids, name=name, begin=begin, end=end, facts=facts)


def _facts(draft: Draft) -> dict[str, Fact]:
    facts: dict[str, Fact] = {
        "ringback.turn_id": draft.heard.turn_id,
        "ringback.carrier": draft.party.carrier,
        "ringback.engine": draft.engine,
        "ringback.cost_micros": draft.cost_micros,
    }
    facts |= {f"ringback.engine.{port}": name for port, name in draft.details.engines.items()}
    if draft.details.why:
        facts["ringback.end.why"] = draft.details.why
        facts["ringback.end.silence_ms"] = draft.details.silence_ms
    return facts
