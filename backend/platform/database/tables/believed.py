"""What is held to be true, who said so, and what became of it."""

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Float,
    Index,
    LargeBinary,
    Table,
    Text,
)

from backend.platform.database.tables.schema import at, id_, metadata, owner

facts = Table(  # bitemporal: when it was true, and when we learnt it
    "facts",
    metadata,
    id_(),
    owner(),
    Column("namespace", Text, nullable=False, default=""),
    Column("subject", Text, nullable=False),  # a name as people say it; "" is the owner themselves
    Column("subject_key", Text, nullable=False),  # folded
    Column("qualifier", Text, nullable=False, default=""),  # which of several with one name
    Column("subject_id", Text, nullable=False, default=""),  # its concept, once one is known
    Column("predicate", Text, nullable=False),  # from the room's catalogue, as "lives in"
    Column("slot", Text, nullable=False),  # what can be true of a subject once at a time
    Column("object", Text, nullable=False),
    Column("object_key", Text, nullable=False),  # folded: the same belief is one fact
    Column("object_id", Text, nullable=False, default=""),
    Column("statement", Text, nullable=False),  # the whole, as a sentence that can be said
    Column("confidence", Float, nullable=False),
    Column("said_by", Text, nullable=False),  # owner guest companion import
    Column("person_id", Text, nullable=False, default=""),
    Column("assurance", Text, nullable=False),  # how sure we were of who said it
    Column("reader", Text, nullable=False),  # who read it from the words: rules, a model, a person
    Column("is_pinned", Boolean, nullable=False, default=False),
    Column("pin_wish", Text, nullable=False, default=""),  # "yes", "no"; "": by its nature
    at("valid_from"),
    at("valid_to", optional=True),
    at("learnt_at"),
    at("retracted_at", optional=True),
    # superseded corrected denied ended merged refused withdrawn
    Column("retracted_as", Text, nullable=False, default=""),
    Column("superseded_by", Text, nullable=False, default=""),  # the fact that took its place
    Index(None, "owner_id", "subject_key", "slot"),
    Index(None, "owner_id", "learnt_at"),
)

sources = Table(  # what somebody said that a fact is known from: facts follow from these alone
    "sources",
    metadata,
    id_(),
    owner(),
    Column("namespace", Text, nullable=False, default=""),
    Column("fact_id", Text, nullable=False),
    Column("message_id", Text, nullable=False, default=""),  # "": a page or the command line
    Column("name", Text, nullable=False),  # of the subject, as it was said; "" is the owner
    Column("name_key", Text, nullable=False),  # folded
    Column("qualifier", Text, nullable=False, default=""),  # as it was said
    Column("predicate", Text, nullable=False),
    Column("slot", Text, nullable=False),
    Column("object", Text, nullable=False),
    Column("object_key", Text, nullable=False),
    Column("statement", Text, nullable=False),
    Column("quote", Text, nullable=False),  # the words that say so
    Column("confidence", Float, nullable=False),
    Column("is_pinned", Boolean, nullable=False, default=False),  # by its nature, or by a wish
    Column("is_ended", Boolean, nullable=False, default=False),  # it was true until then
    Column("is_explicit", Boolean, nullable=False, default=False),  # they asked us to believe it
    Column("is_withdrawn", Boolean, nullable=False, default=False),  # it was taken back
    Column("speaker", Text, nullable=False),
    Column("said_by", Text, nullable=False),
    Column("person_id", Text, nullable=False, default=""),
    Column("assurance", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("reader", Text, nullable=False),
    at("said_at"),
    at("valid_from", optional=True),  # as the words say; none: since they were said
    at("valid_to", optional=True),  # of what is over; none: until they were said
    at("learnt_at"),
    Column("conversation_id", Text, nullable=False, default=""),
    Column("second", Float),  # of the conversation's recording, where the words begin
    Index(None, "owner_id", "name_key", "slot"),
    Index(None, "fact_id"),
    Index(None, "message_id"),
)

fact_changes = Table(  # everything that ever became of a fact: what can be undone is undone by it
    "fact_changes",
    metadata,
    id_(),
    owner(),
    Column("fact_id", Text, nullable=False),
    # learnt confirmed superseded corrected denied ended pinned unpinned merged renamed restored
    # refused
    Column("kind", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("message_id", Text, nullable=False, default=""),
    Column("details", JSON, nullable=False, default=dict),
    at("at"),
    Index(None, "fact_id", "at"),
    Index(None, "message_id"),
    Index(None, "owner_id", "at"),
)

merges = Table(  # two names that turned out to be one; undone by what it moved
    "merges",
    metadata,
    id_(),
    owner(),
    Column("kept_id", Text, nullable=False),
    Column("merged_id", Text, nullable=False),
    Column("moved", JSON, nullable=False),  # table → ids
    Column("actor", Text, nullable=False),
    at("at"),
    at("undone_at", optional=True),
    Index(None, "owner_id", "at"),
)

vault = Table(  # secrets that somebody said: sealed, and shown only when asked for by name
    "vault",
    metadata,
    id_(),
    owner(),
    Column("kind", Text, nullable=False),  # card password key
    Column("message_id", Text, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    at("at"),
    Index(None, "owner_id", "at"),
    Index(None, "message_id"),
)
