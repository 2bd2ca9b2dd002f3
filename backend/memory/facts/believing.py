"""Works out what is true from all that was said: pure, and the same in whatever order it came.

What fills one slot of one subject is told as episodes: each begins with the words that say so, and
ends with those that say otherwise. News are compared by when they were said, never by when they
arrived: an old message that is imported today changes nothing that was said since.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import prod

from backend.kernel.clock import DAY, Instant
from backend.memory.facts.claims import Claim, Weight
from backend.memory.facts.predicates import predicate
from backend.memory.facts.types import Retraction

CONFIDENCE_MAX = 0.99
ANEW_DAYS = 60  # "since May" may be as far from what was said in April: nobody counts days
TRUST: Mapping[Weight, float] = {Weight.GUEST: 0.6, Weight.IMPORT: 0.9, Weight.OWNER: 1.0}
PINNED, UNPINNED = "yes", "no"  # what somebody wished of a fact; else its nature decides


@dataclass(slots=True, eq=False)
class Episode:
    """A stretch of time in which something was true, and what it is known from."""

    claims: list[Claim]
    since: Instant
    until: Instant | None = None
    state: Retraction | None = None  # None: it goes on, if with an `until` then until that
    successor: "Episode | None" = None  # what took its place, or what it was refused for

    def has(self, claim: Claim) -> bool:
        """Say whether a claim says the same: a guest may not say it more exactly than the owner."""
        if claim.value == self.claims[-1].value:  # whatever is in it says the same
            return True
        told = self.told
        is_free = claim.weight >= self.weight or claim.exactness <= told.exactness
        return is_free and claim.says(told)

    @property
    def weight(self) -> Weight:
        """Return the best word that stands for it."""
        return max(claim.weight for claim in self.claims)

    @property
    def told(self) -> Claim:
        """Return the claim whose words tell it: the most exact one, the last of those.

        Only those count whose word counts most, and that do not end it.
        """
        weight = self.weight
        firm = [claim for claim in self.claims if claim.weight is weight]
        said = [claim for claim in firm if not claim.is_ended] or firm
        return max(reversed(said), key=lambda claim: claim.exactness)

    @property
    def best(self) -> Claim:
        """Return the claim by whoever's word counts most, the first of them."""
        return max(self.claims, key=lambda claim: claim.weight)

    @property
    def confidence(self) -> float:
        """Return how sure we may be: everybody who says it adds to it."""
        doubts = [1 - claim.confidence * TRUST[claim.weight] for claim in self.claims]
        return round(min(1 - prod(doubts), CONFIDENCE_MAX), 4)

    def foresee(self, claim: Claim) -> None:
        """Take up until when it will be so: what was said last of that counts."""
        if claim.is_ended:
            return
        if claim.valid_to is not None and claim.valid_to > self.since:
            self.until = claim.valid_to
        elif self.until is not None and self.until <= claim.said_at:
            self.until = None  # it went on

    def give_way(self, successor: "Episode") -> None:
        """Let something else take its place, unless it was over before."""
        over = max(successor.since, self.since)
        self.until = over if self.until is None else min(over, self.until)
        self.state, self.successor = Retraction.SUPERSEDED, successor

    def is_pinned(self, wishes: Mapping[str, str]) -> bool:
        """Say whether it changes only explicitly: by somebody's wish, else by its nature."""
        wished = {wishes.get(claim.fact_id, "") for claim in self.claims}
        if PINNED in wished:
            return True
        return UNPINNED not in wished and any(claim.is_pinned for claim in self.claims)

    def is_guarded(self, claim: Claim, wishes: Mapping[str, str]) -> bool:
        """Say whether it is pinned against a claim: what gives way does so to the owner's word."""
        is_wished = any(wishes.get(each.fact_id, "") == PINNED for each in self.claims)
        if predicate(claim.predicate).gives_way and claim.weight is Weight.OWNER:
            return is_wished
        return self.is_pinned(wishes)


@dataclass(frozen=True, slots=True)
class Verdict:
    """A fact that somebody took back: what was said of it until then stays taken back.

    Its own words fall, and whatever else said the same in the same stretch, told before or after.
    What the slot was filled with before holds again, as if these words had never been said: told A,
    told B, B denied is A. The same value in another stretch, with something else between, is
    another fact, and stays.
    """

    fact_id: str
    value: str
    at: Instant


@dataclass(slots=True)
class Settled:
    """What is true of one slot, and what was."""

    episodes: list[Episode] = field(default_factory=list)  # in the order in which they began
    taken_back: list[tuple[Claim, str]] = field(default_factory=list)  # with the verdict's fact


def settle(
    claims: Iterable[Claim],
    *,
    wishes: Mapping[str, str] | None = None,
    verdicts: Sequence[Verdict] = (),
) -> Settled:
    """Return the episodes that follow from everything that was said of one slot."""
    said = sorted(
        (claim for claim in claims if not claim.is_withdrawn), key=lambda each: each.order
    )
    fallen = _fallen(said, wishes or {}, verdicts) if verdicts else {}
    episodes = _episodes((claim for claim in said if claim.id not in fallen), wishes or {})
    taken_back = [(claim, fallen[claim.id]) for claim in said if claim.id in fallen]
    return Settled(episodes, taken_back)


def _episodes(said: Iterable[Claim], wishes: Mapping[str, str]) -> list[Episode]:
    """Return what follows from claims, in the order in which they were said.

    What the owner said is a story of its own, so that nothing which a guest says can move it: it
    stands beside the owner's words as one more source, is refused by them, or fills what they leave
    empty, until they say otherwise.
    """
    own, guests = _Story(wishes), _Story(wishes)
    for claim in said:
        own.lapse(claim)
        guests.lapse(claim)
        if claim.weight is not Weight.GUEST:
            begun = own.follow(claim)
            if begun is not None:
                guests.give_way(begun)
        elif (known := own.stands_for(claim)) is not None:
            known.claims.append(claim)
        elif own.now is not None and (not claim.is_ended or own.now.has(claim)):
            guests.refuse(claim, own.now)
        else:
            guests.follow(claim)
    return sorted([*own.episodes, *guests.episodes], key=lambda each: each.claims[0].order)


def _fallen(
    said: Sequence[Claim], wishes: Mapping[str, str], verdicts: Sequence[Verdict]
) -> dict[str, str]:
    """Return which claims were taken back, and by the verdict on which fact."""
    episodes = _episodes(said, wishes)
    stands_for = {claim.fact_id for claim in said}
    fallen: dict[str, str] = {}
    for verdict in sorted(verdicts, key=lambda each: each.at):
        for episode in episodes:
            if verdict.fact_id in stands_for:
                is_meant = any(claim.fact_id == verdict.fact_id for claim in episode.claims)
            else:  # its own words were forgotten: nothing tells one stretch from another
                is_meant = any(claim.value == verdict.value for claim in episode.claims)
            if is_meant:
                before = [claim for claim in episode.claims if claim.said_at < verdict.at]
                fallen.update((claim.id, verdict.fact_id) for claim in before)
    return fallen


class _Story:
    """What was true, episode by episode, while it is told."""

    def __init__(self, wishes: Mapping[str, str]) -> None:
        self._wishes = wishes
        self.now: Episode | None = None
        self._refused: dict[str, Episode] = {}
        self.episodes: list[Episode] = []

    def follow(self, claim: Claim) -> Episode | None:
        """Go on with what was said next; returns the episode that begins with it, if one does."""
        known = len(self.episodes)
        if claim.is_ended:
            self.end(claim)
        else:
            self.tell(claim)
        return self.episodes[-1] if len(self.episodes) > known else None

    def lapse(self, claim: Claim) -> None:
        """Let what was so until a day be over by then, unless it is said to go on all the same."""
        now = self.now
        if now is None or now.until is None or now.until > claim.said_at:
            return
        if claim.is_ended or not now.has(claim) or claim.weight < now.weight:
            now.state, self.now = Retraction.ENDED, None

    def stands_for(self, claim: Claim) -> Episode | None:
        """Return the episode that somebody else's word only bears out."""
        if not claim.is_ended:
            return self.now if self.now is not None and self.now.has(claim) else None
        if self.now is not None and self.now.has(claim):
            return None  # it says that this is over
        over = (each for each in reversed(self.episodes) if each.state in _OVER)
        return next((each for each in over if each.has(claim) and _is_of(claim, each)), None)

    def give_way(self, begun: Episode) -> None:
        """Let what holds end where somebody whose word counts more begins to tell."""
        now = self.now
        if begun.state is Retraction.REFUSED:
            return
        alike = [
            each
            for each in self.episodes
            if (each is now or each.state is Retraction.ENDED)
            and (each is now) == (begun.state is None)
            and all(begun.has(claim) for claim in each.claims)
        ]
        for each in alike:
            self.episodes.remove(each)
            begun.claims.extend(each.claims)
        if begun.state is None and now is not None:
            if now not in alike:
                now.give_way(begun)
            self.now = None

    def tell(self, claim: Claim) -> None:
        """Go on with a claim that something is so."""
        now = self.now
        if now is None:
            self.now = self._begin(claim)
        elif now.has(claim) and not self._is_anew(claim, now):
            now.claims.append(claim)
            if claim.valid_from is not None:
                now.since = claim.valid_from
            now.foresee(claim)
        elif not now.has(claim) and self._may_not(claim, now):
            self.refuse(claim, now)
        else:
            self.now = self._begin(claim)
            now.give_way(self.now)

    def end(self, claim: Claim) -> None:
        """Go on with a claim that something is not so any more."""
        now = self.now
        if now is not None and now.has(claim) and not _is_before(claim, now):
            if self._may_not(claim, now):
                self.refuse(claim, now)
                return
            now.claims.append(claim)
            now.since = min(now.since, claim.since) if claim.valid_from is not None else now.since
            now.until, now.state = max(claim.until, now.since), Retraction.ENDED
            self.now = None
            return
        over = [each for each in self.episodes if each is not now and each.has(claim)]
        known = next((each for each in reversed(over) if _is_of(claim, each)), None)
        if known is not None:
            known.claims.append(claim)
            _date(known, claim)
            return
        past = self._begin(claim)  # it was true before anybody told us
        past.state, past.until = Retraction.ENDED, claim.until
        past.since = past.until if claim.valid_from is None else claim.valid_from

    def _is_anew(self, claim: Claim, now: Episode) -> bool:
        """Say whether it began again: "since May" of what had been said to be so long before.

        What is pinned stays one: its pin goes with it. Nor does a correction begin anything.
        """
        if claim.valid_from is None or claim.is_explicit or now.is_pinned(self._wishes):
            return False
        if self._may_not(claim, now):
            return False
        is_guests = claim.weight is Weight.GUEST
        last = max(
            each.said_at
            for each in now.claims
            if is_guests or each.weight is not Weight.GUEST  # nobody else moves the owner's story
        )
        return last + ANEW_DAYS * DAY < claim.valid_from <= claim.said_at

    def _begin(self, claim: Claim) -> Episode:
        episode = Episode([claim], claim.since)
        episode.foresee(claim)
        self.episodes.append(episode)
        return episode

    def _may_not(self, claim: Claim, now: Episode) -> bool:
        """Say whether somebody's word is too light to change what is held."""
        if claim.weight is Weight.IMPORT and any(map(_is_owners_wish, now.claims)):
            return True  # whoever wrote a file may have dated it as they liked
        is_light = claim.weight <= now.weight and not claim.is_explicit
        return is_light and now.is_guarded(claim, self._wishes)

    def refuse(self, claim: Claim, now: Episode) -> None:
        known = self._refused.get(claim.value)
        if known is not None:
            known.claims.append(claim)
            return
        refused = self._begin(claim)
        refused.state, refused.successor, refused.until = Retraction.REFUSED, now, None
        self._refused[claim.value] = refused


_OVER = frozenset({Retraction.ENDED, Retraction.SUPERSEDED})


def _is_owners_wish(claim: Claim) -> bool:
    return claim.is_explicit and claim.weight is Weight.OWNER


def _is_before(claim: Claim, now: Episode) -> bool:
    """Say whether it tells of a stretch that was over before what holds now began."""
    return claim.valid_to is not None and claim.until <= now.since


def _is_of(claim: Claim, episode: Episode) -> bool:
    """Say whether a claim that something is over is of this stretch: two may lie years apart."""
    if claim.valid_to is None or episode.until is None:
        return True
    if episode.since == episode.until:  # it is not known since when it was so
        said = [each for each in episode.claims if each.weight >= claim.weight]
        return all(each.valid_to in {None, claim.valid_to} for each in said)
    begins = claim.until if claim.valid_from is None else claim.valid_from
    return begins <= episode.until and claim.until >= episode.since


def _date(episode: Episode, claim: Claim) -> None:
    """Let a claim that something is over say when it was so, as far as its words do."""
    if episode.state not in _OVER:
        return
    if claim.valid_to is not None:
        episode.until = claim.until
        if claim.valid_from is None and episode.since > claim.until:
            episode.since = claim.until
    if claim.valid_from is not None:
        episode.since = claim.valid_from
    episode.until = max(episode.until or episode.since, episode.since)
