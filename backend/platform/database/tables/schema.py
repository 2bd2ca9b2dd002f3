"""What all tables share: one collection, and the columns that recur."""

from sqlalchemy import BigInteger, Column, MetaData, Text

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def id_() -> Column[str]:
    """Return the column of a UUIDv7."""
    return Column("id", Text, primary_key=True)


def owner() -> Column[str]:
    """Return the column that says whose row it is."""
    return Column("owner_id", Text, nullable=False)


def at(name: str, *, optional: bool = False) -> Column[int]:
    """Return the column of an instant in UTC microseconds."""
    return Column(name, BigInteger, nullable=optional)
