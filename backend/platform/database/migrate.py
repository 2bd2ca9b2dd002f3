"""Brings a database to the schema of this program, or says why it can't be."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, text

from backend.kernel.clock import Clock
from backend.kernel.errors import NotConfigured, Unavailable
from backend.platform.database.engine import Database

_LOCK = 0x52494E47  # "RING": names our advisory lock among those of a shared PostgreSQL
POLL_S = 0.25

_PLACES = (
    Path(__file__).parents[3] / "infra" / "migrations",  # the repository
    Path(__file__).parent / "migrations",  # an installed wheel carries a copy here
)


HEAD = "head"


async def migrate(database: Database, to: str = HEAD) -> str:
    """Bring the schema up to a revision, one process at a time; returns the revision reached."""
    async with database.transaction() as tx:
        # On SQLite the transaction itself excludes every other writer. A migration is all or
        # nothing on both: whoever is killed in it leaves the schema as it was.
        if database.dialect == "postgresql":
            await tx.execute(text("SET LOCAL lock_timeout = '10min'"))
            await tx.execute(text("SET LOCAL statement_timeout = 0"))
            await tx.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        await tx.connection.run_sync(upgrade, to)
    return head() if to == HEAD else to


async def wait_for_schema(database: Database, clock: Clock, wait_s: float) -> None:
    """Wait until the backend has migrated; for every other role."""
    deadline = clock.monotonic() + wait_s
    while True:
        found = await revision(database)
        if found is not None:
            _refuse_newer(found)
        if found == head():
            return
        if clock.monotonic() >= deadline:
            raise Unavailable(
                f"The database's schema is {found or 'empty'}, this program needs {head()}.",
                cure="start the backend of the same version: it alone migrates",
            )
        await clock.sleep(POLL_S)


async def revision(database: Database) -> str | None:
    """Return the revision of the database's schema, None when it is empty."""
    async with database.reading() as connection:
        return await connection.run_sync(_revision)


def head() -> str:
    """Return the newest revision that this program knows."""
    found = ScriptDirectory.from_config(_config()).get_current_head()
    if found is None:
        raise NotConfigured("There are no migrations.")
    return found


def knows(wanted: str) -> bool:
    """Say whether a revision is one of this program's: a newer version's is not."""
    try:
        return ScriptDirectory.from_config(_config()).get_revision(wanted) is not None
    except CommandError:
        return False


def upgrade(connection: Connection, target: str = HEAD) -> None:
    """Take migrations, up to a revision, in the caller's transaction."""
    found = _revision(connection)
    if found is not None:
        _refuse_newer(found)
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, target)


def downgrade(connection: Connection, target: str) -> None:
    """Take migrations back, down to a revision; the way down is as tested as the way up."""
    config = _config()
    config.attributes["connection"] = connection
    command.downgrade(config, target)


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _refuse_newer(found: str) -> None:
    if not knows(found):
        raise Unavailable(
            f"The database was written by a newer version (schema {found}).",
            cure="install the newest version of Ringback, or restore a backup of this one",
        )


def _config() -> Config:
    folder = next((place for place in _PLACES if (place / "env.py").exists()), None)
    if folder is None:
        raise NotConfigured("The migrations are missing.", cure="install Ringback again")
    config = Config()
    config.set_main_option("script_location", str(folder).replace("%", "%%"))
    return config
