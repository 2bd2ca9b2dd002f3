"""Holds what happened against what was expected; nothing here listens or waits."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from backend.cli.script.types import Expectation, pattern_of

WORDS_SHOWN_MAX = 160


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is true when an expectation is read."""

    said: Sequence[str] = ()  # the reply as it was kept, and as it was heard aloud
    heard: str = ""  # what the companion understood
    wait_s: float | None = None  # last word → first sound; None: no sound came
    stop_s: float | None = None  # interruption → silence; None: it did not fall silent
    goes_on: bool = False
    is_hung_up: bool = False
    ended_by: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was expected, and whether it is so."""

    claim: str
    is_met: bool
    detail: str = ""


def judged(wanted: Expectation, found: Outcome) -> list[Finding]:
    """Return a finding for each thing that was expected."""
    return [*_texts(wanted, found), *_times(wanted, found), *_states(wanted, found)]


def _texts(wanted: Expectation, found: Outcome) -> Iterator[Finding]:
    aloud = _short(next((text for text in found.said if text), "nothing"))
    for text in wanted.says:
        is_met = any(pattern_of(text).search(said) for said in found.said)
        yield Finding(f"says “{text}”", is_met, f"it said: {aloud}")
    for text in wanted.says_not:
        is_met = not any(pattern_of(text).search(said) for said in found.said)
        yield Finding(f"does not say “{text}”", is_met, f"it said: {aloud}")
    for text in wanted.hears:
        is_met = bool(pattern_of(text).search(found.heard))
        yield Finding(f"hears “{text}”", is_met, f"it heard: {_short(found.heard) or 'nothing'}")


def _times(wanted: Expectation, found: Outcome) -> Iterator[Finding]:
    for name, limit_s, real_s, never in (
        ("answers", wanted.within, found.wait_s, "no sound came"),
        ("falls silent", wanted.stops_within, found.stop_s, "it spoke on"),
    ):
        if limit_s is not None:
            is_met = real_s is not None and real_s <= limit_s
            detail = never if real_s is None else f"{real_s:.2f} s"
            yield Finding(f"{name} within {limit_s:g} s", is_met, detail)


def _states(wanted: Expectation, found: Outcome) -> Iterator[Finding]:
    if wanted.goes_on is not None:
        claim = "goes on" if wanted.goes_on else "does not go on"
        detail = "it went on" if found.goes_on else "it did not go on"
        yield Finding(claim, found.goes_on is wanted.goes_on, detail)
    if wanted.hung_up is not None:
        claim = "hangs up" if wanted.hung_up else "stays on the line"
        detail = "it hung up" if found.is_hung_up else "it is still there"
        yield Finding(claim, found.is_hung_up is wanted.hung_up, detail)
    if wanted.ended_by:
        is_met = found.ended_by == wanted.ended_by
        yield Finding(f"ends by {wanted.ended_by}", is_met, found.ended_by or "it has not ended")


def _short(text: str) -> str:
    return text if len(text) <= WORDS_SHOWN_MAX else f"{text[: WORDS_SHOWN_MAX - 1]}…"
