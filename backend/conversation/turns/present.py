"""Keeps from a mind what is not so any more: words of a fact that was superseded are left out."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from sqlalchemy import ColumnElement, select, true
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.kernel.ids import OwnerId
from backend.memory import Item, Recollection
from backend.memory.facts import Retraction
from backend.platform.cache import Cache, Wanted
from backend.platform.database.engine import Database
from backend.platform.database.tables import facts as fact_rows
from backend.platform.database.tables import sources as source_rows

_OLD = (  # what was said is not so, or not any more
    Retraction.SUPERSEDED.value,
    Retraction.CORRECTED.value,
    Retraction.DENIED.value,
    Retraction.ENDED.value,
    Retraction.REFUSED.value,
    Retraction.WITHDRAWN.value,
)
_NEVER_SO = frozenset(_OLD) - {Retraction.SUPERSEDED.value, Retraction.ENDED.value}
WORDS_LEFT_MIN = 2
OLD_MAX = 1_000  # quotes that are kept at hand; whoever has more is looked up each time

Quotes = tuple[tuple[str, str], ...]


class Present:
    """Tells things as they are now."""

    def __init__(self, database: Database, cache: Cache | None = None) -> None:
        self._database = database
        self._cache = cache  # None: it is read each time

    async def recollections(
        self, owner_id: OwnerId, found: Sequence[Recollection], *, with_former: bool = False
    ) -> tuple[Recollection, ...]:
        """Return recollections without what is not so any more; what never was is never told."""
        message_ids = [each.message_id for each in found]
        if with_former:
            old = await self._never_so(owner_id, message_ids)
        else:
            old = await self._old_quotes(owner_id, message_ids)
        kept = (_without(each, old.get(each.message_id, ())) for each in found)
        return tuple(each for each in kept if each is not None)

    async def items(self, owner_id: OwnerId, found: Sequence[Item]) -> tuple[Item, ...]:
        """Return what is on our mind without what is not so any more."""
        old = await self._old_quotes(owner_id, [each.source_id for each in found])
        return tuple(each for each in found if each.source_id not in old)

    async def _old_quotes(
        self, owner_id: OwnerId, message_ids: Sequence[str]
    ) -> dict[str, tuple[str, ...]]:
        if not message_ids:
            return {}
        said = source_rows.c.message_id.in_(message_ids)
        found: Quotes | None = None
        if self._cache is not None:
            wanted = Wanted("old quotes", owner_id, ("facts",), owner_id)
            found = await self._cache.get(wanted, partial(_all_old, owner_id=owner_id))
        if found is None or len(found) >= OLD_MAX:
            async with self._database.reading() as connection:
                found = await _old(connection, owner_id, said)
        return _by_message(found)

    async def _never_so(
        self, owner_id: OwnerId, message_ids: Sequence[str]
    ) -> dict[str, tuple[str, ...]]:
        said = source_rows.c.message_id.in_(message_ids)
        never = fact_rows.c.retracted_as.in_(_NEVER_SO)
        async with self._database.reading() as connection:
            return _by_message(await _old(connection, owner_id, said & never))


def _by_message(quotes: Quotes) -> dict[str, tuple[str, ...]]:
    old: dict[str, tuple[str, ...]] = {}
    for message_id, quote in quotes:
        old[message_id] = (*old.get(message_id, ()), quote)
    return old


async def _all_old(connection: AsyncConnection, owner_id: OwnerId) -> Quotes:
    """Return all that an owner said which is not so any more, as far as it is kept at hand."""
    return await _old(connection, owner_id, true())


async def _old(connection: AsyncConnection, owner_id: OwnerId, said: ColumnElement[bool]) -> Quotes:
    found = await connection.execute(
        select(source_rows.c.message_id, source_rows.c.quote)
        .join(
            fact_rows,
            (fact_rows.c.id == source_rows.c.fact_id)
            & (fact_rows.c.owner_id == source_rows.c.owner_id),
        )
        .where(
            source_rows.c.owner_id == owner_id,
            said,
            # That something is over is no more so than it was, when it never was.
            source_rows.c.is_ended.is_(False) | fact_rows.c.retracted_as.in_(_NEVER_SO),
            fact_rows.c.retracted_as.in_(_OLD),
        )
        .limit(OLD_MAX)
    )
    return tuple((row.message_id, row.quote) for row in found)


def _without(found: Recollection, old: Sequence[str]) -> Recollection | None:
    """Return a recollection without words that are not so any more; None when nothing is left."""
    if not old:
        return found
    text, said = found.text, found.said
    for quote in old:
        text, said = (_cut(each, quote) for each in (text, said))
    if len(text.split()) < WORDS_LEFT_MIN:
        return None
    return replace(found, text=text, said=said)


def _cut(text: str, quote: str) -> str:
    at = text.casefold().find(quote.casefold().strip())
    if not quote or at < 0:
        return "" if quote else text  # its words can't be told from the others
    rest = f"{text[:at].rstrip(' ,;')} {text[at + len(quote.strip()) :].lstrip(' ,;.!')}".strip()
    for link in ("and ", "but ", "so "):
        rest = rest.removeprefix(link)
    return rest.removesuffix(" and").strip()
