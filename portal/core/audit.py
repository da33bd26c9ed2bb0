"""The activity log: who did what to which thing, and when (FEATURES X9). Rows are only added."""

from datetime import datetime
from typing import Any, cast

from sqlalchemy import Index, String, Table, insert
from sqlalchemy.orm import Mapped, Session, mapped_column

from portal.core import clock, db
from portal.core.db import Base
from portal.core.types import Json, RowId, UtcDateTime


class AuditEntry(Base):
    """One line of the log. `actor` is "user:<public id>", "payer", "system" or "processor"."""

    __tablename__ = "audit_entry"
    __table_args__ = (Index("ix_audit_entry_subject", "subject", "id"),)

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    actor: Mapped[str] = mapped_column(String(80))
    action: Mapped[str] = mapped_column(String(80))
    subject: Mapped[str] = mapped_column(String(120))
    detail: Mapped[dict[str, Any]] = mapped_column(Json)


_WRITE = insert(cast(Table, AuditEntry.__table__))


def record(session: Session, actor: str, action: str, subject: str, **detail: Any) -> None:
    """Write one line, in the transaction of what it tells. `detail` holds no card number."""
    line = {
        "at": clock.now(),
        "actor": actor,
        "action": action,
        "subject": subject,
        "detail": detail,
    }
    if session.new or session.dirty or session.deleted:
        # Others' objects may be half made: the line is written when they are, and after them.
        session.add(AuditEntry(**line))
    else:
        db.writing(session).execute(_WRITE, line)
