"""How long each part was up, as each process saw it."""

from dataclasses import dataclass

from backend.console.watch.rows import WATCH, forget, seen, since
from backend.kernel.clock import DAY, SECOND, Clock
from backend.platform.database.engine import Database
from backend.platform.database.transaction import Transaction
from backend.platform.health.uptime import tally, watches

DAYS_MAX = 366  # of the longest window


@dataclass(frozen=True, slots=True)
class PartUptime:
    """One part, as one process saw it."""

    part: str
    process: str
    ok: bool
    since: int  # microseconds since 1970: so it is since then
    watched_s: float
    down_s: float
    breaks: int
    uptime: float | None  # the share of the watched time; None: nobody watched


class Uptimes:
    """Reckons from the changes that were kept."""

    def __init__(self, *, database: Database, clock: Clock, process: str) -> None:
        self._database, self._clock, self._process = database, clock, process

    async def report(self, days: int) -> list[PartUptime]:
        """Return every part's time within the last days, this process's own parts first.

        A process that watched nothing in that time is not told of: it was replaced, or renamed.
        """
        now = self._clock.now()
        window = (now - days * DAY, int(now))
        async with self._database.listing() as connection:
            found = await since(connection, window[0])
            seen_at = await seen(connection)
        parts: list[PartUptime] = []
        for (process, part), moments in found.items():
            if part == WATCH:
                continue
            is_own = process == self._process
            until = int(now) if is_own else seen_at.get(process, 0)
            watched = watches(found.get((process, WATCH), []), until)
            told = tally(moments, watched, window)
            if not told.watched and not is_own:
                continue
            parts.append(
                PartUptime(
                    part=part,
                    process=process,
                    ok=moments[-1].is_ok,
                    since=moments[-1].at,
                    watched_s=told.watched / SECOND,
                    down_s=told.down / SECOND,
                    breaks=told.breaks,
                    uptime=told.ratio,
                )
            )
        return sorted(parts, key=lambda told: (told.process != self._process, told.part))

    async def prune(self, tx: Transaction) -> None:
        """Delete what lies behind the longest window that anybody may ask for."""
        await forget(tx, self._clock.now() - DAYS_MAX * DAY)
