"""What Alembic runs: one connection, one transaction for all steps, one migrator at a time."""

from alembic import context
from sqlalchemy import text

from portal.core.db import Base, Database
from portal.core.migrations import import_every_table, prepare

MIGRATORS_TAKE_TURNS = 5_201_314  # the number of our advisory lock on PostgreSQL


def run() -> None:
    """Change the database that portal.core.migrations named."""
    import_every_table()
    database = Database(context.config.attributes["url"])
    with database.engine.connect() as plain:
        connection = plain.execution_options(writing=True)
        prepare(connection)
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            render_as_batch=database.is_sqlite,
            transactional_ddl=True,  # on SQLite too: we say BEGIN ourselves
            compare_type=True,
            compare_server_default=True,
        )
        with context.begin_transaction():
            if not database.is_sqlite:
                connection.execute(text(f"SELECT pg_advisory_xact_lock({MIGRATORS_TAKE_TURNS})"))
            context.run_migrations()
    database.dispose()


run()
