"""What was forgotten: names of what is gone, never a word of it."""

from sqlalchemy import JSON, BigInteger, Column, Index, LargeBinary, Table, Text

from backend.platform.database.tables.schema import at, id_, metadata, owner

tombstones = Table(  # replayed when an older backup comes back
    "tombstones",
    metadata,
    Column("kind", Text, primary_key=True),  # message fact conversation concept object document …
    Column("target", Text, primary_key=True),  # an id, never a text
    owner(),
    Column("forgetting_id", Text, nullable=False),
    at("at"),
    Index(None, "owner_id", "at"),
    Index(None, "forgetting_id", "kind", "target"),
)

forgettings = Table(  # each wish to forget, how far it came, and its receipt
    "forgettings",
    metadata,
    id_(),
    owner(),
    Column("scope", JSON, nullable=False),  # kind and ids
    Column("actor", Text, nullable=False),
    Column("state", Text, nullable=False),  # wished running done failed
    Column("removed", JSON, nullable=False, default=dict),  # kind → how many
    Column("scanned", JSON, nullable=False, default=dict),  # store → what was looked through
    Column("left", BigInteger, nullable=False, default=0),  # traces that were still found
    Column("unreached", JSON, nullable=False, default=list),  # servers that could not be asked
    Column("unclear", JSON, nullable=False, default=dict),  # what only says a name of several
    Column("wish", LargeBinary),  # sealed: what is still to be found; empty from then on
    Column("reached", Text, nullable=False, default=""),  # the last name whose rows are gone
    Column("total", BigInteger, nullable=False, default=0),  # messages, when all of them are to go
    at("before", optional=True),  # everything learnt until then is to go, and shows no more
    at("at"),
    at("finished_at", optional=True),
    Index(None, "owner_id", "at"),
)
