"""`flask check-books` finds every withdrawal that fits neither its payment nor the books."""

import pytest
from sqlalchemy import text

from payments.transactions.withdrawal_checks import problems as found_by
from portal.core import db
from tests.payments.receipts import trust_desk
from tests.payments.transactions.conftest import Till
from tests.payments.transactions.practice import Practice, open_practice, problems
from tests.payments.transactions.withdrawals import (
    DISPUTE,
    carry_out,
    linked,
    put_back,
    refund,
    take,
)

pytestmark = pytest.mark.both_databases


@pytest.fixture
def practice(books: Till) -> Practice:
    """A firm whose client paid a bill and trust, of which parts are held, out and back."""
    practice = open_practice(books)
    practice.bill(practice.cleo, (0, 10_000))
    paid = linked(practice, 10_000)
    refund(paid, 1_000)
    carry_out(refund(paid, 2_000))
    put_back(take(paid, 3_000, DISPUTE))
    spent = linked(practice, 20_000, 0, kind="trust")
    trust_desk.pay(practice.bill(practice.cleo, (0, 15_000)), 15_000)
    take(spent, 20_000, DISPUTE)
    assert problems() == []
    return practice


SENTENCES = {
    "UPDATE payment SET withdrawn_cents = withdrawn_cents + 5 WHERE amount_cents = 10000":
        "3005 cents of it are away, its withdrawals are 3000",
    "UPDATE receipt SET gone_cents = gone_cents + 1 WHERE withdrawn_cents = 3000":
        "what left it is not what its withdrawals say",
    "UPDATE withdrawal SET receipt_id = NULL WHERE cents = 2000":
        "what left it is not what its withdrawals say",
    "UPDATE withdrawal SET receipt_id = (SELECT max(id) FROM receipt) WHERE cents = 2000":
        "left a receipt that is not its payment's",
    "UPDATE withdrawal SET state = 'out' WHERE state = 'held'":
        "is out, and its transfers say something else",
    "UPDATE withdrawal SET state = 'out', back_at = NULL WHERE state = 'back'":
        "is out, and its transfers say something else",
    "UPDATE withdrawal SET shortfall_cents = 14000 WHERE shortfall_cents > 0":
        "is out, and its transfers say something else",
    "UPDATE withdrawal SET public_id = 'elsewhere' WHERE cents = 2000":
        "which does not exist",
    "UPDATE withdrawal_part SET cents = 9000":
        "what it took off bills is not its own",
    "UPDATE replenishment SET cents = 14999":
        "the firm covers 15000 cents, its open tasks are 14999",
    "DELETE FROM replenishment":
        "the firm covers 15000 cents, its open tasks are 0",
    "UPDATE ledger_balance SET posted_cents = 14000 WHERE posted_cents = 15000 AND account_id IN"
    " (SELECT id FROM ledger_account WHERE kind = 'firm_cover')":
        "0 cents belong to clients or nobody yet, -1000 are there",
}  # fmt: skip


@pytest.mark.parametrize("broken", SENTENCES)
def test_M1_check_books_says_what_does_not_hold(practice: Practice, broken: str) -> None:
    with db.transaction() as session:
        changed = session.connection().execute(text(broken))
        assert changed.rowcount > 0
    with db.read() as session:
        found = list(found_by(session))
    assert any(SENTENCES[broken] in sentence for sentence in found), found
    assert set(found) <= set(problems())
