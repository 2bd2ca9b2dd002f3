"""What people are shown of facts: each of the doors answers in these shapes."""

from pydantic import BaseModel

from backend.memory.facts.joining import KnownMerge
from backend.memory.facts.types import FactChange, FactView, Retraction, SourceView
from backend.memory.moments import write_moment


class ShownSource(BaseModel):
    """Words that a fact is known from."""

    message_id: str
    quote: str
    speaker: str
    channel: str
    assurance: str
    when: str
    conversation_id: str
    says: str  # "is", or "over"
    second: float | None  # of the call's recording
    audio: str | None  # where these seconds can be heard


class ShownFact(BaseModel):
    """A fact as it is held, or was."""

    id: str
    subject: str  # empty: whose memory it is
    qualifier: str
    predicate: str
    object: str
    statement: str
    confidence: float
    said_by: str
    assurance: str
    pinned: bool
    since: str
    since_known: bool  # of what was only said to be over, it is when that was
    until: str | None
    learnt: str
    state: str  # empty: it holds; else superseded, ended, corrected, denied, …
    superseded_by: str
    sources: list[ShownSource]


class ShownChange(BaseModel):
    """One thing that became of a fact; undone by its id."""

    id: str
    fact_id: str
    kind: str
    when: str
    by: str
    details: dict[str, str]


class WholeFact(ShownFact):
    """A fact with everything that became of it, and what was true before it."""

    history: list[ShownChange]
    former: list[ShownFact]


class Page(BaseModel):
    """Facts; `next` is the cursor behind the last one."""

    facts: list[ShownFact]
    next: str | None


class Changes(BaseModel):
    """What became of facts."""

    changes: list[ShownChange]


class Merged(Changes):
    """Two names that are one now; undone by the merge's id."""

    id: str


class ShownMerge(BaseModel):
    """Two names that are one; undone by its id."""

    id: str
    kept: str
    kept_which: str
    merged: str
    merged_which: str
    when: str
    undone: str | None


class Merges(BaseModel):
    """The names that were said to be one, the newest first."""

    merges: list[ShownMerge]


def shown(fact: FactView, *, has_lapsed: bool = False) -> ShownFact:
    """Return a fact as everybody is shown it; one whose day has come has ended like any other."""
    return ShownFact(
        id=fact.id,
        subject=fact.subject,
        qualifier=fact.qualifier,
        predicate=fact.predicate,
        object=fact.object,
        statement=fact.statement,
        confidence=fact.confidence,
        said_by=fact.said_by.value,
        assurance=fact.assurance.value,
        pinned=fact.is_pinned,
        since=write_moment(fact.valid_from),
        since_known=fact.knows_since,
        until=None if fact.valid_to is None else write_moment(fact.valid_to),
        learnt=write_moment(fact.learnt_at),
        state=Retraction.ENDED.value if has_lapsed else fact.retracted_as,
        superseded_by=fact.superseded_by,
        sources=[_shown_source(fact.id, source) for source in fact.sources],
    )


def _shown_source(fact_id: str, source: SourceView) -> ShownSource:
    audio = f"/v1/facts/{fact_id}/sources/{source.message_id}/audio"
    return ShownSource(
        message_id=source.message_id,
        quote=source.quote,
        speaker=source.speaker,
        channel=source.channel,
        assurance=source.assurance.value,
        when=write_moment(source.said_at),
        conversation_id=source.conversation_id,
        says="over" if source.is_ended else "is",
        second=source.second,
        audio=audio if source.has_recording else None,
    )


def shown_change(change: FactChange) -> ShownChange:
    """Return what became of a fact as everybody is shown it."""
    return ShownChange(
        id=change.id,
        fact_id=change.fact_id,
        kind=change.kind.value,
        when=write_moment(change.at),
        by=change.actor,
        details=dict(change.details),
    )


def shown_merge(merge: KnownMerge) -> ShownMerge:
    """Return a merge as everybody is shown it."""
    return ShownMerge(
        id=merge.id,
        kept=merge.kept.name,
        kept_which=merge.kept.qualifier,
        merged=merge.merged.name,
        merged_which=merge.merged.qualifier,
        when=write_moment(merge.at),
        undone=None if merge.undone_at is None else write_moment(merge.undone_at),
    )
