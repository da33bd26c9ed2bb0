"""Payment links."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from payments.accounts.models import BankAccount
from portal.core.db import Base
from portal.core.types import RowId, UtcDateTime


class AccountLink(Base):
    """The address `/pay/<token>` of one bank account. It never expires; it can only be retired.

    A bank account has at most one live link (FEATURES L5): retiring makes the next.
    """

    __tablename__ = "account_link"
    __table_args__ = (
        UniqueConstraint("token"),
        Index(
            "uq_account_link_live",
            "bank_account_id",
            unique=True,
            sqlite_where=text("retired_at IS NULL"),
            postgresql_where=text("retired_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    token: Mapped[str] = mapped_column(String(64))
    bank_account_id: Mapped[int] = mapped_column(ForeignKey("bank_account.id"))
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    retired_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    retired_by: Mapped[str | None] = mapped_column(String(80))
    bank_account: Mapped[BankAccount] = relationship(lazy="joined")
