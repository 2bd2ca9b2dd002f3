"""What is known from what was said."""

from sqlalchemy import (
    JSON,
    Column,
    Float,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
)

from backend.platform.database.tables.schema import at, id_, metadata, owner

memories = Table(
    "memories",
    metadata,
    id_(),
    owner(),
    Column("namespace", Text, nullable=False, default=""),
    Column("text", Text, nullable=False),
    Column("message_id", Text, nullable=False),  # the source
    Column("assurance", Text, nullable=False),
    at("valid_from"),
    at("valid_to", optional=True),
    at("learnt_at"),
    at("retracted_at", optional=True),
    Index(None, "owner_id", "learnt_at"),
    Index(None, "message_id"),
)

vectors = Table(
    "vectors",
    metadata,
    Column("message_id", Text, primary_key=True),
    Column("model", Text, primary_key=True),
    owner(),
    Column("namespace", Text, nullable=False, default=""),
    Column("dimension", Integer, nullable=False),
    Column("vector", LargeBinary, nullable=False),  # float16, unit length
    Index(None, "owner_id", "namespace", "model"),
)

vector_models = Table(  # which model gives meaning: one is live, another may be on its way
    "vector_models",
    metadata,
    Column("model", Text, primary_key=True),
    Column("dimension", Integer, nullable=False),
    Column("state", Text, nullable=False),  # filling verified live retired
    Column("reached", Text, nullable=False, default=""),  # the last message that was embedded
    Column("done", Integer, nullable=False, default=0),
    Column("total", Integer, nullable=False, default=0),
    Column("report", JSON, nullable=False, default=dict),  # what the verification found
    at("changed_at"),
)

concepts = Table(
    "concepts",
    metadata,
    id_(),
    owner(),
    Column("kind", Text, nullable=False),  # person place thing idea
    Column("name", Text, nullable=False),
    Column("key", Text, nullable=False),  # folded name
    # which of several with one name: "sister", "from work"
    Column("qualifier", Text, nullable=False, default="", server_default=""),
    Column("merged_into", Text, nullable=False, default="", server_default=""),  # another concept
    at("created_at"),
    UniqueConstraint("owner_id", "kind", "key", "qualifier"),
)

mentions = Table(
    "mentions",
    metadata,
    Column("concept_id", Text, primary_key=True),
    Column("message_id", Text, primary_key=True),
    owner(),
    Column("weight", Float, nullable=False),
    Index(None, "message_id"),
)

relations = Table(
    "relations",
    metadata,
    id_(),
    owner(),
    Column("subject_id", Text, nullable=False),
    Column("predicate", Text, nullable=False),
    Column("object_id", Text, nullable=False),
    Column("message_id", Text, nullable=False),
    at("valid_from"),
    at("valid_to", optional=True),
    at("learnt_at"),
    Index(None, "owner_id", "subject_id"),
    Index(None, "owner_id", "object_id"),
    Index(None, "message_id"),
    UniqueConstraint("subject_id", "predicate", "object_id", "message_id"),
)
