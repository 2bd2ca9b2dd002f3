"""Asks each part whether it works, and what helps where it does not."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy.exc import SQLAlchemyError

from backend.kernel.errors import RingbackError
from backend.platform.health.types import Check, Checker, Finding

CHECK_S = 5.0


@dataclass(frozen=True, slots=True)
class _Part:
    """How a part is asked: thoroughly, and how every few seconds."""

    check: Checker
    pulse: Checker
    is_vital: bool


class Health:
    """Asks every part that was added."""

    def __init__(self, *, check_s: float = CHECK_S) -> None:
        self._check_s = check_s
        self._parts: dict[str, _Part] = {}

    def add(
        self, name: str, check: Checker, *, is_vital: bool = True, pulse: Checker | None = None
    ) -> None:
        """Have a part asked; one that is not vital is reported but never says "not ready".

        The pulse is a cheaper question for whoever asks every few seconds.
        """
        self._parts[name] = _Part(check, pulse or check, is_vital)

    @property
    def names(self) -> list[str]:
        """Return every part's name."""
        return list(self._parts)

    @property
    def vital(self) -> list[str]:
        """Return the parts without which the instance is not ready."""
        return [name for name, part in self._parts.items() if part.is_vital]

    async def report(self) -> list[Finding]:
        """Return the state of every part; one that does not answer in time is not well."""
        return await self._findings(self._parts)

    async def not_ready(self) -> list[Finding]:
        """Return the vital parts that are not well: none means ready."""
        # Only they are asked: a probe every few seconds must not wait for a model that loads.
        return [found for found in await self._findings(self.vital) if not found.ok]

    async def feel(self, name: str, *, within_s: float) -> Finding:
        """Return one part's state by the cheap question."""
        part = self._parts[name]
        return await _finding(name, part.pulse, is_vital=part.is_vital, within_s=within_s)

    def unanswered(self, name: str, *, within_s: float) -> Finding:
        """Return what is said of a part that gave no answer."""
        return Finding(name, False, no_answer(within_s).detail, "", self._parts[name].is_vital)

    async def _findings(self, names: Iterable[str]) -> list[Finding]:
        asked = [
            _finding(name, part.check, is_vital=part.is_vital, within_s=self._check_s)
            for name, part in ((name, self._parts[name]) for name in names)
        ]
        return list(await asyncio.gather(*asked))


async def _finding(name: str, check: Checker, *, is_vital: bool, within_s: float) -> Finding:
    try:
        async with asyncio.timeout(within_s):
            seen = await check()
    except TimeoutError:
        seen = no_answer(within_s)
    except RingbackError as failure:
        seen = Check(ok=False, detail=failure.message, cure=failure.cure)
    except (OSError, SQLAlchemyError) as failure:
        seen = Check(ok=False, detail=type(failure).__name__)
    return Finding(name, seen.ok, seen.detail, seen.cure, is_vital)


def no_answer(within_s: float) -> Check:
    """Return what is found of a part that stays silent."""
    return Check(ok=False, detail=f"no answer within {within_s:g} s")
