"""Client portals: feeds and read marks, participants, invitations and clients' sign-in, documents,
uploads and shares, messages and drafts, and the windows of notices."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "portal_settings",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("names_matters", sa.Boolean(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_portal_settings_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_portal_settings")),
    )
    op.create_table(
        "sign_in_request",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("public_id", sa.String(length=32), nullable=False),
        sa.Column(
            "address_key",
            sa.String(length=254).with_variant(sa.String(length=254, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_request")),
        sa.UniqueConstraint("public_id", name=op.f("uq_sign_in_request_public_id")),
    )
    op.create_index("ix_sign_in_request_address", "sign_in_request", ["address_key", "asked_at"])
    op.create_index("ix_sign_in_request_asked", "sign_in_request", ["asked_at"])

    op.create_table(
        "stored_file",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("public_id", sa.String(length=32), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("content_type", sa.String(length=100), nullable=False),
        sa.Column("scan", sa.String(length=12), nullable=False),
        sa.Column("preview", sa.String(length=8), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "preview IN ('none', 'waiting', 'made', 'failed')",
            name=op.f("ck_stored_file_preview_known"),
        ),
        sa.CheckConstraint(
            "scan IN ('waiting', 'clean', 'not scanned', 'infected')",
            name=op.f("ck_stored_file_scan_known"),
        ),
        sa.CheckConstraint(
            "size_bytes BETWEEN 1 AND 104857600", name=op.f("ck_stored_file_size_possible")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stored_file")),
        sa.UniqueConstraint("public_id", name=op.f("uq_stored_file_public_id")),
    )
    op.create_table(
        "client_account",
        sa.Column(
            "contact_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("address", sa.String(length=254), nullable=False),
        sa.Column(
            "address_key",
            sa.String(length=254).with_variant(sa.String(length=254, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contact.id"], name=op.f("fk_client_account_contact_id_contact")
        ),
        sa.PrimaryKeyConstraint("contact_id", name=op.f("pk_client_account")),
    )
    op.create_index("ix_client_account_address", "client_account", ["address_key"])

    op.create_table(
        "client_passkey",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("public_id", sa.String(length=32), nullable=False),
        sa.Column(
            "contact_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("credential_id", sa.LargeBinary(length=1023), nullable=False),
        sa.Column("public_key", sa.LargeBinary(length=2048), nullable=False),
        sa.Column("sign_count", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contact.id"], name=op.f("fk_client_passkey_contact_id_contact")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_client_passkey")),
        sa.UniqueConstraint("credential_id", name=op.f("uq_client_passkey_credential_id")),
        sa.UniqueConstraint("public_id", name=op.f("uq_client_passkey_public_id")),
    )
    op.create_index("ix_client_passkey_contact", "client_passkey", ["contact_id"])

    op.create_table(
        "client_passkey_challenge",
        sa.Column("challenge_hash", sa.String(length=64), nullable=False),
        sa.Column("purpose", sa.String(length=10), nullable=False),
        sa.Column(
            "contact_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "purpose IN ('sign in', 'add')", name=op.f("ck_client_passkey_challenge_purpose_known")
        ),
        sa.ForeignKeyConstraint(
            ["contact_id"],
            ["contact.id"],
            name=op.f("fk_client_passkey_challenge_contact_id_contact"),
        ),
        sa.PrimaryKeyConstraint("challenge_hash", name=op.f("pk_client_passkey_challenge")),
    )
    op.create_index("ix_client_passkey_challenge_made", "client_passkey_challenge", ["made_at"])

    op.create_table(
        "client_session",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("public_id", sa.String(length=32), nullable=False),
        sa.Column(
            "contact_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "address_key",
            sa.String(length=254).with_variant(sa.String(length=254, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("signed_in_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("browser", sa.String(length=80), nullable=False),
        sa.Column("ip_address", sa.String(length=45), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contact.id"], name=op.f("fk_client_session_contact_id_contact")
        ),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_client_session")),
        sa.UniqueConstraint("public_id", name=op.f("uq_client_session_public_id")),
    )
    op.create_index("ix_client_session_contact", "client_session", ["contact_id"])

    op.create_table(
        "feed_preference",
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("all_events", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_feed_preference_user_id_user_account")
        ),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_feed_preference")),
    )
    op.create_table(
        "feed",
        sa.Column(
            "matter_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("last_position", sa.Integer(), nullable=False),
        sa.Column("last_message", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["matter_id"], ["matter.id"], name=op.f("fk_feed_matter_id_matter")
        ),
        sa.PrimaryKeyConstraint("matter_id", name=op.f("pk_feed")),
    )
    op.create_index("ix_feed_changed", "feed", ["changed_at", "matter_id"])

    op.create_table(
        "folder",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("public_id", sa.String(length=32), nullable=False),
        sa.Column(
            "matter_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("parent_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column(
            "name_key",
            sa.String(length=400).with_variant(sa.String(length=400, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("from_client", sa.Boolean(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["matter_id"], ["matter.id"], name=op.f("fk_folder_matter_id_matter")
        ),
        sa.ForeignKeyConstraint(
            ["parent_id"], ["folder.id"], name=op.f("fk_folder_parent_id_folder")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_folder")),
        sa.UniqueConstraint("public_id", name=op.f("uq_folder_public_id")),
    )
    op.create_index(
        "uq_folder_from_client",
        "folder",
        ["matter_id"],
        unique=True,
        sqlite_where=sa.text("from_client"),
        postgresql_where=sa.text("from_client"),
    )
    op.create_index(
        "uq_folder_name_in_folder",
        "folder",
        ["matter_id", "parent_id", "name_key"],
        unique=True,
        sqlite_where=sa.text("parent_id IS NOT NULL"),
        postgresql_where=sa.text("parent_id IS NOT NULL"),
    )
    op.create_index(
        "uq_folder_name_in_matter",
        "folder",
        ["matter_id", "name_key"],
        unique=True,
        sqlite_where=sa.text("parent_id IS NULL"),
        postgresql_where=sa.text("parent_id IS NULL"),
    )

    op.create_table(
        "client_portal",
        sa.Column(
            "matter_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "opened_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.ForeignKeyConstraint(
            ["matter_id"], ["feed.matter_id"], name=op.f("fk_client_portal_matter_id_feed")
        ),
        sa.ForeignKeyConstraint(
            ["opened_by_id"],
            ["user_account.id"],
            name=op.f("fk_client_portal_opened_by_id_user_account"),
        ),
        sa.PrimaryKeyConstraint("matter_id", name=op.f("pk_client_portal")),
    )
    op.create_table(
        "document",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("public_id", sa.String(length=32), nullable=False),
        sa.Column(
            "matter_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("folder_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column(
            "name_key",
            sa.String(length=400).with_variant(sa.String(length=400, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("latest", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["folder_id"], ["folder.id"], name=op.f("fk_document_folder_id_folder")
        ),
        sa.ForeignKeyConstraint(
            ["matter_id"], ["matter.id"], name=op.f("fk_document_matter_id_matter")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_document")),
        sa.UniqueConstraint("public_id", name=op.f("uq_document_public_id")),
    )
    op.create_index("ix_document_place", "document", ["matter_id", "folder_id", "name_key"])

    op.create_table(
        "feed_event",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "matter_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column(
            "contact_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("subject_kind", sa.String(length=20), nullable=False),
        sa.Column("subject_id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("up_to", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "(kind = 'read') = (up_to IS NOT NULL)", name=op.f("ck_feed_event_read_up_to_somewhere")
        ),
        sa.CheckConstraint(
            "user_id IS NULL OR contact_id IS NULL", name=op.f("ck_feed_event_at_most_one_person")
        ),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contact.id"], name=op.f("fk_feed_event_contact_id_contact")
        ),
        sa.ForeignKeyConstraint(
            ["matter_id"], ["feed.matter_id"], name=op.f("fk_feed_event_matter_id_feed")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_feed_event_user_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feed_event")),
        sa.UniqueConstraint("matter_id", "position", name=op.f("uq_feed_event_matter_id_position")),
    )
    op.create_index(
        "ix_feed_event_messages",
        "feed_event",
        ["matter_id", "position"],
        sqlite_where=sa.text("kind = 'message'"),
        postgresql_where=sa.text("kind = 'message'"),
    )
    op.create_index(
        "ix_feed_event_deleted",
        "feed_event",
        ["matter_id", "subject_id"],
        sqlite_where=sa.text("kind = 'message deleted'"),
        postgresql_where=sa.text("kind = 'message deleted'"),
    )
    op.create_index(
        "ix_feed_event_reads",
        "feed_event",
        ["matter_id", "up_to"],
        sqlite_where=sa.text("kind = 'read'"),
        postgresql_where=sa.text("kind = 'read'"),
    )
    op.create_index(
        "uq_feed_event_first_opened_by_contact",
        "feed_event",
        ["matter_id", "contact_id", "subject_kind", "subject_id"],
        unique=True,
        sqlite_where=sa.text("kind = 'opened' AND contact_id IS NOT NULL"),
        postgresql_where=sa.text("kind = 'opened' AND contact_id IS NOT NULL"),
    )
    op.create_index(
        "uq_feed_event_first_opened_by_user",
        "feed_event",
        ["matter_id", "user_id", "subject_kind", "subject_id"],
        unique=True,
        sqlite_where=sa.text("kind = 'opened' AND user_id IS NOT NULL"),
        postgresql_where=sa.text("kind = 'opened' AND user_id IS NOT NULL"),
    )

    op.create_table(
        "read_mark",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "matter_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column(
            "contact_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("up_to", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(user_id IS NULL) <> (contact_id IS NULL)", name=op.f("ck_read_mark_one_person")
        ),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contact.id"], name=op.f("fk_read_mark_contact_id_contact")
        ),
        sa.ForeignKeyConstraint(
            ["matter_id"], ["feed.matter_id"], name=op.f("fk_read_mark_matter_id_feed")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_read_mark_user_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_read_mark")),
        sa.UniqueConstraint(
            "matter_id", "contact_id", name=op.f("uq_read_mark_matter_id_contact_id")
        ),
        sa.UniqueConstraint("matter_id", "user_id", name=op.f("uq_read_mark_matter_id_user_id")),
    )
    op.create_index("ix_read_mark_contact", "read_mark", ["contact_id"])
    op.create_index("ix_read_mark_user", "read_mark", ["user_id"])

    op.create_table(
        "client_invitation",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("public_id", sa.String(length=32), nullable=False),
        sa.Column(
            "contact_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "matter_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("address", sa.String(length=254), nullable=False),
        sa.Column(
            "address_key",
            sa.String(length=254).with_variant(sa.String(length=254, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("invited_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("invited_by", sa.String(length=80), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("voided_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contact.id"], name=op.f("fk_client_invitation_contact_id_contact")
        ),
        sa.ForeignKeyConstraint(
            ["matter_id"],
            ["client_portal.matter_id"],
            name=op.f("fk_client_invitation_matter_id_client_portal"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_client_invitation")),
        sa.UniqueConstraint("contact_id", name=op.f("uq_client_invitation_contact_id")),
        sa.UniqueConstraint("public_id", name=op.f("uq_client_invitation_public_id")),
    )
    op.create_index("ix_client_invitation_address", "client_invitation", ["address_key"])

    op.create_table(
        "document_version",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "document_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("file_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column(
            "contact_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "user_id IS NULL OR contact_id IS NULL",
            name=op.f("ck_document_version_at_most_one_person"),
        ),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contact.id"], name=op.f("fk_document_version_contact_id_contact")
        ),
        sa.ForeignKeyConstraint(
            ["document_id"], ["document.id"], name=op.f("fk_document_version_document_id_document")
        ),
        sa.ForeignKeyConstraint(
            ["file_id"], ["stored_file.id"], name=op.f("fk_document_version_file_id_stored_file")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_document_version_user_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_document_version")),
        sa.UniqueConstraint(
            "document_id", "number", name=op.f("uq_document_version_document_id_number")
        ),
    )
    op.create_index("ix_document_version_file", "document_version", ["file_id"])

    op.create_table(
        "participant",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("public_id", sa.String(length=32), nullable=False),
        sa.Column(
            "matter_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column(
            "contact_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("added_by", sa.String(length=80), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("removed_by", sa.String(length=80), nullable=True),
        sa.CheckConstraint(
            "(removed_at IS NULL) = (removed_by IS NULL)",
            name=op.f("ck_participant_removed_has_a_time_and_a_name"),
        ),
        sa.CheckConstraint(
            "(user_id IS NULL) <> (contact_id IS NULL)", name=op.f("ck_participant_one_person")
        ),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contact.id"], name=op.f("fk_participant_contact_id_contact")
        ),
        sa.ForeignKeyConstraint(
            ["matter_id"],
            ["client_portal.matter_id"],
            name=op.f("fk_participant_matter_id_client_portal"),
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_participant_user_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_participant")),
        sa.UniqueConstraint("public_id", name=op.f("uq_participant_public_id")),
    )
    op.create_index("ix_participant_contact", "participant", ["contact_id", "matter_id"])
    op.create_index("ix_participant_user", "participant", ["user_id", "matter_id"])
    op.create_index(
        "uq_participant_contact_now",
        "participant",
        ["matter_id", "contact_id"],
        unique=True,
        sqlite_where=sa.text("removed_at IS NULL AND contact_id IS NOT NULL"),
        postgresql_where=sa.text("removed_at IS NULL AND contact_id IS NOT NULL"),
    )
    op.create_index(
        "uq_participant_user_now",
        "participant",
        ["matter_id", "user_id"],
        unique=True,
        sqlite_where=sa.text("removed_at IS NULL AND user_id IS NOT NULL"),
        postgresql_where=sa.text("removed_at IS NULL AND user_id IS NOT NULL"),
    )

    op.create_table(
        "share",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("public_id", sa.String(length=32), nullable=False),
        sa.Column(
            "matter_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("subject_id", sa.String(length=32), nullable=False),
        sa.Column(
            "document_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("folder_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("attached", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=True),
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column(
            "contact_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("stopped_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("stopped_by", sa.String(length=80), nullable=True),
        sa.CheckConstraint(
            "(kind = 'document') = (document_id IS NOT NULL)", name=op.f("ck_share_document_named")
        ),
        sa.CheckConstraint(
            "(kind = 'folder') = (folder_id IS NOT NULL)", name=op.f("ck_share_folder_named")
        ),
        sa.CheckConstraint(
            "(stopped_at IS NULL) = (stopped_by IS NULL)",
            name=op.f("ck_share_stopped_has_a_time_and_a_name"),
        ),
        sa.CheckConstraint(
            "user_id IS NULL OR contact_id IS NULL", name=op.f("ck_share_at_most_one_person")
        ),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contact.id"], name=op.f("fk_share_contact_id_contact")
        ),
        sa.ForeignKeyConstraint(
            ["document_id"], ["document.id"], name=op.f("fk_share_document_id_document")
        ),
        sa.ForeignKeyConstraint(
            ["folder_id"], ["folder.id"], name=op.f("fk_share_folder_id_folder")
        ),
        sa.ForeignKeyConstraint(
            ["matter_id"],
            ["client_portal.matter_id"],
            name=op.f("fk_share_matter_id_client_portal"),
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_share_user_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_share")),
        sa.UniqueConstraint("public_id", name=op.f("uq_share_public_id")),
    )
    op.create_index("ix_share_document", "share", ["document_id"])
    op.create_index("ix_share_folder", "share", ["folder_id"])
    op.create_index("ix_share_portal", "share", ["matter_id", "stopped_at", "id"])
    op.create_index("ix_share_subject", "share", ["kind", "subject_id"])
    op.create_index(
        "uq_share_directly_now",
        "share",
        ["matter_id", "kind", "subject_id"],
        unique=True,
        sqlite_where=sa.text("stopped_at IS NULL AND NOT attached"),
        postgresql_where=sa.text("stopped_at IS NULL AND NOT attached"),
    )

    op.create_table(
        "upload",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("public_id", sa.String(length=32), nullable=False),
        sa.Column(
            "matter_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column(
            "contact_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=True),
        sa.Column("for_message", sa.Boolean(), nullable=False),
        sa.Column("folder_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column(
            "document_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("file_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(user_id IS NULL) <> (contact_id IS NULL)", name=op.f("ck_upload_one_person")
        ),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contact.id"], name=op.f("fk_upload_contact_id_contact")
        ),
        sa.ForeignKeyConstraint(
            ["document_id"], ["document.id"], name=op.f("fk_upload_document_id_document")
        ),
        sa.ForeignKeyConstraint(
            ["file_id"], ["stored_file.id"], name=op.f("fk_upload_file_id_stored_file")
        ),
        sa.ForeignKeyConstraint(
            ["folder_id"], ["folder.id"], name=op.f("fk_upload_folder_id_folder")
        ),
        sa.ForeignKeyConstraint(
            ["matter_id"], ["matter.id"], name=op.f("fk_upload_matter_id_matter")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_upload_user_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_upload")),
        sa.UniqueConstraint("public_id", name=op.f("uq_upload_public_id")),
    )
    op.create_index("ix_upload_begun", "upload", ["begun_at"])

    op.create_table(
        "message",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("public_id", sa.String(length=32), nullable=False),
        sa.Column(
            "matter_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column(
            "contact_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("share_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("nonce", sa.String(length=40), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("deleted_by", sa.String(length=80), nullable=True),
        sa.CheckConstraint(
            "deleted_at IS NULL OR text = ''", name=op.f("ck_message_deleted_says_nothing")
        ),
        sa.CheckConstraint(
            "(deleted_at IS NULL) = (deleted_by IS NULL)",
            name=op.f("ck_message_deleted_has_a_time_and_a_name"),
        ),
        sa.CheckConstraint(
            "(user_id IS NULL) <> (contact_id IS NULL)", name=op.f("ck_message_one_person")
        ),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contact.id"], name=op.f("fk_message_contact_id_contact")
        ),
        sa.ForeignKeyConstraint(
            ["matter_id"],
            ["client_portal.matter_id"],
            name=op.f("fk_message_matter_id_client_portal"),
        ),
        sa.ForeignKeyConstraint(["share_id"], ["share.id"], name=op.f("fk_message_share_id_share")),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_message_user_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message")),
        sa.UniqueConstraint("matter_id", "position", name=op.f("uq_message_matter_id_position")),
        sa.UniqueConstraint("nonce", name=op.f("uq_message_nonce")),
        sa.UniqueConstraint("public_id", name=op.f("uq_message_public_id")),
    )
    op.create_index("ix_message_share", "message", ["share_id"])

    op.create_table(
        "message_draft",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "matter_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column(
            "contact_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("upload_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column(
            "document_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("folder_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(CASE WHEN upload_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN document_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN folder_id IS NULL THEN 0 ELSE 1 END) <= 1",
            name=op.f("ck_message_draft_one_attachment"),
        ),
        sa.CheckConstraint(
            "(user_id IS NULL) <> (contact_id IS NULL)", name=op.f("ck_message_draft_one_person")
        ),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contact.id"], name=op.f("fk_message_draft_contact_id_contact")
        ),
        sa.ForeignKeyConstraint(
            ["document_id"], ["document.id"], name=op.f("fk_message_draft_document_id_document")
        ),
        sa.ForeignKeyConstraint(
            ["folder_id"], ["folder.id"], name=op.f("fk_message_draft_folder_id_folder")
        ),
        sa.ForeignKeyConstraint(
            ["matter_id"], ["matter.id"], name=op.f("fk_message_draft_matter_id_matter")
        ),
        sa.ForeignKeyConstraint(
            ["upload_id"], ["upload.id"], name=op.f("fk_message_draft_upload_id_upload")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_message_draft_user_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message_draft")),
        sa.UniqueConstraint(
            "matter_id", "contact_id", name=op.f("uq_message_draft_matter_id_contact_id")
        ),
        sa.UniqueConstraint(
            "matter_id", "user_id", name=op.f("uq_message_draft_matter_id_user_id")
        ),
    )
    op.create_table(
        "notice_window",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("public_id", sa.String(length=32), nullable=False),
        sa.Column(
            "participant_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("from_position", sa.Integer(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closes_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["participant_id"],
            ["participant.id"],
            name=op.f("fk_notice_window_participant_id_participant"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice_window")),
        sa.UniqueConstraint(
            "participant_id",
            "from_position",
            name=op.f("uq_notice_window_participant_id_from_position"),
        ),
        sa.UniqueConstraint("public_id", name=op.f("uq_notice_window_public_id")),
    )
    op.create_table(
        "upload_part",
        sa.Column(
            "upload_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["upload_id"], ["upload.id"], name=op.f("fk_upload_part_upload_id_upload")
        ),
        sa.PrimaryKeyConstraint("upload_id", "number", name=op.f("pk_upload_part")),
    )
    _never_changed("feed_event")


def _never_changed(table: str) -> None:
    sqlite = op.get_bind().dialect.name == "sqlite"
    for operation in ("UPDATE", "DELETE"):
        words = f"{table} rows are never changed: reverse instead"
        body = (
            f"BEGIN SELECT RAISE(ABORT, '{words}'); END"
            if sqlite
            else "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
        name = f"{table}_no_{operation.lower()}"
        op.execute(f"CREATE TRIGGER {name} BEFORE {operation} ON {table} {body}")
