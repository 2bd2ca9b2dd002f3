"""About how much memory a value takes: what a bound in bytes counts."""

import sys
from dataclasses import fields, is_dataclass

DEPTH_MAX = 6
ENTRY_BYTES = 400  # an entry's own keys, versions and links


def size_of(value: object, depth: int = 0) -> int:
    """Return a value's size with what it holds; what lies deeper than a few levels is guessed."""
    size = sys.getsizeof(value, 64)
    if depth >= DEPTH_MAX or isinstance(value, str | bytes | int | float):
        return size
    if isinstance(value, dict):
        return size + sum(size_of(part, depth + 1) for pair in value.items() for part in pair)
    if isinstance(value, tuple | list | set | frozenset):
        return size + sum(size_of(part, depth + 1) for part in value)
    if is_dataclass(value):
        return size + sum(size_of(getattr(value, each.name), depth + 1) for each in fields(value))
    return size
