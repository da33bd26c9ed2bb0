"""Money of a payment that leaves for its payer and comes back: bills, ledgers, the firm's cover."""

from datetime import timedelta

import pytest

from payments.billing import actions as billing
from payments.billing.models import Bill
from payments.gateway.results import MethodKind
from payments.ledger.actions import Overdrawn
from payments.ledger.models import AccountKind
from payments.receipts.models import Receipt
from payments.transactions.models import Payment
from payments.transactions.states import Status
from portal.core import db
from portal.core.errors import Conflict
from tests.payments.receipts import trust_desk
from tests.payments.transactions.conftest import Till
from tests.payments.transactions.documents import asked_now, link_to, on, request
from tests.payments.transactions.echecks import go_to
from tests.payments.transactions.practice import (
    ANA,
    Practice,
    held,
    open_practice,
    owed,
    problems,
)
from tests.payments.transactions.withdrawals import (
    DISPUTE,
    RETURN,
    carry_out,
    linked,
    of_books,
    outlook,
    put_back,
    refund,
    take,
    tasks,
)

pytestmark = pytest.mark.both_databases


@pytest.fixture
def practice(books: Till) -> Practice:
    """Clients, matters, and a till."""
    return open_practice(books)


def receipt_of(payment_id: int) -> Receipt:
    with db.read() as session:
        payment = session.get_one(Payment, payment_id)
        return session.get_one(Receipt, payment.receipt_id)


def test_M6_a_refund_comes_off_the_newest_application_first(practice: Practice) -> None:
    first, second = (practice.bill(practice.cleo, (0, 6_000), due=due) for due in (10, 20))
    payment_id = linked(practice, 10_000)
    seen = outlook(payment_id, 5_000)
    assert [(bill.id, off, after) for bill, off, after in seen.bills] == [
        (second.id, 4_000, 6_000),
        (first.id, 1_000, 1_000),
    ]
    assert (seen.from_credit_cents, seen.left_cents, seen.available_cents) == (0, 10_000, 10_000)
    asked = refund(payment_id, 5_000)
    assert (owed(first), owed(second)) == (1_000, 6_000)
    assert outlook(payment_id, 5_000).fingerprint != seen.fingerprint
    assert problems() == []
    carry_out(asked)
    carry_out(asked)
    assert held(AccountKind.CLIENT_CREDIT, practice.cleo) == {}
    assert of_books(practice, "operating")["processor"] == 10_000 - 755 - 5_000
    assert problems() == []


def test_M6_credit_goes_before_bills(practice: Practice) -> None:
    bill = practice.bill(practice.cleo, (0, 6_000))
    payment_id = linked(practice, 10_000)
    seen = outlook(payment_id, 4_000)
    assert (seen.bills, seen.from_credit_cents) == ([], 4_000)
    carry_out(refund(payment_id, 4_000))
    assert owed(bill) == 0
    carry_out(refund(payment_id, 6_000))
    assert owed(bill) == 6_000
    assert practice.till.payment(payment_id).withdrawn_cents == 10_000
    with pytest.raises(ValueError, match="of which 0 are left"):
        refund(payment_id, 1)
    assert problems() == []


def test_M6_a_failed_refund_is_on_its_bills_again(practice: Practice) -> None:
    bill = practice.bill(practice.cleo, (0, 4_000), (1, 6_000))
    payment_id = linked(practice, 10_000)
    asked = refund(payment_id, 7_000)
    assert owed(bill) == 7_000
    put_back(asked)
    put_back(asked)
    assert owed(bill) == 0
    assert problems() == []
    with pytest.raises(Conflict):
        carry_out(asked)
    sent = refund(payment_id, 10_000)
    carry_out(sent)
    put_back(sent)
    assert owed(bill) == 0
    assert problems() == []


def test_M7_a_dispute_won_after_the_bill_was_paid_otherwise_is_credit(practice: Practice) -> None:
    bill = practice.bill(practice.cleo, (0, 10_000))
    payment_id = linked(practice, 10_000)
    disputed = take(payment_id, 10_000, DISPUTE)
    assert owed(bill) == 10_000
    linked(practice, 8_000)
    put_back(disputed)
    assert owed(bill) == 0
    assert held(AccountKind.CLIENT_CREDIT, practice.cleo) == {None: 8_000}
    assert problems() == []


def test_M7_a_voided_bill_takes_nothing_back(practice: Practice) -> None:
    bill = practice.bill(practice.cleo, (0, 10_000))
    payment_id = linked(practice, 10_000)
    disputed = take(payment_id, 10_000, DISPUTE)
    with db.transaction() as session:
        billing.void(session, session.get_one(Bill, bill.id), reason="Withdrawn", by=ANA)
    put_back(disputed)
    assert held(AccountKind.CLIENT_CREDIT, practice.cleo) == {None: 10_000}
    assert problems() == []


def test_M6_trust_is_refunded_only_from_what_is_available(practice: Practice) -> None:
    payment_id = linked(practice, 50_000, 0, kind="trust")
    trust_desk.pay(practice.bill(practice.cleo, (0, 20_000)), 20_000)
    assert outlook(payment_id, 50_000).available_cents == 30_000
    with pytest.raises(Overdrawn, match=r"Only \$300.00 of this trust money is available"):
        refund(payment_id, 30_001)
    asked = refund(payment_id, 30_000)
    with pytest.raises(Overdrawn, match=r"Only \$0.00"):
        refund(payment_id, 1)
    assert problems() == []
    carry_out(asked)
    assert held(AccountKind.CLIENT_TRUST, practice.cleo) == {}
    assert tasks() == []
    assert problems() == []


def test_M6_M8_trust_that_is_on_hold_is_refunded_only_when_it_is_free(practice: Practice) -> None:
    unlinked = practice.till.bring_to(
        Status.COMPLETED, cents=40_000, kind="trust", method=MethodKind.BANK
    )
    payment_id = linked(practice, 50_000, 0, kind="trust", method=MethodKind.BANK)
    linked(practice, 9_000, 0, kind="trust")
    free = practice.till.payment(payment_id).held_until
    assert free is not None
    with pytest.raises(Overdrawn, match=r"Only \$90.00"):
        refund(payment_id, 9_001)
    with pytest.raises(Overdrawn, match=r"Only \$0.00"):
        refund(unlinked, 1)
    go_to(free + timedelta(seconds=1))
    assert (outlook(payment_id, 1).most_cents, outlook(unlinked, 1).most_cents) == (50_000, 40_000)
    refund(payment_id, 50_000)
    refund(unlinked, 40_000)
    assert problems() == []


def test_M7_what_was_spent_from_trust_is_the_firms_and_no_other_clients(
    practice: Practice,
) -> None:
    other = practice.till.bring_to(Status.COMPLETED, cents=40_000, kind="trust")
    practice.link(other, practice.target(practice.sol, 0))
    payment_id = linked(practice, 50_000, 0, kind="trust")
    trust_desk.pay(practice.bill(practice.cleo, (0, 20_000)), 20_000)
    disputed = take(payment_id, 50_000, DISPUTE)
    assert disputed.shortfall_cents == 20_000
    assert held(AccountKind.CLIENT_TRUST, practice.cleo) == {}
    assert held(AccountKind.CLIENT_TRUST, practice.sol) == {practice.sol.matters[0]: 40_000}
    assert of_books(practice, "trust")["firm_cover"] == 20_000
    assert tasks() == [("shortfall", "open", 20_000)]
    assert problems() == []
    put_back(disputed)
    assert held(AccountKind.CLIENT_TRUST, practice.cleo) == {practice.cleo.matters[0]: 30_000}
    assert "firm_cover" not in of_books(practice, "trust")
    assert tasks() == [("shortfall", "released", 20_000)]
    assert problems() == []


def test_M7_a_return_is_final_and_its_trust_request_asks_again(practice: Practice) -> None:
    till = practice.till
    asked = request(practice, practice.cleo, 50_000, 0)
    to = on(practice.cleo, link_to(till, asked=asked), (asked, 50_000))
    payment_id = till.bring_to(
        Status.COMPLETED, kind="trust", cents=50_000, method=MethodKind.BANK, document=to
    )
    disputed = take(payment_id, 20_000, DISPUTE)
    assert asked_now(asked).status == "awaiting_payment"
    assert receipt_of(payment_id).request_cents == 30_000
    assert problems() == []
    put_back(disputed)
    assert asked_now(asked).status == "paid"
    returned = take(payment_id, 50_000, RETURN)
    assert asked_now(asked).paid_cents == 0
    with pytest.raises(ValueError, match="final"):
        put_back(returned)


def test_M7_money_that_comes_back_after_a_link_is_the_same_clients(practice: Practice) -> None:
    payment_id = practice.till.bring_to(Status.COMPLETED, cents=10_000)
    disputed, asked = take(payment_id, 3_000, DISPUTE), refund(payment_id, 2_000)
    practice.link(payment_id, practice.target(practice.cleo))
    assert receipt_of(payment_id).amount_cents == 5_000
    assert problems() == []
    carry_out(asked)
    put_back(disputed)
    assert receipt_of(payment_id).amount_cents == 8_000
    put_back(asked)
    assert held(AccountKind.CLIENT_CREDIT, practice.cleo) == {None: 10_000}
    assert problems() == []


def test_S8_a_link_of_which_part_left_stays(practice: Practice) -> None:
    payment_id = linked(practice, 10_000)
    asked = refund(payment_id, 4_000)
    for to in (None, practice.target(practice.sol)):
        with pytest.raises(Conflict, match="Its link stays"):
            practice.change(payment_id, to)
    put_back(asked)
    practice.change(payment_id, practice.target(practice.sol))
    assert held(AccountKind.CLIENT_CREDIT, practice.sol) == {None: 10_000}
    assert problems() == []


def test_S2_what_was_refunded_whole_is_not_linked(practice: Practice) -> None:
    payment_id = practice.till.bring_to(Status.COMPLETED, cents=10_000)
    carry_out(refund(payment_id, 10_000))
    with pytest.raises(Conflict, match="nothing to link"):
        practice.link(payment_id, practice.target(practice.cleo))
    assert problems() == []
