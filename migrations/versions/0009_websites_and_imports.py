"""The websites that may frame a payment link, and files that are imported."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

OWED = "status = 'awaiting_payment'"
RECORDED = "source IN ('cheque', 'cash') AND undone_at IS NULL"


def upgrade() -> None:
    _make_imports()
    _make_sites()
    # Payments are found by their amount, too.
    with op.batch_alter_table("payment", schema=None) as batch_op:
        batch_op.create_index("ix_payment_amount", ["amount_cents", "made_at", "id"], unique=False)
    _make_sums()


def _make_sums() -> None:
    # The Overview adds up what is owed, and the checks and cash that came in: from an index of each.
    owed = ["status", "due_on", "id", "total_cents", "applied_cents"]
    recorded = ["received_on", "bank_account_id", "amount_cents", "withdrawn_cents"]
    for name, table, columns, among in (
        ("ix_bill_owed", "bill", owed, OWED),
        ("ix_receipt_recorded", "receipt", recorded, RECORDED),
    ):
        op.create_index(
            name,
            table,
            columns,
            sqlite_where=sa.text(among),
            postgresql_where=sa.text(among),
        )


def _make_imports() -> None:
    op.create_table(
        "import_run",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("public_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("stored", sa.String(length=80), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("encoding", sa.String(length=20), nullable=False),
        sa.Column("delimiter", sa.String(length=1), nullable=False),
        sa.Column("columns", sa.JSON(), nullable=False),
        sa.Column("matched", sa.JSON(), nullable=False),
        sa.Column("options", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("total_rows", sa.Integer(), nullable=False),
        sa.Column("read_rows", sa.Integer(), nullable=False),
        sa.Column("added", sa.Integer(), nullable=False),
        sa.Column("skipped", sa.Integer(), nullable=False),
        sa.Column("refused", sa.Integer(), nullable=False),
        sa.Column("failure", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.String(length=80), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('new', 'checking', 'checked', 'importing', 'done', 'failed')",
            name=op.f("ck_import_run_state_known"),
        ),
        sa.CheckConstraint(
            "read_rows >= 0 AND added >= 0 AND skipped >= 0 AND refused >= 0",
            name=op.f("ck_import_run_not_negative"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_run")),
        sa.UniqueConstraint("public_id", name=op.f("uq_import_run_public_id")),
    )
    with op.batch_alter_table("import_run", schema=None) as batch_op:
        batch_op.create_index("ix_import_run_made", ["made_at", "id"], unique=False)

    op.create_table(
        "imported_thing",
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column(
            "key",
            sa.String(length=200).with_variant(sa.String(length=200, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("subject_id", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "key", name=op.f("pk_imported_thing")),
    )
    with op.batch_alter_table("imported_thing", schema=None) as batch_op:
        batch_op.create_index("ix_imported_thing_subject", ["subject_id", "kind"], unique=False)

    op.create_table(
        "import_key",
        sa.Column(
            "import_run_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "key",
            sa.String(length=200).with_variant(sa.String(length=200, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["import_run_id"],
            ["import_run.id"],
            name=op.f("fk_import_key_import_run_id_import_run"),
        ),
        sa.PrimaryKeyConstraint("import_run_id", "key", name=op.f("pk_import_key")),
    )
    op.create_table(
        "import_problem",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "import_run_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("column", sa.String(length=200), nullable=False),
        sa.Column("sentence", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["import_run_id"],
            ["import_run.id"],
            name=op.f("fk_import_problem_import_run_id_import_run"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_problem")),
    )
    with op.batch_alter_table("import_problem", schema=None) as batch_op:
        batch_op.create_index("ix_import_problem_run", ["import_run_id", "row"], unique=False)


def _make_sites() -> None:
    op.create_table(
        "link_site",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "account_link_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("origin", sa.String(length=270), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("added_by", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_link_id"],
            ["account_link.id"],
            name=op.f("fk_link_site_account_link_id_account_link"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_link_site")),
        sa.UniqueConstraint(
            "account_link_id", "origin", name=op.f("uq_link_site_account_link_id_origin")
        ),
    )
    choices = ("card_on_top", "tells_amount")
    with op.batch_alter_table("account_link") as batch_op:
        for name in choices:
            batch_op.add_column(sa.Column(name, sa.Boolean(), nullable=True))
    op.execute("UPDATE account_link SET card_on_top = FALSE, tells_amount = FALSE")
    with op.batch_alter_table("account_link") as batch_op:
        for name in choices:
            batch_op.alter_column(name, existing_type=sa.Boolean(), nullable=False)
