"""Joins what several searches found into one order, and decides what is relevant at all."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

DENSE, LEXICAL, SPEAKER = "dense", "lexical", "speaker"

# Scores are joined, not ranks: how sure a search is counts (measured on LoCoMo's development half,
# 4 to 5 points of recall@10 above reciprocal ranks).
WEIGHTS: Mapping[str, float] = {DENSE: 1.0, LEXICAL: 0.6, SPEAKER: 0.6}


JUST_BELOW = 0.999


@dataclass(frozen=True, slots=True)
class Floors:
    """From where on something is about the question; below, silence is the honest answer."""

    sure: float  # a cosine that needs no word in common
    near: float  # a cosine that needs some words in common
    some_words: float = 0.3  # share of the question's words that makes a near one relevant
    most_words: float = 0.6  # share that needs no cosine at all

    def for_a_list(self) -> "Floors":
        """Return the floors of a list, which its reader judges: a miss costs more than a stray."""
        return replace(self, sure=0.75 * self.sure, near=0.6 * self.near)


# Cosines are the model's own scale: calibrated on questions about things said and never said.
FLOORS: Mapping[str, Floors] = {
    "minilm": Floors(sure=0.55, near=0.43),
    "hashed": Floors(sure=0.55, near=0.28),
}
FLOORS_DEFAULT = Floors(sure=0.5, near=0.3)


@dataclass(slots=True)
class Candidate:
    """A message that some search found."""

    message_id: str
    cosine: float = 0.0
    lexical: float = 0.0
    coverage: float = 0.0
    is_speaker_named: bool = False
    is_measured: bool = True  # False: it has no vector yet, so that its cosine says nothing

    @property
    def has_all_words(self) -> bool:
        """Say whether full text found it, with every word of the question."""
        return self.lexical > 0.0 and self.coverage >= 1.0

    def is_relevant(self, floors: Floors) -> bool:
        """Say whether it bears on the question."""
        if self.coverage >= floors.most_words or self.cosine >= floors.sure:
            return True
        return self.cosine >= floors.near and self.coverage >= floors.some_words


def floors_of(model: str) -> Floors:
    """Return the floors of an embedding model."""
    return next(
        (floors for name, floors in FLOORS.items() if name in model.lower()), FLOORS_DEFAULT
    )


def signals(candidates: list[Candidate]) -> list[dict[str, float]]:
    """Return each candidate's share of every signal, in the order of the candidates.

    What has no vector yet stands among the meanings where it stands among the words.
    """
    cosines = [candidate.cosine for candidate in candidates if candidate.is_measured]
    # Few candidates say nothing about the spread: then the cosine itself is the measure.
    low = min(cosines, default=0.0) if len(cosines) >= 20 else 0.0
    dense_range = max(max(cosines, default=0.0) - low, 1e-6)
    places = _places(candidates)
    measured = sorted(cosines, reverse=True)
    lexical_top = max((candidate.lexical for candidate in candidates), default=0.0) or 1.0
    standing = [_cosine(candidate, measured, places) for candidate in candidates]
    return [
        {
            DENSE: WEIGHTS[DENSE] * max(cosine - low, 0.0) / dense_range,
            LEXICAL: WEIGHTS[LEXICAL] * candidate.lexical / lexical_top,
            SPEAKER: WEIGHTS[SPEAKER] * candidate.is_speaker_named,
        }
        for candidate, cosine in zip(candidates, standing, strict=True)
    ]


def words_first(candidates: list[Candidate], shares: list[dict[str, float]]) -> None:
    """Put what has all the words before what has none of them and only lies near.

    A model that never saw a script finds all of it alike: what it says of an exact word counts
    less than the word. The near ones keep their order among themselves.
    """
    told = list(zip(candidates, shares, strict=True))
    exact = [sum(share.values()) for each, share in told if each.has_all_words]
    without = [(each, share) for each, share in told if not (each.lexical or each.has_all_words)]
    highest = max((sum(share.values()) for _, share in without), default=0.0)
    if not exact or highest < min(exact):
        return
    for _, share in without:
        for name in share:
            share[name] *= JUST_BELOW * min(exact) / highest


def _places(candidates: list[Candidate]) -> dict[str, int]:
    """Return the how-manieth each is by its words alone."""
    found = [candidate for candidate in candidates if candidate.lexical]
    found.sort(key=lambda each: (-each.lexical, each.message_id))
    return {candidate.message_id: place for place, candidate in enumerate(found)}


def _cosine(candidate: Candidate, measured: list[float], places: Mapping[str, int]) -> float:
    if candidate.is_measured:
        return candidate.cosine
    place = places.get(candidate.message_id, len(measured))
    return measured[place] if place < len(measured) else 0.0
