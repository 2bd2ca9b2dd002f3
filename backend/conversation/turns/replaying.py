"""Finds the sound of what somebody said on a call, cut to their words, for whom it may be played.

Only whose memory it is hears their calls again, when we are sure of them; and nobody's voice is
played who does not want to be recorded any more.
"""

from dataclasses import dataclass
from typing import Protocol

from sqlalchemy import and_, select

from backend.conversation.sessions import Party
from backend.conversation.turns.believing import is_owner
from backend.kernel.audio import Sound
from backend.kernel.errors import RingbackError
from backend.kernel.ids import OwnerId
from backend.kernel.people import Assurance
from backend.memory.facts import SourceView
from backend.memory.facts.seconds import seconds_of
from backend.platform.database.engine import Database
from backend.platform.database.tables import conversations, messages, people, turns

CLIP_S_MAX = 8.0  # longer than a sentence takes, and short enough to be listened to
AROUND_S = 0.4  # where a sentence begins within a turn is reckoned by its letters
SHORTER_S_MAX = 1.0  # the last seconds may not be written yet; what lacks more would lack words
REFUSED = "no"
_SURE = frozenset({Assurance.VERIFIED, Assurance.HELD})


class Recordings(Protocol):
    """Opens what was recorded."""

    async def theirs(self, key: str, conversation_id: str, begin_s: float, end_s: float) -> Sound:
        """Return what the other end said in a stretch."""
        ...


@dataclass(frozen=True, slots=True)
class _Said:
    """Where some words are heard."""

    key: str
    conversation_id: str
    begin_s: float
    end_s: float


class Replaying:
    """Recorded words, as a turn plays them."""

    def __init__(self, *, database: Database, recordings: Recordings) -> None:
        self._database, self._recordings = database, recordings

    async def sound(self, party: Party, source: SourceView) -> Sound | None:
        """Return the sound of somebody's words; None when there is none that may be heard."""
        if not (is_owner(party.actor) and party.actor.assurance in _SURE):
            return None
        said = await self._said(party.actor.owner_id, source)
        if said is None:
            return None
        try:
            sound = await self._recordings.theirs(
                said.key, said.conversation_id, said.begin_s, said.end_s
            )
        except RingbackError:
            return None  # it is answered in words all the same
        lacks_s = said.end_s - said.begin_s - sound.duration_ms / 1000
        return sound if any(sound.pcm) and lacks_s <= SHORTER_S_MAX else None

    async def _said(self, owner_id: OwnerId, source: SourceView) -> _Said | None:
        query = (
            select(
                messages.c.text,
                turns.c.details.label("turn_details"),
                conversations.c.id.label("conversation_id"),
                conversations.c.recording,
                conversations.c.recording_from_ms,
                people.c.recording_consent,
            )
            .join(turns, and_(turns.c.id == messages.c.turn_id, turns.c.owner_id == owner_id))
            .join(
                conversations,
                and_(
                    conversations.c.id == messages.c.conversation_id,
                    conversations.c.owner_id == owner_id,
                ),
            )
            .outerjoin(people, people.c.id == conversations.c.person_id)
            .where(messages.c.owner_id == owner_id, messages.c.id == source.message_id)
        )
        async with self._database.reading() as connection:
            row = (await connection.execute(query)).one_or_none()
        if row is None or not row.recording or row.recording_consent == REFUSED:
            return None
        seconds = seconds_of(row.turn_details, row.recording_from_ms)
        if seconds is None:
            return None
        return _Said(row.recording, row.conversation_id, *_cut(row.text, source.quote, seconds))


def _cut(text: str, quote: str, seconds: tuple[float, float]) -> tuple[float, float]:
    """Return the seconds of one sentence within all that was said in a turn."""
    begin_s, end_s = seconds
    at = text.find(quote.strip())
    if at >= 0 and quote.strip() and end_s > begin_s:
        letter_s = (end_s - begin_s) / len(text)
        last = at + len(quote.strip())
        begin_s, end_s = begin_s + at * letter_s, begin_s + last * letter_s
    begin_s = max(begin_s - AROUND_S, 0.0)
    return begin_s, min(end_s + AROUND_S, begin_s + CLIP_S_MAX)
