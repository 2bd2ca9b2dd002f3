"""Fields as other programs write them: of any type, or none."""

from collections.abc import Mapping
from typing import Any

from backend.kernel.clock import Instant
from backend.memory.moments import read_moment
from backend.memory.porting.tables import storable
from backend.memory.porting.types import NAME_CHARS_MAX, TEXT_CHARS_MAX

Given = Mapping[str, Any]  # Any: JSON of somebody else's


def mapping(value: object) -> Given:
    """Return an object's fields; of what is no object, none."""
    return value if isinstance(value, dict) else {}


def listed(value: object) -> list[Any]:  # Any: JSON
    """Return a list; what is none is an empty one."""
    return value if isinstance(value, list) else []


def words(value: object, characters_max: int = TEXT_CHARS_MAX) -> str:
    """Return text, as long as it may be; what is none is empty."""
    return storable(value).strip()[:characters_max] if isinstance(value, str) else ""


def name(value: object) -> str:
    """Return an id or a name; a number is one too."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return words(value, NAME_CHARS_MAX)


def moment(value: object) -> Instant | None:
    """Return when it was; None for what is no date."""
    return read_moment(value) if isinstance(value, str | int | float) else None
