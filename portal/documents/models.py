"""The documents and folders of a matter, their versions, and what is shared with its clients."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.core.db import Base
from portal.core.types import RowId, UtcDateTime, byte_ordered
from portal.feed.models import AT_MOST_ONE_PERSON, ONE_PERSON

FILE_BYTES_MAX = 104_857_600
NAME_CHARS_MAX = 200


class Scan(StrEnum):
    """What is known of viruses in a file. Anything but an explicit clean is not clean (TRAPS).

    *waiting* is downloaded by nobody, *infected* is kept from everybody.
    """

    WAITING = "waiting"
    CLEAN = "clean"
    NOT_SCANNED = "not scanned"
    INFECTED = "infected"


class Preview(StrEnum):
    """Whether a small picture of an image can be shown. It is made outside the request."""

    NONE = "none"
    WAITING = "waiting"
    MADE = "made"
    FAILED = "failed"


class StoredFile(Base):
    """The bytes of one upload, kept in the store under `public_id` and never changed.

    `content_type` is told from the content, not from the name or the browser. Sizes in bytes.
    """

    __tablename__ = "stored_file"
    __table_args__ = (
        UniqueConstraint("public_id"),
        CheckConstraint(
            "scan IN ('waiting', 'clean', 'not scanned', 'infected')", name="scan_known"
        ),
        CheckConstraint("preview IN ('none', 'waiting', 'made', 'failed')", name="preview_known"),
        CheckConstraint(f"size_bytes BETWEEN 1 AND {FILE_BYTES_MAX}", name="size_possible"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(32))
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str] = mapped_column(String(64))
    content_type: Mapped[str] = mapped_column(String(100))
    scan: Mapped[str] = mapped_column(String(12))
    preview: Mapped[str] = mapped_column(String(8), default=Preview.NONE)
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Folder(Base):
    """A folder of a matter's documents. **From client** is the one that clients upload into
    (FEATURES C17); it is neither renamed nor moved."""

    __tablename__ = "folder"
    __table_args__ = (
        UniqueConstraint("public_id"),
        Index(
            "uq_folder_name_in_folder",
            *("matter_id", "parent_id", "name_key"),
            unique=True,
            sqlite_where=text("parent_id IS NOT NULL"),
            postgresql_where=text("parent_id IS NOT NULL"),
        ),
        Index(
            "uq_folder_name_in_matter",
            *("matter_id", "name_key"),
            unique=True,
            sqlite_where=text("parent_id IS NULL"),
            postgresql_where=text("parent_id IS NULL"),
        ),
        Index(
            "uq_folder_from_client",
            "matter_id",
            unique=True,
            sqlite_where=text("from_client"),
            postgresql_where=text("from_client"),
        ),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(32))
    matter_id: Mapped[int] = mapped_column(ForeignKey("matter.id"))
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("folder.id"))
    name: Mapped[str] = mapped_column(String(NAME_CHARS_MAX))
    name_key: Mapped[str] = mapped_column(byte_ordered(2 * NAME_CHARS_MAX))
    from_client: Mapped[bool] = mapped_column(default=False)
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Document(Base):
    """A document of a matter, in a folder or in none, with its versions; `latest` is the number of
    the newest. Two documents may have one name."""

    __tablename__ = "document"
    __table_args__ = (
        UniqueConstraint("public_id"),
        Index("ix_document_place", "matter_id", "folder_id", "name_key"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(32))
    matter_id: Mapped[int] = mapped_column(ForeignKey("matter.id"))
    folder_id: Mapped[int | None] = mapped_column(ForeignKey("folder.id"))
    name: Mapped[str] = mapped_column(String(NAME_CHARS_MAX))
    name_key: Mapped[str] = mapped_column(byte_ordered(2 * NAME_CHARS_MAX))
    latest: Mapped[int] = mapped_column(default=1)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)


class DocumentVersion(Base):
    """One version of a document, from 1, and who brought it: a user or a client."""

    __tablename__ = "document_version"
    __table_args__ = (
        UniqueConstraint("document_id", "number"),
        CheckConstraint(AT_MOST_ONE_PERSON, name="at_most_one_person"),
        Index("ix_document_version_file", "file_id"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    document_id: Mapped[int] = mapped_column(ForeignKey("document.id"))
    number: Mapped[int]
    file_id: Mapped[int] = mapped_column(ForeignKey("stored_file.id"))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("contact.id"))
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    file: Mapped[StoredFile] = relationship(lazy="raise")
    document: Mapped[Document] = relationship(lazy="raise")


class Upload(Base):
    """A file on its way in. Its parts lie in the store until the last one; then `file_id` stands.

    Where it goes: a message's attachment (`for_message`), a new version of `document_id`, else a
    new document in `folder_id` (none: outside of folders). `size_bytes` is none where the browser
    did not say. An upload that nobody finishes or uses is swept after a day of wall time.
    """

    __tablename__ = "upload"
    __table_args__ = (
        UniqueConstraint("public_id"),
        CheckConstraint(ONE_PERSON, name="one_person"),
        Index("ix_upload_begun", "begun_at"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(32))
    matter_id: Mapped[int] = mapped_column(ForeignKey("matter.id"))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("contact.id"))
    name: Mapped[str] = mapped_column(String(NAME_CHARS_MAX))
    size_bytes: Mapped[int | None] = mapped_column(BigInteger)
    for_message: Mapped[bool] = mapped_column(default=False)
    folder_id: Mapped[int | None] = mapped_column(ForeignKey("folder.id"))
    document_id: Mapped[int | None] = mapped_column(ForeignKey("document.id"))
    begun_at: Mapped[datetime] = mapped_column(UtcDateTime)
    file_id: Mapped[int | None] = mapped_column(ForeignKey("stored_file.id"))
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    parts: Mapped[list["UploadPart"]] = relationship(
        lazy="raise", order_by="UploadPart.number", cascade="all, delete-orphan"
    )


class UploadPart(Base):
    """One part of an upload that has come whole, in the store beside the others."""

    __tablename__ = "upload_part"

    upload_id: Mapped[int] = mapped_column(ForeignKey("upload.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    size_bytes: Mapped[int] = mapped_column(BigInteger)


class ShareKind(StrEnum):
    """What is shared. Bills and trust requests come from a registry that payments fills."""

    DOCUMENT = "document"
    FOLDER = "folder"


class Share(Base):
    """One thing shared with the clients of one portal, until somebody stops it (FEATURES C3, C12).

    A document or folder of the matter, or something of a registered kind by its public id.
    `attached`: by a message; then `version` pins a document to what was sent. The same document may
    be shared directly, by its folder and as an attachment: each is a row, and ends by itself.
    """

    __tablename__ = "share"
    __table_args__ = (
        UniqueConstraint("public_id"),
        CheckConstraint("(kind = 'document') = (document_id IS NOT NULL)", name="document_named"),
        CheckConstraint("(kind = 'folder') = (folder_id IS NOT NULL)", name="folder_named"),
        CheckConstraint(
            "(stopped_at IS NULL) = (stopped_by IS NULL)", name="stopped_has_a_time_and_a_name"
        ),
        CheckConstraint(AT_MOST_ONE_PERSON, name="at_most_one_person"),
        Index(
            "uq_share_directly_now",
            *("matter_id", "kind", "subject_id"),
            unique=True,
            sqlite_where=text("stopped_at IS NULL AND NOT attached"),
            postgresql_where=text("stopped_at IS NULL AND NOT attached"),
        ),
        Index("ix_share_portal", "matter_id", "stopped_at", "id"),
        Index("ix_share_document", "document_id"),
        Index("ix_share_folder", "folder_id"),
        Index("ix_share_subject", "kind", "subject_id"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(32))
    matter_id: Mapped[int] = mapped_column(ForeignKey("client_portal.matter_id"))
    kind: Mapped[str] = mapped_column(String(20))
    subject_id: Mapped[str] = mapped_column(String(32))
    document_id: Mapped[int | None] = mapped_column(ForeignKey("document.id"))
    folder_id: Mapped[int | None] = mapped_column(ForeignKey("folder.id"))
    attached: Mapped[bool] = mapped_column(default=False)
    version: Mapped[int | None]
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("contact.id"))
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    stopped_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    stopped_by: Mapped[str | None] = mapped_column(String(80))
    document: Mapped[Document | None] = relationship(lazy="raise")
    folder: Mapped[Folder | None] = relationship(lazy="raise")
