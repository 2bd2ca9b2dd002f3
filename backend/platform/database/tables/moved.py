"""What is on its way in from elsewhere: how far each file was brought."""

from sqlalchemy import JSON, BigInteger, Column, Index, Table, Text

from backend.platform.database.tables.schema import at, id_, metadata, owner

imports = Table(  # a row goes when its file is wholly brought in, or was called off
    "imports",
    metadata,
    id_(),
    owner(),
    Column("stage", Text, nullable=False, default=""),  # which part of the file is brought
    Column("done", BigInteger, nullable=False, default=0),  # how many of that part's lines
    Column("brought", JSON, nullable=False),  # counts
    # When the first and the last of it was said; none: an export, which holds more than words.
    at("since", optional=True),
    at("until", optional=True),
    at("at"),
    Index(None, "owner_id", "at"),
)
