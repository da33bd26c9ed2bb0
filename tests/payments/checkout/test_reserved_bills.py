"""A payment under way keeps its amount; the whole balance is paid oldest first (M9, L9)."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import event

from payments.billing.actions import void
from payments.billing.models import Bill
from payments.checkout.queries import pay_page
from payments.checkout.target import What
from payments.transactions.models import Payment, Reservation
from portal.core import db
from tests.factories.billing import BEN, TODAY, issued, make_office
from tests.factories.payments import CARD_ASKS, books_problems, payments, the_payment
from tests.payments.checkout.documents import CLEO, Counter, now, told
from tests.support.cast import Cast


def test_M9_start_again_frees_what_an_abandoned_question_has_reserved(
    app: Flask, counter: Counter
) -> None:
    """M9, P7: offered at once on the bill's page; canceled at the processor, then given back."""
    bill = counter.bill()
    payer, address = counter.payer(), counter.emailed(bill)
    reviewed = payer.review(address, number=CARD_ASKS, amount="100.00", **CLEO)
    payer.press_submit(reviewed, status=200)
    page = payer.get(address)
    assert "A payment of $100.00 is under way" in page
    page = payer.submit(page, "Start again")
    assert page.select("#pay-form") != []
    assert the_payment().status == "canceled"
    assert now(bill).reserved_cents == 0
    payer.pay(address, amount="100.00", **CLEO)
    assert now(bill).reserved_cents == 10_000
    assert books_problems(app) == []


def test_M9_the_status_page_starts_again_and_leads_back_to_the_bill(counter: Counter) -> None:
    """M9, P6: whoever is still on the payment's own page need not look for the email."""
    payer, address = counter.payer(), counter.emailed(counter.bill())
    reviewed = payer.review(address, number=CARD_ASKS, amount="100.00", **CLEO)
    question = payer.press_submit(reviewed, status=200)
    status = payer.get(str(question.one("#submit-message")["data-status-url"]))
    page = payer.submit(status, "Start again")
    assert page.address.endswith(address)
    assert page.select("#pay-form") != []
    assert "Start again" not in payer.get(status.address).text


def test_M9_start_again_leaves_a_payment_that_was_approved_meanwhile(counter: Counter) -> None:
    """M9: what the processor has accepted stays."""
    bill = counter.bill()
    payer, address = counter.payer(), counter.emailed(bill)
    reviewed = payer.review(address, number=CARD_ASKS, amount="100.00", **CLEO)
    question = payer.press_submit(reviewed, status=200)
    secret = str(question.one("#submit-message")["data-client-secret"])
    payer.tell_bank(secret, "approve")
    page = payer.post(f"{address}/start-again")
    assert f"Bill {bill.number} is being paid" in page.texts("h1")
    assert the_payment().status == "authorized"
    payer.post(f"{address}/start-again")
    assert now(bill).reserved_cents == 10_000


def test_M9_nobody_starts_again_what_another_address_began(counter: Counter) -> None:
    """M9: a copied link does not call off what the emailed one waits for."""
    bill = counter.bill()
    payer, address, other = counter.payer(), counter.emailed(bill), counter.copied(bill)
    reviewed = payer.review(address, number=CARD_ASKS, amount="100.00", **CLEO)
    payer.press_submit(reviewed, status=200)
    assert "Start again" not in payer.get(other).text
    payer.post(f"{other}/start-again")
    assert the_payment().status == "action_needed"


def test_L9_the_whole_balance_is_paid_oldest_first(app: Flask, counter: Counter) -> None:
    """L9: other bills by number, day and amount alone; a part of the balance fills the oldest."""
    newer = counter.bill(10_000, due_on=TODAY + timedelta(days=30))
    older = counter.bill(5_000, due_on=TODAY + timedelta(days=3))
    counter.bill(7_000, client=counter.office.sol)
    payer, address = counter.payer(), counter.emailed(newer)
    page = payer.get(address)
    assert "My whole balance, oldest bill first: $150.00" in page
    assert page.one("#amount")["data-balance"] == "150.00"
    reviewed = payer.review(address, amount="120.00", pays="balance", **CLEO)
    assert "Whole balance, oldest bill first" in reviewed
    payer.press_submit(reviewed)
    assert (now(older).reserved_cents, now(newer).reserved_cents) == (5_000, 7_000)
    with db.read() as session:
        assert session.query(Reservation).count() == 2
        assert session.query(Payment).one().client_id == counter.office.cleo.id
    assert payer.get(address).select("input[name=pays]") == []
    assert books_problems(app) == []


def test_L9_a_bill_with_a_payment_under_way_is_no_part_of_the_balance(counter: Counter) -> None:
    """L9, M9: only what is wholly open is offered, and more than the page offers is refused."""
    one, other = counter.bill(), counter.bill(6_000)
    payer = counter.payer()
    payer.pay(counter.emailed(other), amount="10.00", **CLEO)
    page = payer.get(counter.emailed(one))
    assert page.select("input[name=pays]") == []
    problem = payer.review(
        counter.emailed(one), amount="150.00", pays="balance", status=422, **CLEO
    )
    assert told(problem) == "There is $100.00 left to pay. Enter that amount or less."


def test_L9_another_bill_that_changed_before_submit_stops_the_whole_payment(
    counter: Counter,
) -> None:
    """L9, M9: all or nothing."""
    one, other = counter.bill(), issued(counter.office, counter.office.cleo)
    payer, address = counter.payer(), counter.emailed(one)
    reviewed = payer.review(address, amount="200.00", pays="balance", **CLEO)
    with db.transaction() as session:
        void(session, session.get_one(Bill, other.id), reason="Sent by mistake", by=BEN)
    page = payer.press_submit(reviewed, status=409)
    assert page.one("#amount")["value"] == "100.00"
    assert payments() == []
    assert now(one).reserved_cents == 0


def test_the_address_of_a_bill_reads_the_database_once_or_twice(counter: Counter) -> None:
    """One SELECT for bill, face and other bills; one more where a payment is under way."""
    said: list[str] = []
    event.listen(db.current().engine, "before_cursor_execute", lambda *a: said.append(a[2]))

    def reads(address: str) -> int:
        said.clear()
        assert pay_page(What.BILL, address.rsplit("/", 1)[1]) is not None
        return len([one for one in said if one.lstrip().upper().startswith("SELECT")])

    address, _other = counter.emailed(counter.bill()), counter.bill()
    assert reads(address) == 1
    counter.payer().pay(address, amount="10.00", **CLEO)
    assert reads(address) == 2


@pytest.mark.both_databases
def test_L9_both_databases_name_the_same_other_bills(app: Flask, cast: Cast) -> None:
    """L9: oldest first, with what is open on each, and none of another client."""
    counter = Counter(app, make_office())
    late, early = (counter.bill(6_000, due_on=TODAY + timedelta(days=n)) for n in (9, 2))
    counter.bill(client=counter.office.sol)
    found = pay_page(What.BILL, counter.emailed(counter.bill()).rsplit("/", 1)[1])
    assert found is not None
    document = found[0].document
    assert document is not None
    assert [(one.number, one.open_cents) for one in document.others] == [
        (early.number, 6_000),
        (late.number, 6_000),
    ]
    assert document.balance_cents == 22_000
