"""What devices share."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Index,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
)

from backend.platform.database.tables.schema import at, id_, metadata, owner

documents = Table(
    "documents",
    metadata,
    id_(),
    owner(),
    Column("name", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("snapshot", LargeBinary),  # the updates up to snapshot_cursor, applied
    Column("snapshot_cursor", BigInteger, nullable=False, default=0),
    Column("projected_cursor", BigInteger, nullable=False, default=0),
    at("created_at"),
    UniqueConstraint("owner_id", "name"),
)

document_updates = Table(
    "document_updates",
    metadata,
    Column("document_id", Text, primary_key=True),
    Column("cursor", BigInteger, primary_key=True, autoincrement=False),
    owner(),
    at("at"),
    Column("actor", Text, nullable=False),
    Column("update", LargeBinary, nullable=False),
)

sticky_notes = Table(  # a projection of the documents of kind "notes"
    "sticky_notes",
    metadata,
    id_(),
    owner(),
    Column("document_id", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("is_done", Boolean, nullable=False),
    at("created_at"),
    Index(None, "document_id"),
    Index(None, "owner_id", "created_at"),
)
