"""The receipt of a payment whose link staff have changed tells what it pays now (L10, S8)."""

from collections.abc import Callable
from datetime import timedelta

from payments.billing.models import Bill
from payments.checkout.receipts import paid_with
from payments.receipts.models import Receipt
from payments.transactions import linking
from payments.transactions.linking import Target
from portal.clients.models import Contact, Matter
from portal.core import db
from tests.factories.billing import BEN, Client
from tests.factories.payments import the_payment
from tests.payments.checkout.documents import CLEO, Counter


def moved(to: Client, nth: int) -> None:
    payment = the_payment()
    with db.transaction() as session:
        linking.change_link(
            session,
            payment.public_id,
            Target(session.get_one(Contact, to.id), session.get_one(Matter, to.matters[nth])),
            standing=session.get_one(Receipt, payment.receipt_id).public_id,
            apply=True,
            reason="Wrong bill",
            expected=None,
            by=BEN,
        )


def told() -> tuple[tuple[int, int], ...]:
    with db.read() as session:
        return paid_with(session, the_payment())


def number(bill: Bill) -> int:
    assert bill.number is not None
    return bill.number


def test_L10_S8_the_receipt_tells_what_the_payment_pays_now(
    counter: Counter, advance: Callable[[timedelta], int]
) -> None:
    paid, office = counter.bill(10_000), counter.office
    counter.payer().pay(counter.emailed(paid), amount="100.00", **CLEO)
    assert told() == ((number(paid), 10_000),)
    advance(timedelta(days=4))
    assert told() == ((number(paid), 10_000),)
    other = counter.bill(4_000, client=office.sol)
    moved(office.sol, 0)
    assert told() == ()  # another client's bill is nothing to its payer
    with db.read() as session:
        assert session.get_one(Bill, other.id).balance.cents == 0
    moved(office.cleo, 0)
    assert told() == ((number(paid), 10_000),)
