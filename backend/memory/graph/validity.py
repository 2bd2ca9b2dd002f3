"""Which relations end when another begins: somebody lives in one place at a time."""

from collections.abc import Sequence

from backend.kernel.clock import Instant

# Predicates of which only the latest holds; those of one group take each other's place.
SINGLE: tuple[frozenset[str], ...] = (
    frozenset({"lives in", "moved to"}),
    frozenset({"works in"}),
    frozenset({"born in"}),
)


def alike(predicate: str) -> frozenset[str]:
    """Return the predicates whose place a new one takes; none for those that stand side by side."""
    return next((group for group in SINGLE if predicate in group), frozenset())


def ends(said: Sequence[tuple[str, int]]) -> list[Instant | None]:
    """Return until when each (object, since) holds, in the order of their beginnings."""
    found: list[Instant | None] = []
    for place, (object_id, _) in enumerate(said):
        later = (since for other, since in said[place + 1 :] if other != object_id)
        until = next(later, None)
        found.append(None if until is None else Instant(until))
    return found
