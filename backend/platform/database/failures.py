"""Says in our words what a database's driver complains of."""

from sqlalchemy.exc import DBAPIError, IntegrityError, ProgrammingError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from backend.kernel.errors import Busy, Corrupt, RingbackError, Unavailable

# Part of SQLite's message → our error. Only the exact words are a contract: its codes are
# missing from some of the errors that the driver raises itself.
_SQLITE: tuple[tuple[str, type[RingbackError], str, str], ...] = (
    ("disk is full", Unavailable, "The disk is full.", "free some space on the home's disk"),
    ("readonly", Unavailable, "The database can't be written.", "check the home's permissions"),
    (
        "unable to open",
        Unavailable,
        "The database can't be opened.",
        "check the home's permissions",
    ),
    ("disk i/o error", Unavailable, "The disk does not answer.", "check the home's disk"),
    ("is locked", Busy, "The database is held by somebody else.", "stop the other program"),
    ("malformed", Corrupt, "The database is damaged.", "run `ringback restore`"),
    ("not a database", Corrupt, "The database is damaged.", "run `ringback restore`"),
)


def explained(failure: DBAPIError | PoolTimeout) -> RingbackError | None:
    """Return our error for the driver's, or None where it is a mistake of our own."""
    if isinstance(failure, PoolTimeout):
        return Busy("Too many want the database at once.")
    if isinstance(failure, IntegrityError | ProgrammingError):
        return None
    said = str(failure.orig).lower()
    for part, kind, message, cure in _SQLITE:
        if part in said:
            return kind(message, cure=cure)
    if "deadlock" in said or "timeout" in said:
        return Busy("The database is too busy.")
    if failure.connection_invalidated or "connect" in said or "server closed" in said:
        return Unavailable(
            "The database does not answer.", cure="check DATABASE_URL and its server"
        )
    if "no space left" in said or "could not extend" in said:
        return Unavailable("The database's disk is full.", cure="free some space on its disk")
    return None
