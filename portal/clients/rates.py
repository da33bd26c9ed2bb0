"""The table of custom billing rates of contacts and matters (FEATURES N8)."""

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.db import Base
from portal.core.types import Cents, RowId


class BillingRate(Base):
    """What an hour of one user, or of anybody in one group, costs this client or in this matter.

    Cents an hour, in the firm's currency.
    """

    __tablename__ = "billing_rate"
    __table_args__ = (
        CheckConstraint("(contact_id IS NULL) <> (matter_id IS NULL)", name="for_one"),
        CheckConstraint("(user_id IS NULL) <> (group_id IS NULL)", name="of_one"),
        CheckConstraint("hour_cents >= 0", name="not_negative"),
        UniqueConstraint("contact_id", "user_id"),
        UniqueConstraint("contact_id", "group_id"),
        UniqueConstraint("matter_id", "user_id"),
        UniqueConstraint("matter_id", "group_id"),
        Index("ix_billing_rate_group", "group_id"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("contact.id"))
    matter_id: Mapped[int | None] = mapped_column(ForeignKey("matter.id"))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    group_id: Mapped[int | None] = mapped_column(ForeignKey("user_group.id"))
    hour_cents: Mapped[int] = mapped_column(Cents)
