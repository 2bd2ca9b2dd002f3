"""Every table of the one truth, as SQLite and PostgreSQL both keep it.

Instants are UTC microseconds; identifiers are UUIDv7 text; every row of content carries `owner_id`.
Full text is the one thing the two databases keep differently: see `search.py`.
"""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Float,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _id() -> Column[str]:
    return Column("id", Text, primary_key=True)


def _owner() -> Column[str]:
    return Column("owner_id", Text, nullable=False)


def _at(name: str, *, optional: bool = False) -> Column[int]:
    return Column(name, BigInteger, nullable=optional)


# ── who ──────────────────────────────────────────────────────────────────────────────────────
organisations = Table(
    "organisations", metadata, _id(), Column("name", Text, nullable=False), _at("created_at")
)

people = Table(
    "people",
    metadata,
    _id(),
    _owner(),  # whose memory this person speaks to: their own id for owner and members
    Column("organisation_id", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("zone", Text, nullable=False),
    Column("voice", Text, nullable=False, default=""),
    _at("created_at"),
)

numbers = Table(
    "numbers",
    metadata,
    Column("number", Text, primary_key=True),  # E.164
    _owner(),
    Column("person_id", Text, nullable=False),
    _at("created_at"),
)

credentials = Table(
    "credentials",
    metadata,
    _id(),
    _owner(),
    Column("person_id", Text, nullable=False),
    # session device cli api · good for one use: link ticket pairing call
    Column("kind", Text, nullable=False),
    Column("token_hash", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False, default=""),
    Column("scopes", JSON, nullable=False),
    Column("context", JSON, nullable=False),  # what a one-use token was made for
    Column("uses_left", Integer),  # null: as often as wanted
    _at("created_at"),
    _at("expires_at", optional=True),
    _at("last_used_at", optional=True),
    _at("revoked_at", optional=True),
    Index(None, "owner_id", "kind"),
)

audit = Table(
    "audit",
    metadata,
    Column("sequence", BigInteger, primary_key=True, autoincrement=False),
    _owner(),
    _at("at"),
    Column("actor", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("resource", Text, nullable=False),
    Column("decision", Text, nullable=False),
    Column("cause", Text, nullable=False),
    Column("previous_hash", Text, nullable=False),
    Column("hash", Text, nullable=False),
)

# ── what was said ────────────────────────────────────────────────────────────────────────────
conversations = Table(
    "conversations",
    metadata,
    _id(),
    _owner(),
    Column("person_id", Text),
    Column("carrier", Text, nullable=False),  # phone sms app web talk api
    Column("carrier_ref", Text, nullable=False, default=""),  # the call's sid
    Column("remote", Text, nullable=False, default=""),  # the number at the other end
    Column("assurance", Text, nullable=False),
    Column("recording", Text, nullable=False, default=""),  # its object's key
    _at("started_at"),
    _at("ended_at", optional=True),
    Column("ended_by", Text, nullable=False, default=""),
    Index(None, "owner_id", "started_at"),
    Index(None, "carrier_ref"),
)

turns = Table(
    "turns",
    metadata,
    _id(),
    _owner(),
    Column("conversation_id", Text, nullable=False),
    Column("engine", Text, nullable=False),  # which mind answered
    Column("timeline", JSON, nullable=False),  # span → [start ms, end ms]
    _at("started_at"),
    _at("ended_at"),
    Index(None, "conversation_id"),
)

messages = Table(
    "messages",
    metadata,
    _id(),
    _owner(),
    Column("namespace", Text, nullable=False, default=""),
    Column("conversation_id", Text),
    Column("turn_id", Text),
    Column("external_id", Text),  # the id it has where it was imported from
    Column("speaker", Text, nullable=False),  # a name, as people say it
    Column("role", Text, nullable=False),  # person companion import
    Column("text", Text, nullable=False),
    Column("caption", Text, nullable=False, default=""),
    Column("session", Text, nullable=False, default=""),
    Column("channel", Text, nullable=False, default=""),
    Column("assurance", Text, nullable=False),  # how sure we were of who said it
    # never the companion's own words, never a question
    Column("is_recallable", Boolean, nullable=False),
    _at("said_at"),
    _at("learnt_at"),
    Index(None, "owner_id", "namespace", "said_at"),
    Index(None, "conversation_id", "said_at"),
    UniqueConstraint("owner_id", "namespace", "external_id"),
)

memories = Table(
    "memories",
    metadata,
    _id(),
    _owner(),
    Column("namespace", Text, nullable=False, default=""),
    Column("text", Text, nullable=False),
    Column("message_id", Text, nullable=False),  # the source
    Column("assurance", Text, nullable=False),
    _at("valid_from"),
    _at("valid_to", optional=True),
    _at("learnt_at"),
    _at("retracted_at", optional=True),
    Index(None, "owner_id", "learnt_at"),
    Index(None, "message_id"),
)

vectors = Table(
    "vectors",
    metadata,
    Column("message_id", Text, primary_key=True),
    Column("model", Text, primary_key=True),
    _owner(),
    Column("namespace", Text, nullable=False, default=""),
    Column("dimension", Integer, nullable=False),
    Column("vector", LargeBinary, nullable=False),  # float16, unit length
    Index(None, "owner_id", "namespace", "model"),
)

concepts = Table(
    "concepts",
    metadata,
    _id(),
    _owner(),
    Column("kind", Text, nullable=False),  # person place thing idea
    Column("name", Text, nullable=False),
    Column("key", Text, nullable=False),  # folded name: one per owner and kind
    _at("created_at"),
    UniqueConstraint("owner_id", "kind", "key"),
)

mentions = Table(
    "mentions",
    metadata,
    Column("concept_id", Text, primary_key=True),
    Column("message_id", Text, primary_key=True),
    _owner(),
    Column("weight", Float, nullable=False),
    Index(None, "message_id"),
)

relations = Table(
    "relations",
    metadata,
    _id(),
    _owner(),
    Column("subject_id", Text, nullable=False),
    Column("predicate", Text, nullable=False),
    Column("object_id", Text, nullable=False),
    Column("message_id", Text, nullable=False),
    _at("valid_from"),
    _at("valid_to", optional=True),
    _at("learnt_at"),
    Index(None, "owner_id", "subject_id"),
    Index(None, "owner_id", "object_id"),
    UniqueConstraint("subject_id", "predicate", "object_id", "message_id"),
)

# ── what devices share ───────────────────────────────────────────────────────────────────────
documents = Table(
    "documents",
    metadata,
    _id(),
    _owner(),
    Column("name", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("snapshot", LargeBinary),  # the updates up to snapshot_cursor, applied
    Column("snapshot_cursor", BigInteger, nullable=False, default=0),
    Column("projected_cursor", BigInteger, nullable=False, default=0),
    _at("created_at"),
    UniqueConstraint("owner_id", "name"),
)

document_updates = Table(
    "document_updates",
    metadata,
    Column("document_id", Text, primary_key=True),
    Column("cursor", BigInteger, primary_key=True, autoincrement=False),
    _owner(),
    _at("at"),
    Column("actor", Text, nullable=False),
    Column("update", LargeBinary, nullable=False),
)

notes = Table(  # a projection of the documents of kind "notes"
    "notes",
    metadata,
    _id(),
    _owner(),
    Column("document_id", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("is_done", Boolean, nullable=False),
    _at("created_at"),
    Index(None, "document_id"),
    Index(None, "owner_id", "created_at"),
)

# ── the machine ──────────────────────────────────────────────────────────────────────────────
stream_heads = Table(
    "stream_heads",
    metadata,
    Column("stream", Text, primary_key=True),
    Column("cursor", BigInteger, nullable=False),
)

events = Table(
    "events",
    metadata,
    Column("stream", Text, primary_key=True),
    Column("cursor", BigInteger, primary_key=True, autoincrement=False),
    _owner(),
    Column("kind", Text, nullable=False),
    Column("version", Integer, nullable=False),
    _at("at"),
    Column("actor", Text, nullable=False),
    Column("payload", JSON, nullable=False),
)

jobs = Table(
    "jobs",
    metadata,
    _id(),
    Column("owner_id", Text),  # null: the instance's own upkeep
    Column("name", Text, nullable=False),  # room.verb
    Column("family", Text, nullable=False),
    Column("payload", JSON, nullable=False),
    Column("key", Text, nullable=False, unique=True),  # the same key is the same job
    Column("state", Text, nullable=False),  # waiting leased done dead cancelled
    Column("priority", Integer, nullable=False, default=0),
    _at("not_before"),
    Column("lease_holder", Text, nullable=False, default=""),
    _at("lease_until", optional=True),
    Column("attempts", Integer, nullable=False, default=0),
    Column("attempts_max", Integer, nullable=False),
    Column("progress", Float, nullable=False, default=0),
    Column("result", JSON),
    Column("error", Text, nullable=False, default=""),
    Column("trace_id", Text, nullable=False, default=""),
    _at("created_at"),
    _at("started_at", optional=True),
    _at("finished_at", optional=True),
    Index(None, "state", "not_before"),
    Index(None, "owner_id", "created_at"),
)

webhooks = Table(  # each (sid, event) of the carrier counts once; its answer is kept for the repeat
    "webhooks",
    metadata,
    Column("sid", Text, primary_key=True),
    Column("event", Text, primary_key=True),
    _at("at"),
    Column("answer", Text, nullable=False),
)

ai_model_usage = Table(
    "ai_model_usage",
    metadata,
    _id(),
    _owner(),
    Column("turn_id", Text),
    Column("provider", Text, nullable=False),
    Column("model", Text, nullable=False),
    Column("tokens_in", Integer, nullable=False),
    Column("tokens_out", Integer, nullable=False),
    # millionths of a dollar; reserved before the call, settled after it
    Column("cost_micros", BigInteger, nullable=False),
    Column("outcome", Text, nullable=False),  # reserved answered failed
    _at("at"),
    Index(None, "at"),
)

instance = Table(  # what the instance knows of itself: its id, epoch, last backup
    "instance",
    metadata,
    Column("key", Text, primary_key=True),
    Column("value", Text, nullable=False),
)
