"""Messages, each with at most one attachment, and what somebody has begun to write."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.core.db import Base
from portal.core.types import RowId, UtcDateTime
from portal.documents.models import Share
from portal.feed.models import ONE_PERSON

TEXT_CHARS_MAX = 10_000


class Message(Base):
    """One message in a portal, at its place in the feed, by a user or a client. Plain text.

    `share_id` is its attachment: a document or a folder. Deleted, the text is gone and the share
    stopped; the feed keeps who did it, the activity log the hash (FEATURES C13). `nonce` names the
    form that it was sent with, so that pressing twice sends once.
    """

    __tablename__ = "message"
    __table_args__ = (
        UniqueConstraint("public_id"),
        UniqueConstraint("nonce"),
        UniqueConstraint("matter_id", "position"),
        CheckConstraint(ONE_PERSON, name="one_person"),
        CheckConstraint(
            "(deleted_at IS NULL) = (deleted_by IS NULL)", name="deleted_has_a_time_and_a_name"
        ),
        CheckConstraint("deleted_at IS NULL OR text = ''", name="deleted_says_nothing"),
        Index("ix_message_share", "share_id"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(32))
    matter_id: Mapped[int] = mapped_column(ForeignKey("client_portal.matter_id"))
    position: Mapped[int]
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("contact.id"))
    text: Mapped[str] = mapped_column(Text)
    share_id: Mapped[int | None] = mapped_column(ForeignKey("share.id"))
    nonce: Mapped[str] = mapped_column(String(40))
    sent_at: Mapped[datetime] = mapped_column(UtcDateTime)
    deleted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    deleted_by: Mapped[str | None] = mapped_column(String(80))
    share: Mapped[Share | None] = relationship(lazy="raise")


class Draft(Base):
    """What one person has begun to write in one portal, kept as they type (also before the portal
    is opened). At most one attachment: a file just uploaded, a document or a folder."""

    __tablename__ = "message_draft"
    __table_args__ = (
        CheckConstraint(ONE_PERSON, name="one_person"),
        UniqueConstraint("matter_id", "user_id"),
        UniqueConstraint("matter_id", "contact_id"),
        CheckConstraint(
            "(CASE WHEN upload_id IS NULL THEN 0 ELSE 1 END)"
            " + (CASE WHEN document_id IS NULL THEN 0 ELSE 1 END)"
            " + (CASE WHEN folder_id IS NULL THEN 0 ELSE 1 END) <= 1",
            name="one_attachment",
        ),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    matter_id: Mapped[int] = mapped_column(ForeignKey("matter.id"))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("contact.id"))
    text: Mapped[str] = mapped_column(Text, default="")
    upload_id: Mapped[int | None] = mapped_column(ForeignKey("upload.id"))
    document_id: Mapped[int | None] = mapped_column(ForeignKey("document.id"))
    folder_id: Mapped[int | None] = mapped_column(ForeignKey("folder.id"))
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)
