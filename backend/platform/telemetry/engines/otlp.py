"""Sends spans by OTLP over HTTP, as JSON: in batches, bounded, and off everybody's path."""

import asyncio
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import httpx2

from backend.kernel.clock import Clock
from backend.platform.telemetry.logs import get_logger
from backend.platform.telemetry.tracing import Fact, TraceSpan

WAITING_MAX = 4_096  # spans; when the collector is away the oldest are dropped
BATCH_MAX = 512
GATHER_S = 1.0  # what ends within it travels together
ANSWER_S = 5.0
PAUSE_S_MAX = 30.0
FLUSH_S = 2.0  # at our own end
SPAN_KIND_SERVER = 2
SCOPE = {"name": "ringback"}

_log = get_logger("traces")

Json = dict[str, Any]  # Any: JSON


class OtlpTracer:
    """Keeps what waits and sends it; a collector that fails costs spans, never a call."""

    def __init__(
        self, endpoint: str, *, headers: Mapping[str, str], resource: Mapping[str, Fact],
        clock: Clock,
    ) -> None:  # fmt: skip
        self._url = f"{endpoint.rstrip('/')}/v1/traces"
        self._resource = {"attributes": list(_attributes(resource))}
        self._clock = clock
        self._waiting: deque[TraceSpan] = deque(maxlen=WAITING_MAX)
        self._news = asyncio.Event()
        self._client = httpx2.AsyncClient(
            headers=dict(headers), timeout=ANSWER_S, trust_env=False, follow_redirects=False
        )
        self.dropped = 0

    def add(self, spans: Iterable[TraceSpan]) -> None:
        """Take spans that are over."""
        for span in spans:
            self.dropped += len(self._waiting) == WAITING_MAX
            self._waiting.append(span)
        self._news.set()

    async def run(self) -> None:
        """Send what comes, for ever."""
        pause_s = GATHER_S
        while True:
            await self._news.wait()
            await self._clock.sleep(pause_s)
            self._news.clear()
            pause_s = GATHER_S if await self._send_all() else min(pause_s * 2, PAUSE_S_MAX)

    async def close(self) -> None:
        """Send what is left, if that goes quickly."""
        try:
            async with asyncio.timeout(FLUSH_S):
                await self._send_all()
        except TimeoutError:
            _log.warning("spans_lost", spans=len(self._waiting))
        await self._client.aclose()

    async def _send_all(self) -> bool:
        while self._waiting:
            batch = [self._waiting[i] for i in range(min(BATCH_MAX, len(self._waiting)))]
            if not await self._send(batch):
                self._news.set()  # tried again, after a pause
                return False
            for span in batch:
                if self._waiting and self._waiting[0] is span:
                    self._waiting.popleft()
        return True

    async def _send(self, batch: Sequence[TraceSpan]) -> bool:
        """Say whether a batch is done with: taken, or refused for good."""
        try:
            answer = await self._client.post(self._url, json=self._body(batch))
        except httpx2.HTTPError as failure:
            # Its text may repeat the address: only its kind is written down.
            _log.warning("collector_silent", kind=type(failure).__name__)
            return False
        if answer.status_code == 429 or answer.status_code >= 500:
            _log.warning("collector_busy", status=answer.status_code)
            return False
        if answer.status_code >= 400:
            _log.error("spans_refused", status=answer.status_code, spans=len(batch))
        return True

    def _body(self, batch: Sequence[TraceSpan]) -> Json:
        spans = [_span(span) for span in batch]
        scoped = {"scope": SCOPE, "spans": spans}
        return {"resourceSpans": [{"resource": self._resource, "scopeSpans": [scoped]}]}


def _span(span: TraceSpan) -> Json:
    told: Json = {
        "traceId": span.trace_id,
        "spanId": span.span_id,
        "name": span.name,
        "kind": SPAN_KIND_SERVER if not span.parent_id else 1,
        "startTimeUnixNano": str(span.begin * 1_000),
        "endTimeUnixNano": str(max(span.end, span.begin) * 1_000),
        "attributes": list(_attributes(span.facts)),
    }
    if span.parent_id:
        told["parentSpanId"] = span.parent_id
    return told


def _attributes(facts: Mapping[str, Fact]) -> Iterator[Json]:
    for name, fact in facts.items():
        yield {"key": name, "value": _value(fact)}


def _value(fact: Fact) -> Json:
    match fact:
        case bool():
            return {"boolValue": fact}
        case int():
            return {"intValue": str(fact)}
        case float():
            return {"doubleValue": fact}
        case _:
            return {"stringValue": fact}
