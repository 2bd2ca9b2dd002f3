"""Who is known, what they show, and what was decided about them."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    Index,
    Integer,
    Table,
    Text,
)

from backend.platform.database.tables.schema import at, id_, metadata, owner

organizations = Table(
    "organizations", metadata, id_(), Column("name", Text, nullable=False), at("created_at")
)

users = Table(  # whoever has a memory of their own: `owner_id` everywhere names one of these
    "users",
    metadata,
    id_(),
    Column("organization_id", Text, nullable=False),
    Column("name", Text, nullable=False),
    at("created_at"),
)

people = Table(
    "people",
    metadata,
    id_(),
    owner(),  # whose memory this person speaks to: their own id for owner and members
    Column("organization_id", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("zone", Text, nullable=False),
    Column("voice", Text, nullable=False, default=""),
    Column("pin_hash", Text, nullable=False, default="", server_default=""),
    Column("pin_failures", Integer, nullable=False, default=0, server_default="0"),  # in a row
    Column("pin_locked_until", BigInteger, nullable=False, default=0, server_default="0"),
    # "" was never asked, "yes", "no"
    Column("recording_consent", Text, nullable=False, default="", server_default=""),
    at("created_at"),
)

numbers = Table(
    "numbers",
    metadata,
    Column("number", Text, primary_key=True),  # E.164
    owner(),
    Column("person_id", Text, nullable=False),
    at("created_at"),
    at("brought_at", optional=True),  # an import named it, and nobody has confirmed it yet
)

credentials = Table(
    "credentials",
    metadata,
    id_(),
    owner(),
    Column("person_id", Text, nullable=False),
    # session device cli api · good for one use: link ticket pairing call
    Column("kind", Text, nullable=False),
    Column("token_hash", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False, default=""),
    Column("scopes", JSON, nullable=False),
    Column("context", JSON, nullable=False),  # what a one-use token was made for
    Column("uses_left", Integer),  # null: as often as wanted
    at("created_at"),
    at("expires_at", optional=True),
    at("last_used_at", optional=True),
    at("revoked_at", optional=True),
    Index(None, "owner_id", "kind"),
)

audit = Table(
    "audit",
    metadata,
    Column("sequence", BigInteger, primary_key=True, autoincrement=False),
    owner(),
    at("at"),
    Column("actor", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("resource", Text, nullable=False),
    Column("decision", Text, nullable=False),
    Column("cause", Text, nullable=False),
    Column("previous_hash", Text, nullable=False),
    Column("hash", Text, nullable=False),
)

personality_settings = Table(  # how a user likes the companion to be
    "personality_settings",
    metadata,
    Column("owner_id", Text, primary_key=True),
    Column("character", Text, nullable=False),  # its name
    Column("settings", JSON, nullable=False),  # trait → value
    at("changed_at"),
)
