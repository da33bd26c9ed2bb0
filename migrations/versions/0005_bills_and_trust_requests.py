"""Trust requests, sendings and the addresses that they hand out, taxes and discounts on bills, what
issued bills said before, money reserved for payments, stored methods, and transfers from trust."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_STATES = (
    "OLD.status = 'void' AND NEW.status <> 'void'"
    " OR OLD.number IS NOT NULL AND NEW.number {differs} OLD.number"
    " OR OLD.number IS NOT NULL AND NEW.status IN ('draft', 'awaiting_approval')"
)
_WORDS = "void is final, and what was issued keeps its number"


def upgrade() -> None:
    op.create_table(
        "billing_settings",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("due_days", sa.Integer(), nullable=False),
        sa.Column("own_approval", sa.Boolean(), nullable=False),
        sa.Column("paper", sa.String(length=8), nullable=False),
        sa.Column("taxes", sa.JSON(), nullable=False),
        sa.Column("reminders", sa.Boolean(), nullable=False),
        sa.Column("reminder_days", sa.JSON(), nullable=False),
        sa.CheckConstraint(
            "paper IN ('letter', 'a4')", name=op.f("ck_billing_settings_paper_known")
        ),
        sa.CheckConstraint(
            "due_days BETWEEN 0 AND 365", name=op.f("ck_billing_settings_due_days_possible")
        ),
        sa.CheckConstraint("id = 1", name=op.f("ck_billing_settings_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_billing_settings")),
    )
    op.create_table(
        "payment_settings",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("online", sa.Boolean(), nullable=False),
        sa.Column("part_min_cents", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_payment_settings_one_row")),
        sa.CheckConstraint(
            "part_min_cents > 0", name=op.f("ck_payment_settings_part_min_positive")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_settings")),
    )
    op.create_table(
        "processor_customer",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "client_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "bank_account_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("customer_id", sa.String(length=80), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["bank_account_id"],
            ["bank_account.id"],
            name=op.f("fk_processor_customer_bank_account_id_bank_account"),
        ),
        sa.ForeignKeyConstraint(
            ["client_id"], ["contact.id"], name=op.f("fk_processor_customer_client_id_contact")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_processor_customer")),
        sa.UniqueConstraint(
            "bank_account_id",
            "customer_id",
            name=op.f("uq_processor_customer_bank_account_id_customer_id"),
        ),
        sa.UniqueConstraint(
            "client_id",
            "bank_account_id",
            name=op.f("uq_processor_customer_client_id_bank_account_id"),
        ),
    )
    op.create_table(
        "stored_method",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("public_id", sa.String(length=32), nullable=False),
        sa.Column("delete_token", sa.String(length=64), nullable=False),
        sa.Column(
            "client_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "bank_account_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("processor_method_id", sa.String(length=80), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("label", sa.String(length=120), nullable=False),
        sa.Column("last4", sa.String(length=4), nullable=False),
        sa.Column("expires_month", sa.Integer(), nullable=True),
        sa.Column("expires_year", sa.Integer(), nullable=True),
        sa.Column("cause", sa.String(length=80), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("address", sa.String(length=254), nullable=False),
        sa.Column("language", sa.String(length=16), nullable=False),
        sa.Column("consent_text", sa.Text(), nullable=False),
        sa.Column("consent_ip", sa.String(length=64), nullable=False),
        sa.Column("consent_agent", sa.String(length=300), nullable=False),
        sa.Column("stored_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("deleted_by", sa.String(length=80), nullable=True),
        sa.Column("detached_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("kind IN ('card', 'bank')", name=op.f("ck_stored_method_kind_known")),
        sa.CheckConstraint(
            "(deleted_at IS NULL) = (deleted_by IS NULL)",
            name=op.f("ck_stored_method_deleted_whole"),
        ),
        sa.ForeignKeyConstraint(
            ["bank_account_id"],
            ["bank_account.id"],
            name=op.f("fk_stored_method_bank_account_id_bank_account"),
        ),
        sa.ForeignKeyConstraint(
            ["client_id"], ["contact.id"], name=op.f("fk_stored_method_client_id_contact")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stored_method")),
        sa.UniqueConstraint(
            "bank_account_id",
            "processor_method_id",
            name=op.f("uq_stored_method_bank_account_id_processor_method_id"),
        ),
        sa.UniqueConstraint("delete_token", name=op.f("uq_stored_method_delete_token")),
        sa.UniqueConstraint("public_id", name=op.f("uq_stored_method_public_id")),
    )
    with op.batch_alter_table("stored_method", schema=None) as batch_op:
        batch_op.create_index("ix_stored_method_client", ["client_id", "id"], unique=False)

    op.create_table(
        "bill_tax",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("bill_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("label", sa.String(length=40), nullable=False),
        sa.Column("percent_thousandths", sa.Integer(), nullable=False),
        sa.Column("cents", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("cents >= 0", name=op.f("ck_bill_tax_not_negative")),
        sa.CheckConstraint(
            "percent_thousandths BETWEEN 1 AND 100000", name=op.f("ck_bill_tax_percent_possible")
        ),
        sa.ForeignKeyConstraint(["bill_id"], ["bill.id"], name=op.f("fk_bill_tax_bill_id_bill")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bill_tax")),
        sa.UniqueConstraint("bill_id", "position", name=op.f("uq_bill_tax_bill_id_position")),
    )
    op.create_table(
        "bill_version",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("bill_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("said", sa.JSON(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_by", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(
            ["bill_id"], ["bill.id"], name=op.f("fk_bill_version_bill_id_bill")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bill_version")),
        sa.UniqueConstraint("bill_id", "version", name=op.f("uq_bill_version_bill_id_version")),
    )
    op.create_table(
        "trust_request",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("public_id", sa.String(length=32), nullable=False),
        sa.Column("number", sa.Integer(), nullable=True),
        sa.Column(
            "client_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("matter_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column(
            "bank_account_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        sa.Column("paid_cents", sa.BigInteger(), nullable=False),
        sa.Column("reserved_cents", sa.BigInteger(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.String(length=80), nullable=False),
        sa.Column("edited_by", sa.String(length=80), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("approved_by", sa.String(length=80), nullable=True),
        sa.Column("issued_by", sa.String(length=80), nullable=True),
        sa.Column("voided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("voided_by", sa.String(length=80), nullable=True),
        sa.Column("void_reason", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "(status = 'void') = (voided_at IS NOT NULL)",
            name=op.f("ck_trust_request_void_has_a_time"),
        ),
        sa.CheckConstraint(
            "(status IN ('draft', 'awaiting_approval')) = (issued_on IS NULL)",
            name=op.f("ck_trust_request_issued_has_a_day"),
        ),
        sa.CheckConstraint(
            "(status IN ('draft', 'awaiting_approval')) = (number IS NULL)",
            name=op.f("ck_trust_request_issued_has_a_number"),
        ),
        sa.CheckConstraint(
            "currency IN ('USD', 'CAD')", name=op.f("ck_trust_request_currency_known")
        ),
        sa.CheckConstraint(
            "status <> 'awaiting_payment' OR paid_cents < amount_cents",
            name=op.f("ck_trust_request_unpaid_asks"),
        ),
        sa.CheckConstraint(
            "status <> 'paid' OR paid_cents = amount_cents",
            name=op.f("ck_trust_request_paid_is_paid_whole"),
        ),
        sa.CheckConstraint(
            "status IN ('draft', 'awaiting_approval', 'awaiting_payment', 'paid', 'void')",
            name=op.f("ck_trust_request_status_known"),
        ),
        sa.CheckConstraint(
            "status NOT IN ('void', 'draft', 'awaiting_approval') OR paid_cents + reserved_cents = 0",
            name=op.f("ck_trust_request_nothing_paid_unless_issued"),
        ),
        sa.CheckConstraint(
            "(approved_by IS NULL) = (approved_at IS NULL)",
            name=op.f("ck_trust_request_approved_whole"),
        ),
        sa.CheckConstraint("amount_cents > 0", name=op.f("ck_trust_request_amount_positive")),
        sa.CheckConstraint(
            "paid_cents + reserved_cents <= amount_cents",
            name=op.f("ck_trust_request_not_overpaid"),
        ),
        sa.CheckConstraint(
            "paid_cents >= 0 AND reserved_cents >= 0", name=op.f("ck_trust_request_not_negative")
        ),
        sa.ForeignKeyConstraint(
            ["bank_account_id"],
            ["bank_account.id"],
            name=op.f("fk_trust_request_bank_account_id_bank_account"),
        ),
        sa.ForeignKeyConstraint(
            ["client_id"], ["contact.id"], name=op.f("fk_trust_request_client_id_contact")
        ),
        sa.ForeignKeyConstraint(
            ["matter_id"], ["matter.id"], name=op.f("fk_trust_request_matter_id_matter")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trust_request")),
        sa.UniqueConstraint("number", name=op.f("uq_trust_request_number")),
        sa.UniqueConstraint("public_id", name=op.f("uq_trust_request_public_id")),
    )
    with op.batch_alter_table("trust_request", schema=None) as batch_op:
        batch_op.create_index(
            "ix_trust_request_client", ["client_id", "status", "due_on", "number"], unique=False
        )
        batch_op.create_index(
            "ix_trust_request_matter", ["matter_id", "status", "due_on", "number"], unique=False
        )
        batch_op.create_index("ix_trust_request_status", ["status", "due_on", "id"], unique=False)

    op.create_table(
        "sending",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("public_id", sa.String(length=32), nullable=False),
        sa.Column("once", sa.String(length=160), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("bill_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column(
            "trust_request_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.String(length=80), nullable=False),
        sa.CheckConstraint("kind IN ('sent', 'reminder')", name=op.f("ck_sending_kind_known")),
        sa.CheckConstraint(
            "(bill_id IS NULL) <> (trust_request_id IS NULL)", name=op.f("ck_sending_one_document")
        ),
        sa.ForeignKeyConstraint(["bill_id"], ["bill.id"], name=op.f("fk_sending_bill_id_bill")),
        sa.ForeignKeyConstraint(
            ["trust_request_id"],
            ["trust_request.id"],
            name=op.f("fk_sending_trust_request_id_trust_request"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sending")),
        sa.UniqueConstraint("once", name=op.f("uq_sending_once")),
        sa.UniqueConstraint("public_id", name=op.f("uq_sending_public_id")),
    )
    with op.batch_alter_table("sending", schema=None) as batch_op:
        batch_op.create_index("ix_sending_bill", ["bill_id", "id"], unique=False)
        batch_op.create_index("ix_sending_trust_request", ["trust_request_id", "id"], unique=False)

    op.create_table(
        "document_link",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("token", sa.String(length=64), nullable=False),
        sa.Column("channel", sa.String(length=8), nullable=False),
        sa.Column("bill_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column(
            "trust_request_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column(
            "bank_account_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "sending_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("notice_once", sa.String(length=200), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("address", sa.String(length=254), nullable=False),
        sa.Column("language", sa.String(length=16), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.String(length=80), nullable=False),
        sa.CheckConstraint(
            "(channel = 'email') = (sending_id IS NOT NULL)",
            name=op.f("ck_document_link_emailed_by_a_sending"),
        ),
        sa.CheckConstraint(
            "channel IN ('email', 'link', 'code')", name=op.f("ck_document_link_channel_known")
        ),
        sa.CheckConstraint(
            "(bill_id IS NULL) <> (trust_request_id IS NULL)",
            name=op.f("ck_document_link_one_document"),
        ),
        sa.ForeignKeyConstraint(
            ["bank_account_id"],
            ["bank_account.id"],
            name=op.f("fk_document_link_bank_account_id_bank_account"),
        ),
        sa.ForeignKeyConstraint(
            ["bill_id"], ["bill.id"], name=op.f("fk_document_link_bill_id_bill")
        ),
        sa.ForeignKeyConstraint(
            ["sending_id"], ["sending.id"], name=op.f("fk_document_link_sending_id_sending")
        ),
        sa.ForeignKeyConstraint(
            ["trust_request_id"],
            ["trust_request.id"],
            name=op.f("fk_document_link_trust_request_id_trust_request"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_document_link")),
        sa.UniqueConstraint("token", name=op.f("uq_document_link_token")),
    )
    with op.batch_alter_table("document_link", schema=None) as batch_op:
        batch_op.create_index("ix_document_link_bill", ["bill_id", "channel"], unique=False)
        batch_op.create_index("ix_document_link_sending", ["sending_id"], unique=False)
        batch_op.create_index(
            "ix_document_link_trust_request", ["trust_request_id", "channel"], unique=False
        )

    op.create_table(
        "trust_transfer",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("public_id", sa.String(length=32), nullable=False),
        sa.Column(
            "client_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("matter_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("bill_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "trust_account_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "operating_account_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
        ),
        sa.Column(
            "receipt_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.String(length=80), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_by", sa.String(length=80), nullable=True),
        sa.Column("undone_reason", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "currency IN ('USD', 'CAD')", name=op.f("ck_trust_transfer_currency_known")
        ),
        sa.CheckConstraint(
            "(undone_at IS NULL) = (undone_by IS NULL)", name=op.f("ck_trust_transfer_undone_whole")
        ),
        sa.CheckConstraint("amount_cents > 0", name=op.f("ck_trust_transfer_amount_positive")),
        sa.ForeignKeyConstraint(
            ["bill_id"], ["bill.id"], name=op.f("fk_trust_transfer_bill_id_bill")
        ),
        sa.ForeignKeyConstraint(
            ["client_id"], ["contact.id"], name=op.f("fk_trust_transfer_client_id_contact")
        ),
        sa.ForeignKeyConstraint(
            ["matter_id"], ["matter.id"], name=op.f("fk_trust_transfer_matter_id_matter")
        ),
        sa.ForeignKeyConstraint(
            ["operating_account_id"],
            ["bank_account.id"],
            name=op.f("fk_trust_transfer_operating_account_id_bank_account"),
        ),
        sa.ForeignKeyConstraint(
            ["receipt_id"], ["receipt.id"], name=op.f("fk_trust_transfer_receipt_id_receipt")
        ),
        sa.ForeignKeyConstraint(
            ["trust_account_id"],
            ["bank_account.id"],
            name=op.f("fk_trust_transfer_trust_account_id_bank_account"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trust_transfer")),
        sa.UniqueConstraint("public_id", name=op.f("uq_trust_transfer_public_id")),
        sa.UniqueConstraint("receipt_id", name=op.f("uq_trust_transfer_receipt_id")),
    )
    with op.batch_alter_table("trust_transfer", schema=None) as batch_op:
        batch_op.create_index("ix_trust_transfer_bill", ["bill_id", "id"], unique=False)
        batch_op.create_index("ix_trust_transfer_client", ["client_id", "id"], unique=False)

    op.create_table(
        "reservation",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "payment_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("bill_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column(
            "trust_request_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("cents", sa.BigInteger(), nullable=False),
        sa.Column("became", sa.String(length=10), nullable=True),
        sa.CheckConstraint(
            "became IN ('applied', 'released')", name=op.f("ck_reservation_became_known")
        ),
        sa.CheckConstraint(
            "(bill_id IS NULL) <> (trust_request_id IS NULL)",
            name=op.f("ck_reservation_one_document"),
        ),
        sa.CheckConstraint("cents > 0", name=op.f("ck_reservation_cents_positive")),
        sa.ForeignKeyConstraint(["bill_id"], ["bill.id"], name=op.f("fk_reservation_bill_id_bill")),
        sa.ForeignKeyConstraint(
            ["payment_id"], ["payment.id"], name=op.f("fk_reservation_payment_id_payment")
        ),
        sa.ForeignKeyConstraint(
            ["trust_request_id"],
            ["trust_request.id"],
            name=op.f("fk_reservation_trust_request_id_trust_request"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reservation")),
        sa.UniqueConstraint(
            "payment_id", "bill_id", name=op.f("uq_reservation_payment_id_bill_id")
        ),
        sa.UniqueConstraint(
            "payment_id",
            "trust_request_id",
            name=op.f("uq_reservation_payment_id_trust_request_id"),
        ),
    )
    with op.batch_alter_table("reservation", schema=None) as batch_op:
        batch_op.create_index(
            "ix_reservation_bill",
            ["bill_id"],
            unique=False,
            sqlite_where=sa.text("became IS NULL"),
            postgresql_where=sa.text("became IS NULL"),
        )
        batch_op.create_index(
            "ix_reservation_trust_request",
            ["trust_request_id"],
            unique=False,
            sqlite_where=sa.text("became IS NULL"),
            postgresql_where=sa.text("became IS NULL"),
        )

    _change_bills()
    _change_payments()
    _change_receipts()
    _never_changed("bill_version")
    _hold_states("bill")
    _hold_states("trust_request")


def _change_bills() -> None:
    with op.batch_alter_table("bill") as batch_op:
        batch_op.add_column(sa.Column("subtotal_cents", sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column("discount_percent_thousandths", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("discount_cents", sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column("tax_cents", sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column("version", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("edited_by", sa.String(length=80), nullable=True))
        batch_op.add_column(sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("approved_by", sa.String(length=80), nullable=True))
    op.execute(
        "UPDATE bill SET subtotal_cents = total_cents, discount_percent_thousandths = 0,"
        " discount_cents = 0, tax_cents = 0, version = 1"
    )
    with op.batch_alter_table("bill") as batch_op:
        for name in ("subtotal_cents", "discount_cents", "tax_cents"):
            batch_op.alter_column(name, existing_type=sa.BigInteger(), nullable=False)
        for name in ("discount_percent_thousandths", "version"):
            batch_op.alter_column(name, existing_type=sa.Integer(), nullable=False)
        for name, condition in (
            ("adds_up", "total_cents = subtotal_cents - discount_cents + tax_cents"),
            (
                "discount_not_negative",
                "discount_cents >= 0 AND discount_percent_thousandths BETWEEN 0 AND 100000",
            ),
            ("tax_not_negative", "tax_cents >= 0"),
            ("approved_whole", "(approved_by IS NULL) = (approved_at IS NULL)"),
        ):
            _check(batch_op, "bill", name, condition)
    with op.batch_alter_table("bill_share") as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_bill_share_total_positive"), type_="check")
        _check(batch_op, "bill_share", "total_not_negative", "total_cents >= 0")


def _change_payments() -> None:
    row_id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    with op.batch_alter_table("payment") as batch_op:
        batch_op.add_column(sa.Column("document_link_id", row_id, nullable=True))
        batch_op.add_column(sa.Column("client_id", row_id, nullable=True))
        batch_op.add_column(sa.Column("third_party", sa.Boolean(), nullable=True))
        batch_op.add_column(sa.Column("store_text", sa.Text(), nullable=True))
    op.execute(sa.text("UPDATE payment SET third_party = :no").bindparams(no=False))
    with op.batch_alter_table("payment") as batch_op:
        batch_op.alter_column("third_party", existing_type=sa.Boolean(), nullable=False)
        for name, other in (("document_link_id", "document_link"), ("client_id", "contact")):
            key = batch_op.f(f"fk_payment_{name}_{other}")
            batch_op.create_foreign_key(key, other, [name], ["id"])
        for name, condition in (
            ("by_one_link", "account_link_id IS NULL OR document_link_id IS NULL"),
            ("links_store_nothing", "store_text IS NULL OR document_link_id IS NOT NULL"),
            ("document_of_one", "(document_link_id IS NULL) = (client_id IS NULL)"),
        ):
            _check(batch_op, "payment", name, condition)


def _change_receipts() -> None:
    row_id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    with op.batch_alter_table("receipt") as batch_op:
        batch_op.add_column(sa.Column("trust_request_id", row_id, nullable=True))
        batch_op.create_index("ix_receipt_trust_request", ["trust_request_id", "id"])
        key = batch_op.f("fk_receipt_trust_request_id_trust_request")
        batch_op.create_foreign_key(key, "trust_request", ["trust_request_id"], ["id"])
        batch_op.drop_constraint(batch_op.f("ck_receipt_source_known"), type_="check")
        sources = "source IN ('payment', 'cheque', 'cash', 'trust')"
        _check(batch_op, "receipt", "source_known", sources)


def _check(batch_op: Any, table: str, name: str, condition: str) -> None:
    batch_op.create_check_constraint(batch_op.f(f"ck_{table}_{name}"), condition)


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


def _hold_states(table: str) -> None:
    before = f"CREATE TRIGGER {table}_states BEFORE UPDATE ON {table} FOR EACH ROW "
    if op.get_bind().dialect.name == "sqlite":
        states = _STATES.format(differs="IS NOT")
        op.execute(f"{before}WHEN {states} BEGIN SELECT RAISE(ABORT, '{_WORDS}'); END")
        return
    op.execute(
        "CREATE OR REPLACE FUNCTION refuse_state() RETURNS trigger AS $$ BEGIN "
        f"RAISE EXCEPTION '{_WORDS}' USING ERRCODE = 'check_violation'; "
        "END $$ LANGUAGE plpgsql"
    )
    states = _STATES.format(differs="IS DISTINCT FROM")
    op.execute(f"{before}WHEN ({states}) EXECUTE FUNCTION refuse_state()")
