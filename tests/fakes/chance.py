"""Identifiers and values that a test can foresee."""

import itertools


class FakeIds:
    """Identifiers in order: they sort as they were made."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)

    def new(self) -> str:
        return f"00000000-0000-7000-8000-{next(self._numbers):012d}"


class FakeChance:
    """Values in order; fractions as told."""

    def __init__(self, fraction: float = 0.5) -> None:
        self._numbers = itertools.count(1)
        self._fraction = fraction

    def token(self) -> str:
        return f"token-{next(self._numbers):037d}"

    def code(self) -> str:
        return f"CODE{next(self._numbers):04d}"

    def fraction(self) -> float:
        return self._fraction
