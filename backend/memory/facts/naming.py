"""Who is meant by a name: two Annas stay two, until somebody says that they are one.

Pure, and the same in whatever order things were said: whoever is named without saying which one is
the only one that was known by then, or the first that was introduced later. Where several could be
meant, it stays open which: nothing is ever joined by a guess.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from backend.kernel.clock import Instant
from backend.memory.facts.claims import Claim
from backend.memory.facts.predicates import KIN
from backend.memory.facts.types import ONESELF
from backend.memory.graph.types import folded

Identity = tuple[str, str]  # a folded name, and which of several it is
MERGES_MAX = 16  # names that lead from one to the next


@dataclass(frozen=True, slots=True)
class Named:
    """Somebody as we call them."""

    name: str
    qualifier: str = ""

    @property
    def identity(self) -> Identity:
        """Return who it is."""
        return folded(self.name), folded(self.qualifier)


@dataclass(slots=True)
class Names:
    """Who was introduced as what, and which names are one."""

    introduced: dict[str, dict[str, Instant]] = field(default_factory=dict)
    merged: Mapping[Identity, Named] = field(default_factory=dict)  # a name → the one that is kept

    def introduce(self, claims: Iterable[Claim]) -> None:
        """Take note of everybody who is told from others of the same name."""
        for claim in claims:
            for key, qualifier in introductions(claim):
                known = self.introduced.setdefault(key, {})
                known[qualifier] = min(claim.said_at, known.get(qualifier, claim.said_at))

    def of(self, claim: Claim) -> Identity:
        """Return who a claim is about."""
        identity = claim.name_key, folded(claim.qualifier) or self._which(claim)
        for _ in range(MERGES_MAX):
            kept = self.merged.get(identity)
            if kept is None:
                break
            identity = kept.identity
        return identity

    def called(self, identity: Identity, claim: Claim) -> Named:
        """Return how somebody is called: by the name that was kept, else as they were named."""
        for kept in self.merged.values():
            if kept.identity == identity:
                return kept
        is_told = folded(claim.qualifier) == identity[1]
        return Named(claim.name, claim.qualifier if is_told else identity[1])

    def _which(self, claim: Claim) -> str:
        known = self.introduced.get(claim.name_key)
        if claim.name == ONESELF or not known:
            return ""
        before = [qualifier for qualifier, at in known.items() if at <= claim.said_at]
        if before:
            return before[0] if len(before) == 1 else ""
        first = min(known.values())
        meant = [qualifier for qualifier, at in known.items() if at == first]
        return meant[0] if len(meant) == 1 else ""


def introductions(claim: Claim) -> list[Identity]:
    """Return who is told from others by a claim: "Anna from work", "my sister is Anna"."""
    found = []
    if claim.qualifier:
        found.append((claim.name_key, folded(claim.qualifier)))
    if claim.name == ONESELF and claim.predicate in KIN:
        found.append((folded(claim.object), claim.predicate))
    return found
