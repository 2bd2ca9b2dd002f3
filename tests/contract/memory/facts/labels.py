"""Reads the labelled utterances and scores a reader against them."""

import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from backend.kernel.clock import SECOND, Instant
from backend.memory.facts.types import ReadFact

FOLDER = Path(__file__).parent
SAID_AT = Instant(round(datetime(2026, 11, 21, 10, tzinfo=UTC).timestamp() * SECOND))
ZONE = "Europe/Berlin"
SPEAKER = "Martin"

Reader = Callable[[str], Sequence[ReadFact]]


@dataclass(frozen=True)
class Label:
    """A fact as somebody wrote it beside an utterance."""

    subject: str
    predicate: str
    object: str
    is_optional: bool
    flags: tuple[str, ...]

    def is_told_by(self, fact: ReadFact) -> bool:
        """Say whether a reader found it, with whatever else was written beside it."""
        same = (
            folded(fact.subject or "me") == folded(self.subject)
            and fact.predicate == self.predicate
            and folded(fact.object) == folded(self.object)
            and fact.is_ended == ("ended" in self.flags)
        )
        return same and all(self._holds(flag, fact) for flag in self.flags)

    def _holds(self, flag: str, fact: ReadFact) -> bool:
        kind, _, value = flag.partition(" ")
        if kind in {"since", "until"}:
            day = datetime.fromisoformat(value).replace(tzinfo=ZoneInfo(ZONE))
            told = fact.valid_from if kind == "since" else fact.valid_to
            return told == round(day.timestamp() * SECOND)
        if kind == "which":
            return fact.qualifier == value
        return fact.is_pinned if kind == "pinned" else kind == "ended"


@dataclass(frozen=True)
class Utterance:
    """Something that was said, and what is to be read from it."""

    text: str
    labels: tuple[Label, ...]

    @property
    def has_facts(self) -> bool:
        """Say whether something must be read from it."""
        return any(not label.is_optional for label in self.labels)


@dataclass
class Score:
    """How many facts were read rightly, wrongly, or not at all."""

    right: int = 0
    wrong: list[str] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)
    wanted: int = 0

    @property
    def precision(self) -> float:
        """Return the share of what was read that is so."""
        return self.right / max(1, self.right + len(self.wrong))

    @property
    def recall(self) -> float:
        """Return the share of what was told that was read."""
        return 1 - len(self.missed) / max(1, self.wanted)


def utterances(part: str) -> list[Utterance]:
    """Return one part of the set: "dev", "heldout", "spoken" or "fresh"."""
    lines = tomllib.loads((FOLDER / f"{part}.toml").read_text(encoding="utf-8"))["said"]
    return [Utterance(line["text"], tuple(map(_label, line.get("facts", [])))) for line in lines]


def score(said: Sequence[Utterance], reader: Reader) -> Score:
    """Hold a reader against utterances."""
    found = Score()
    for utterance in said:
        facts = list(reader(utterance.text))
        for fact in facts:
            if any(label.is_told_by(fact) for label in utterance.labels):
                found.right += 1
            else:
                told = f"{fact.subject or 'me'} | {fact.predicate} | {fact.object}"
                ended = "; ended" if fact.is_ended else ""
                found.wrong.append(f"{utterance.text!r}: {told}{ended} {fact.valid_from or ''}")
        for label in utterance.labels:
            if label.is_optional:
                continue
            found.wanted += 1
            if not any(label.is_told_by(fact) for fact in facts):
                found.missed.append(f"{utterance.text!r}: {label.predicate} | {label.object}")
    return found


def folded(text: str) -> str:
    """Return words as they are compared: without case, and without an article before them."""
    low = text.casefold().replace("\u2019", "'")
    for article in ("a ", "an ", "the ", "my "):
        low = low.removeprefix(article)
    return low


def _label(written: str) -> Label:
    fact, *flags = (part.strip() for part in written.split(";"))
    is_optional = fact.startswith("?")
    subject, predicate, value = (part.strip() for part in fact.removeprefix("?").split("|"))
    return Label(subject, predicate, value, is_optional, tuple(flags))
