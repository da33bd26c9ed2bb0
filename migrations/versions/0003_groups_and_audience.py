"""User groups with their members, and who of the firm is emailed about payments."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "user_group",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("public_id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column(
            "name_key",
            sa.String(length=240).with_variant(sa.String(length=240, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("description", sa.String(length=500), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("archived_by", sa.String(length=80), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(archived_at IS NULL) = (archived_by IS NULL)",
            name=op.f("ck_user_group_archived_has_a_time_and_a_user"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_group")),
        sa.UniqueConstraint("name_key", name=op.f("uq_user_group_name_key")),
        sa.UniqueConstraint("public_id", name=op.f("uq_user_group_public_id")),
    )
    op.create_table(
        "group_member",
        sa.Column("group_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["group_id"], ["user_group.id"], name=op.f("fk_group_member_group_id_user_group")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_group_member_user_id_user_account")
        ),
        sa.PrimaryKeyConstraint("group_id", "user_id", name=op.f("pk_group_member")),
    )
    op.create_index("ix_group_member_user", "group_member", ["user_id"], unique=False)

    op.create_table(
        "payment_audience",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("target", sa.String(length=10), nullable=False),
        sa.Column("level", sa.String(length=16), nullable=True),
        sa.Column("group_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.String(length=80), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_payment_audience_one_row")),
        sa.CheckConstraint(
            "(target = 'no one' AND level IS NULL AND group_id IS NULL)"
            " OR (target = 'level' AND level IS NOT NULL AND group_id IS NULL)"
            " OR (target = 'group' AND level IS NULL AND group_id IS NOT NULL)",
            name=op.f("ck_payment_audience_exactly_one_target"),
        ),
        sa.CheckConstraint(
            "level IN ('administrator', 'billing', 'accounts')",
            name=op.f("ck_payment_audience_level_known"),
        ),
        sa.ForeignKeyConstraint(
            ["group_id"], ["user_group.id"], name=op.f("fk_payment_audience_group_id_user_group")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_audience")),
    )
