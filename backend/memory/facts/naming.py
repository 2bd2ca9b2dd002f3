"""Who is meant by a name: two Annas stay two, until somebody says that they are one.

Pure, and the same in whatever order things were said: whoever is named without saying which one is
the only one that was known by then, or the first that was introduced later; so is "my sister",
without her name. Where several could be meant it stays open which: nothing is joined by a guess.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from backend.kernel.clock import Instant
from backend.memory.facts.claims import Claim, Weight
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
class _Introduced:
    """Which of several bear a name, and who is called "my sister", each since when."""

    which: dict[str, dict[str, Instant]] = field(default_factory=dict)
    who: dict[str, dict[str, Instant]] = field(default_factory=dict)

    def add(self, named: Named, said_at: Instant) -> None:
        key, which = named.identity
        self.which.setdefault(key, {}).setdefault(which, said_at)
        self.who.setdefault(which, {}).setdefault(key, said_at)


@dataclass(slots=True)
class Names:
    """Who was introduced as what, and which names are one.

    Whom a guest introduces is known to guests' words alone: the owner's Anna stays who she was.
    """

    merged: Mapping[Identity, Named] = field(default_factory=dict)  # a name → the one that is kept
    _owners: _Introduced = field(default_factory=_Introduced)
    _guests: _Introduced = field(default_factory=_Introduced)  # the owner's among them
    _shown: dict[str, str] = field(default_factory=dict)  # name → as it was said first

    def introduce(self, claims: Iterable[Claim]) -> None:
        """Take note of everybody who is told from others of the same name."""
        for claim in sorted(claims, key=lambda each: each.order):
            for named in introductions(claim):
                self._shown.setdefault(named.identity[0], named.name)
                self._guests.add(named, claim.said_at)
                if claim.weight is not Weight.GUEST:
                    self._owners.add(named, claim.said_at)

    def of(self, claim: Claim) -> Identity:
        """Return who a claim is about."""
        name, which = claim.name_key, folded(claim.qualifier)
        known = self._guests if claim.weight is Weight.GUEST else self._owners
        if is_unnamed(claim):
            name = _meant(known.who.get(which, {}), claim.said_at) or name
        elif name != ONESELF and not which:
            which = _meant(known.which.get(name, {}), claim.said_at)
        return self.kept((name, which))

    def is_told_apart(self, key: str) -> bool:
        """Say whether anybody of this folded name was introduced."""
        return key in self._guests.which

    def which(self, key: str, said_at: Instant) -> str:
        """Return which of several a bare name means in words of then; "" where it stays open."""
        return _meant(self._owners.which.get(key, {}), said_at)

    def kept(self, identity: Identity) -> Identity:
        """Return who somebody is now, after every merge."""
        for _ in range(MERGES_MAX):
            kept = self.merged.get(identity)
            if kept is None:
                break
            identity = kept.identity
        return identity

    def called(self, identity: Identity, claims: Iterable[Claim]) -> Named:
        """Return how somebody is called: by the name that was kept, else as they were named."""
        for kept in self.merged.values():
            if kept.identity == identity:
                return kept
        name, which = identity
        said = [claim for claim in claims if claim.name_key == name]
        last = max(said, key=lambda claim: (claim.weight, claim.order), default=None)
        shown = self._shown.get(name, name) if last is None else last.name
        return Named(shown, which)


def introductions(claim: Claim) -> list[Named]:
    """Return who is told from others by a claim: "Anna from work", "my sister is Anna"."""
    found = []
    if claim.qualifier and not is_unnamed(claim):
        found.append(Named(claim.name, claim.qualifier))
    if claim.name == ONESELF and claim.predicate in KIN:
        found.append(Named(claim.object, claim.predicate))
    return found


def introduces_anew(claims: Iterable[Claim], known: Iterable[Claim]) -> bool:
    """Say whether anybody is told apart whom nobody had introduced so by then.

    Whoever was has been meant ever since: to introduce them again moves nothing.
    """
    since: dict[tuple[Identity, bool], Instant] = {}
    for claim in known:
        for named in introductions(claim):
            for is_owners in {False, claim.weight is not Weight.GUEST}:
                key = named.identity, is_owners
                since[key] = min(since.get(key, claim.said_at), claim.said_at)
    return any(
        claim.said_at < since.get((named.identity, claim.weight is not Weight.GUEST), claim.said_at)
        or (named.identity, claim.weight is not Weight.GUEST) not in since
        for claim in claims
        for named in introductions(claim)
    )


def is_unnamed(claim: Claim) -> bool:
    """Say whether somebody is told by their relation alone, as "my sister"."""
    return claim.name_key in KIN and folded(claim.qualifier).endswith(claim.name_key)


def _meant(known: Mapping[str, Instant], said_at: Instant) -> str:
    """Return the only one that was known by then, else the first that was introduced later."""
    before = [each for each, at in known.items() if at <= said_at]
    if before:
        return before[0] if len(before) == 1 else ""
    first = min(known.values(), default=None)
    meant = [each for each, at in known.items() if at == first]
    return meant[0] if len(meant) == 1 else ""
