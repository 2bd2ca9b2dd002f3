"""Whom we reach of our own accord, and what became of it."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
)

from backend.platform.database.tables.schema import at, id_, metadata, owner

deliveries = Table(  # every call and text that we send, from the wish to its outcome
    "deliveries",
    metadata,
    id_(),
    owner(),
    Column("kind", Text, nullable=False),  # call text
    Column("number", Text, nullable=False),  # E.164
    Column("body", Text, nullable=False),  # what is to be said
    Column("cause", Text, nullable=False),  # what asked for it: the same cause is the same delivery
    Column("state", Text, nullable=False),
    Column("reason", Text, nullable=False, default=""),  # of a refusal or a failure
    Column("answered_by", Text, nullable=False, default=""),  # human machine
    Column("carrier_ref", Text, nullable=False, default=""),  # the carrier's own name for it
    Column("attempts", Integer, nullable=False, default=0),
    Column("details", JSON, nullable=False, default=dict),
    Column("cost_micros", BigInteger, nullable=False, default=0),
    at("not_before"),
    at("created_at"),
    at("updated_at"),
    Index(None, "carrier_ref"),
    Index(None, "owner_id", "created_at"),
    UniqueConstraint("owner_id", "cause"),
)
