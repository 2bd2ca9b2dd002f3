"""Which claims and facts are read when something is worked out anew: no more than may change."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import Column, ColumnElement, and_, case, true

from backend.memory.facts.types import ONESELF
from backend.platform.database.batches import batches
from backend.platform.database.tables import sources


@dataclass(frozen=True, slots=True)
class Within:
    """Which slots are read: of the owner themselves, and of all names where it is of all."""

    slots: Collection[str] | None = None  # None: whatever there is
    is_of_all: bool = False


EVERYTHING = Within()


def named_within(
    name: Column[str], names: Collection[str], *, slot: Column[str], within: Within
) -> list[ColumnElement[bool]]:
    """Return the conditions that find these names, one of them for each batch."""
    own: list[ColumnElement[bool]] = [true()]
    if within.slots is not None:
        own = [slot.in_(batch) for batch in batches(sorted(within.slots))]
    others = own if within.is_of_all else [true()]
    found = [
        and_(name.in_(batch), each)
        for batch in batches(sorted(set(names) - {ONESELF}))
        for each in others
    ]
    return found + [and_(name == ONESELF, each) for each in own if ONESELF in names]


def introduction() -> tuple[ColumnElement[str], ...]:
    """Return what tells who is introduced, and by whom: of several alike the first one counts."""
    is_own = sources.c.name_key == ONESELF
    return (
        sources.c.name_key,
        sources.c.qualifier,
        case((is_own, sources.c.predicate), else_=""),
        case((is_own, sources.c.object), else_=""),
        sources.c.said_by,
        sources.c.assurance,
    )
