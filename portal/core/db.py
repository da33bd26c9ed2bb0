"""The engine, and the only ways to it: `read()`, `transaction()`; `fetch_first()` for hot pages.

SQLite: writers queue on one gate (a lock between threads and a file lock between processes)
before BEGIN IMMEDIATE, so a balance that was read cannot change before it is written, and the
worker is not starved by busy web threads. PostgreSQL: a row that decides is locked FOR UPDATE by
whoever reads it. A transaction never spans a call to the outside: `refuse_inside_transaction`
is run before every such call.
"""

import os
import threading
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from sqlalchemy import (
    Connection,
    CursorResult,
    Insert,
    MetaData,
    Row,
    Select,
    create_engine,
    event,
    text,
)
from sqlalchemy.engine import Engine, ExceptionContext, make_url
from sqlalchemy.orm import DeclarativeBase, ORMExecuteState, Session

try:
    import fcntl
except ImportError:  # Windows: BEGIN IMMEDIATE alone keeps it correct, if less fair
    fcntl = None

BUSY_TIMEOUT_MS = 5_000
LOCK_TIMEOUT_MS = 20_000
CONNECT_TIMEOUT_S = 5

_writing: ContextVar[bool] = ContextVar("inside_transaction", default=False)


class Base(DeclarativeBase):
    """Every table. Constraints have names, so that a migration can speak of them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class NestedTransaction(RuntimeError):
    """A transaction was opened inside another, or the outside was called inside one."""


class _Gate:
    """One writer at a time on one SQLite file, in the order in which the threads came."""

    def __init__(self, path: Path) -> None:
        self._thread_lock = threading.Lock()
        self._path = path

    @contextmanager
    def __call__(self) -> Generator[None]:
        with self._thread_lock:
            if fcntl is None:
                yield
                return
            handle = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX)
                yield
            finally:
                os.close(handle)  # closing lets the lock go, also when this process is killed


class Database:
    """One engine with the two kinds of session."""

    def __init__(self, url: str) -> None:
        self.url = make_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self.engine = self._make_engine()
        self._write_engine = self.engine.execution_options(writing=True)
        self._single_engine = self.engine.execution_options(single=True)
        self._gate = _Gate(Path(f"{self.url.database}.gate")) if self.is_sqlite else None

    def _make_engine(self) -> Engine:
        if not self.is_sqlite:
            # A writer that waits longer than this is told so, instead of holding its thread.
            waits: dict[str, Any] = {"options": f"-c lock_timeout={LOCK_TIMEOUT_MS}"}
            # So is whoever connects to a host that says nothing, unless the address says how long.
            if "connect_timeout" not in self.url.query:
                waits["connect_timeout"] = CONNECT_TIMEOUT_S
            engine = create_engine(
                self.url,
                pool_size=12,
                max_overflow=8,
                pool_pre_ping=True,
                connect_args=waits,
                hide_parameters=True,
            )
            event.listen(engine, "handle_error", _leave_out_the_row)
            return engine
        engine = create_engine(
            self.url,
            pool_size=12,
            max_overflow=8,
            connect_args={"check_same_thread": False},
            hide_parameters=True,
        )
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine

    @contextmanager
    def read(self) -> Generator[Session]:
        """A session that only reads. A change in it raises RuntimeError."""
        with Session(self.engine, expire_on_commit=False, info={"reading": True}) as session:
            yield session

    def fetch_first(self, statement: Select[Any], values: Mapping[str, Any]) -> Row[Any] | None:
        """The first row of one SELECT, without a session: for what every hot page reads."""
        with self._single_engine.connect() as connection:
            return connection.execute(statement, values).first()

    @contextmanager
    def transaction(self) -> Generator[Session]:
        """A session whose changes stand together or not at all; the only place that commits.

        Raises `NestedTransaction` when one is open already in this thread.
        """
        if _writing.get():
            raise NestedTransaction("a transaction is open already")
        token = _writing.set(True)
        try:
            if self._gate is None:
                yield from self._session()
            else:
                with self._gate():
                    yield from self._session()
        finally:
            _writing.reset(token)

    def _session(self) -> Generator[Session]:
        with Session(self._write_engine, expire_on_commit=False) as session:
            yield session
            session.commit()

    def dispose(self) -> None:
        """Close every connection."""
        self.engine.dispose()


def _leave_out_the_row(context: ExceptionContext) -> None:
    """Keep of an error what went wrong; PostgreSQL adds the row, and errors end in the log."""
    diagnosis = getattr(context.original_exception, "diag", None)
    said = getattr(diagnosis, "message_primary", None)
    if said and context.sqlalchemy_exception is not None:
        context.original_exception.args = (said,)
        context.sqlalchemy_exception.args = (f"({type(context.original_exception)}) {said}",)


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = FULL")  # NORMAL may lose a commit at power loss
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.execute("PRAGMA cache_size = -16000")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    options = connection.get_execution_options()
    if options.get("single", False):
        return  # one statement sees one moment by itself
    connection.exec_driver_sql("BEGIN IMMEDIATE" if options.get("writing", False) else "BEGIN")


@event.listens_for(Session, "before_flush")
def _refuse_flush_of_a_reader(session: Session, _context: Any, _instances: Any) -> None:
    if session.new or session.dirty or session.deleted:
        _refuse_a_reader(session)


@event.listens_for(Session, "do_orm_execute")
def _refuse_statement_of_a_reader(state: ORMExecuteState) -> None:
    if state.is_insert or state.is_update or state.is_delete:
        _refuse_a_reader(state.session)


def _refuse_a_reader(session: Session) -> None:
    if session.info.get("reading"):
        raise RuntimeError("a reading session was asked to write: use transaction()")


def writing(session: Session) -> Connection:
    """The session's connection, for statements that were built once and go past the ORM.

    What the session still has to write is written first. A reading session raises RuntimeError.
    """
    _refuse_a_reader(session)
    session.flush()
    return session.connection()


def insert_row(
    session: Session, by_dialect: Mapping[str, Insert], values: Mapping[str, Any]
) -> CursorResult[Any]:
    """Insert one row by a statement that was built once for each engine, past the ORM.

    Building an INSERT anew costs several times what running it does, so the hot ones are kept.
    """
    connection = writing(session)
    return connection.execute(by_dialect[connection.dialect.name], values)


_database: Database | None = None


def connect(url: str) -> Database:
    """Use this database from here on, in this process."""
    global _database
    disconnect()
    _database = Database(url)
    return _database


def disconnect() -> None:
    """Close the database in use; there is none from here on."""
    global _database
    if _database is not None:
        _database.dispose()
    _database = None


def current() -> Database:
    """The database in use. Raises RuntimeError before `connect`."""
    if _database is None:
        raise RuntimeError("no database: connect() was not called")
    return _database


@contextmanager
def read() -> Generator[Session]:
    """A reading session on the database in use."""
    with current().read() as session:
        yield session


def fetch_first(statement: Select[Any], values: Mapping[str, Any] | None = None) -> Row[Any] | None:
    """The first row of one SELECT from the database in use, for hot pages."""
    return current().fetch_first(statement, values or {})


@contextmanager
def transaction() -> Generator[Session]:
    """A writing session on the database in use."""
    with current().transaction() as session:
        yield session


def refuse_inside_transaction() -> None:
    """Raise `NestedTransaction` if a transaction is open: no call to the outside may span one."""
    if _writing.get():
        raise NestedTransaction("the outside was called inside a transaction")


def ping(session: Session) -> None:
    """Raise unless the database answers."""
    session.execute(text("SELECT 1"))


__all__ = [
    "Base",
    "Database",
    "NestedTransaction",
    "connect",
    "current",
    "disconnect",
    "fetch_first",
    "insert_row",
    "ping",
    "read",
    "refuse_inside_transaction",
    "transaction",
    "writing",
]
