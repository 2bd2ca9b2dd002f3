"""The minds in their order: the model's while it answers, the offline one always.

What a model says is held back to whole sentences, so that one which breaks off leaves nothing half
said: before its first sentence the offline mind takes over, after it the reply simply ends there.
"""

import asyncio
import re
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing

from backend.conversation.reasoning.context import Context
from backend.conversation.reasoning.offline import OfflineMind
from backend.conversation.reasoning.port import Mind
from backend.conversation.reasoning.understanding import Intent
from backend.kernel.errors import RingbackError, Unavailable

FIRST_SENTENCE_S_MAX = 10.0  # of silence: then the offline mind answers instead
HELD_CHARACTERS_MAX = 240  # a sentence longer than this is let out at a comma

_SENTENCES = re.compile(r".*[.!?\u2026][\"')\u2019\u201d]*(?=\s)\s*", re.DOTALL)
_ABBREVIATION = re.compile(r"\b(?:[A-Z]|Mr|Mrs|Ms|Dr|St|No|vs|e\.g|i\.e|a\.m|p\.m)\.\s*$")
_CLAUSES = re.compile(r".*[,;:](?=\s)\s*", re.DOTALL)

# What rules answer exactly and at once needs no model.
REACTIVE = frozenset(
    {
        Intent.NOTES_LIST,
        Intent.TIME,
        Intent.DATE,
        Intent.SUM,
        Intent.LINE_CHECK,
        Intent.GOODBYE,
        Intent.HOLD_ON,
        Intent.TRANSFER,
        Intent.TEXT_ME,
        Intent.SILENCE,
        Intent.CORRECT,
        Intent.PIN,
        Intent.HOW_KNOWN,
        Intent.OVERVIEW,
        Intent.SECRET,
        Intent.FORGET,
        Intent.UNDO,
        Intent.JOIN,
        Intent.WHOSE,
    }
)


class Minds:
    """Answers by the best mind there is; `model` may be given later, when it is loaded."""

    def __init__(
        self,
        offline: OfflineMind,
        model: Mind | None = None,
        *,
        first_sentence_s: float = FIRST_SENTENCE_S_MAX,
    ) -> None:
        self._offline, self._first_sentence_s = offline, first_sentence_s
        self.model = model

    @property
    def name(self) -> str:
        """Return the name of the mind that is asked first."""
        return self.model.name if self.model is not None else self._offline.name

    async def reply(self, context: Context) -> AsyncGenerator[str]:
        """Give the reply; never raises for what a model does."""
        if self.model is not None and _is_for_a_model(context):
            has_spoken = False
            try:
                async with aclosing(_whole_sentences(self.model.reply(context))) as sentences:
                    if first := await _first(sentences, self._first_sentence_s):
                        has_spoken = True
                        yield first
                    async for words in sentences:
                        yield words
            except RingbackError as failure:
                context.trace.fell_back.append(f"{self.model.name}: {failure.code}")
            if has_spoken:
                if context.understanding.ends_exchange:
                    yield f" {_farewell(context)}"
                return
        async for words in self._offline.reply(context):
            yield words


def _farewell(context: Context) -> str:
    return f"Goodbye, {context.name}." if context.name else "Goodbye."


def _is_for_a_model(context: Context) -> bool:
    """Say whether a model may be paid for this turn: never for a stranger's."""
    is_bare_request = (
        context.understanding.intent in {Intent.REMEMBER, Intent.NOTE}
        and not context.understanding.content
    )
    is_rest = context.understanding.intent is Intent.CONTINUE and bool(context.unfinished)
    is_reactive = context.understanding.intent in REACTIVE or is_bare_request or is_rest
    return context.may_note and not is_reactive and context.noted is None


async def _first(sentences: AsyncGenerator[str], seconds_max: float) -> str:
    """Return the first sentence; nobody waits for it longer than they stay on the line."""
    try:
        async with asyncio.timeout(seconds_max):
            return await anext(sentences, "")
    except TimeoutError:
        raise Unavailable("The model thinks too long.") from None


async def _whole_sentences(pieces: AsyncIterator[str]) -> AsyncGenerator[str]:
    """Let words out sentence by sentence; the last one when the stream has ended well."""
    held = ""
    try:
        async for piece in pieces:
            held += piece
            ready = _ready(held)
            if ready:
                yield held[:ready]
                held = held[ready:]
    finally:
        if isinstance(pieces, AsyncGenerator):
            await pieces.aclose()
    if held.strip():
        yield held


def _ready(held: str) -> int:
    """Return how much of what is held back is whole."""
    whole = _SENTENCES.match(held)
    if whole is not None and not _ABBREVIATION.search(whole[0]):
        return whole.end()
    if len(held) > HELD_CHARACTERS_MAX:
        clause = _CLAUSES.match(held)
        return clause.end() if clause is not None else len(held)
    return 0
