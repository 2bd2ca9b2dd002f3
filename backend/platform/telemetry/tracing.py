"""Spans of a trace: what took how long within what, told to whoever follows; never any words."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol
from urllib.parse import unquote

from backend.kernel.clock import Instant

Fact = str | int | float | bool


@dataclass(frozen=True, slots=True)
class TraceSpan:
    """One stretch of time. Its names follow from our own ids, so that every process, and whatever

    is told later, finds the same trace without anybody handing it on.
    """

    trace_id: str  # 32 hexadecimal digits
    span_id: str  # 16
    parent_id: str  # empty: the trace's root
    name: str
    begin: Instant
    end: Instant
    facts: Mapping[str, Fact] = field(default_factory=dict)


class Tracer(Protocol):
    """Takes spans; never waits, never fails."""

    def add(self, spans: Iterable[TraceSpan]) -> None:
        """Take spans that are over."""
        ...


class Collector(Tracer, Protocol):
    """A tracer that sends what it takes to somebody outside."""

    async def run(self) -> None:
        """Send what comes, for ever."""
        ...

    async def close(self) -> None:
        """Send what is left, if that goes quickly."""
        ...


class NoTracer:
    """Nobody follows."""

    def add(self, spans: Iterable[TraceSpan]) -> None:
        """Forget them."""


def header_pairs(text: str) -> dict[str, str]:
    """Return headers as OpenTelemetry's environment writes them: "name=value,name=value"."""
    pairs = (part.partition("=") for part in text.split(","))
    return {name.strip(): unquote(value.strip()) for name, _, value in pairs if name.strip()}


def trace_id_of(identifier: str) -> str:
    """Return the trace of a call: its UUID is as long as a trace's id."""
    return identifier.replace("-", "").lower()


def span_id_of(identifier: str, name: str = "") -> str:
    """Return the id of a span: of a row of ours, or of a named part of it."""
    return hashlib.sha256(f"{identifier}/{name}".encode()).hexdigest()[:16]
