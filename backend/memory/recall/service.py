"""One search over everything that was said: meaning and words together, cited, or nothing."""

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from backend.kernel.ids import OwnerId
from backend.memory.archive import Archive
from backend.memory.recall import fusion
from backend.memory.recall.dense import Dense
from backend.memory.recall.fusion import Candidate, Floors
from backend.memory.recall.overturned import with_what_became
from backend.memory.recall.words import (
    content_terms,
    content_words,
    coverage,
    in_first_person,
    is_bare,
    names_any,
    names_asked,
)
from backend.memory.types import Recollection
from backend.memory.vectors.spaces import Meaning, Spaces
from backend.memory.vectors.store import Hit
from backend.platform.database import search, search_repair
from backend.platform.database.engine import Database

CANDIDATES = 200  # of each index: beyond them nothing reaches the first ten
QUERY_CHARACTERS_MAX = 2000
LOOKED_AT = 20  # candidates that are asked whether they bear on the question at all

OnDamage = Callable[[str], Awaitable[None]]
"""Told which index is damaged."""


@dataclass(frozen=True, slots=True, eq=False)
class Question:
    """What is looked for, and where."""

    owner_id: OwnerId
    text: str
    namespace: str = ""
    k: int = 5
    vector: Meaning | None = None  # when the caller embedded it already
    # False: the best is relevant, then the rest may follow in their order, as a list wants it.
    only_relevant: bool = True


class Recall:
    """Finds what bears on a question. What is not embedded yet is found by its words."""

    def __init__(
        self,
        *,
        database: Database,
        archive: Archive,
        spaces: Spaces,
        on_damage: OnDamage | None = None,
    ) -> None:
        self._database, self._archive = database, archive
        self._meanings = Dense(database=database, spaces=spaces)
        self._on_damage = on_damage
        self._is_searchable = False  # until full text is known to be whole

    async def embed(self, text: str) -> Meaning | None:
        """Return a question's meaning; None when there is no embedder in time."""
        words = text[:QUERY_CHARACTERS_MAX].strip()
        return await self._meanings.embed(words) if words else None

    async def search(self, question: Question) -> list[Recollection]:
        """Return what was said about it, the best first; nothing when nothing is relevant."""
        text = question.text[:QUERY_CHARACTERS_MAX].strip()
        if not text:
            return []
        lexical = await self._lexical(question, text)
        known: dict[str, Recollection] = {}
        vector = question.vector
        if vector is None:  # who spoke decides how the question is put
            known = await self._known(question, [message_id for message_id, _ in lexical])
            speakers = {recollection.speaker for recollection in known.values()}
            vector = await self.embed(in_first_person(text, speakers))
        dense = await self._dense(question, vector)
        candidates = _joined(dense, lexical)
        if vector is not None:
            await self._measure(vector, candidates, lexical[: max(LOOKED_AT, question.k)])
        unread = [message_id for message_id in candidates if message_id not in known]
        known.update(await self._known(question, unread))
        floors = fusion.floors_of(await self._meanings.live())
        ranked = self._ranked(question, text, known, candidates, floors=floors)
        if question.only_relevant or not ranked:
            return ranked
        async with self._database.reading() as connection:  # a list shows all, as it is by now
            return await with_what_became(connection, question.owner_id, ranked)

    async def _known(
        self, question: Question, message_ids: Sequence[str]
    ) -> dict[str, Recollection]:
        async with self._database.reading() as connection:
            return await self._archive.recollections(connection, question.owner_id, message_ids)

    async def _dense(self, question: Question, meaning: Meaning | None) -> list[Hit]:
        if meaning is None:
            return []
        return await self._meanings.search(
            question.owner_id, meaning, namespace=question.namespace, limit=CANDIDATES
        )

    async def _measure(
        self,
        meaning: Meaning,
        candidates: Mapping[str, Candidate],
        lexical: Sequence[tuple[str, float]],
    ) -> None:
        """Measure those first by their words that the index did not name.

        Their vectors may be younger than its answer, or not be there at all.
        """
        by_words = [message_id for message_id, _ in lexical if not candidates[message_id].cosine]
        if not by_words:
            return
        cosines = await self._meanings.cosines(meaning, by_words)
        for message_id in by_words:
            candidates[message_id].cosine = max(0.0, cosines.get(message_id, 0.0))
            candidates[message_id].is_measured = message_id in cosines

    async def _lexical(self, question: Question, text: str) -> list[tuple[str, float]]:
        # Without the little words: they match everything and cost the most to rank.
        asked = (question.owner_id, question.namespace, content_terms(text), CANDIDATES)
        try:
            async with self._database.reading() as connection:
                if not self._is_searchable:
                    self._is_searchable = await search_repair.is_whole(connection)
                if self._is_searchable:
                    async with search.letting_go(connection):
                        return await search.find(connection, *asked)
        except search.SearchDamaged:
            self._is_searchable = False
            if self._on_damage is not None:
                await self._on_damage("search")
        async with self._database.reading() as connection:
            return await search.scan(connection, *asked)

    def _ranked(
        self,
        question: Question,
        text: str,
        known: dict[str, Recollection],
        candidates: dict[str, Candidate],
        *,
        floors: Floors,
    ) -> list[Recollection]:
        kept = [candidate for candidate in candidates.values() if candidate.message_id in known]
        speakers = {recollection.speaker for recollection in known.values()}
        named = {speaker for speaker in speakers if _names(text, speaker)}
        for candidate in kept:
            candidate.is_speaker_named = known[candidate.message_id].speaker in named
        shares = fusion.signals(kept)
        if is_bare(text):
            _cover(text, _best_by_words(kept), known)
            fusion.words_first(kept, shares)
        total = sum(fusion.WEIGHTS.values())
        ranked = sorted(
            zip(kept, shares, strict=True),
            key=lambda pair: (-sum(pair[1].values()), pair[0].message_id),
        )
        # What is said aloud must be about those who were asked about; a list may show more.
        asked = names_asked(text) if question.only_relevant else frozenset()
        floors = floors if question.only_relevant else floors.for_a_list()

        def is_relevant(candidate: Candidate) -> bool:
            said = known[candidate.message_id]
            return candidate.is_relevant(floors) and names_any(asked, f"{said.speaker} {said.said}")

        # To cut a text into its words costs more than all the rest: only what may be shown is cut.
        _cover(text, [candidate for candidate, _ in ranked[: max(LOOKED_AT, question.k)]], known)
        relevant = [pair for pair in ranked[:LOOKED_AT] if is_relevant(pair[0])]
        if not relevant:
            return []
        chosen = relevant if question.only_relevant else ranked
        return [
            replace(
                known[candidate.message_id],
                score=round(sum(share.values()) / total, 4),
                signals={**share, "cosine": candidate.cosine, "coverage": candidate.coverage},
            )
            for candidate, share in chosen[: question.k]
        ]


def _cover(text: str, candidates: Sequence[Candidate], known: Mapping[str, Recollection]) -> None:
    """Tell each candidate which share of the question's words it has."""
    wanted = content_words(text)
    for candidate in candidates:
        recollection = known[candidate.message_id]
        # "What does Anna like?" is answered by Anna's "I like tea": who spoke counts as said.
        candidate.coverage = coverage(wanted, f"{recollection.speaker} {recollection.said}")


def _best_by_words(candidates: Sequence[Candidate]) -> list[Candidate]:
    found = [candidate for candidate in candidates if candidate.lexical]
    return sorted(found, key=lambda each: (-each.lexical, each.message_id))[:LOOKED_AT]


def _joined(dense: list[Hit], lexical: list[tuple[str, float]]) -> dict[str, Candidate]:
    candidates = {hit.message_id: Candidate(hit.message_id, cosine=hit.score) for hit in dense}
    for message_id, score in lexical:
        candidates.setdefault(message_id, Candidate(message_id)).lexical = max(score, 0.0)
    return candidates


def _names(text: str, speaker: str) -> bool:
    first = speaker.split(maxsplit=1)[0] if speaker.strip() else ""
    return bool(first) and re.search(rf"\b{re.escape(first)}\b", text, re.IGNORECASE) is not None
