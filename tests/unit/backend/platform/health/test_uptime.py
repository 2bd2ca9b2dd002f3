"""Uptime is exact: it agrees with counting every single moment."""

from hypothesis import given
from hypothesis import strategies as st

from backend.kernel.clock import Instant
from backend.platform.health.uptime import Moment, tally, watches

TIMES = st.integers(0, 60)
MOMENTS = st.lists(
    st.builds(Moment, TIMES.map(Instant), st.booleans()), max_size=12, unique_by=lambda m: m.at
).map(lambda moments: sorted(moments, key=lambda moment: moment.at))


@st.composite
def spans(draw: st.DrawFn) -> list[tuple[int, int]]:
    edges = sorted(draw(st.sets(TIMES, max_size=8)))
    return [(edges[i], edges[i + 1]) for i in range(0, len(edges) - 1, 2)]


def counted(
    moments: list[Moment], watched: list[tuple[int, int]], window: tuple[int, int]
) -> tuple[int, int]:
    """Count tick by tick: what the arithmetic must agree with."""
    total = down = 0
    for tick in range(window[0], window[1]):
        known = [moment for moment in moments if moment.at <= tick]
        if not known or not any(begin <= tick < end for begin, end in watched):
            continue
        total += 1
        down += not known[-1].is_ok
    return total, down


@given(MOMENTS, spans(), TIMES, TIMES)
def test_it_agrees_with_counting_every_moment(
    moments: list[Moment], watched: list[tuple[int, int]], one: int, other: int
) -> None:
    window = (min(one, other), max(one, other))
    told = tally(moments, watched, window)
    assert (told.watched, told.down) == counted(moments, watched, window)
    assert told.down <= told.watched
    assert told.ratio is None or 0 <= told.ratio <= 1


@given(MOMENTS, spans(), st.integers(1, 59))
def test_two_windows_side_by_side_add_up(
    moments: list[Moment], watched: list[tuple[int, int]], cut: int
) -> None:
    both = [tally(moments, watched, window) for window in ((0, cut), (cut, 60))]
    whole = tally(moments, watched, (0, 60))
    assert whole.watched == sum(part.watched for part in both)
    assert whole.down == sum(part.down for part in both)
    assert whole.breaks == sum(part.breaks for part in both)


def test_the_time_of_a_stopped_process_is_neither_up_nor_down() -> None:
    moments = [Moment(Instant(0), True), Moment(Instant(10), False), Moment(Instant(90), True)]
    told = tally(moments, [(0, 20), (80, 100)], (0, 100))
    assert (told.watched, told.down, told.breaks) == (40, 20, 1)


def test_a_watch_ends_where_the_process_ended_or_was_last_seen() -> None:
    began_and_ended = [
        Moment(Instant(1), True),
        Moment(Instant(5), False),
        Moment(Instant(9), True),
    ]
    assert watches(began_and_ended, 12) == [(1, 5), (9, 12)]
    assert watches(began_and_ended, 3) == [(1, 5)]
