"""What was said, and on which line."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
)

from backend.platform.database.tables.schema import at, id_, metadata, owner

conversations = Table(
    "conversations",
    metadata,
    id_(),
    owner(),
    Column("person_id", Text),
    Column("carrier", Text, nullable=False),  # phone sms app web talk api
    Column("carrier_ref", Text, nullable=False, default=""),  # the call's sid
    Column("remote", Text, nullable=False, default=""),  # the number at the other end
    Column("assurance", Text, nullable=False),
    Column("recording", Text, nullable=False, default=""),  # its object's key
    # where it begins on the line's own clock, which are its frames
    Column("recording_from_ms", BigInteger, nullable=False, default=0, server_default="0"),
    Column("direction", Text, nullable=False, default="in", server_default="in"),  # in out
    # what we rang for; empty when they rang
    Column("delivery_id", Text, nullable=False, default="", server_default=""),
    # of the carrier's clock, once it has said so
    Column("seconds", Integer, nullable=False, default=0, server_default="0"),
    # the process that holds its line, and when that last said so; empty: nothing is held
    Column("carried_by", Text, nullable=False, default="", server_default=""),
    Column("carried_at", BigInteger, nullable=False, default=0, server_default="0"),
    at("started_at"),
    at("ended_at", optional=True),
    Column("ended_by", Text, nullable=False, default=""),
    Index(None, "owner_id", "started_at"),
    Index(None, "carrier_ref"),
)

turns = Table(
    "turns",
    metadata,
    id_(),
    owner(),
    Column("conversation_id", Text, nullable=False),
    Column("engine", Text, nullable=False),  # which mind answered
    Column("timeline", JSON, nullable=False),  # span → [start ms, end ms]
    # engines in use, what was speculated and thrown away, interruptions: see timeline.py
    Column("details", JSON, nullable=False, default=dict, server_default="{}"),
    Column("cost_micros", BigInteger, nullable=False, default=0, server_default="0"),
    at("started_at"),
    at("ended_at"),
    Index(None, "conversation_id"),
)

messages = Table(
    "messages",
    metadata,
    id_(),
    owner(),
    Column("namespace", Text, nullable=False, default=""),
    Column("conversation_id", Text),
    Column("turn_id", Text),
    Column("external_id", Text),  # the id it has where it was imported from
    Column("speaker", Text, nullable=False),  # a name, as people say it
    Column("role", Text, nullable=False),  # person companion import
    Column("text", Text, nullable=False),
    # of a reply that was cut off: what nobody heard of it
    Column("unheard", Text, nullable=False, default="", server_default=""),
    Column("caption", Text, nullable=False, default=""),
    Column("session", Text, nullable=False, default=""),
    Column("channel", Text, nullable=False, default=""),
    Column("assurance", Text, nullable=False),  # how sure we were of who said it
    # of the companion's words: who it was then, as "Ringback@1"
    Column("personality", Text, nullable=False, default="", server_default=""),
    # never the companion's own words, never a question
    Column("is_recallable", Boolean, nullable=False),
    at("said_at"),
    at("learnt_at"),
    Index(None, "owner_id", "namespace", "said_at"),
    Index(None, "conversation_id", "said_at"),
    Index(None, "turn_id"),
    UniqueConstraint("owner_id", "namespace", "external_id"),
)
