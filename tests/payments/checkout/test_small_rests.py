"""The processor takes no payment below 50 cents, so no part leaves less than that (FEATURES P2)."""

import pytest
from flask import Flask
from sqlalchemy import update

from payments.accounts.models import PaymentSettings
from payments.accounts.settings import set_online_payments
from payments.billing.models import Bill
from portal.core import db
from portal.core.errors import Invalid
from tests.factories.billing import BEN
from tests.factories.payments import attempt_of, books_problems, payments
from tests.payments.checkout.documents import CLEO, Counter, now, told

LEAVE = "Leave at least $0.50, or pay all of it."


@pytest.mark.parametrize("amount", ["99.99", "99.51"])
def test_P2_a_part_that_leaves_less_than_can_be_paid_is_refused(
    counter: Counter, amount: str
) -> None:
    """P2: said beside the amount, which is kept; nothing is recorded."""
    payer, address = counter.payer(), counter.emailed(counter.bill())
    page = payer.review(address, amount=amount, status=422, **CLEO)
    assert [LEAVE in told for told in page.texts("#amount-error")] == [True]
    assert page.one("#amount")["value"] == amount
    assert payments() == []


def test_P2_fifty_cents_may_be_left_and_are_paid(app: Flask, counter: Counter) -> None:
    """P2: the last half dollar is below the firm's least part, and is paid whole."""
    bill = counter.bill()
    payer, address = counter.payer(), counter.emailed(bill)
    payer.pay(address, amount="99.50", **CLEO)
    page = payer.get(address)
    assert page.one("#amount")["value"] == "0.50"
    assert "You can also pay a part" not in page
    payer.pay(address, amount="0.50", **CLEO)
    assert now(bill).reserved_cents == 10_000
    assert [one.status for one in payments()] == ["authorized", "authorized"]
    assert books_problems(app) == []


def test_P2_L9_a_part_of_the_whole_balance_leaves_no_bill_with_less(counter: Counter) -> None:
    """P2, L9: much is left of the balance, but of the older bill only 20 cents."""
    counter.bill(5_000)
    bill = counter.bill(10_000)
    payer, address = counter.payer(), counter.emailed(bill)
    page = payer.review(address, amount="49.80", pays="balance", status=422, **CLEO)
    assert LEAVE in page.texts("#amount-error")[0]
    assert "49.50" in payer.review(address, amount="49.50", pays="balance", **CLEO)


def test_P2_two_tabs_together_leave_no_less_either(counter: Counter) -> None:
    """P2, M9: the part reviewed first is refused once another has been paid; pressed again, the
    one that was paid finds its payment."""
    payer, address = counter.payer(), counter.emailed(counter.bill())
    one = payer.review(address, amount="49.75", **CLEO)
    other = payer.review(address, amount="50.00", **CLEO)
    paid = payer.press_submit(other)
    page = payer.press_submit(one, status=422)
    assert told(page) == LEAVE
    assert attempt_of(one) != attempt_of(other)
    assert payer.press_submit(other).headers["HX-Redirect"] == paid.headers["HX-Redirect"]
    assert len(payments()) == 1


def test_P2_a_rest_too_small_to_pay_online_says_how_else(counter: Counter) -> None:
    """P2: a check has left 30 cents: named, with the other ways to pay, and no form."""
    bill = counter.bill()
    payer, address = counter.payer(), counter.emailed(bill)
    form = payer.type_in(address, amount="100.00", **CLEO)
    with db.transaction() as session:
        session.execute(
            update(Bill).where(Bill.id == bill.id).values(applied_cents=9_970, version=9)
        )
    for page in (payer.get(address), payer.post(address, form, htmx=True, status=409)):
        assert f"$0.30 of Bill {bill.number} is left to pay." in page
        assert "too little to pay online" in page
        assert "Send a check made out to Harlow & Reyes LLP" in page
        assert page.select("#pay-form") == []
    assert payments() == []


def test_P2_the_firms_least_part_is_no_less_than_the_processors(counter: Counter) -> None:
    """P2: neither set now nor where an older version has stored it."""
    with pytest.raises(Invalid, match="Enter an amount from"), db.transaction() as session:
        set_online_payments(session, online=True, part_min_cents=49, by=BEN)
    with db.transaction() as session:
        set_online_payments(session, online=True, part_min_cents=50, by=BEN)
        session.execute(update(PaymentSettings).values(part_min_cents=1))
    payer, address = counter.payer(), counter.emailed(counter.bill())
    assert "You can also pay a part: $0.50 or more." in payer.get(address)
    page = payer.review(address, amount="0.49", status=422, **CLEO)
    assert "The smallest amount you can pay here is $0.50." in page.texts("#amount-error")[0]
