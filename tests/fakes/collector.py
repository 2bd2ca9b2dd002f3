"""An OTLP collector on a loopback socket: reads what a real one reads, by OpenTelemetry's types."""

import base64
import binascii
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from google.protobuf import json_format
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest


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


class Collector:
    """Keeps what was sent; a test may have it refuse."""

    def __init__(self) -> None:
        self.url = ""
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


@contextmanager
def collector() -> Iterator[Collector]:
    """Listen until the test is over."""
    seen = Collector()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            status = seen.take(self.path, body, {k.lower(): v for k, v in self.headers.items()})
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, format: str, *arguments: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        seen.url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield seen
        finally:
            server.shutdown()
            thread.join()
