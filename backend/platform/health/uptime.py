"""Reckons how long a part was up: exactly, to the microsecond, from the changes that were kept."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from backend.kernel.clock import Instant

Span = tuple[int, int]  # from, to; microseconds


@dataclass(frozen=True, slots=True)
class Moment:
    """From here on a part was well, or was not."""

    at: Instant
    is_ok: bool


@dataclass(frozen=True, slots=True)
class Tally:
    """How long somebody watched a part, how long of it the part was down, how often it broke."""

    watched: int  # microseconds
    down: int
    breaks: int

    @property
    def ratio(self) -> float | None:
        """Return the share of the time in which it was up; None when nobody watched."""
        return None if not self.watched else (self.watched - self.down) / self.watched


def tally(moments: Sequence[Moment], watches: Iterable[Span], window: Span) -> Tally:
    """Reckon a part's time within a window. A process that was stopped saw nothing:

    what lies between its watches is neither up nor down.
    """
    states = _states(moments, window[1])
    spans = [span for watch in watches if (span := _common(watch, window)) is not None]
    watched = sum(_overlap(span, state) for span in spans for state, _ in states)
    down = sum(_overlap(span, state) for span in spans for state, is_ok in states if not is_ok)
    breaks = sum(
        not moment.is_ok and window[0] <= moment.at < window[1] and (index > 0)
        for index, moment in enumerate(_changes(moments))
    )
    return Tally(watched, down, breaks)


def watches(moments: Sequence[Moment], seen_until: int) -> list[Span]:
    """Return when a process watched, from its beginnings and ends; the last may still go on."""
    spans: list[Span] = []
    began: int | None = None
    for moment in moments:
        if began is not None:
            spans.append((began, moment.at))
        began = moment.at if moment.is_ok else None
    if began is not None and seen_until > began:
        spans.append((began, seen_until))
    return spans


def _changes(moments: Sequence[Moment]) -> list[Moment]:
    """Leave out what says again what was so before."""
    return [
        moment
        for index, moment in enumerate(moments)
        if index == 0 or moments[index - 1].is_ok != moment.is_ok
    ]


def _states(moments: Sequence[Moment], until: int) -> list[tuple[Span, bool]]:
    ends = [*(moment.at for moment in moments[1:]), max(until, moments[-1].at if moments else 0)]
    return [((moment.at, end), moment.is_ok) for moment, end in zip(moments, ends, strict=False)]


def _common(one: Span, other: Span) -> Span | None:
    begin, end = max(one[0], other[0]), min(one[1], other[1])
    return (begin, end) if begin < end else None


def _overlap(one: Span, other: Span) -> int:
    return max(0, min(one[1], other[1]) - max(one[0], other[0]))
