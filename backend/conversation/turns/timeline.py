"""What a turn spent its time on, and what else became of it: never any of its words."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from backend.kernel.clock import Clock

Span = tuple[float, float]  # monotonic seconds: from, to


class Timeline:
    """The spans of one turn; a span that never ended is not in it."""

    def __init__(self, clock: Clock, earlier: Mapping[str, Span] | None = None) -> None:
        """Begin with the stages that ran before the turn was taken."""
        self._clock = clock
        self._spans: dict[str, Span] = dict(earlier or {})
        self.began = clock.monotonic()

    def add(self, spans: Mapping[str, Span]) -> None:
        """Add stages that were measured elsewhere."""
        self._spans.update(spans)

    @property
    def spans(self) -> Mapping[str, Span]:
        """Return what was measured so far."""
        return dict(self._spans)

    @contextmanager
    def span(self, name: str) -> Iterator[None]:
        """Measure a stage, also one that fails or is cut off."""
        begin = self._clock.monotonic()
        try:
            yield
        finally:
            self._spans[name] = (begin, self._clock.monotonic())

    def close(self, name: str, begin: float) -> None:
        """Add a stage that ends now, for one whose end is written down before it is over."""
        self._spans[name] = (begin, self._clock.monotonic())

    def rows(self) -> dict[str, list[float]]:
        """Return span → [start ms, end ms], as it is kept; the first of them begins at zero."""
        return {name: [self.ms(begin), self.ms(end)] for name, (begin, end) in self._spans.items()}

    def durations(self) -> dict[str, float]:
        """Return span → milliseconds, as it is told."""
        return {name: round((end - begin) * 1000, 1) for name, (begin, end) in self._spans.items()}

    def ms(self, at: float) -> float:
        """Return a moment of the clock, as milliseconds since the turn's zero."""
        zero = min((begin for begin, _ in self._spans.values()), default=self.began)
        return round((at - zero) * 1000, 1)


@dataclass(frozen=True, slots=True)
class Speculated:
    """Work that was done before anybody knew that it would be needed."""

    what: str  # transcript reply
    ms: float
    outcome: str  # used dropped
    turn_id: str = ""  # under which a model's cost was counted


@dataclass(slots=True)
class Details:
    """What a timeline has no span for; `row` is how it is kept."""

    engines: dict[str, str] = field(default_factory=dict)  # hearing, mind, speaking
    why: str = ""  # it was the end of what they said
    silence_ms: int = 0
    voice_began_ms: int = 0  # on the line's own clock, which are its frames
    voice_ended_ms: int = 0
    confidence: float | None = None
    speculated: list[Speculated] = field(default_factory=list)
    read_as: str = ""  # under which its words' own cost was counted
    cost_micros: dict[str, int] = field(default_factory=dict)  # by the turn id it counts under
    interrupted: dict[str, float] = field(default_factory=dict)
    held: list[dict[str, float]] = field(default_factory=list)
    has_filler: bool = False
    resumed_line: int = 0
    told: dict[str, list[str]] = field(default_factory=dict)  # what the reply was from: ids
    is_guests: bool = False  # somebody else spoke than whose line it was
    has_put_right: bool = False  # what was told: there is nothing left to learn from its words
    asks: str = ""  # what we asked them with it: which, right, forget, change

    def row(self) -> dict[str, Any]:  # Any: JSON of several shapes
        """Return what there is to say; what did not happen is left out."""
        told = {
            "engines": self.engines,
            "end": self._end(),
            "confidence": self.confidence,
            "speculated": [self._guess(each) for each in self.speculated],
            "interrupted": self.interrupted,
            "held": self.held,
            "filler": self.has_filler,
            "resumed_line": self.resumed_line,
            "told": self.told,
            "asks": self.asks,
            "guest": self.is_guests,
            "righted": self.has_put_right,
        }
        return {name: value for name, value in told.items() if value or name == "confidence"}

    def _end(self) -> dict[str, Any] | None:
        if not self.why:
            return None
        return {
            "why": self.why,
            "silence_ms": self.silence_ms,
            "voice_began_ms": self.voice_began_ms,
            "voice_ended_ms": self.voice_ended_ms,
        }

    def _guess(self, each: Speculated) -> dict[str, Any]:
        return {
            "what": each.what,
            "ms": each.ms,
            "cost_micros": self.cost_micros.get(each.turn_id, 0),
            "outcome": each.outcome,
        }
