"""Refunds, disputes, returns and holds: money that comes back, and trust that is protected."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


RECEIPT_CHECKS = (
    (
        "applied_within_amount",
        "applied_cents >= 0 AND applied_cents <= amount_cents - withdrawn_cents",
    ),
    ("gone_within_withdrawn", "gone_cents >= 0 AND gone_cents <= withdrawn_cents"),
    (
        "request_within_amount",
        "request_cents >= 0 AND request_cents <= amount_cents - withdrawn_cents"
        " AND (request_cents = 0 OR trust_request_id IS NOT NULL)",
    ),
    (
        "undone_pays_nothing",
        "undone_at IS NULL OR (applied_cents = 0 AND withdrawn_cents = 0)",
    ),
)


def upgrade() -> None:
    _change_receipts()
    _change_payments()
    _change_accounts()
    _change_methods()
    _make_withdrawals()
    _make_withdrawal_parts()
    _make_refunds()
    _make_disputes()
    _make_dispute_files()
    _make_replenishments()


def _change_receipts() -> None:
    cents = ("withdrawn_cents", "gone_cents", "request_cents")
    with op.batch_alter_table("receipt") as batch_op:
        for name in cents:
            batch_op.add_column(sa.Column(name, sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column("held_until", sa.DateTime(timezone=True), nullable=True))
    op.execute(
        "UPDATE receipt SET withdrawn_cents = 0, gone_cents = 0, request_cents ="
        " CASE WHEN trust_request_id IS NULL OR undone_at IS NOT NULL THEN 0 ELSE amount_cents END"
    )
    with op.batch_alter_table("receipt") as batch_op:
        for name in cents:
            batch_op.alter_column(name, existing_type=sa.BigInteger(), nullable=False)
        for name in ("applied_within_amount", "undone_pays_nothing"):
            batch_op.drop_constraint(batch_op.f(f"ck_receipt_{name}"), type_="check")
        for name, condition in RECEIPT_CHECKS:
            batch_op.create_check_constraint(batch_op.f(f"ck_receipt_{name}"), condition)
        batch_op.drop_index("ix_receipt_credit")
        credit = sa.text("undone_at IS NULL AND applied_cents + withdrawn_cents < amount_cents")
        _index(batch_op, "ix_receipt_credit", ["client_id", "id"], credit)
        held = sa.text("held_until IS NOT NULL")
        _index(batch_op, "ix_receipt_held", ["client_id", "held_until"], held)


def _change_payments() -> None:
    with op.batch_alter_table("payment") as batch_op:
        batch_op.add_column(sa.Column("withdrawn_cents", sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column("held_until", sa.DateTime(timezone=True), nullable=True))
    op.execute("UPDATE payment SET withdrawn_cents = 0")
    with op.batch_alter_table("payment") as batch_op:
        batch_op.alter_column("withdrawn_cents", existing_type=sa.BigInteger(), nullable=False)
        name = batch_op.f("ck_payment_linked_only_when_completed")
        batch_op.drop_constraint(name, type_="check")
        linked = "receipt_id IS NULL OR status IN ('completed', 'returned')"
        batch_op.create_check_constraint(name, linked)
        batch_op.create_check_constraint(
            batch_op.f("ck_payment_withdrawn_within_amount"),
            "withdrawn_cents >= 0 AND withdrawn_cents <= amount_cents",
        )
        batch_op.drop_index("ix_payment_unlinked")
        unlinked = "status = 'completed' AND receipt_id IS NULL AND withdrawn_cents < amount_cents"
        _index(batch_op, "ix_payment_unlinked", ["made_at", "id"], sa.text(unlinked))


def _change_accounts() -> None:
    with op.batch_alter_table("bank_account") as batch_op:
        batch_op.add_column(sa.Column("preflight", sa.JSON(), nullable=True))
        batch_op.add_column(sa.Column("override_of", sa.JSON(), nullable=True))
        batch_op.add_column(sa.Column("override_reason", sa.String(length=500), nullable=True))
        batch_op.add_column(sa.Column("override_by", sa.String(length=80), nullable=True))
        batch_op.add_column(sa.Column("override_at", sa.DateTime(timezone=True), nullable=True))
    op.execute("UPDATE bank_account SET preflight = '[]', override_reason = ''")
    with op.batch_alter_table("bank_account") as batch_op:
        batch_op.alter_column("preflight", existing_type=sa.JSON(), nullable=False)
        batch_op.alter_column(
            "override_reason", existing_type=sa.String(length=500), nullable=False
        )
        batch_op.create_check_constraint(
            batch_op.f("ck_bank_account_override_whole"),
            "(override_at IS NULL) = (override_by IS NULL)"
            " AND (override_at IS NULL) = (override_reason = '')",
        )
    with op.batch_alter_table("payment_settings") as batch_op:
        batch_op.add_column(sa.Column("hold_days", sa.Integer(), nullable=True))
    op.execute("UPDATE payment_settings SET hold_days = 5")
    with op.batch_alter_table("payment_settings") as batch_op:
        batch_op.alter_column("hold_days", existing_type=sa.Integer(), nullable=False)
        batch_op.create_check_constraint(
            batch_op.f("ck_payment_settings_hold_days_possible"), "hold_days BETWEEN 0 AND 60"
        )


def _change_methods() -> None:
    with op.batch_alter_table("stored_method") as batch_op:
        batch_op.add_column(sa.Column("void_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("void_code", sa.String(length=60), nullable=True))
    op.execute("UPDATE stored_method SET void_code = ''")
    with op.batch_alter_table("stored_method") as batch_op:
        batch_op.alter_column("void_code", existing_type=sa.String(length=60), nullable=False)


def _make_withdrawals() -> None:
    op.create_table(
        "withdrawal",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("public_id", sa.String(length=32), nullable=False),
        sa.Column(
            "payment_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "receipt_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("state", sa.String(length=4), nullable=False),
        sa.Column("cents", sa.BigInteger(), nullable=False),
        sa.Column("shortfall_cents", sa.BigInteger(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.String(length=80), nullable=False),
        sa.Column("back_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state = 'back') = (back_at IS NOT NULL)", name=op.f("ck_withdrawal_back_when")
        ),
        sa.CheckConstraint(
            "kind IN ('refund', 'dispute', 'return')", name=op.f("ck_withdrawal_kind_known")
        ),
        sa.CheckConstraint(
            "state <> 'held' OR kind = 'refund'", name=op.f("ck_withdrawal_only_refunds_wait")
        ),
        sa.CheckConstraint(
            "state IN ('held', 'out', 'back')", name=op.f("ck_withdrawal_state_known")
        ),
        sa.CheckConstraint("cents > 0", name=op.f("ck_withdrawal_cents_positive")),
        sa.CheckConstraint(
            "shortfall_cents >= 0 AND shortfall_cents <= cents",
            name=op.f("ck_withdrawal_shortfall_within_cents"),
        ),
        sa.ForeignKeyConstraint(
            ["payment_id"], ["payment.id"], name=op.f("fk_withdrawal_payment_id_payment")
        ),
        sa.ForeignKeyConstraint(
            ["receipt_id"], ["receipt.id"], name=op.f("fk_withdrawal_receipt_id_receipt")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_withdrawal")),
        sa.UniqueConstraint("public_id", name=op.f("uq_withdrawal_public_id")),
    )
    with op.batch_alter_table("withdrawal", schema=None) as batch_op:
        batch_op.create_index("ix_withdrawal_payment", ["payment_id", "id"], unique=False)
        batch_op.create_index("ix_withdrawal_receipt", ["receipt_id", "id"], unique=False)


def _make_withdrawal_parts() -> None:
    op.create_table(
        "withdrawal_part",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "withdrawal_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "allocation_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("cents", sa.BigInteger(), nullable=False),
        sa.Column("again_cents", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "again_cents >= 0 AND again_cents <= cents",
            name=op.f("ck_withdrawal_part_again_within_cents"),
        ),
        sa.CheckConstraint("cents > 0", name=op.f("ck_withdrawal_part_cents_positive")),
        sa.ForeignKeyConstraint(
            ["allocation_id"],
            ["allocation.id"],
            name=op.f("fk_withdrawal_part_allocation_id_allocation"),
        ),
        sa.ForeignKeyConstraint(
            ["withdrawal_id"],
            ["withdrawal.id"],
            name=op.f("fk_withdrawal_part_withdrawal_id_withdrawal"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_withdrawal_part")),
        sa.UniqueConstraint(
            "withdrawal_id",
            "allocation_id",
            name=op.f("uq_withdrawal_part_withdrawal_id_allocation_id"),
        ),
    )
    with op.batch_alter_table("withdrawal_part", schema=None) as batch_op:
        batch_op.create_index("ix_withdrawal_part_allocation", ["allocation_id"], unique=False)


def _make_refunds() -> None:
    op.create_table(
        "refund",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("public_id", sa.String(length=32), nullable=False),
        sa.Column(
            "payment_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "withdrawal_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("refund_id", sa.String(length=80), nullable=True),
        sa.Column("cents", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("origin", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("failure", sa.String(length=60), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.String(length=80), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("origin IN ('staff', 'processor')", name=op.f("ck_refund_origin_known")),
        sa.CheckConstraint(
            "refund_id IS NOT NULL OR origin = 'staff'", name=op.f("ck_refund_of_somebody")
        ),
        sa.CheckConstraint(
            "state IN ('asked', 'pending', 'succeeded', 'failed', 'canceled')",
            name=op.f("ck_refund_state_known"),
        ),
        sa.CheckConstraint("cents > 0", name=op.f("ck_refund_cents_positive")),
        sa.ForeignKeyConstraint(
            ["payment_id"], ["payment.id"], name=op.f("fk_refund_payment_id_payment")
        ),
        sa.ForeignKeyConstraint(
            ["withdrawal_id"], ["withdrawal.id"], name=op.f("fk_refund_withdrawal_id_withdrawal")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refund")),
        sa.UniqueConstraint("public_id", name=op.f("uq_refund_public_id")),
        sa.UniqueConstraint("refund_id", name=op.f("uq_refund_refund_id")),
        sa.UniqueConstraint("withdrawal_id", name=op.f("uq_refund_withdrawal_id")),
    )
    with op.batch_alter_table("refund", schema=None) as batch_op:
        batch_op.create_index("ix_refund_payment", ["payment_id", "id"], unique=False)
        batch_op.create_index(
            "ix_refund_under_way",
            ["state", "id"],
            unique=False,
            sqlite_where=sa.text("state IN ('asked', 'pending')"),
            postgresql_where=sa.text("state IN ('asked', 'pending')"),
        )


def _make_disputes() -> None:
    op.create_table(
        "dispute",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("public_id", sa.String(length=32), nullable=False),
        sa.Column(
            "payment_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "withdrawal_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("dispute_id", sa.String(length=80), nullable=False),
        sa.Column("cents", sa.BigInteger(), nullable=False),
        sa.Column("fee_cents", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("reason", sa.String(length=60), nullable=False),
        sa.Column("network_code", sa.String(length=20), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("kit", sa.JSON(), nullable=False),
        sa.Column("release", sa.String(length=8), nullable=True),
        sa.Column("released_by", sa.String(length=80), nullable=True),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("release_note", sa.Text(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_by", sa.String(length=80), nullable=True),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("accepted_by", sa.String(length=80), nullable=True),
        sa.CheckConstraint(
            "release IS NULL OR release IN ('client', 'partner')",
            name=op.f("ck_dispute_release_known"),
        ),
        sa.CheckConstraint(
            "state IN ('inquiry', 'open', 'review', 'won', 'lost', 'closed')",
            name=op.f("ck_dispute_state_known"),
        ),
        sa.CheckConstraint(
            "(release IS NULL) = (released_at IS NULL) AND (release IS NULL) = (released_by IS NULL)",
            name=op.f("ck_dispute_released_whole"),
        ),
        sa.CheckConstraint("cents > 0", name=op.f("ck_dispute_cents_positive")),
        sa.CheckConstraint("fee_cents >= 0", name=op.f("ck_dispute_fee_not_negative")),
        sa.CheckConstraint(
            "sent_at IS NULL OR release IS NOT NULL", name=op.f("ck_dispute_sent_when_released")
        ),
        sa.ForeignKeyConstraint(
            ["payment_id"], ["payment.id"], name=op.f("fk_dispute_payment_id_payment")
        ),
        sa.ForeignKeyConstraint(
            ["withdrawal_id"], ["withdrawal.id"], name=op.f("fk_dispute_withdrawal_id_withdrawal")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dispute")),
        sa.UniqueConstraint("dispute_id", name=op.f("uq_dispute_dispute_id")),
        sa.UniqueConstraint("public_id", name=op.f("uq_dispute_public_id")),
        sa.UniqueConstraint("withdrawal_id", name=op.f("uq_dispute_withdrawal_id")),
    )
    with op.batch_alter_table("dispute", schema=None) as batch_op:
        batch_op.create_index("ix_dispute_payment", ["payment_id", "id"], unique=False)
        batch_op.create_index("ix_dispute_state", ["state", "due_at"], unique=False)


def _make_dispute_files() -> None:
    op.create_table(
        "dispute_file",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("public_id", sa.String(length=32), nullable=False),
        sa.Column(
            "dispute_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("field", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("media_type", sa.String(length=80), nullable=False),
        sa.Column("bytes", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("stored_as", sa.String(length=200), nullable=False),
        sa.Column("file_id", sa.String(length=80), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.String(length=80), nullable=False),
        sa.CheckConstraint("bytes > 0", name=op.f("ck_dispute_file_not_empty")),
        sa.ForeignKeyConstraint(
            ["dispute_id"], ["dispute.id"], name=op.f("fk_dispute_file_dispute_id_dispute")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dispute_file")),
        sa.UniqueConstraint("dispute_id", "field", name=op.f("uq_dispute_file_dispute_id_field")),
        sa.UniqueConstraint("public_id", name=op.f("uq_dispute_file_public_id")),
    )


def _make_replenishments() -> None:
    op.create_table(
        "replenishment",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("public_id", sa.String(length=32), nullable=False),
        sa.Column("once", sa.String(length=120), nullable=False),
        sa.Column(
            "bank_account_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "payment_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("reason", sa.String(length=12), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("cents", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("moved_on", sa.Date(), nullable=True),
        sa.Column("bank_reference", sa.String(length=100), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.String(length=80), nullable=True),
        sa.CheckConstraint(
            "(state = 'open') = (ended_at IS NULL)", name=op.f("ck_replenishment_ended_when")
        ),
        sa.CheckConstraint(
            "reason IN ('fee', 'dispute_fee', 'shortfall', 'surplus')",
            name=op.f("ck_replenishment_reason_known"),
        ),
        sa.CheckConstraint(
            "state <> 'done' OR moved_on IS NOT NULL", name=op.f("ck_replenishment_done_on_a_day")
        ),
        sa.CheckConstraint(
            "state IN ('open', 'done', 'released')", name=op.f("ck_replenishment_state_known")
        ),
        sa.CheckConstraint("cents > 0", name=op.f("ck_replenishment_cents_positive")),
        sa.ForeignKeyConstraint(
            ["bank_account_id"],
            ["bank_account.id"],
            name=op.f("fk_replenishment_bank_account_id_bank_account"),
        ),
        sa.ForeignKeyConstraint(
            ["payment_id"], ["payment.id"], name=op.f("fk_replenishment_payment_id_payment")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_replenishment")),
        sa.UniqueConstraint("once", name=op.f("uq_replenishment_once")),
        sa.UniqueConstraint("public_id", name=op.f("uq_replenishment_public_id")),
    )
    with op.batch_alter_table("replenishment", schema=None) as batch_op:
        batch_op.create_index("ix_replenishment_payment", ["payment_id", "id"], unique=False)
        batch_op.create_index("ix_replenishment_state", ["state", "id"], unique=False)
    _owe_fees_of_before()


def _owe_fees_of_before() -> None:
    """Fees that were taken from trust before there were tasks are owed by one each, too."""
    op.execute(
        "INSERT INTO replenishment (public_id, once, bank_account_id, payment_id, reason, state,"
        " cents, currency, made_at, bank_reference)"
        " SELECT 'fee' || payment.public_id, 'payment:' || payment.public_id || '\\:fee',"
        " payment.bank_account_id, payment.id, 'fee', 'open', ledger_transfer.amount_cents,"
        " payment.currency, ledger_transfer.at, ''"
        " FROM ledger_transfer JOIN payment"
        " ON ledger_transfer.cause = 'payment:' || payment.public_id"
        " WHERE ledger_transfer.situation = 'fee_on_trust'"
    )
    op.execute(  # their alerts lead there
        "UPDATE alert SET subject = 'replenishment\\:fee' || substr(subject, 9)"
        " WHERE kind = 'fee_on_trust' AND subject LIKE 'payment\\:%'"
    )


def _index(batch_op: Any, name: str, columns: list[str], where: sa.TextClause) -> None:
    batch_op.create_index(name, columns, unique=False, sqlite_where=where, postgresql_where=where)
