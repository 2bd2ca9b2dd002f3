"""Gives each episode its row: what is known keeps its id, whatever is worked out anew."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from backend.kernel.clock import Instant
from backend.kernel.ids import Ids
from backend.kernel.people import Assurance
from backend.memory.facts.believing import PINNED, UNPINNED, Episode, Settled
from backend.memory.facts.claims import Claim
from backend.memory.facts.naming import Named
from backend.memory.facts.predicates import predicate, told
from backend.memory.facts.types import ChangeKind, Retraction, SaidBy

TAKEN_BACK = frozenset({Retraction.CORRECTED, Retraction.DENIED})


@dataclass(frozen=True, slots=True)
class Held:
    """A fact's row."""

    id: str
    subject: str
    qualifier: str
    predicate: str
    slot: str
    object: str
    statement: str
    confidence: float
    said_by: SaidBy
    person_id: str
    assurance: Assurance
    reader: str
    is_pinned: bool
    pin_wish: str
    valid_from: Instant
    valid_to: Instant | None
    learnt_at: Instant
    retracted_at: Instant | None = None
    retracted_as: str = ""
    superseded_by: str = ""

    @property
    def is_taken_back(self) -> bool:
        """Say whether somebody said that it was never true."""
        return self.retracted_as in TAKEN_BACK

    @property
    def is_guarded(self) -> bool:
        """Say whether it is pinned, by somebody's wish or by its nature, also where taken back."""
        return self.is_pinned or self.pin_wish == PINNED or predicate(self.predicate).is_pinned


@dataclass(frozen=True, slots=True)
class Became:
    """What became of a fact when its slot was worked out anew."""

    fact_id: str
    kind: ChangeKind
    other: str = ""  # the fact that has to do with it
    claim: str = ""  # what brought it about
    undone: str = ""  # the change that was undone by it
    merge: str = ""  # the merge that brought it about
    before: str = ""  # what somebody had wished of it before


@dataclass(slots=True)
class Placed:
    """The rows that a slot has now, which claim stands for which, and what became of them."""

    rows: dict[str, Held]
    moved: dict[str, str]  # claim → fact
    became: list[Became]


def place(
    slots: Sequence[tuple[Named, Settled]], before: Mapping[str, Held], *, at: Instant, ids: Ids
) -> Placed:
    """Return the rows of all episodes of these slots; `before` are those that there were."""
    placed = Placed({}, {}, [])
    episodes = [episode for _, settled in slots for episode in settled.episodes]
    chosen = _chosen(episodes, before, ids)
    for named, settled in slots:
        for episode in settled.episodes:
            fact_id, old = chosen[id(episode)], before.get(chosen[id(episode)])
            other = chosen[id(episode.successor)] if episode.successor is not None else ""
            row = _row(fact_id, episode, old, named=named, other=other, at=at)
            placed.rows[fact_id] = row
            placed.moved.update(_moved(episode.claims, fact_id))
            placed.became.extend(_became(episode, row, old))
        for claim, fact_id in settled.taken_back:
            placed.moved.update(_moved([claim], fact_id))
    homes = {claim.fact_id: chosen[id(each)] for each in episodes for claim in each.claims}
    for fact_id in sorted(before.keys() - placed.rows.keys()):
        gone = _gone(before[fact_id], homes.get(fact_id, ""), at)
        if gone is not None:
            placed.rows[fact_id] = gone
            kind = ChangeKind.MERGED if gone.superseded_by else ChangeKind.DENIED
            placed.became.append(Became(fact_id, kind, other=gone.superseded_by))
    return placed


def _chosen(episodes: Sequence[Episode], before: Mapping[str, Held], ids: Ids) -> dict[int, str]:
    """Give each episode a row of its own; what goes on chooses first, so that it keeps its id."""
    taken: set[str] = set()
    chosen: dict[int, str] = {}
    for episode in sorted(episodes, key=lambda each: each.state is not None):
        known = [
            claim.fact_id
            for claim in episode.claims
            if claim.fact_id in before and not before[claim.fact_id].is_taken_back
        ]
        fact_id = next((each for each in known if each not in taken), None) or ids.new()
        taken.add(fact_id)
        chosen[id(episode)] = fact_id
    return chosen


def _row(
    fact_id: str, episode: Episode, old: Held | None, *, named: Named, other: str, at: Instant
) -> Held:
    claim, best = episode.told, episode.best
    state = "" if episode.state is None else episode.state.value
    wish = old.pin_wish if old is not None else ""
    is_same = old is not None and old.retracted_as == state
    retracted_at = None if not state else (old.retracted_at if old and is_same else at)
    by_nature = any(each.is_pinned for each in episode.claims)
    is_pinned = wish == PINNED or (wish != UNPINNED and by_nature)
    return Held(
        id=fact_id,
        subject=named.name,
        qualifier=named.qualifier,
        predicate=claim.predicate,
        slot=claim.slot,
        object=claim.object,
        statement=claim.statement
        if claim.name == named.name and not claim.is_ended
        else told(named.name, claim.predicate, claim.object),
        confidence=episode.confidence,
        said_by=best.said_by,
        person_id=best.person_id,
        assurance=best.assurance,
        reader=best.reader,
        is_pinned=is_pinned and state != Retraction.REFUSED,
        pin_wish=wish,
        valid_from=episode.since,
        valid_to=episode.until,
        learnt_at=min(each.learnt_at for each in episode.claims),
        retracted_at=retracted_at,
        retracted_as=state,
        superseded_by=other,
    )


def _moved(claims: Iterable[Claim], fact_id: str) -> dict[str, str]:
    return {claim.id: fact_id for claim in claims if claim.fact_id != fact_id}


def _became(episode: Episode, row: Held, old: Held | None) -> list[Became]:
    news = [claim for claim in episode.claims if not claim.fact_id]
    if row.retracted_as == Retraction.REFUSED:
        # It is told of the fact that it would have changed: that one is looked at.
        return [Became(row.superseded_by, ChangeKind.REFUSED, row.id, each.id) for each in news]
    found = []
    if old is None:
        found.append(Became(row.id, ChangeKind.LEARNT, claim=episode.claims[0].id))
    elif any(not claim.is_ended for claim in news):
        found.append(Became(row.id, ChangeKind.CONFIRMED, claim=news[0].id))
    if old is not None and (old.subject, old.qualifier) != (row.subject, row.qualifier):
        found.append(Became(row.id, ChangeKind.RENAMED))
    if old is None or old.retracted_as != row.retracted_as:
        match row.retracted_as:
            case Retraction.SUPERSEDED.value:
                newer = episode.successor.claims[0].id if episode.successor else ""
                found.append(
                    Became(row.id, ChangeKind.SUPERSEDED, other=row.superseded_by, claim=newer)
                )
            case Retraction.ENDED.value:
                last = episode.claims[-1]
                # What ended by itself, on its day, no words have ended.
                over = last.id if last.is_ended else ""
                found.append(Became(row.id, ChangeKind.ENDED, claim=over))
            case _ if old is not None:
                found.append(Became(row.id, ChangeKind.RESTORED))
    return found


def _gone(old: Held, home: str, at: Instant) -> Held | None:
    """Return the row of a fact that nothing stands for any more; None: it stays as it is."""
    state = Retraction.MERGED if home else Retraction.WITHDRAWN
    if old.is_taken_back or old.retracted_as == state.value:
        return None
    valid_to = old.valid_to if old.valid_to is not None else max(at, old.valid_from)
    return replace(
        old,
        valid_to=valid_to,
        retracted_at=at,
        retracted_as=state.value,
        superseded_by=home,
        is_pinned=False,
    )
