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
    `card_on_top`: on a website the card is taken on a page of its own too, like the bank account
    (E3). `tells_amount`: the website that frames the page is told how much was paid.
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
    card_on_top: Mapped[bool] = mapped_column(default=False)
    tells_amount: Mapped[bool] = mapped_column(default=False)
    bank_account: Mapped[BankAccount] = relationship(lazy="joined")


class LinkSite(Base):
    """One website that may frame this link's page, and no other may (FEATURES E2).

    `origin` is as browsers write one: scheme, host in ASCII, and a port where it is not the usual
    one. The sites of a retired link go on to the next: the website is still the firm's.
    """

    __tablename__ = "link_site"
    __table_args__ = (UniqueConstraint("account_link_id", "origin"),)

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    account_link_id: Mapped[int] = mapped_column(ForeignKey("account_link.id"))
    origin: Mapped[str] = mapped_column(String(270))
    added_at: Mapped[datetime] = mapped_column(UtcDateTime)
    added_by: Mapped[str] = mapped_column(String(80))
