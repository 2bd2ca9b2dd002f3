"""Runs migrations in the transaction that `backend.platform.database.migrate` opened."""

from alembic import context

from backend.platform.database.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=False,  # the transaction is the program's, together with its lock
)
context.run_migrations()
