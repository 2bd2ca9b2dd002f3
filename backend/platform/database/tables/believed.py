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
    Column("subject_id", Text, nullable=False, default=""),  # its concept, once one is known
    Column("predicate", Text, nullable=False),  # from the room's catalogue, as "lives in"
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
    at("valid_from"),
    at("valid_to", optional=True),
    at("learnt_at"),
    at("retracted_at", optional=True),
    Column("retracted_as", Text, nullable=False, default=""),  # superseded corrected merged denied
    Column("superseded_by", Text, nullable=False, default=""),  # the fact that took its place
    Index(None, "owner_id", "subject", "predicate"),
    Index(None, "owner_id", "learnt_at"),
)

sources = Table(  # the words that a fact is known from
    "sources",
    metadata,
    Column("fact_id", Text, primary_key=True),
    Column("message_id", Text, primary_key=True),
    owner(),
    Column("quote", Text, nullable=False),
    Column("speaker", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("assurance", Text, nullable=False),
    at("said_at"),
    Column("conversation_id", Text, nullable=False, default=""),
    Column("second", Float),  # of the conversation's recording, where the words begin
    Index(None, "message_id"),
)

fact_changes = Table(  # everything that ever became of a fact: what can be undone is undone by it
    "fact_changes",
    metadata,
    id_(),
    owner(),
    Column("fact_id", Text, nullable=False),
    # learnt confirmed superseded corrected denied pinned unpinned merged unmerged restored
    Column("kind", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("message_id", Text, nullable=False, default=""),
    Column("details", JSON, nullable=False, default=dict),
    at("at"),
    Index(None, "fact_id", "at"),
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
