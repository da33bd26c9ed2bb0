"""Sending many at once, shared bills, charges of stored methods, payment plans and autocharge."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _change_sendings()
    _make_bulk_sendings()
    _make_method_requests()
    _change_payments()
    _make_plans()
    _make_autocharge()


def _change_sendings() -> None:
    row_id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    with op.batch_alter_table("document_link") as batch_op:
        batch_op.add_column(sa.Column("contact_id", row_id, nullable=True))
        key = batch_op.f("fk_document_link_contact_id_contact")
        batch_op.create_foreign_key(key, "contact", ["contact_id"], ["id"])
        batch_op.drop_constraint(batch_op.f("ck_document_link_channel_known"), type_="check")
        channels = "channel IN ('email', 'link', 'code', 'portal', 'charge')"
        _check(batch_op, "document_link", "channel_known", channels)
        somebody = "(channel = 'portal') = (contact_id IS NOT NULL)"
        _check(batch_op, "document_link", "portal_of_somebody", somebody)
    with op.batch_alter_table("sending") as batch_op:
        batch_op.add_column(sa.Column("shared", sa.Boolean(), nullable=True))
    op.execute(sa.text("UPDATE sending SET shared = :no").bindparams(no=False))
    with op.batch_alter_table("sending") as batch_op:
        batch_op.alter_column("shared", existing_type=sa.Boolean(), nullable=False)


def _change_payments() -> None:
    row_id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    with op.batch_alter_table("payment") as batch_op:
        batch_op.add_column(sa.Column("origin", sa.String(length=12), nullable=True))
        batch_op.add_column(sa.Column("stored_method_id", row_id, nullable=True))
        batch_op.add_column(sa.Column("charge_reason", sa.String(length=500), nullable=True))
        batch_op.add_column(sa.Column("charged_by", sa.String(length=80), nullable=True))
    op.execute("UPDATE payment SET origin = 'payer', charge_reason = ''")
    with op.batch_alter_table("payment") as batch_op:
        for name, length in (("origin", 12), ("charge_reason", 500)):
            batch_op.alter_column(name, existing_type=sa.String(length=length), nullable=False)
        key = batch_op.f("fk_payment_stored_method_id_stored_method")
        batch_op.create_foreign_key(key, "stored_method", ["stored_method_id"], ["id"])
        stored = sa.text("stored_method_id IS NOT NULL")
        batch_op.create_index(
            "ix_payment_stored_method",
            ["stored_method_id"],
            sqlite_where=stored,
            postgresql_where=stored,
        )
        origins = "origin IN ('payer', 'staff', 'plan', 'autocharge')"
        _check(batch_op, "payment", "origin_known", origins)
        _check(
            batch_op,
            "payment",
            "charged_by_somebody",
            "origin = 'payer' OR (stored_method_id IS NOT NULL AND charged_by IS NOT NULL)",
        )


def _make_bulk_sendings() -> None:
    op.create_table(
        "bulk_sending",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("public_id", sa.String(length=32), nullable=False),
        sa.Column("once", sa.String(length=80), nullable=False),
        sa.Column("portal", sa.Boolean(), nullable=False),
        sa.Column("email", sa.Boolean(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("documents", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.String(length=80), nullable=False),
        sa.CheckConstraint("documents > 0", name=op.f("ck_bulk_sending_of_something")),
        sa.CheckConstraint("portal OR email", name=op.f("ck_bulk_sending_goes_somewhere")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bulk_sending")),
        sa.UniqueConstraint("once", name=op.f("uq_bulk_sending_once")),
        sa.UniqueConstraint("public_id", name=op.f("uq_bulk_sending_public_id")),
    )
    with op.batch_alter_table("bulk_sending", schema=None) as batch_op:
        batch_op.create_index("ix_bulk_sending_made", ["made_at", "id"], unique=False)

    op.create_table(
        "bulk_item",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "bulk_sending_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("bill_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column(
            "trust_request_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("told", sa.String(length=500), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column(
            "sending_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state = 'sent') = (sending_id IS NOT NULL)",
            name=op.f("ck_bulk_item_sent_is_a_sending"),
        ),
        sa.CheckConstraint(
            "state IN ('waiting', 'sent', 'skipped', 'failed')",
            name=op.f("ck_bulk_item_state_known"),
        ),
        sa.CheckConstraint(
            "(bill_id IS NULL) <> (trust_request_id IS NULL)",
            name=op.f("ck_bulk_item_one_document"),
        ),
        sa.ForeignKeyConstraint(["bill_id"], ["bill.id"], name=op.f("fk_bulk_item_bill_id_bill")),
        sa.ForeignKeyConstraint(
            ["bulk_sending_id"],
            ["bulk_sending.id"],
            name=op.f("fk_bulk_item_bulk_sending_id_bulk_sending"),
        ),
        sa.ForeignKeyConstraint(
            ["sending_id"], ["sending.id"], name=op.f("fk_bulk_item_sending_id_sending")
        ),
        sa.ForeignKeyConstraint(
            ["trust_request_id"],
            ["trust_request.id"],
            name=op.f("fk_bulk_item_trust_request_id_trust_request"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bulk_item")),
        sa.UniqueConstraint(
            "bulk_sending_id", "bill_id", name=op.f("uq_bulk_item_bulk_sending_id_bill_id")
        ),
        sa.UniqueConstraint(
            "bulk_sending_id", "position", name=op.f("uq_bulk_item_bulk_sending_id_position")
        ),
        sa.UniqueConstraint(
            "bulk_sending_id",
            "trust_request_id",
            name=op.f("uq_bulk_item_bulk_sending_id_trust_request_id"),
        ),
    )
    with op.batch_alter_table("bulk_item", schema=None) as batch_op:
        batch_op.create_index(
            "ix_bulk_item_state", ["bulk_sending_id", "state", "position"], unique=False
        )


def _make_method_requests() -> None:
    op.create_table(
        "method_request",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("public_id", sa.String(length=32), nullable=False),
        sa.Column("token", sa.String(length=64), nullable=False),
        sa.Column(
            "client_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "bank_account_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("address", sa.String(length=254), nullable=False),
        sa.Column("language", sa.String(length=16), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.String(length=80), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("setup_id", sa.String(length=80), nullable=True),
        sa.Column("label", sa.String(length=120), nullable=False),
        sa.Column("consent_text", sa.Text(), nullable=False),
        sa.Column("consent_ip", sa.String(length=64), nullable=False),
        sa.Column("consent_agent", sa.String(length=300), nullable=False),
        sa.Column("method_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.CheckConstraint("expires_at > made_at", name=op.f("ck_method_request_open_for_a_while")),
        sa.CheckConstraint(
            "withdrawn_at IS NULL OR method_id IS NULL", name=op.f("ck_method_request_ended_once")
        ),
        sa.ForeignKeyConstraint(
            ["bank_account_id"],
            ["bank_account.id"],
            name=op.f("fk_method_request_bank_account_id_bank_account"),
        ),
        sa.ForeignKeyConstraint(
            ["client_id"], ["contact.id"], name=op.f("fk_method_request_client_id_contact")
        ),
        sa.ForeignKeyConstraint(
            ["method_id"],
            ["stored_method.id"],
            name=op.f("fk_method_request_method_id_stored_method"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_method_request")),
        sa.UniqueConstraint("public_id", name=op.f("uq_method_request_public_id")),
        sa.UniqueConstraint("setup_id", name=op.f("uq_method_request_setup_id")),
        sa.UniqueConstraint("token", name=op.f("uq_method_request_token")),
    )
    with op.batch_alter_table("method_request", schema=None) as batch_op:
        batch_op.create_index("ix_method_request_client", ["client_id", "id"], unique=False)


def _make_plans() -> None:
    op.create_table(
        "payment_plan",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("public_id", sa.String(length=32), nullable=False),
        sa.Column("token", sa.String(length=64), nullable=False),
        sa.Column(
            "client_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "bank_account_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "method_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("total_cents", sa.BigInteger(), nullable=False),
        sa.Column("each_cents", sa.BigInteger(), nullable=True),
        sa.Column("every", sa.String(length=10), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("asks_client", sa.Boolean(), nullable=False),
        sa.Column("agreed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("agreed_text", sa.Text(), nullable=True),
        sa.Column("agreed_ip", sa.String(length=64), nullable=False),
        sa.Column("agreed_agent", sa.String(length=300), nullable=False),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.String(length=80), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "NOT asks_client OR agreed_at IS NOT NULL OR state IN ('proposed', 'canceled')",
            name=op.f("ck_payment_plan_charged_once_agreed"),
        ),
        sa.CheckConstraint(
            "currency IN ('USD', 'CAD')", name=op.f("ck_payment_plan_currency_known")
        ),
        sa.CheckConstraint(
            "every IN ('week', 'two_weeks', 'month')", name=op.f("ck_payment_plan_every_known")
        ),
        sa.CheckConstraint(
            "state IN ('proposed', 'active', 'paused', 'canceled', 'finished')",
            name=op.f("ck_payment_plan_state_known"),
        ),
        sa.CheckConstraint(
            "(agreed_at IS NULL) = (agreed_text IS NULL)", name=op.f("ck_payment_plan_agreed_whole")
        ),
        sa.CheckConstraint(
            "each_cents IS NULL OR each_cents > 0", name=op.f("ck_payment_plan_each_positive")
        ),
        sa.CheckConstraint("total_cents > 0", name=op.f("ck_payment_plan_total_positive")),
        sa.ForeignKeyConstraint(
            ["bank_account_id"],
            ["bank_account.id"],
            name=op.f("fk_payment_plan_bank_account_id_bank_account"),
        ),
        sa.ForeignKeyConstraint(
            ["client_id"], ["contact.id"], name=op.f("fk_payment_plan_client_id_contact")
        ),
        sa.ForeignKeyConstraint(
            ["method_id"],
            ["stored_method.id"],
            name=op.f("fk_payment_plan_method_id_stored_method"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_plan")),
        sa.UniqueConstraint("public_id", name=op.f("uq_payment_plan_public_id")),
        sa.UniqueConstraint("token", name=op.f("uq_payment_plan_token")),
    )
    with op.batch_alter_table("payment_plan", schema=None) as batch_op:
        batch_op.create_index("ix_payment_plan_client", ["client_id", "id"], unique=False)
        batch_op.create_index("ix_payment_plan_method", ["method_id", "state"], unique=False)
        batch_op.create_index("ix_payment_plan_state", ["state", "id"], unique=False)
        batch_op.create_index(
            "uq_payment_plan_live",
            ["client_id", "bank_account_id"],
            unique=True,
            sqlite_where=sa.text("state IN ('proposed', 'active', 'paused')"),
            postgresql_where=sa.text("state IN ('proposed', 'active', 'paused')"),
        )

    op.create_table(
        "instalment",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("plan_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("try_on", sa.Date(), nullable=False),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        sa.Column("charged_cents", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("told", sa.String(length=500), nullable=False),
        sa.CheckConstraint(
            "state IN ('scheduled', 'charging', 'paid', 'retrying', 'failed', 'skipped', 'canceled')",
            name=op.f("ck_instalment_state_known"),
        ),
        sa.CheckConstraint("amount_cents > 0", name=op.f("ck_instalment_amount_positive")),
        sa.CheckConstraint(
            "charged_cents >= 0 AND charged_cents <= amount_cents",
            name=op.f("ck_instalment_charged_within"),
        ),
        sa.CheckConstraint("number BETWEEN 1 AND 120", name=op.f("ck_instalment_number_possible")),
        sa.CheckConstraint("tries BETWEEN 0 AND 2", name=op.f("ck_instalment_tried_twice_at_most")),
        sa.ForeignKeyConstraint(
            ["plan_id"], ["payment_plan.id"], name=op.f("fk_instalment_plan_id_payment_plan")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_instalment")),
        sa.UniqueConstraint("plan_id", "number", name=op.f("uq_instalment_plan_id_number")),
    )
    with op.batch_alter_table("instalment", schema=None) as batch_op:
        batch_op.create_index("ix_instalment_state", ["state", "try_on", "id"], unique=False)

    op.create_table(
        "instalment_try",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "instalment_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column(
            "payment_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("number IN (1, 2)", name=op.f("ck_instalment_try_number_possible")),
        sa.ForeignKeyConstraint(
            ["instalment_id"],
            ["instalment.id"],
            name=op.f("fk_instalment_try_instalment_id_instalment"),
        ),
        sa.ForeignKeyConstraint(
            ["payment_id"], ["payment.id"], name=op.f("fk_instalment_try_payment_id_payment")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_instalment_try")),
        sa.UniqueConstraint(
            "instalment_id", "number", name=op.f("uq_instalment_try_instalment_id_number")
        ),
        sa.UniqueConstraint("payment_id", name=op.f("uq_instalment_try_payment_id")),
    )


def _make_autocharge() -> None:
    op.create_table(
        "autocharge",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("public_id", sa.String(length=32), nullable=False),
        sa.Column(
            "client_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "bank_account_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "method_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("moment", sa.String(length=8), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.String(length=80), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.String(length=80), nullable=True),
        sa.CheckConstraint(
            "days BETWEEN 0 AND 90 AND (moment = 'after') = (days > 0)",
            name=op.f("ck_autocharge_days_possible"),
        ),
        sa.CheckConstraint(
            "moment IN ('issue', 'due', 'after')", name=op.f("ck_autocharge_moment_known")
        ),
        sa.ForeignKeyConstraint(
            ["bank_account_id"],
            ["bank_account.id"],
            name=op.f("fk_autocharge_bank_account_id_bank_account"),
        ),
        sa.ForeignKeyConstraint(
            ["client_id"], ["contact.id"], name=op.f("fk_autocharge_client_id_contact")
        ),
        sa.ForeignKeyConstraint(
            ["method_id"], ["stored_method.id"], name=op.f("fk_autocharge_method_id_stored_method")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_autocharge")),
        sa.UniqueConstraint("public_id", name=op.f("uq_autocharge_public_id")),
    )
    with op.batch_alter_table("autocharge", schema=None) as batch_op:
        batch_op.create_index("ix_autocharge_client", ["client_id", "id"], unique=False)
        batch_op.create_index("ix_autocharge_method", ["method_id"], unique=False)
        batch_op.create_index(
            "uq_autocharge_on",
            ["client_id", "bank_account_id"],
            unique=True,
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )

    op.create_table(
        "bill_charge",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "autocharge_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("bill_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("try_on", sa.Date(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("told", sa.String(length=500), nullable=False),
        sa.CheckConstraint(
            "state IN ('scheduled', 'charging', 'paid', 'retrying', 'failed', 'skipped', 'canceled')",
            name=op.f("ck_bill_charge_state_known"),
        ),
        sa.CheckConstraint(
            "tries BETWEEN 0 AND 2", name=op.f("ck_bill_charge_tried_twice_at_most")
        ),
        sa.ForeignKeyConstraint(
            ["autocharge_id"],
            ["autocharge.id"],
            name=op.f("fk_bill_charge_autocharge_id_autocharge"),
        ),
        sa.ForeignKeyConstraint(["bill_id"], ["bill.id"], name=op.f("fk_bill_charge_bill_id_bill")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bill_charge")),
        sa.UniqueConstraint("bill_id", name=op.f("uq_bill_charge_bill_id")),
    )
    with op.batch_alter_table("bill_charge", schema=None) as batch_op:
        batch_op.create_index("ix_bill_charge_autocharge", ["autocharge_id", "id"], unique=False)
        batch_op.create_index("ix_bill_charge_state", ["state", "try_on", "id"], unique=False)

    op.create_table(
        "bill_charge_try",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "bill_charge_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column(
            "payment_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("number IN (1, 2)", name=op.f("ck_bill_charge_try_number_possible")),
        sa.ForeignKeyConstraint(
            ["bill_charge_id"],
            ["bill_charge.id"],
            name=op.f("fk_bill_charge_try_bill_charge_id_bill_charge"),
        ),
        sa.ForeignKeyConstraint(
            ["payment_id"], ["payment.id"], name=op.f("fk_bill_charge_try_payment_id_payment")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bill_charge_try")),
        sa.UniqueConstraint(
            "bill_charge_id", "number", name=op.f("uq_bill_charge_try_bill_charge_id_number")
        ),
        sa.UniqueConstraint("payment_id", name=op.f("uq_bill_charge_try_payment_id")),
    )


def _check(batch_op: Any, table: str, name: str, condition: str) -> None:
    batch_op.create_check_constraint(batch_op.f(f"ck_{table}_{name}"), condition)
