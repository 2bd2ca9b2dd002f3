"""The machine: streams, jobs, webhooks, spending, and what the instance knows of itself."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Float,
    Index,
    Integer,
    Table,
    Text,
)

from backend.platform.database.tables.schema import at, id_, metadata, owner

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
    owner(),
    Column("kind", Text, nullable=False),
    Column("version", Integer, nullable=False),
    at("at"),
    Column("actor", Text, nullable=False),
    Column("payload", JSON, nullable=False),
)

jobs = Table(
    "jobs",
    metadata,
    id_(),
    Column("owner_id", Text),  # null: the instance's own upkeep
    Column("name", Text, nullable=False),  # room.verb
    Column("family", Text, nullable=False),
    Column("payload", JSON, nullable=False),
    Column("key", Text, nullable=False, unique=True),  # the same key is the same job
    Column("state", Text, nullable=False),  # waiting leased done dead cancelled
    Column("priority", Integer, nullable=False, default=0),
    at("not_before"),
    Column("lease_holder", Text, nullable=False, default=""),
    at("lease_until", optional=True),
    Column("attempts", Integer, nullable=False, default=0),
    Column("attempts_max", Integer, nullable=False),
    Column("progress", Float, nullable=False, default=0),
    Column("result", JSON),
    Column("error", Text, nullable=False, default=""),
    # of the last failure: refused, busy, unavailable, broken, timeout, lost
    Column("error_kind", Text, nullable=False, default="", server_default=""),
    at("cancel_asked_at", optional=True),  # of a job that runs: it ends at its next sign of life
    Column("trace_id", Text, nullable=False, default=""),
    at("created_at"),
    at("started_at", optional=True),
    at("finished_at", optional=True),
    Index(None, "state", "not_before"),
    Index(None, "state", "family", "owner_id", "priority", "not_before"),  # whose turn it is
    Index(None, "owner_id", "created_at"),
    Index(None, "family", "finished_at"),  # whether it gets on, what is long over
)

clocks = Table(  # when each clock strikes next, and who winds it
    "clocks",
    metadata,
    Column("name", Text, primary_key=True),
    Column("user_id", Text, primary_key=True),  # "": the instance's own
    Column("zone", Text, nullable=False),  # IANA
    Column("rhythm", Text, nullable=False),  # a cron expression, or "every …"
    at("next_at"),
    at("last_at", optional=True),
    Column("is_paused", Boolean, nullable=False, default=False),
    Index(None, "next_at"),
)

webhooks = Table(  # each (sid, event) of the carrier counts once; its answer is kept for the repeat
    "webhooks",
    metadata,
    Column("sid", Text, primary_key=True),
    Column("event", Text, primary_key=True),
    at("at"),
    Column("answer", Text, nullable=False),
)

ai_model_usage = Table(
    "ai_model_usage",
    metadata,
    id_(),
    owner(),
    Column("turn_id", Text),
    Column("provider", Text, nullable=False),
    Column("model", Text, nullable=False),
    Column("tokens_in", Integer, nullable=False),
    Column("tokens_out", Integer, nullable=False),
    # millionths of a dollar; reserved before the call, settled after it
    Column("cost_micros", BigInteger, nullable=False),
    Column("outcome", Text, nullable=False),  # reserved answered failed
    at("at"),
    Index(None, "at"),
    Index(None, "turn_id"),
)

freshness = Table(  # which version of a topic an owner has: unchanged means nothing was written
    "freshness",
    metadata,
    Column("owner_id", Text, primary_key=True),  # "": everybody's
    Column("topic", Text, primary_key=True),
    Column("version", Text, nullable=False),
    Column("before", Text),  # the version that it took the place of
)

instance = Table(  # what the instance knows of itself: its id, epoch, last backup
    "instance",
    metadata,
    Column("key", Text, primary_key=True),
    Column("value", Text, nullable=False),
)

health_changes = Table(  # each time a part broke or came back: the truth of every uptime
    "health_changes",
    metadata,
    id_(),
    Column("part", Text, nullable=False),
    Column("process", Text, nullable=False),  # the roles of the process that saw it
    Column("is_ok", Boolean, nullable=False),
    Column("detail", Text, nullable=False),
    at("at"),
    Index(None, "part", "at"),
)
