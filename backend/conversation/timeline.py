"""What a turn spent its time on: each stage's start and end, from the turn's own zero."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from backend.kernel.clock import Clock

Span = tuple[float, float]  # monotonic seconds: from, to


class Timeline:
    """The spans of one turn; a span that never ended is not in it."""

    def __init__(self, clock: Clock, earlier: Mapping[str, Span] | None = None) -> None:
        """Begin at the first of the stages that ran before the turn was taken."""
        self._clock = clock
        self._spans: dict[str, Span] = dict(earlier or {})
        began = [begin for begin, _ in self._spans.values()]
        self._zero = min(began, default=clock.monotonic())

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
        """Return span → [start ms, end ms], as it is kept."""
        return {
            name: [self._ms(begin), self._ms(end)] for name, (begin, end) in self._spans.items()
        }

    def durations(self) -> dict[str, float]:
        """Return span → milliseconds, as it is told."""
        return {name: round((end - begin) * 1000, 1) for name, (begin, end) in self._spans.items()}

    def _ms(self, at: float) -> float:
        return round((at - self._zero) * 1000, 1)
