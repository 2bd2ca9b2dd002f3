"""A fact as it is believed, for whoever only reads one."""

from backend.kernel.clock import Instant
from backend.kernel.people import Assurance
from backend.memory.facts import FactView, SaidBy


def fact(subject: str, predicate: str, value: str, *, name: str = "") -> FactView:
    """Return what the owner said of somebody, or of themselves; `name` is its id."""
    return FactView(
        id=name or predicate,
        subject=subject,
        predicate=predicate,
        object=value,
        statement="",
        confidence=0.9,
        said_by=SaidBy.OWNER,
        assurance=Assurance.HELD,
        is_pinned=False,
        valid_from=Instant(0),
        valid_to=None,
        learnt_at=Instant(0),
    )
