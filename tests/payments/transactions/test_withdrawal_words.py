"""What a client's ledger and statement say of a refund, a dispute and money that came back."""

from payments.transactions import withdrawing
from payments.transactions.models import Payment
from payments.transactions.states import Status
from payments.transactions.withdrawn import Withdrawal, WithdrawalKind
from portal.clients.models import Contact, Matter
from portal.core import db
from tests.payments.transactions.conftest import Till
from tests.payments.transactions.office import (
    BY,
    books_hold,
    link_to,
    previewed,
)
from tests.support.cast import Cast


def disputed(payment_id: int, cents: int) -> int:
    with db.transaction() as session:
        payment = session.get_one(Payment, payment_id)
        kind = WithdrawalKind.DISPUTE
        return withdrawing.take(session, payment, cents, kind, by=BY).id


def refunded(payment_id: int, cents: int) -> int:
    with db.transaction() as session:
        payment = session.get_one(Payment, payment_id)
        kind = WithdrawalKind.REFUND
        asked = withdrawing.take(session, payment, cents, kind, by=BY, hold=True)
        withdrawing.carry_out(session, asked, by=BY)
        return asked.id


def back(withdrawal_id: int) -> None:
    with db.transaction() as session:
        withdrawing.put_back(session, session.get_one(Withdrawal, withdrawal_id), by=BY)


def test_M6_M7_the_clients_ledger_names_the_payment_that_money_left_and_came_back_to(
    cast: Cast, till: Till, cleo: Contact, lease: Matter
) -> None:
    payment_id = till.bring_to(Status.COMPLETED, kind="trust", cents=30_000)
    link_to(till, payment_id, cleo, lease)
    refund = refunded(payment_id, 10_000)
    back(disputed(payment_id, 20_000))
    back(refund)
    page = cast.ana.get(f"/staff/contacts/{cleo.public_id}/ledger")
    name = f"Payment {till.payment(payment_id).reference}"
    said = page.texts("tbody tr")
    assert [one.split(name)[1].split(" 00012")[0] for one in said] == [
        ": a refund came back",
        " back after a dispute",
        " disputed by the payer",
        " refunded",
        " received",
    ]
    assert [one.rsplit(" ", 1)[1] for one in said] == [
        "$300.00", "$200.00", "$0.00", "$200.00", "$300.00",
    ]  # fmt: skip
    assert len(page.select(f"a[href$='/transactions/{till.payment(payment_id).public_id}']")) == 5


def test_M6_what_a_refund_under_way_holds_is_said_apart(
    cast: Cast, till: Till, cleo: Contact, lease: Matter
) -> None:
    payment_id = till.bring_to(Status.COMPLETED, kind="trust", cents=30_000)
    link_to(till, payment_id, cleo, lease)
    with db.transaction() as session:
        payment = session.get_one(Payment, payment_id)
        kind = WithdrawalKind.REFUND
        withdrawing.take(session, payment, 10_000, kind, by=BY, hold=True)
    page = cast.ana.get(f"/staff/contacts/{cleo.public_id}/ledger")
    assert page.texts("#figure-held dd") == ["$300.00"]
    assert page.texts("#figure-leaving dd") == ["$100.00"]


def test_S2_a_payment_of_which_some_was_refunded_is_linked_with_what_is_left(
    cast: Cast, till: Till, cleo: Contact
) -> None:
    payment_id = till.bring_to(Status.COMPLETED, cents=30_000)
    refunded(payment_id, 10_000)
    page = previewed(cast.ana, till, payment_id, cleo)
    assert "$200.00 from Cleo Vance" in page
    assert "$200.00 stays as credit" in page
    cast.ana.submit(page, "Link payment")
    assert till.payment(payment_id).receipt_id is not None
    books_hold()
