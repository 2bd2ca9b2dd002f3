"""Proves that FTS5 finds what it holds: one that lost its own table of contents fails in silence.

Its words lie beside it, so some rows are looked up by one of theirs. Whoever is not found by their
own word is lost, and so is trust in the index.
"""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import bindparam, text
from sqlalchemy.ext.asyncio import AsyncConnection

SAMPLED = 64  # rows of the nightly comparison: what is lost in part is met in some night
EVERYWHERE: Final = (0, (1 << 63) - 1)
LATIN_TO_CYRILLIC = "\u0527"  # what every version of FTS5 takes for letters

_ENDS: Final = text(
    "SELECT * FROM (SELECT row_number FROM message_search_rows "
    "WHERE row_number BETWEEN :first AND :last ORDER BY row_number LIMIT 1) UNION "
    "SELECT * FROM (SELECT row_number FROM message_search_rows "
    "WHERE row_number BETWEEN :first AND :last ORDER BY row_number DESC LIMIT 1)"
)
_ANY: Final = text("SELECT row_number FROM message_search_rows ORDER BY random() LIMIT :most")
_WORDS: Final = text(
    "SELECT rowid AS place, words FROM message_search WHERE rowid IN :places"
).bindparams(bindparam("places", expanding=True))
_IS_FOUND: Final = text(
    "SELECT 1 FROM message_search WHERE message_search MATCH :word AND rowid = :place"
)


async def finds_the_ends(connection: AsyncConnection, first: int, last: int) -> bool:
    """Say whether the oldest and the newest row of a span are found."""
    ends = (await connection.execute(_ENDS, {"first": first, "last": last})).scalars().all()
    return await _finds(connection, ends)


async def finds_any(connection: AsyncConnection) -> bool:
    """Say whether rows from anywhere are found."""
    some = (await connection.execute(_ANY, {"most": SAMPLED})).scalars().all()
    return await _finds(connection, some)


async def _finds(connection: AsyncConnection, places: Sequence[int]) -> bool:
    if not places:
        return True
    kept = {row.place: row.words for row in await connection.execute(_WORDS, {"places": places})}
    if len(kept) < len(places):
        return False
    for place, words in kept.items():
        word = telling(words)
        if word:
            found = await connection.execute(_IS_FOUND, {"word": f'"{word}"', "place": place})
            if found.first() is None:
                return False
    return True


def telling(words: str) -> str:
    """Return the longest word that FTS5 surely cuts as we do; "" when there is none."""
    plain = (word for word in words.split() if word.isalnum() and max(word) <= LATIN_TO_CYRILLIC)
    return max(plain, key=len, default="")
