"""Says in our words what a database's driver complains of."""

from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, ProgrammingError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from backend.kernel.errors import Busy, Corrupt, Invalid, RingbackError, Unavailable

_CHECK_SERVER = "check DATABASE_URL and its server"

# Parts of the driver's message → our error. Only the words are a contract of both databases: codes
# are missing from some of the errors that the drivers raise themselves.
_MEANINGS: tuple[tuple[tuple[str, ...], type[RingbackError], str, str], ...] = (
    (
        ("disk is full", "no space left", "could not extend"),
        Unavailable,
        "The database's disk is full.",
        "free some space on the disk of the home or of the database's server",
    ),
    (
        ("readonly", "read-only", "unable to open"),
        Unavailable,
        "The database can't be written.",
        "check the permissions of the home",
    ),
    (("disk i/o error",), Unavailable, "The disk does not answer.", "check the home's disk"),
    (
        ("malformed", "not a database"),
        Corrupt,
        "The database is damaged.",
        "run `ringback restore`",
    ),
    (
        ("is locked", "deadlock", "lock timeout", "statement timeout"),
        Busy,
        "The database is held by others for too long.",
        "try again, or stop the other program",
    ),
    (
        ("connect", "server closed", "terminating"),
        Unavailable,
        "The database does not answer.",
        _CHECK_SERVER,
    ),
)


def explained(failure: DBAPIError | PoolTimeout) -> RingbackError | None:
    """Return our error for the driver's, or None where it is a mistake of our own."""
    if isinstance(failure, PoolTimeout):
        return Busy("Too many want the database at once.")
    if isinstance(failure, DataError):
        # A zero character, or a number beyond the column: what somebody sent, however it came here.
        return Invalid("That holds a character or a number that can't be kept.")
    if isinstance(failure, IntegrityError | ProgrammingError):
        return None
    said = str(failure.orig).lower()
    for parts, kind, message, cure in _MEANINGS:
        if any(part in said for part in parts):
            return kind(message, cure=cure)
    if failure.connection_invalidated:
        return Unavailable("The database does not answer.", cure=_CHECK_SERVER)
    return None
