"""The ledger of a client by itself: its running balances and its pages."""

import pytest
from sqlalchemy import text

from payments.ledger.actions import hold, post
from payments.ledger.models import AccountKind
from payments.receipts import movements
from payments.receipts.movements import Standing, Whose
from payments.receipts.statement import Cursor, read_cursor
from portal.clients.access import NOTHING_CLOSED
from portal.core import config, db
from portal.core.config import Settings
from portal.core.db import Database
from tests.payments.receipts.bookkeeper import (
    CLEO,
    ESTATE,
    LEASE,
    SOL,
    TRUST,
    Bookkeeper,
    book,
    downward,
    kept,
    key,
    look,
    owned,
    upward,
)


@pytest.fixture
def ledger(database: Database, settings: Settings) -> None:
    config.use(settings)


WHOSE = [
    Whose(CLEO, None, NOTHING_CLOSED),
    Whose(CLEO, LEASE, NOTHING_CLOSED),
    Whose(CLEO, ESTATE, NOTHING_CLOSED),
    Whose(SOL, None, NOTHING_CLOSED),
]


@pytest.mark.both_databases
@pytest.mark.parametrize("seed", range(3))
def test_M1_M10_running_balances_are_the_kept_ones_after_anything_was_booked(
    ledger: None, seed: int
) -> None:
    """FEATURES M10: the top row stands at the kept balance, and each row leads to the next."""
    Bookkeeper(seed).work(160)
    for whose in WHOSE:
        now = kept(whose)
        assert set(look(whose)) == set(now)
        for section, standing in now.items():
            rows = [row for page in downward(whose, section) for row in page.rows]
            assert [row.move.id for row in rows] == sorted({r.move.id for r in rows}, reverse=True)
            edge = standing
            for row in rows:
                assert row.after == edge, (whose, section, row)
                edge = row.after - row.move.change
            assert edge == Standing(), "before the first movement nothing stood"
            back = [row for page in upward(whose, section) for row in reversed(page.rows)]
            assert back == rows[::-1]


@pytest.mark.both_databases
def test_M1_the_kept_sums_are_those_of_the_accounts_themselves(ledger: None) -> None:
    Bookkeeper(9).work(120)
    sums = {whose: sum(kept(whose).values(), Standing()) for whose in WHOSE}
    with db.read() as session:
        rows = session.execute(
            text(
                "SELECT a.kind, a.matter_id, b.posted_cents FROM ledger_account a "
                "JOIN ledger_balance b ON b.account_id = a.id WHERE a.client_id = :client"
            ),
            {"client": CLEO},
        ).all()
    for whose in WHOSE[:3]:
        plain = {"client_trust": 0, "receivable": 0, "client_credit": 0}
        for kind, matter, cents in rows:
            plain[kind] += cents if whose.matter_id in (None, matter) else 0
        assert sums[whose] == Standing(*plain.values())


@pytest.mark.both_databases
def test_S4_a_matter_shows_its_own_money_and_the_client_shows_all(ledger: None) -> None:
    with db.transaction() as session:
        for matter, cents in ((None, 100), (LEASE, 20), (ESTATE, 3)):
            held = owned(AccountKind.CLIENT_TRUST, TRUST, CLEO, matter)
            book(session, key(AccountKind.BANK, TRUST), held, cents)
    amounts = {
        whose: [row.move.amount_cents for row in look(whose)[TRUST].rows] for whose in WHOSE[:3]
    }
    assert amounts == {WHOSE[0]: [3, 20, 100], WHOSE[1]: [20], WHOSE[2]: [3]}
    assert look(Whose(SOL, None, NOTHING_CLOSED)) == {}


@pytest.mark.both_databases
def test_money_that_is_only_promised_or_called_off_is_no_movement(ledger: None) -> None:
    held = owned(AccountKind.CLIENT_TRUST, TRUST, CLEO, None)
    away = key(AccountKind.PROCESSOR, TRUST)
    with db.transaction() as session:
        book(session, key(AccountKind.BANK, TRUST), held, 900)
        once = book(session, held, away, 300, how=hold)
        book(session, held, away, 200, how=hold)
    page = look(Whose(CLEO, None, NOTHING_CLOSED))[TRUST]
    assert [row.move.amount_cents for row in page.rows] == [900]
    with db.read() as session:
        assert (
            movements.kept(session, Whose(CLEO, None, NOTHING_CLOSED))[TRUST].leaving_cents == 500
        )
    with db.transaction() as session:
        post(session, once, situation="refunded", actor="test")
    page = look(Whose(CLEO, None, NOTHING_CLOSED))[TRUST]
    assert [(row.move.change.held_cents, row.after.held_cents) for row in page.rows] == [
        (-300, 600),
        (900, 900),
    ]


def test_an_address_of_another_ledger_or_a_forged_one_names_no_page(ledger: None) -> None:
    cursor = Cursor(movements.Place(TRUST, 5), Standing(held_cents=100))
    token = cursor.sign(Whose(CLEO, None, NOTHING_CLOSED))
    assert read_cursor(token, Whose(CLEO, None, NOTHING_CLOSED)) == cursor
    for whose in (Whose(SOL, None, NOTHING_CLOSED), Whose(CLEO, LEASE, NOTHING_CLOSED)):
        assert read_cursor(token, whose) is None
    for forged in ("", "x", token[:-1], f"{token}x", token.replace(".", "")):
        assert read_cursor(forged, Whose(CLEO, None, NOTHING_CLOSED)) is None
