"""The activity log: who did what to which thing, and when (FEATURES X9). Rows are only added."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    Table,
    UniqueConstraint,
    insert,
)
from sqlalchemy.orm import Mapped, Session, mapped_column

from portal.core import clock, db
from portal.core.append_only import append_only
from portal.core.db import Base
from portal.core.types import Json, RowId, UtcDateTime

SYSTEM = "system"
"""The actor of what the product does by itself."""


class AuditEntry(Base):
    """One line of the log. `actor` is "user:<public id>", "payer", "system" or "processor"."""

    __tablename__ = "audit_entry"
    __table_args__ = (
        Index("ix_audit_entry_subject", "subject", "id"),
        Index("ix_audit_entry_actor", "actor", "id"),
        Index("ix_audit_entry_action", "action", "id"),
        Index("ix_audit_entry_at", "at", "id"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    actor: Mapped[str] = mapped_column(String(80))
    action: Mapped[str] = mapped_column(String(80))
    subject: Mapped[str] = mapped_column(String(120))
    detail: Mapped[dict[str, Any]] = mapped_column(Json)


class AuditSeal(Base):
    """The link of the chain that holds one line of the log, and all before it, in place.

    `hash` is SHA-256 over the seal before and the line. Positions have no gaps; a line may be
    sealed after one with a higher id, where its transaction ended later.
    """

    __tablename__ = "audit_seal"
    __table_args__ = (UniqueConstraint("entry_id"),)

    position: Mapped[int] = mapped_column(RowId, primary_key=True, autoincrement=False)
    entry_id: Mapped[int] = mapped_column(ForeignKey("audit_entry.id"))
    hash: Mapped[str] = mapped_column(String(64))


class AuditHead(Base):
    """How far the chain goes. `mac` needs SECRET_KEY, so a cut or rewritten chain shows."""

    __tablename__ = "audit_head"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(BigInteger)
    mac: Mapped[str] = mapped_column(String(64))


append_only(AuditEntry.__table__)

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


def record_many(
    session: Session, actor: str, action: str, told: Iterable[tuple[str, Mapping[str, Any]]]
) -> None:
    """Write a line for each of these subjects, with its detail, at once: what an import adds."""
    now = clock.now()
    lines = [
        {"at": now, "actor": actor, "action": action, "subject": subject, "detail": dict(detail)}
        for subject, detail in told
    ]
    if lines:
        db.writing(session).execute(_WRITE, lines)


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of thing that lines are about, as `contact` in `contact:<public id>`.

    `endpoint` is the page of one of them, by its `public_id`. `names` tells what people call
    these public ids, and `find` the public ids of what somebody typed: each is one reading.
    """

    words: Any
    endpoint: str | None = None
    names: Callable[[Session, Collection[str]], Mapping[str, str]] | None = None
    find: Callable[[Session, str], Collection[str]] | None = None


ACTIONS: dict[str, Any] = {}
KINDS: dict[str, Kind] = {}


def describe(words: Mapping[str, Any], kinds: Mapping[str, Kind] | None = None) -> None:
    """Say what a feature's actions are called in **Settings → Activity log**, and its things.

    Raises ValueError for an action or a kind that another feature has described already.
    """
    twice = (ACTIONS.keys() & words.keys()) | (KINDS.keys() & (kinds or {}).keys())
    if twice:
        raise ValueError(f"described twice: {', '.join(sorted(twice))}")
    ACTIONS.update(words)
    KINDS.update(kinds or {})
