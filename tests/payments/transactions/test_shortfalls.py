"""What a client had spent when it was taken back: the firm puts it in, and takes it out again when
the money comes back, and the books are true all the way (M4, M7)."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import select

from payments.ledger.models import AccountKind
from payments.transactions import replenishing
from payments.transactions.replenished import Replenishment
from payments.transactions.withdrawn import Withdrawal
from portal.core import db
from portal.core.errors import Conflict
from tests.payments.receipts import trust_desk
from tests.payments.transactions.conftest import Till
from tests.payments.transactions.practice import ANA, Practice, held, open_practice, problems
from tests.payments.transactions.withdrawals import (
    DISPUTE,
    linked,
    of_books,
    put_back,
    take,
    tasks,
)
from tests.support.days import firm_day

pytestmark = pytest.mark.both_databases


@pytest.fixture
def practice(books: Till) -> Practice:
    """Clients, matters, and a till."""
    return open_practice(books)


@pytest.fixture
def disputed(practice: Practice) -> Withdrawal:
    """500.00 of Cleo's trust money, disputed after 200.00 of it had paid a bill."""
    practice.cheque(practice.sol, 70_000, kind="trust", apply=False)
    payment_id = linked(practice, 50_000, 0, kind="trust")
    trust_desk.pay(practice.bill(practice.cleo, (0, 20_000)), 20_000)
    return take(payment_id, 50_000, DISPUTE)


def finish(public_id: str) -> None:
    with db.transaction() as session:
        replenishing.done(session, public_id, firm_day(), "FT-1", by=ANA)


def newest() -> str:
    with db.read() as session:
        return session.scalars(
            select(Replenishment.public_id).order_by(Replenishment.id.desc())
        ).all()[0]


def test_M7_a_lost_dispute_is_put_in_by_the_firm_and_nothing_stays_owed(
    practice: Practice, disputed: Withdrawal
) -> None:
    assert tasks() == [("shortfall", "open", 20_000)]
    assert of_books(practice, "trust")["firm_cover"] == 20_000
    assert problems() == []
    finish(newest())
    assert tasks() == [("shortfall", "done", 20_000)]
    assert "firm_cover" not in of_books(practice, "trust")
    assert held(AccountKind.CLIENT_TRUST, practice.sol) == {None: 70_000}
    assert held(AccountKind.CLIENT_TRUST, practice.cleo) == {}
    assert problems() == []


def test_M7_a_dispute_won_before_anybody_moved_money_leaves_nothing_to_do(
    practice: Practice, disputed: Withdrawal
) -> None:
    put_back(disputed)
    assert tasks() == [("shortfall", "released", 20_000)]
    assert "firm_cover" not in of_books(practice, "trust")
    assert sum(held(AccountKind.CLIENT_TRUST, practice.cleo).values()) == 30_000
    assert problems() == []


def test_M7_a_dispute_won_after_the_firm_had_put_it_in_is_taken_out_again(
    practice: Practice, disputed: Withdrawal
) -> None:
    finish(newest())
    put_back(disputed)
    assert tasks() == [("shortfall", "done", 20_000), ("surplus", "open", 20_000)]
    assert of_books(practice, "trust")["firm_cover"] == -20_000
    assert problems() == []
    finish(newest())
    assert tasks() == [("shortfall", "done", 20_000), ("surplus", "done", 20_000)]
    assert "firm_cover" not in of_books(practice, "trust")
    assert sum(held(AccountKind.CLIENT_TRUST, practice.cleo).values()) == 30_000
    assert held(AccountKind.CLIENT_TRUST, practice.sol) == {None: 70_000}
    assert problems() == []


def test_M7_the_money_comes_back_while_somebody_records_that_it_was_put_in(
    practice: Practice, disputed: Withdrawal
) -> None:
    """Whichever is first, the sum is counted once: released, or done and to be taken out."""
    first, ready = newest(), Barrier(2)

    def record() -> bool:
        ready.wait()
        try:
            finish(first)
        except Conflict:
            return False
        return True

    def come_back() -> None:
        ready.wait()
        put_back(disputed)

    with ThreadPoolExecutor(2) as pool:
        recorded, back = pool.submit(record), pool.submit(come_back)
        back.result()
    if recorded.result():
        assert tasks() == [("shortfall", "done", 20_000), ("surplus", "open", 20_000)]
        finish(newest())
    else:
        assert tasks() == [("shortfall", "released", 20_000)]
    assert "firm_cover" not in of_books(practice, "trust")
    assert problems() == []
