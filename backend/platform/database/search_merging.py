"""Takes the words of deleted messages out of the full text, a little at a time.

FTS5 only marks what is deleted until its pages are merged. All at once that holds up every writer
for two seconds at a million messages; in steps of some pages nobody waits for a tenth of one.
"""

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from backend.platform.database import search
from backend.platform.database.engine import Database

PAGES = 256  # of one step: some 50 ms at a million messages, see docs/decisions/0012
CHANGES_MIN = 2  # SQLite's own sign that there was nothing left to merge
STEPS_MAX = 10_000

_MERGE = text("INSERT INTO message_search (message_search, rank) VALUES ('merge', :pages)")
_CHANGES = text("SELECT total_changes()")


async def merge(database: Database) -> int:
    """Merge until nothing deleted is left; returns the steps. PostgreSQL does so by its vacuum."""
    if database.dialect != "sqlite":
        return 0
    for step in range(STEPS_MAX):
        try:
            async with database.transaction() as tx:
                before = (await tx.execute(_CHANGES)).scalar_one()
                # Below zero: whatever there is belongs together; the first step says so.
                await tx.execute(_MERGE, {"pages": PAGES if step else -PAGES})
                changed = (await tx.execute(_CHANGES)).scalar_one() - before
        except DBAPIError as failure:
            if not search.is_damage(failure):
                raise
            return step  # what is damaged is made anew, from what is left
        if changed < CHANGES_MIN:
            return step
    return STEPS_MAX
