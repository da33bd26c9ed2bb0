"""One transaction helper: nothing is half written, nobody is locked out, nothing is lost."""

import socket
import threading
import time
import traceback
from pathlib import Path

import pytest
from sqlalchemy import func, insert, select, update
from sqlalchemy.exc import IntegrityError, OperationalError

from portal.core import audit, db
from portal.core.audit import AuditEntry
from portal.core.db import Database, NestedTransaction
from portal.core.demo_clock import DemoClock
from portal.firm.models import User

pytestmark = pytest.mark.both_databases

WRITERS = 8
WRITES_EACH = 125  # a tenth of the 10,000 that bench/ does


def lines() -> int:
    with db.read() as session:
        return session.scalar(select(func.count()).select_from(AuditEntry)) or 0


def test_what_raises_inside_a_transaction_leaves_nothing_behind(database: Database) -> None:
    with pytest.raises(ZeroDivisionError), db.transaction() as session:
        audit.record(session, "system", "tried", "thing")
        session.flush()
        raise ZeroDivisionError
    assert lines() == 0


def test_what_ends_well_is_there_for_the_next_reader(database: Database) -> None:
    with db.transaction() as session:
        audit.record(session, "system", "done", "thing")
    assert lines() == 1


def test_a_transaction_inside_another_is_refused_and_nothing_of_either_stays(
    database: Database,
) -> None:
    with pytest.raises(NestedTransaction), db.transaction() as session:
        audit.record(session, "system", "outer", "thing")
        with db.transaction() as inner:
            audit.record(inner, "system", "inner", "thing")
    assert lines() == 0
    with db.transaction() as session:  # and the refusal has not closed the door for good
        audit.record(session, "system", "next", "thing")
    assert lines() == 1


@pytest.mark.parametrize("lacking", ["email", "name"])
def test_an_error_says_nothing_of_the_row_that_failed(database: Database, lacking: str) -> None:
    row = dict.fromkeys(("public_id", "email", "name", "name_key", "job_title"), "Cleo Marsh")
    row |= {"password_hash": "$argon2id$of-Cleo"}
    for values in (row, {**row, lacking: None}):  # the same again, and one that lacks something
        with pytest.raises(IntegrityError) as refused, db.transaction() as session:
            session.execute(insert(User).values(row))
            session.execute(insert(User).values(values))
        told = "".join(traceback.format_exception(refused.value))
        assert "user_account" in told
        assert "Cleo" not in told


def test_the_outside_is_not_called_inside_a_transaction(database: Database) -> None:
    db.refuse_inside_transaction()
    with db.transaction(), pytest.raises(NestedTransaction):
        db.refuse_inside_transaction()
    db.refuse_inside_transaction()


def test_a_reader_that_writes_is_refused(database: Database) -> None:
    with pytest.raises(RuntimeError, match="reading session"), db.read() as session:
        audit.record(session, "system", "sneaked", "thing")
        session.flush()
    assert lines() == 0


def test_a_reader_that_writes_by_statement_is_refused(database: Database) -> None:
    with pytest.raises(RuntimeError, match="reading session"), db.read() as session:
        session.execute(update(AuditEntry).values(action="changed"))
    assert lines() == 0


@pytest.mark.quiet
def test_eight_writers_never_fail_each_other(database: Database) -> None:
    """BARS "writers do not fail each other", at a tenth of its count."""
    slow: list[float] = []
    failed: list[BaseException] = []

    def write() -> None:
        for number in range(WRITES_EACH):
            began = time.monotonic()
            try:
                with db.transaction() as session:
                    session.scalar(select(func.count()).select_from(AuditEntry))
                    audit.record(session, "system", "wrote", f"thing:{number}")
            except OperationalError as locked:
                failed.append(locked)
            slow.append(time.monotonic() - began)

    _together(*[write] * WRITERS)
    assert failed == []
    assert lines() == WRITERS * WRITES_EACH
    assert sorted(slow)[int(len(slow) * 0.99)] < 0.5


def test_a_balance_that_was_read_cannot_change_before_it_is_written(database: Database) -> None:
    with db.transaction() as session:
        session.add(DemoClock(id=1, offset_seconds=0))

    def add_one() -> None:
        for _ in range(25):
            with db.transaction() as session:
                row = session.get_one(DemoClock, 1, with_for_update=True)
                row.offset_seconds += 1

    _together(*[add_one] * WRITERS)
    with db.read() as session:
        assert session.get_one(DemoClock, 1).offset_seconds == WRITERS * 25


def test_a_reader_is_not_held_up_by_a_writer(database: Database) -> None:
    with db.transaction() as session:
        audit.record(session, "system", "seen", "thing")
        session.flush()
        seen: list[int] = []
        _together(lambda: seen.append(lines()))
        assert seen == [0]


def test_sqlite_waits_for_the_disk_at_every_commit(tmp_path: Path) -> None:
    """`synchronous = NORMAL` may lose an acknowledged payment when the power fails."""
    database = Database(f"sqlite:///{tmp_path / 'x.db'}")
    with database.engine.connect() as connection:
        said = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    database.dispose()
    assert said == {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "busy_timeout": 5_000,
    }


@pytest.mark.quiet
def test_a_database_host_that_says_nothing_holds_no_thread(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(db, "CONNECT_TIMEOUT_S", 2)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        port = silent.getsockname()[1]
        database = Database(f"postgresql+psycopg://nobody:x@127.0.0.1:{port}/none")
        begun = time.monotonic()
        with pytest.raises(OperationalError, match="timeout"), database.read() as session:
            db.ping(session)
        assert time.monotonic() - begun < 30
    database.dispose()


def _together(*work: object) -> None:
    threads = [threading.Thread(target=one) for one in work]  # type: ignore[arg-type]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not any(thread.is_alive() for thread in threads)
