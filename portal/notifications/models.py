"""Alerts: what staff must look at. Each has a kind, a subject and one sentence."""

from datetime import datetime

from sqlalchemy import Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.db import Base
from portal.core.types import RowId, UtcDateTime


class Alert(Base):
    """Something that needs a person, told once per subject until somebody resolves it."""

    __tablename__ = "alert"
    __table_args__ = (
        UniqueConstraint("kind", "subject"),
        Index("ix_alert_open", "resolved_at", "id"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    kind: Mapped[str] = mapped_column(String(60))
    subject: Mapped[str] = mapped_column(String(160))
    sentence: Mapped[str] = mapped_column(Text)
    raised_at: Mapped[datetime] = mapped_column(UtcDateTime)
    resolved_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    resolved_by: Mapped[str | None] = mapped_column(String(80))
