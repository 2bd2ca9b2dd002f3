"""An OTLP collector on a loopback socket: reads what a real one reads, by OpenTelemetry's types."""

import base64
import binascii
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from google.protobuf import json_format
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.fakes.http_server import Handler, HttpServer


@dataclass(frozen=True, slots=True)
class SeenSpan:
    """One span, as the collector understood it."""

    trace_id: str
    span_id: str
    parent_id: str
    name: str
    begin_ns: int
    end_ns: int
    facts: dict[str, Any]


class Collector(HttpServer):
    """Keeps what was sent; a test may have it refuse."""

    def __init__(self) -> None:
        super().__init__()
        self.bodies: list[bytes] = []
        self.headers: list[dict[str, str]] = []
        self.spans: list[SeenSpan] = []
        self.resource: dict[str, Any] = {}
        self.statuses: list[int] = []  # answers of the next requests; then 200

    def take(self, path: str, body: bytes, headers: dict[str, str]) -> int:
        status = self.statuses.pop(0) if self.statuses else 200
        if path != "/v1/traces":
            return 404
        if status == 200:
            self.bodies.append(body)
            self.headers.append(headers)
            self._read(json.loads(body))
        return status

    def named(self, name: str) -> list[SeenSpan]:
        return [span for span in self.spans if span.name == name]

    def _read(self, body: dict[str, Any]) -> None:
        # OTLP's JSON writes ids in hexadecimal, where Protobuf's own would have base64.
        for span in _spans(body):
            for name in ("traceId", "spanId", "parentSpanId"):
                if name in span:
                    raw = binascii.unhexlify(span[name])
                    span[name] = base64.b64encode(raw).decode()
        request = json_format.ParseDict(body, ExportTraceServiceRequest())
        for resource in request.resource_spans:
            self.resource = {fact.key: _value(fact.value) for fact in resource.resource.attributes}
            for scope in resource.scope_spans:
                for span in scope.spans:
                    assert len(span.trace_id) == 16
                    assert len(span.span_id) == 8
                    self.spans.append(
                        SeenSpan(
                            trace_id=span.trace_id.hex(),
                            span_id=span.span_id.hex(),
                            parent_id=span.parent_span_id.hex(),
                            name=span.name,
                            begin_ns=span.start_time_unix_nano,
                            end_ns=span.end_time_unix_nano,
                            facts={fact.key: _value(fact.value) for fact in span.attributes},
                        )
                    )


def _spans(body: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for resource in body["resourceSpans"]:
        for scope in resource["scopeSpans"]:
            yield from scope["spans"]


def _value(value: Any) -> Any:
    return getattr(value, value.WhichOneof("value"))


class _Handler(Handler):
    def post(self) -> None:
        body = self.sent()
        self.answer(self.server.owner.take(self.path, body, self.small_headers()), b"{}")


Collector.handler = _Handler
