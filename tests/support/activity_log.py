"""Lines of the activity log, and a hand that alters them past everything that guards them."""

import sqlite3
from contextlib import closing
from datetime import timedelta

from sqlalchemy import insert, text

from portal.core import clock, db, log_check
from portal.core.audit import AuditEntry
from portal.core.log_check import Checked
from portal.core.sealing import Head

KEY = "only-for-tests-" + "k" * 32
OTHER_KEY = "only-for-tests-" + "o" * 32

# PostgreSQL does not count ids that were given: the next line of the product's own would collide.
_COUNT_ON = text(
    "SELECT setval(pg_get_serial_sequence('audit_entry', 'id'), max(id)) FROM audit_entry"
)


def write(count: int, first: int = 1, minutes_ago: int = 0) -> None:
    """Lines with the ids from `first` on, not sealed yet."""
    with db.transaction() as session:
        lines = [
            {
                "id": number,
                "at": clock.now() - timedelta(minutes=minutes_ago),
                "actor": "user:ada",
                "action": "contact.edited",
                "subject": f"contact:{number}",
                "detail": {"changed": ["name"], "note": "Zoë"},
            }
            for number in range(first, first + count)
        ]
        session.connection().execute(insert(AuditEntry), lines)
        if not db.current().is_sqlite:
            session.execute(_COUNT_ON)


def checked(at_least: Head | None = None, key: str = KEY) -> Checked:
    """What check-log finds in the database in use."""
    with db.read() as session:
        return log_check.check_log(session, key, at_least)


def by_force(*statements: str) -> None:
    """Change the database past its triggers and keys, as somebody would who holds it."""
    if db.current().is_sqlite:
        guards = ("audit_entry_no_update", "audit_entry_no_delete")
        triggers = [f"DROP TRIGGER IF EXISTS {guard}" for guard in guards]
        with closing(sqlite3.connect(str(db.current().url.database))) as file:
            file.executescript(";".join([*triggers, *statements]))
        return
    with db.transaction() as session:
        for statement in ("SET LOCAL session_replication_role = replica", *statements):
            session.execute(text(statement))
