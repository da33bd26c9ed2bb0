"""Joining the firm, second factors, sessions that say how they were opened, the firm's languages and
logo, billing rates, restricted matters, and the chain that seals the activity log."""

import sqlalchemy as sa
from alembic import op

from portal.core.words import folded

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "audit_head",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("mac", sa.String(length=64), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_audit_head_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_head")),
    )
    op.create_table(
        "user_invitation",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("public_id", sa.String(length=32), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("job_title", sa.String(length=80), nullable=False),
        sa.Column("levels", sa.JSON(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("invited_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("invited_by", sa.String(length=80), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "withdrawn_at IS NULL OR accepted_at IS NULL",
            name=op.f("ck_user_invitation_accepted_or_withdrawn"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_invitation")),
        sa.UniqueConstraint("email", name=op.f("uq_user_invitation_email")),
        sa.UniqueConstraint("public_id", name=op.f("uq_user_invitation_public_id")),
    )
    op.create_table(
        "audit_seal",
        sa.Column(
            "position",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("entry_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["audit_entry.id"], name=op.f("fk_audit_seal_entry_id_audit_entry")
        ),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_audit_seal")),
        sa.UniqueConstraint("entry_id", name=op.f("uq_audit_seal_entry_id")),
    )
    op.create_table(
        "authenticator",
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("secret", sa.String(length=300), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_step", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_authenticator_user_id_user_account")
        ),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_authenticator")),
    )
    op.create_table(
        "passkey",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("public_id", sa.String(length=32), nullable=False),
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("credential_id", sa.LargeBinary(length=1023), nullable=False),
        sa.Column("public_key", sa.LargeBinary(length=2048), nullable=False),
        sa.Column("sign_count", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_passkey_user_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_passkey")),
        sa.UniqueConstraint("credential_id", name=op.f("uq_passkey_credential_id")),
        sa.UniqueConstraint("public_id", name=op.f("uq_passkey_public_id")),
    )
    with op.batch_alter_table("passkey", schema=None) as batch_op:
        batch_op.create_index("ix_passkey_user", ["user_id"], unique=False)

    op.create_table(
        "passkey_challenge",
        sa.Column("challenge_hash", sa.String(length=64), nullable=False),
        sa.Column("purpose", sa.String(length=10), nullable=False),
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "purpose IN ('sign in', 'add', 'confirm')",
            name=op.f("ck_passkey_challenge_purpose_known"),
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_passkey_challenge_user_id_user_account")
        ),
        sa.PrimaryKeyConstraint("challenge_hash", name=op.f("pk_passkey_challenge")),
    )
    with op.batch_alter_table("passkey_challenge", schema=None) as batch_op:
        batch_op.create_index("ix_passkey_challenge_made", ["made_at"], unique=False)

    op.create_table(
        "password_reset",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("public_id", sa.String(length=32), nullable=False),
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_password_reset_user_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_password_reset")),
        sa.UniqueConstraint("public_id", name=op.f("uq_password_reset_public_id")),
    )
    with op.batch_alter_table("password_reset", schema=None) as batch_op:
        batch_op.create_index("ix_password_reset_user", ["user_id"], unique=False)

    op.create_table(
        "recovery_code",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_recovery_code_user_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recovery_code")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_recovery_code_code_hash")),
    )
    with op.batch_alter_table("recovery_code", schema=None) as batch_op:
        batch_op.create_index("ix_recovery_code_user", ["user_id"], unique=False)

    op.create_table(
        "billing_rate",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "contact_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("matter_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("group_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("hour_cents", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "(contact_id IS NULL) <> (matter_id IS NULL)", name=op.f("ck_billing_rate_for_one")
        ),
        sa.CheckConstraint(
            "(user_id IS NULL) <> (group_id IS NULL)", name=op.f("ck_billing_rate_of_one")
        ),
        sa.CheckConstraint("hour_cents >= 0", name=op.f("ck_billing_rate_not_negative")),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contact.id"], name=op.f("fk_billing_rate_contact_id_contact")
        ),
        sa.ForeignKeyConstraint(
            ["group_id"], ["user_group.id"], name=op.f("fk_billing_rate_group_id_user_group")
        ),
        sa.ForeignKeyConstraint(
            ["matter_id"], ["matter.id"], name=op.f("fk_billing_rate_matter_id_matter")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_billing_rate_user_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_billing_rate")),
        sa.UniqueConstraint(
            "contact_id", "group_id", name=op.f("uq_billing_rate_contact_id_group_id")
        ),
        sa.UniqueConstraint(
            "contact_id", "user_id", name=op.f("uq_billing_rate_contact_id_user_id")
        ),
        sa.UniqueConstraint(
            "matter_id", "group_id", name=op.f("uq_billing_rate_matter_id_group_id")
        ),
        sa.UniqueConstraint("matter_id", "user_id", name=op.f("uq_billing_rate_matter_id_user_id")),
    )
    with op.batch_alter_table("billing_rate", schema=None) as batch_op:
        batch_op.create_index("ix_billing_rate_group", ["group_id"], unique=False)

    op.create_table(
        "matter_group",
        sa.Column(
            "matter_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("group_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["group_id"], ["user_group.id"], name=op.f("fk_matter_group_group_id_user_group")
        ),
        sa.ForeignKeyConstraint(
            ["matter_id"], ["matter.id"], name=op.f("fk_matter_group_matter_id_matter")
        ),
        sa.PrimaryKeyConstraint("matter_id", "group_id", name=op.f("pk_matter_group")),
    )
    with op.batch_alter_table("matter_group", schema=None) as batch_op:
        batch_op.create_index("ix_matter_group_group", ["group_id"], unique=False)

    with op.batch_alter_table("audit_entry", schema=None) as batch_op:
        batch_op.create_index("ix_audit_entry_action", ["action", "id"], unique=False)
        batch_op.create_index("ix_audit_entry_actor", ["actor", "id"], unique=False)
        batch_op.create_index("ix_audit_entry_at", ["at", "id"], unique=False)

    with op.batch_alter_table("contact", schema=None) as batch_op:
        batch_op.add_column(sa.Column("language", sa.String(length=10), nullable=True))

    _never_changed("audit_entry")
    _change_firm()
    _change_users()
    _change_sessions()
    with op.batch_alter_table("user_group") as batch_op:
        batch_op.add_column(_false("excluded_from_rates"))
    with op.batch_alter_table("matter") as batch_op:
        batch_op.add_column(_false("restricted"))
    for table, column in (("user_group", "excluded_from_rates"), ("matter", "restricted")):
        with op.batch_alter_table(table) as batch_op:
            batch_op.alter_column(column, server_default=None)
    op.create_index(
        "ix_matter_restricted",
        "matter",
        ["id"],
        sqlite_where=sa.text("restricted"),
        postgresql_where=sa.text("restricted"),
    )


def _false(name: str) -> sa.Column[bool]:
    return sa.Column(name, sa.Boolean(), nullable=False, server_default=sa.false())


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


def _change_firm() -> None:
    # A logo is a picture from here on. One that was set as SVG has to be brought again.
    with op.batch_alter_table("firm") as batch_op:
        batch_op.add_column(sa.Column("languages", sa.JSON(), nullable=True))
        batch_op.add_column(sa.Column("logo_png", sa.LargeBinary(), nullable=True))
        batch_op.add_column(sa.Column("logo_width", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("logo_height", sa.Integer(), nullable=True))
        batch_op.drop_column("logo_svg")
    firm = sa.table("firm", sa.column("locale"), sa.column("languages", sa.JSON()))
    for (locale,) in op.get_bind().execute(sa.select(firm.c.locale)).all():
        op.execute(firm.update().values(languages=[locale]))
    with op.batch_alter_table("firm") as batch_op:
        batch_op.alter_column("languages", existing_type=sa.JSON(), nullable=False)
        batch_op.create_check_constraint(
            batch_op.f("ck_firm_logo_has_a_size"),
            "(logo_png IS NULL) = (logo_width IS NULL)"
            " AND (logo_width IS NULL) = (logo_height IS NULL)",
        )


def _change_users() -> None:
    key = sa.String(240).with_variant(sa.String(240, collation="C"), "postgresql")
    with op.batch_alter_table("user_account") as batch_op:
        batch_op.add_column(sa.Column("name_key", key, nullable=True))
        batch_op.alter_column("password_hash", existing_type=sa.String(200), nullable=True)
    user = sa.table("user_account", sa.column("id"), sa.column("name"), sa.column("name_key"))
    for user_id, name in op.get_bind().execute(sa.select(user.c.id, user.c.name)).all():
        op.execute(user.update().where(user.c.id == user_id).values(name_key=folded(name)[:240]))
    with op.batch_alter_table("user_account") as batch_op:
        batch_op.alter_column("name_key", existing_type=key, nullable=False)
        batch_op.create_index("ix_user_account_name_key", ["name_key", "id"])
        batch_op.create_index("ix_user_account_job_title", ["job_title"])


def _change_sessions() -> None:
    # Everybody signs in again: the sessions so far do not know how they were opened.
    op.drop_table("staff_session")
    op.create_table(
        "staff_session",
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("public_id", sa.String(32), nullable=False),
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("signed_in_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("second_factor_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("browser", sa.String(80), nullable=False),
        sa.Column("ip_address", sa.String(45), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_staff_session_user_id_user_account")
        ),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_staff_session")),
        sa.UniqueConstraint("public_id", name=op.f("uq_staff_session_public_id")),
    )
    op.create_index("ix_staff_session_user", "staff_session", ["user_id"])
