"""The tables of sending many bills and trust requests at once (FEATURES D5)."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.db import Base
from portal.core.types import RowId, UtcDateTime


class ItemState(StrEnum):
    """What became of one document of a bulk sending. *skipped*: there was nothing to send any more
    (paid, voided); *failed* may be tried again."""

    WAITING = "waiting"
    SENT = "sent"
    SKIPPED = "skipped"
    FAILED = "failed"


class BulkSending(Base):
    """One press of **Send** for many documents. `once` is the form's own, so that pressing twice
    sends once; `portal` and `email` are the two toggles, `message` stands in each email."""

    __tablename__ = "bulk_sending"
    __table_args__ = (
        UniqueConstraint("public_id"),
        UniqueConstraint("once"),
        CheckConstraint("portal OR email", name="goes_somewhere"),
        CheckConstraint("documents > 0", name="of_something"),
        Index("ix_bulk_sending_made", "made_at", "id"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(32))
    once: Mapped[str] = mapped_column(String(80))
    portal: Mapped[bool]
    email: Mapped[bool]
    message: Mapped[str] = mapped_column(Text, default="")
    documents: Mapped[int]
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    made_by: Mapped[str] = mapped_column(String(80))


class BulkItem(Base):
    """One document of a bulk sending, in its place, and what became of it.

    `told` says in words why it was skipped or failed, or why it went by email alone. `tries` counts
    **Retry failed**: each try sends at most once.
    """

    __tablename__ = "bulk_item"
    __table_args__ = (
        UniqueConstraint("bulk_sending_id", "position"),
        UniqueConstraint("bulk_sending_id", "bill_id"),
        UniqueConstraint("bulk_sending_id", "trust_request_id"),
        CheckConstraint("(bill_id IS NULL) <> (trust_request_id IS NULL)", name="one_document"),
        CheckConstraint("state IN ('waiting', 'sent', 'skipped', 'failed')", name="state_known"),
        CheckConstraint("(state = 'sent') = (sending_id IS NOT NULL)", name="sent_is_a_sending"),
        Index("ix_bulk_item_state", "bulk_sending_id", "state", "position"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    bulk_sending_id: Mapped[int] = mapped_column(ForeignKey("bulk_sending.id"))
    position: Mapped[int]
    bill_id: Mapped[int | None] = mapped_column(ForeignKey("bill.id"))
    trust_request_id: Mapped[int | None] = mapped_column(ForeignKey("trust_request.id"))
    state: Mapped[str] = mapped_column(String(8), default=ItemState.WAITING)
    told: Mapped[str] = mapped_column(String(500), default="")
    tries: Mapped[int] = mapped_column(default=0)
    sending_id: Mapped[int | None] = mapped_column(ForeignKey("sending.id"))
    done_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
