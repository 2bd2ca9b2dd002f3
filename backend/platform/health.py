"""Whether each part works, and what helps where it does not."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from sqlalchemy.exc import SQLAlchemyError

from backend.kernel.errors import RingbackError

CHECK_S = 5.0


@dataclass(frozen=True, slots=True)
class Check:
    """What was found when one part was looked at."""

    ok: bool
    detail: str
    cure: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """One part's state, under its name."""

    name: str
    ok: bool
    detail: str
    cure: str
    is_vital: bool  # without it the instance is not ready


Checker = Callable[[], Awaitable[Check]]


class Health:
    """Asks every part that was added."""

    def __init__(self, *, check_s: float = CHECK_S) -> None:
        self._check_s = check_s
        self._checks: dict[str, tuple[Checker, bool]] = {}

    def add(self, name: str, check: Checker, *, is_vital: bool = True) -> None:
        """Have a part asked; one that is not vital is reported but never says "not ready"."""
        self._checks[name] = (check, is_vital)

    async def report(self) -> list[Finding]:
        """Return the state of every part; one that does not answer in time is not well."""
        return await self._findings(self._checks)

    async def not_ready(self) -> list[Finding]:
        """Return the vital parts that are not well: none means ready."""
        # Only they are asked: a probe every few seconds must not wait for a model that loads.
        vital = {name: asked for name, asked in self._checks.items() if asked[1]}
        return [found for found in await self._findings(vital) if not found.ok]

    async def _findings(self, checks: Mapping[str, tuple[Checker, bool]]) -> list[Finding]:
        findings = [
            self._finding(name, check, is_vital) for name, (check, is_vital) in checks.items()
        ]
        return list(await asyncio.gather(*findings))

    async def _finding(self, name: str, check: Checker, is_vital: bool) -> Finding:
        try:
            async with asyncio.timeout(self._check_s):
                seen = await check()
        except TimeoutError:
            seen = Check(ok=False, detail=f"no answer within {self._check_s:g} s")
        except RingbackError as failure:
            seen = Check(ok=False, detail=failure.message, cure=failure.cure)
        except (OSError, SQLAlchemyError) as failure:
            seen = Check(ok=False, detail=type(failure).__name__)
        return Finding(name, seen.ok, seen.detail, seen.cure, is_vital)
