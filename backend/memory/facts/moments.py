"""What was so at a moment: by the ends of each fact, known or not.

Of what is over it is often not known since when it was so: "I lived in Lisbon until 2019". Such a
fact begins where it ends; asked what was so before that, it is the best answer that there is.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, or_

from backend.kernel.clock import Instant
from backend.memory.facts.predicates import predicate
from backend.memory.facts.types import Cardinality, FactView, Retraction
from backend.memory.graph.types import folded
from backend.platform.database.tables import facts


@dataclass(frozen=True, slots=True)
class During:
    """A stretch of time that is asked for: a day, a month, a year; its end is not in it."""

    since: Instant
    until: Instant


def at_moment(at: Instant) -> During:
    """Return the shortest stretch there is."""
    return During(at, Instant(at + 1))


def was_so(during: During) -> ColumnElement[bool]:
    """Return what finds the facts that were so at some moment of a stretch.

    Whatever ended with the stretch's first moment counts too, when a whole day or more is asked
    for: "until 2019" is some day of that year.
    """
    is_long = during.until - during.since > 1
    ends = facts.c.valid_to >= during.since if is_long else facts.c.valid_to > during.since
    began = facts.c.valid_from < during.until
    is_open = and_(
        facts.c.valid_from == facts.c.valid_to,
        facts.c.retracted_as == Retraction.ENDED.value,
        ends,
    )
    return or_(and_(began, or_(facts.c.valid_to.is_(None), ends)), is_open)


def likeliest(found: Iterable[FactView]) -> tuple[FactView, ...]:
    """Leave out what began nobody knows when, where a surer fact tells what was so.

    Of several such facts that fill one place the one that was over first was so.
    """
    kept: dict[tuple[str, str, str], FactView] = {}
    sure = {_place(fact) for fact in found if not _is_open(fact)}
    for fact in found:
        place = _place(fact)
        if not _is_open(fact) or predicate(fact.predicate).cardinality is Cardinality.MANY:
            continue
        known = kept.get(place)
        if place not in sure and (known is None or _end(fact) < _end(known)):
            kept[place] = fact
    chosen = {fact.id for fact in kept.values()}
    return tuple(
        fact
        for fact in found
        if not _is_open(fact)
        or fact.id in chosen
        or predicate(fact.predicate).cardinality is Cardinality.MANY
    )


def _is_open(fact: FactView) -> bool:
    return not fact.knows_since


def _place(fact: FactView) -> tuple[str, str, str]:
    return folded(fact.subject), folded(fact.qualifier), fact.predicate


def _end(fact: FactView) -> Instant:
    return fact.valid_from if fact.valid_to is None else fact.valid_to
