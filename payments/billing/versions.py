"""The table of what issued bills said before they were changed (FEATURES D1)."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.append_only import append_only
from portal.core.db import Base
from portal.core.types import Json, RowId, UtcDateTime


class BillVersion(Base):
    """What an issued bill said until somebody changed it: who, when and why. Never edited.

    `version` is the one that ended; `said` is the whole bill as JSON values, amounts in cents.
    """

    __tablename__ = "bill_version"
    __table_args__ = (UniqueConstraint("bill_id", "version"),)

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    bill_id: Mapped[int] = mapped_column(ForeignKey("bill.id"))
    version: Mapped[int]
    said: Mapped[dict[str, Any]] = mapped_column(Json)
    reason: Mapped[str] = mapped_column(Text)
    ended_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_by: Mapped[str] = mapped_column(String(80))


append_only(BillVersion.__table__)
