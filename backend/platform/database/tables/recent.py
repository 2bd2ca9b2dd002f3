"""What is on the companion's mind: the last day, by weight."""

from sqlalchemy import Column, Float, Index, Integer, LargeBinary, Table, Text

from backend.platform.database.tables.schema import at, id_, metadata, owner

short_term = Table(
    "short_term",
    metadata,
    id_(),
    owner(),
    Column("namespace", Text, nullable=False, default=""),
    Column("kind", Text, nullable=False),  # context task decision outcome
    Column("source_id", Text, nullable=False),  # the message, note or delivery that it stands for
    Column("conversation_id", Text, nullable=False, default=""),  # in whose course it came up
    Column("text", LargeBinary, nullable=False),  # packed when it is long: see memory/short_term
    Column("priority", Float, nullable=False),  # at the moment `used_at`; it fades from there
    Column("uses", Integer, nullable=False, default=0),
    at("used_at"),
    at("at"),
    Index(None, "owner_id", "namespace", "at"),
    Index(None, "source_id"),
)
