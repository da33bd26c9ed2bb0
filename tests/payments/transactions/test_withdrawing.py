"""Money of a payment that leaves for its payer and comes back: bills, ledgers, the firm's cover."""

import pytest
from sqlalchemy import select

from payments.gateway.results import MethodKind
from payments.ledger.actions import Overdrawn
from payments.ledger.models import AccountKind
from payments.ledger.queries import totals
from payments.receipts.models import Receipt
from payments.transactions import withdrawing
from payments.transactions.models import Payment
from payments.transactions.replenished import Replenishment
from payments.transactions.states import Status
from payments.transactions.withdrawn import Withdrawal, WithdrawalKind
from portal.core import db
from portal.core.errors import Conflict
from tests.payments.receipts import trust_desk
from tests.payments.transactions.conftest import Till
from tests.payments.transactions.documents import asked_now, link_to, on, request
from tests.payments.transactions.practice import (
    ANA,
    Practice,
    held,
    open_practice,
    owed,
    problems,
)

pytestmark = pytest.mark.both_databases
REFUND, DISPUTE, RETURN = WithdrawalKind.REFUND, WithdrawalKind.DISPUTE, WithdrawalKind.RETURN


@pytest.fixture
def practice(books: Till) -> Practice:
    """Clients, matters, and a till."""
    return open_practice(books)


def take(payment_id: int, cents: int, kind: WithdrawalKind, *, hold: bool = False) -> Withdrawal:
    """What the processor, or a refund, takes out of a payment."""
    with db.transaction() as session:
        payment = session.get_one(Payment, payment_id)
        return withdrawing.take(session, payment, cents, kind, by=ANA, hold=hold)


def refund(payment_id: int, cents: int) -> Withdrawal:
    """Ask for a refund: its cents wait for the processor."""
    return take(payment_id, cents, REFUND, hold=True)


def carry_out(withdrawal: Withdrawal) -> None:
    """The processor made the refund."""
    with db.transaction() as session:
        row = session.get_one(Withdrawal, withdrawal.id)
        withdrawing.carry_out(session, row, by="webhook")


def put_back(withdrawal: Withdrawal) -> None:
    """The money is here again."""
    with db.transaction() as session:
        row = session.get_one(Withdrawal, withdrawal.id)
        withdrawing.put_back(session, row, by="webhook")


def outlook(payment_id: int, cents: int) -> withdrawing.Outlook:
    """What a refund would do."""
    with db.read() as session:
        return withdrawing.outlook(session, session.get_one(Payment, payment_id), cents)


def linked(practice: Practice, cents: int, nth: int | None = None, **said: object) -> int:
    """A completed payment that is linked to Cleo."""
    payment_id = practice.till.bring_to(Status.COMPLETED, cents=cents, **said)
    practice.link(payment_id, practice.target(practice.cleo, nth))
    return payment_id


def of_books(practice: Practice, kind: str) -> dict[str, int]:
    """What the books hold of one bank account, by kind of ledger account, without zeros."""
    with db.read() as session:
        found = totals(session, practice.till.accounts[kind].id)
    return {kind.value: one.posted_cents for kind, one in found.items() if one.posted_cents}


def receipt_of(payment_id: int) -> Receipt:
    with db.read() as session:
        payment = session.get_one(Payment, payment_id)
        return session.get_one(Receipt, payment.receipt_id)


def tasks() -> list[tuple[str, str, int]]:
    with db.read() as session:
        rows = session.scalars(select(Replenishment).order_by(Replenishment.id))
        return [(one.reason, one.state, one.cents) for one in rows]


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
    from payments.billing import actions as billing
    from payments.billing.models import Bill

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
