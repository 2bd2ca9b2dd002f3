"""Ranks what full text finds of one owner, without a look at anybody else's rows.

SQLite's own bm25() walks through every row of every owner that has one of the words, for each
question: a quarter of a second among a million. So an owner's rows stand side by side, in a span of
row numbers that follows from their name, and what is rare is judged by what is rare for them.
"""

import hashlib
import heapq
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from sqlalchemy import bindparam, text
from sqlalchemy.ext.asyncio import AsyncConnection

SPAN_BITS = 32  # row numbers of one owner's namespace
PLACES_BITS = 30  # two that meet in one place are told apart by their columns
HITS_MAX = 20_000  # of one word, the newest: more of them say nothing about any
WEIGHED = 2  # times as many as are wanted have their length looked up
LENGTH_SHARE = 0.75  # how much a long text's score suffers; both as in BM25
SATURATION = 1.2

_ONE_WORD: Final = (
    "SELECT * FROM (SELECT {number} AS word, rowid AS place FROM message_search "
    "WHERE message_search MATCH :word_{number} AND rowid BETWEEN :first AND :last "
    "ORDER BY rowid DESC LIMIT :most)"
)
_LENGTHS: Final = text(
    "SELECT row_number, message_id, length(words) AS size FROM message_search_rows "
    "JOIN message_search ON message_search.rowid = row_number "
    "WHERE row_number IN :places AND owner_id = :owner AND namespace = :namespace"
).bindparams(bindparam("places", expanding=True))
_LAST: Final = (
    "SELECT {number} AS word, max(row_number) AS place FROM message_search_rows "
    "WHERE row_number BETWEEN :first AND :last"
)
_POSTGRESQL: Final = text(
    "SELECT message_id, ts_rank_cd(words, query, 1) AS score "
    "FROM message_search, to_tsquery('english', :terms) query "
    "WHERE words @@ (CAST(:mark AS tsquery) && query) "
    "AND owner_id = :owner AND namespace = :namespace "
    "ORDER BY score DESC, message_id LIMIT :limit"
)


def span(owner_id: str, namespace: str) -> tuple[int, int]:
    """Return the row numbers between which SQLite keeps an owner's rows."""
    first = (1 + _number(owner_id, namespace)) << SPAN_BITS
    return first, first + (1 << SPAN_BITS) - 1


def mark(owner_id: str, namespace: str) -> str:
    """Return the word that PostgreSQL's rows of an owner bear: no text can hold it."""
    return f"owner:{_number(owner_id, namespace)}"


async def in_sqlite(
    connection: AsyncConnection, owner_id: str, namespace: str, terms: Sequence[str], limit: int
) -> list[tuple[str, float]]:
    """Return messages with any of the words, those with the rarest and the most of them first."""
    first, last = span(owner_id, namespace)
    asked = {f"word_{number}": f'"{term}"' for number, term in enumerate(terms)}
    parts = [_ONE_WORD.format(number=number) for number in range(len(terms))]
    found = await connection.execute(
        text(" UNION ALL ".join([*parts, _LAST.format(number=len(terms))])),
        {**asked, "first": first, "last": last, "most": HITS_MAX},
    )
    hits: list[list[int]] = [[] for _ in range(len(terms) + 1)]
    for word, place in found.all():
        hits[word].append(place)
    *of_words, [newest] = hits
    if not any(of_words):
        return []
    scores = rarity_scores(of_words, total=newest - first)
    # Equally good: the newest first. A text's length is looked up for those only that may win.
    best = heapq.nlargest(WEIGHED * limit, scores.items(), key=lambda each: (each[1], each[0]))
    sizes = await connection.execute(
        _LENGTHS,
        {"places": [place for place, _ in best], "owner": owner_id, "namespace": namespace},
    )
    return weighed(scores, [(row.row_number, row.message_id, row.size) for row in sizes])[:limit]


async def in_postgresql(
    connection: AsyncConnection, owner_id: str, namespace: str, terms: Sequence[str], limit: int
) -> list[tuple[str, float]]:
    """Return messages with any of the words, the best first."""
    values = {
        "terms": " | ".join(f"'{term}'" for term in terms),
        "mark": f"'{mark(owner_id, namespace)}'",
        "owner": owner_id,
        "namespace": namespace,
        "limit": limit,
    }
    found = await connection.execute(_POSTGRESQL, values)
    return [(row.message_id, float(row.score)) for row in found]


def rarity_scores(hits: Iterable[Sequence[int]], *, total: int) -> Mapping[int, float]:
    """Return for each row the sum of its words' rarity."""
    scores: dict[int, float] = {}
    for places in hits:
        count = len(places)
        rarity = math.log(1 + max(0.0, total - count + 0.5) / (count + 0.5))
        for place in places:
            scores[place] = scores.get(place, 0.0) + rarity
    return scores


def weighed(
    scores: Mapping[int, float], sizes: Sequence[tuple[int, str, int]]
) -> list[tuple[str, float]]:
    """Return (message, score), the best first: of two that say the same the shorter one is."""
    usual = sum(size for _, _, size in sizes) / len(sizes) if sizes else 1.0
    ranked = []
    for place, message_id, size in sizes:
        length = 1 - LENGTH_SHARE + LENGTH_SHARE * size / (usual or 1.0)
        ranked.append((scores[place] * (SATURATION + 1) / (1 + SATURATION * length), message_id))
    return [
        (message_id, score)
        for score, message_id in sorted(ranked, key=lambda each: (-each[0], each[1]))
    ]


def _number(owner_id: str, namespace: str) -> int:
    named = f"{owner_id}\x00{namespace}".encode()
    return int.from_bytes(hashlib.sha256(named).digest()[:4]) >> (32 - PLACES_BITS)
