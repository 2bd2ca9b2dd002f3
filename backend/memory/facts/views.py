"""Facts and their sources as their rows have them."""

from typing import Any, Final

from sqlalchemy import Row, and_, select

from backend.kernel.clock import Instant
from backend.kernel.people import Assurance
from backend.memory.facts.seconds import Stretch, seconds_of
from backend.memory.facts.types import FactView, SaidBy, SourceView
from backend.platform.database.tables import conversations, messages, sources, turns

WITH_SOUND: Final = (  # words, and in which seconds of which recording they were said
    select(
        sources,
        conversations.c.recording,
        conversations.c.recording_from_ms,
        turns.c.details.label("turn_details"),
    )
    .outerjoin(
        conversations,
        and_(
            conversations.c.id == sources.c.conversation_id,
            conversations.c.owner_id == sources.c.owner_id,
        ),
    )
    .outerjoin(
        messages,
        and_(messages.c.id == sources.c.message_id, messages.c.owner_id == sources.c.owner_id),
    )
    .outerjoin(
        turns, and_(turns.c.id == messages.c.turn_id, turns.c.owner_id == sources.c.owner_id)
    )
)


def view_of(row: Row[Any], known: tuple[SourceView, ...]) -> FactView:  # Any: SQLAlchemy's row
    """Return a fact with the words that it is known from."""
    return FactView(
        id=row.id,
        subject=row.subject,
        predicate=row.predicate,
        object=row.object,
        statement=row.statement,
        confidence=row.confidence,
        said_by=SaidBy(row.said_by),
        assurance=Assurance(row.assurance),
        is_pinned=row.is_pinned,
        valid_from=Instant(row.valid_from),
        valid_to=None if row.valid_to is None else Instant(row.valid_to),
        learnt_at=Instant(row.learnt_at),
        retracted_at=None if row.retracted_at is None else Instant(row.retracted_at),
        retracted_as=row.retracted_as,
        superseded_by=row.superseded_by,
        sources=known,
        qualifier=row.qualifier,
    )


def source_of(row: Row[Any]) -> SourceView:  # Any: SQLAlchemy's row
    """Return words with the second in which they were said, where that is known."""
    stretch = stretch_of(row)
    return SourceView(
        id=row.id,
        message_id=row.message_id,
        quote=row.quote,
        speaker=row.speaker,
        channel=row.channel,
        assurance=Assurance(row.assurance),
        said_at=Instant(row.said_at),
        conversation_id=row.conversation_id,
        second=None if stretch is None else stretch[0],
        has_recording=bool(row.recording) and stretch is not None,
        is_ended=row.is_ended,
    )


def stretch_of(row: Row[Any]) -> Stretch | None:  # Any: SQLAlchemy's row
    """Return the seconds of the recording in which somebody's turn was said."""
    known = seconds_of(row.turn_details, row.recording_from_ms) if row.recording else None
    if known is not None or row.second is None:
        return known
    return row.second, row.second
