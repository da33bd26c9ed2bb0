"""What a page of a client's ledger costs, however long that ledger and those of others are."""

from itertools import count
from typing import Any

import pytest
from sqlalchemy import text

from payments.ledger.models import AccountKind
from payments.receipts import movements
from payments.receipts.movements import BILLS, Standing, Whose
from payments.receipts.statement import Cursor
from portal.clients.access import NOTHING_CLOSED
from portal.core import config, db
from portal.core.config import Settings
from portal.core.db import Database
from tests.payments.receipts.bookkeeper import (
    CLEO,
    LEASE,
    SOL,
    TRUST,
    Bookkeeper,
    book,
    key,
    look,
    owned,
)
from tests.support.statements import plans, statements


@pytest.fixture
def ledger(database: Database, settings: Settings) -> None:
    config.use(settings)


STRANGERS = 300


def fill(rows: int) -> None:
    """Money of many clients: as many movements of Cleo's as of everybody else together."""
    with db.transaction() as session:
        bank, held = key(AccountKind.BANK, TRUST), AccountKind.CLIENT_TRUST
        for stranger in range(1_000, 1_000 + STRANGERS):
            book(session, bank, owned(held, TRUST, stranger, None), 1_000)
            book(session, owned(held, TRUST, stranger, None), bank, 1)
        for client in (CLEO, SOL):
            book(session, bank, owned(held, TRUST, client, LEASE), 1_000)
    Bookkeeper(1).work(60)
    with db.transaction() as session:
        connection = session.connection()
        found = connection.execute(text("SELECT key, id FROM ledger_account"))
        accounts = {row.key: row.id for row in found}
        theirs = [accounts[f"{TRUST}:client_trust:c{1_000 + n}"] for n in range(STRANGERS)]
        hers, bank_id = (
            accounts[f"{TRUST}:client_trust:c{CLEO}:m{LEASE}"],
            accounts[f"{TRUST}:bank"],
        )
        credited = [hers if n % 2 else theirs[n % STRANGERS] for n in range(2 * rows)]
        connection.execute(
            text(
                "INSERT INTO ledger_transfer (once, state, situation, debit_id, credit_id,"
                " amount_cents, cause, actor, reason, at) VALUES (:once, 'posted', 'linked', :bank,"
                " :held, 1, 'test', 'test', '', '2026-01-01 00:00:00')"
            ),
            [
                {"once": f"filled:{n}", "bank": bank_id, "held": account}
                for n, account in enumerate(credited)
            ],
        )
        connection.execute(
            text("UPDATE ledger_balance SET posted_cents = posted_cents + :n WHERE account_id=:i"),
            {"n": rows, "i": hers},
        )
        connection.execute(text("ANALYZE"))


def asked_by(whose: Whose, cursor: Cursor | None = None) -> list[tuple[str, Any]]:
    """What reading one page asks of the database."""
    with statements() as asked:
        look(whose, cursor, size=50)
    return asked


PLACES = (None, Cursor(movements.Place(TRUST, 3_000), Standing()))
UP = Cursor(movements.Place(TRUST, 3_000, upward=True), Standing())


@pytest.mark.both_databases
@pytest.mark.parametrize("cursor", [*PLACES, UP, Cursor(movements.Place(BILLS, 3_000), Standing())])
def test_M10_a_page_reads_only_the_clients_accounts_by_their_indexes(
    ledger: None, cursor: Cursor | None
) -> None:
    fill(3_000)
    (plan,) = plans(asked_by(Whose(CLEO, None, NOTHING_CLOSED), cursor))
    for index in ("account_client", "transfer_debit", "transfer_credit"):
        assert f"ix_ledger_{index}" in plan, plan
    for whole in ("SCAN ledger", "Seq Scan", "SCAN t"):
        assert whole not in plan, plan


@pytest.mark.both_databases
def test_M10_a_page_anywhere_reads_no_more_rows_of_a_long_ledger(ledger: None) -> None:
    fill(3_000)
    page = look(Whose(CLEO, None, NOTHING_CLOSED), None, size=50)[TRUST]
    assert len(page.rows) == 50
    middle = Cursor(movements.Place(TRUST, page.rows[0].move.id - 3_000), Standing())
    for cursor in (None, middle):
        assert handled(Whose(CLEO, None, NOTHING_CLOSED), cursor) < 1_000


@pytest.mark.parametrize("database_kind", ["sqlite"], scope="session")
def test_M10_nor_does_it_where_the_bank_stands_on_every_transfer(ledger: None) -> None:
    """SQLite knows of an index only how many rows it has for a key on average: here, a million."""
    fill(300)
    with db.transaction() as session:
        session.execute(
            text(
                "UPDATE sqlite_stat1 SET stat = '1000000 1000000 1' "
                "WHERE idx = 'ix_ledger_transfer_debit'"
            )
        )
    db.current().dispose()  # the next connection reads the figures
    middle = Cursor(movements.Place(TRUST, 600), Standing())
    (plan,) = plans(asked_by(Whose(CLEO, None, NOTHING_CLOSED), middle))
    assert "ix_ledger_transfer_debit" in plan, plan


def handled(whose: Whose, cursor: Cursor | None) -> int:
    """How much the database does for a page: rows that PostgreSQL's plan met, or a hundredth of
    what SQLite's machine stepped."""
    ((said, parameters),) = asked_by(whose, cursor)
    with db.current().engine.connect() as connection:
        if db.current().is_sqlite:
            steps = count()
            raw: Any = connection.connection.driver_connection
            raw.set_progress_handler(lambda: next(steps) and 0, 100)
            connection.exec_driver_sql(said, parameters).all()
            raw.set_progress_handler(None, 0)
            return next(steps)
        for way in ("seqscan", "bitmapscan"):  # as it would with a large table
            connection.exec_driver_sql(f"SET enable_{way} = off")
        plan = connection.exec_driver_sql(f"EXPLAIN (ANALYZE, FORMAT JSON) {said}", parameters)
        return _met(plan.scalar_one()[0]["Plan"])


def _met(node: dict[str, Any]) -> int:
    below = sum(_met(child) for child in node.get("Plans", ()))
    if "Scan" not in node["Node Type"]:
        return below
    return below + int(node["Actual Rows"] * node["Actual Loops"])
