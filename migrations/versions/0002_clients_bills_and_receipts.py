"""Contacts, matters, bills, receipts and allocations; a payment knows its receipt."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "contact",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("public_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column(
            "name_key",
            sa.String(length=120).with_variant(sa.String(length=120, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("phone", sa.String(length=40), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('person', 'company')", name=op.f("ck_contact_kind_known")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact")),
        sa.UniqueConstraint("public_id", name=op.f("uq_contact_public_id")),
    )
    op.create_index("ix_contact_name_key", "contact", ["name_key", "id"], unique=False)

    op.create_table(
        "bill",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("public_id", sa.String(length=32), nullable=False),
        sa.Column("number", sa.Integer(), nullable=True),
        sa.Column(
            "client_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "bank_account_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("total_cents", sa.BigInteger(), nullable=False),
        sa.Column("applied_cents", sa.BigInteger(), nullable=False),
        sa.Column("reserved_cents", sa.BigInteger(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.String(length=80), nullable=False),
        sa.Column("issued_by", sa.String(length=80), nullable=True),
        sa.Column("voided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("voided_by", sa.String(length=80), nullable=True),
        sa.Column("void_reason", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "(status = 'void') = (voided_at IS NOT NULL)", name=op.f("ck_bill_void_has_a_time")
        ),
        sa.CheckConstraint(
            "(status IN ('draft', 'awaiting_approval')) = (issued_on IS NULL)",
            name=op.f("ck_bill_issued_has_a_day"),
        ),
        sa.CheckConstraint(
            "(status IN ('draft', 'awaiting_approval')) = (number IS NULL)",
            name=op.f("ck_bill_issued_has_a_number"),
        ),
        sa.CheckConstraint("currency IN ('USD', 'CAD')", name=op.f("ck_bill_currency_known")),
        sa.CheckConstraint(
            "status <> 'awaiting_payment' OR applied_cents < total_cents",
            name=op.f("ck_bill_unpaid_owes"),
        ),
        sa.CheckConstraint(
            "status <> 'paid' OR applied_cents = total_cents",
            name=op.f("ck_bill_paid_is_paid_whole"),
        ),
        sa.CheckConstraint(
            "status IN ('draft', 'awaiting_approval', 'awaiting_payment', 'paid', 'void')",
            name=op.f("ck_bill_status_known"),
        ),
        sa.CheckConstraint(
            "status NOT IN ('void', 'draft', 'awaiting_approval') OR applied_cents + reserved_cents = 0",
            name=op.f("ck_bill_nothing_applied_unless_issued"),
        ),
        sa.CheckConstraint(
            "applied_cents + reserved_cents <= total_cents", name=op.f("ck_bill_not_overpaid")
        ),
        sa.CheckConstraint(
            "applied_cents >= 0 AND reserved_cents >= 0", name=op.f("ck_bill_not_negative")
        ),
        sa.CheckConstraint(
            "issued_on IS NULL OR due_on IS NOT NULL", name=op.f("ck_bill_issued_is_due")
        ),
        sa.CheckConstraint(
            "number IS NULL OR total_cents > 0", name=op.f("ck_bill_issued_has_a_total")
        ),
        sa.ForeignKeyConstraint(
            ["bank_account_id"],
            ["bank_account.id"],
            name=op.f("fk_bill_bank_account_id_bank_account"),
        ),
        sa.ForeignKeyConstraint(
            ["client_id"], ["contact.id"], name=op.f("fk_bill_client_id_contact")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bill")),
        sa.UniqueConstraint("number", name=op.f("uq_bill_number")),
        sa.UniqueConstraint("public_id", name=op.f("uq_bill_public_id")),
    )
    op.create_index(
        "ix_bill_client",
        "bill",
        ["client_id", "status", "due_on", "issued_on", "number"],
        unique=False,
    )
    op.create_index("ix_bill_status", "bill", ["status", "due_on", "id"], unique=False)

    op.create_table(
        "contact_address",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "contact_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("label", sa.String(length=40), nullable=False),
        sa.Column("street", sa.String(length=200), nullable=False),
        sa.Column("city", sa.String(length=80), nullable=False),
        sa.Column("region", sa.String(length=60), nullable=False),
        sa.Column("postal_code", sa.String(length=20), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contact.id"], name=op.f("fk_contact_address_contact_id_contact")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_address")),
    )
    op.create_index(
        "ix_contact_address_contact", "contact_address", ["contact_id", "position"], unique=False
    )

    op.create_table(
        "contact_email",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "contact_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("address", sa.String(length=254), nullable=False),
        sa.Column(
            "address_key",
            sa.String(length=254).with_variant(sa.String(length=254, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("is_primary", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contact.id"], name=op.f("fk_contact_email_contact_id_contact")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_email")),
        sa.UniqueConstraint(
            "contact_id", "address_key", name=op.f("uq_contact_email_contact_id_address_key")
        ),
    )
    op.create_index("ix_contact_email_address_key", "contact_email", ["address_key"], unique=False)
    op.create_index(
        "uq_contact_email_one_primary",
        "contact_email",
        ["contact_id"],
        unique=True,
        sqlite_where=sa.text("is_primary"),
        postgresql_where=sa.text("is_primary"),
    )

    op.create_table(
        "matter",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("public_id", sa.String(length=32), nullable=False),
        sa.Column("number", sa.String(length=30), nullable=False),
        sa.Column("name", sa.String(length=160), nullable=False),
        sa.Column(
            "client_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "responsible_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("opened_on", sa.Date(), nullable=False),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(status = 'closed') = (closed_on IS NOT NULL)", name=op.f("ck_matter_closed_has_a_day")
        ),
        sa.CheckConstraint(
            "status IN ('open', 'pending', 'closed')", name=op.f("ck_matter_status_known")
        ),
        sa.ForeignKeyConstraint(
            ["client_id"], ["contact.id"], name=op.f("fk_matter_client_id_contact")
        ),
        sa.ForeignKeyConstraint(
            ["responsible_id"],
            ["user_account.id"],
            name=op.f("fk_matter_responsible_id_user_account"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_matter")),
        sa.UniqueConstraint("number", name=op.f("uq_matter_number")),
        sa.UniqueConstraint("public_id", name=op.f("uq_matter_public_id")),
    )
    op.create_index("ix_matter_client", "matter", ["client_id", "id"], unique=False)
    op.create_index("ix_matter_status", "matter", ["status", "id"], unique=False)

    op.create_table(
        "bill_line",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("bill_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column(
            "matter_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("worked_on", sa.Date(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("quantity_thousandths", sa.BigInteger(), nullable=False),
        sa.Column("rate_cents", sa.BigInteger(), nullable=False),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("quantity_thousandths > 0", name=op.f("ck_bill_line_quantity_positive")),
        sa.ForeignKeyConstraint(["bill_id"], ["bill.id"], name=op.f("fk_bill_line_bill_id_bill")),
        sa.ForeignKeyConstraint(
            ["matter_id"], ["matter.id"], name=op.f("fk_bill_line_matter_id_matter")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bill_line")),
        sa.UniqueConstraint("bill_id", "position", name=op.f("uq_bill_line_bill_id_position")),
    )
    op.create_table(
        "bill_share",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("bill_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "matter_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("total_cents", sa.BigInteger(), nullable=False),
        sa.Column("applied_cents", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "applied_cents >= 0 AND applied_cents <= total_cents",
            name=op.f("ck_bill_share_applied_within_total"),
        ),
        sa.CheckConstraint("total_cents > 0", name=op.f("ck_bill_share_total_positive")),
        sa.ForeignKeyConstraint(["bill_id"], ["bill.id"], name=op.f("fk_bill_share_bill_id_bill")),
        sa.ForeignKeyConstraint(
            ["matter_id"], ["matter.id"], name=op.f("fk_bill_share_matter_id_matter")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bill_share")),
        sa.UniqueConstraint("bill_id", "matter_id", name=op.f("uq_bill_share_bill_id_matter_id")),
    )
    op.create_index("ix_bill_share_matter", "bill_share", ["matter_id", "bill_id"], unique=False)

    op.create_table(
        "client_word",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "word",
            sa.String(length=80).with_variant(sa.String(length=80, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "contact_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("matter_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contact.id"], name=op.f("fk_client_word_contact_id_contact")
        ),
        sa.ForeignKeyConstraint(
            ["matter_id"], ["matter.id"], name=op.f("fk_client_word_matter_id_matter")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_client_word")),
    )
    op.create_index(
        "ix_client_word_contact", "client_word", ["contact_id", "matter_id"], unique=False
    )
    op.create_index(
        "ix_client_word_word", "client_word", ["word", "contact_id", "matter_id"], unique=False
    )

    op.create_table(
        "matter_contact",
        sa.Column(
            "matter_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "contact_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("relation", sa.String(length=60), nullable=False),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contact.id"], name=op.f("fk_matter_contact_contact_id_contact")
        ),
        sa.ForeignKeyConstraint(
            ["matter_id"], ["matter.id"], name=op.f("fk_matter_contact_matter_id_matter")
        ),
        sa.PrimaryKeyConstraint("matter_id", "contact_id", name=op.f("pk_matter_contact")),
    )
    op.create_index("ix_matter_contact_contact", "matter_contact", ["contact_id"], unique=False)

    op.create_table(
        "receipt",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("public_id", sa.String(length=32), nullable=False),
        sa.Column("source", sa.String(length=10), nullable=False),
        sa.Column("cause", sa.String(length=80), nullable=False),
        sa.Column(
            "client_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("matter_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column(
            "bank_account_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        sa.Column("applied_cents", sa.BigInteger(), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.String(length=80), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_by", sa.String(length=80), nullable=True),
        sa.Column("undone_reason", sa.Text(), nullable=False),
        sa.CheckConstraint("currency IN ('USD', 'CAD')", name=op.f("ck_receipt_currency_known")),
        sa.CheckConstraint(
            "source <> 'cheque' OR number <> ''", name=op.f("ck_receipt_cheque_has_a_number")
        ),
        sa.CheckConstraint(
            "source IN ('payment', 'cheque', 'cash')", name=op.f("ck_receipt_source_known")
        ),
        sa.CheckConstraint("amount_cents > 0", name=op.f("ck_receipt_amount_positive")),
        sa.CheckConstraint(
            "applied_cents >= 0 AND applied_cents <= amount_cents",
            name=op.f("ck_receipt_applied_within_amount"),
        ),
        sa.CheckConstraint(
            "undone_at IS NULL OR applied_cents = 0", name=op.f("ck_receipt_undone_pays_nothing")
        ),
        sa.ForeignKeyConstraint(
            ["bank_account_id"],
            ["bank_account.id"],
            name=op.f("fk_receipt_bank_account_id_bank_account"),
        ),
        sa.ForeignKeyConstraint(
            ["client_id"], ["contact.id"], name=op.f("fk_receipt_client_id_contact")
        ),
        sa.ForeignKeyConstraint(
            ["matter_id"], ["matter.id"], name=op.f("fk_receipt_matter_id_matter")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_receipt")),
        sa.UniqueConstraint("public_id", name=op.f("uq_receipt_public_id")),
    )
    op.create_index(
        "ix_receipt_credit",
        "receipt",
        ["client_id", "id"],
        unique=False,
        sqlite_where=sa.text("undone_at IS NULL AND applied_cents < amount_cents"),
        postgresql_where=sa.text("undone_at IS NULL AND applied_cents < amount_cents"),
    )
    op.create_index("ix_receipt_cause", "receipt", ["cause", "id"], unique=False)
    op.create_index(
        "uq_receipt_payment",
        "receipt",
        ["cause"],
        unique=True,
        sqlite_where=sa.text("source = 'payment' AND undone_at IS NULL"),
        postgresql_where=sa.text("source = 'payment' AND undone_at IS NULL"),
    )
    op.create_index(
        "uq_receipt_cheque",
        "receipt",
        ["client_id", "number", "amount_cents"],
        unique=True,
        sqlite_where=sa.text("source = 'cheque' AND undone_at IS NULL"),
        postgresql_where=sa.text("source = 'cheque' AND undone_at IS NULL"),
    )

    op.create_table(
        "allocation",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("public_id", sa.String(length=32), nullable=False),
        sa.Column(
            "receipt_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("bill_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "bill_share_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        sa.Column("reversed_cents", sa.BigInteger(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.String(length=80), nullable=False),
        sa.CheckConstraint("amount_cents > 0", name=op.f("ck_allocation_amount_positive")),
        sa.CheckConstraint(
            "reversed_cents >= 0 AND reversed_cents <= amount_cents",
            name=op.f("ck_allocation_reversed_within_amount"),
        ),
        sa.ForeignKeyConstraint(["bill_id"], ["bill.id"], name=op.f("fk_allocation_bill_id_bill")),
        sa.ForeignKeyConstraint(
            ["bill_share_id"],
            ["bill_share.id"],
            name=op.f("fk_allocation_bill_share_id_bill_share"),
        ),
        sa.ForeignKeyConstraint(
            ["receipt_id"], ["receipt.id"], name=op.f("fk_allocation_receipt_id_receipt")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_allocation")),
        sa.UniqueConstraint("public_id", name=op.f("uq_allocation_public_id")),
    )
    op.create_index("ix_allocation_bill", "allocation", ["bill_id", "id"], unique=False)
    op.create_index("ix_allocation_receipt", "allocation", ["receipt_id", "id"], unique=False)

    with op.batch_alter_table("payment", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "receipt_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
            )
        )
        batch_op.create_check_constraint(
            batch_op.f("ck_payment_linked_only_when_completed"),
            "receipt_id IS NULL OR status = 'completed'",
        )
        batch_op.create_index(
            "ix_payment_linked",
            ["made_at", "id"],
            unique=False,
            sqlite_where=sa.text("receipt_id IS NOT NULL"),
            postgresql_where=sa.text("receipt_id IS NOT NULL"),
        )
        batch_op.create_index(
            "ix_payment_unlinked",
            ["made_at", "id"],
            unique=False,
            sqlite_where=sa.text("status = 'completed' AND receipt_id IS NULL"),
            postgresql_where=sa.text("status = 'completed' AND receipt_id IS NULL"),
        )
        batch_op.create_index(
            "uq_payment_receipt_id",
            ["receipt_id"],
            unique=True,
            sqlite_where=sa.text("receipt_id IS NOT NULL"),
            postgresql_where=sa.text("receipt_id IS NOT NULL"),
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_payment_receipt_id_receipt"), "receipt", ["receipt_id"], ["id"]
        )
