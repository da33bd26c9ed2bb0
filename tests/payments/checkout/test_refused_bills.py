"""What cannot be paid, or not like this: said in words, and nothing is booked (FEATURES D1, M9)."""

import pytest
from flask import Flask
from sqlalchemy import update

from payments.accounts.models import BankAccount
from payments.accounts.settings import set_online_payments
from payments.billing.actions import void
from payments.billing.models import Bill
from payments.methods.models import StoredMethod
from portal.core import db
from portal.firm.models import Firm
from tests.factories.billing import BEN, drafted
from tests.factories.fixtures import row_counts
from tests.factories.payments import (
    BANK_WORKS,
    Payer,
    attempt_of,
    books_problems,
    enter,
    payments,
    the_payment,
)
from tests.payments.checkout.documents import CLEO, Counter, now, told


def change(bill: Bill, **values: object) -> None:
    """As an edit of an issued bill leaves it."""
    with db.transaction() as session:
        changed = session.get_one(Bill, bill.id)
        session.execute(
            update(Bill).where(Bill.id == bill.id).values(version=changed.version + 1, **values)
        )


def voided(bill: Bill) -> None:
    with db.transaction() as session:
        void(session, session.get_one(Bill, bill.id), reason="Sent by mistake", by=BEN)


@pytest.mark.parametrize(
    "typed",
    ["100.01", "1000000000", "0", "0.99", "-5", "NaN", "1e3", "1_000", "١٠٠", "", "12,3", "x" * 30],
)
def test_P2_amounts_that_cannot_be_paid(counter: Counter, typed: str) -> None:
    """P2: over the balance, under the minimum, or no amount: told beside it, all of it kept."""
    payer, address = counter.payer(), counter.emailed(counter.bill())
    page = payer.review(address, amount=typed, status=422, **CLEO)
    assert page.texts("#amount-error") != []
    assert page.one("#amount")["value"] == typed[:30]
    assert page.one("#name")["value"] == CLEO["name"]
    assert payments() == []


def test_M9_a_bill_changed_between_review_and_submit_is_reviewed_again(
    app: Flask, counter: Counter
) -> None:
    """M9: explained, with the new figures; nothing is recorded."""
    bill = counter.bill()
    payer, address = counter.payer(), counter.emailed(bill)
    reviewed = payer.review(address, amount="100.00", **CLEO)
    before = row_counts()
    change(bill, total_cents=9_000, subtotal_cents=9_000)
    page = payer.press_submit(reviewed, status=409)
    assert told(page) == (
        "This was changed since you opened it. Please look again. $90.00 is left to pay now."
    )
    assert page.one("#amount")["value"] == "90.00"
    assert page.one("#name")["value"] == CLEO["name"]
    assert "$90.00" in page.one("#pay-about").get_text()
    assert row_counts() == before
    assert "$90.00" in payer.review(address, amount="90.00", **CLEO)


def test_M9_two_tabs_cannot_pay_the_same_bill_twice(app: Flask, counter: Counter) -> None:
    """M9: the second is told of the first; pressing the first again finds its payment."""
    bill = counter.bill()
    payer, address = counter.payer(), counter.emailed(bill)
    one, other = (payer.review(address, amount="100.00", **CLEO) for _tab in range(2))
    paid = payer.press_submit(one)
    refused = payer.press_submit(other, status=409)
    assert "A payment of $100.00 is under way" in refused
    assert refused.select("#pay-form") == []
    assert payer.press_submit(one).headers["HX-Redirect"] == paid.headers["HX-Redirect"]
    assert len(payments()) == 1
    assert books_problems(app) == []


def test_M9_two_tabs_that_pay_parts_are_told_what_is_left(counter: Counter) -> None:
    """M9: more than is open is refused, and the page says how much is."""
    bill = counter.bill()
    payer, address = counter.payer(), counter.emailed(bill)
    one, other = (payer.review(address, amount="60.00", **CLEO) for _tab in range(2))
    payer.press_submit(one)
    refused = payer.press_submit(other, status=409)
    assert told(refused).endswith("$40.00 is left to pay now.")
    assert refused.one("#amount")["value"] == "40.00"
    assert len(payments()) == 1


def test_L10_a_void_bill_says_so_and_takes_nothing(counter: Counter) -> None:
    """L10: at its address, at a review that is sent, and at one that was reviewed before."""
    bill = counter.bill()
    payer, address = counter.payer(), counter.emailed(bill)
    form = payer.type_in(address, amount="100.00", **CLEO)
    reviewed = payer.review(address, amount="100.00", **CLEO)
    voided(bill)
    for page in (
        payer.get(address, status=410),
        payer.post(address, form, htmx=True, status=410),
        payer.press_submit(reviewed, status=410),
    ):
        assert f"Bill {bill.number} was withdrawn" in page.texts("h1")
        assert "Sent by mistake" not in page.text
        assert page.select("a[href^='tel:']") != []
    assert payments() == []


def test_D1_a_draft_and_an_unknown_address_are_nothing_here(counter: Counter) -> None:
    """D1: a draft has no address that works; nor has a bill under a trust request's."""
    bill = counter.bill()
    address = counter.emailed(bill)
    draft = counter.emailed(drafted(counter.office, counter.office.cleo))
    payer = counter.payer()
    foreign = address.replace("/bills/", "/trust-requests/")
    for wrong in (draft, foreign, "/bills/unknown", f"/bills/{'x' * 300}", "/bills/%00%ff"):
        page = payer.get(wrong, status=404)
        assert "Harlow & Reyes" in page.text
        payer.post(f"{wrong}/submit", {"attempt": "x"}, status=404)
        payer.get(f"{wrong}/document", status=404)


def test_M9_a_review_of_one_bill_pays_no_other(counter: Counter) -> None:
    """M9: the review belongs to its own address, also where ids are the same."""
    one, other = counter.bill(), counter.bill()
    payer, address = counter.payer(), counter.emailed(one)
    reviewed = payer.review(address, amount="100.00", **CLEO)
    sent = {"attempt": attempt_of(reviewed)}
    page = payer.post(f"{counter.emailed(other)}/submit", sent, htmx=True, status=422)
    assert told(page) == "Please review the payment once more on this page."
    assert payments() == []


def test_P4_an_echeck_needs_its_box(app: Flask, counter: Counter) -> None:
    """P4 (server): without the approval nothing is recorded; with it the bill is reserved."""
    bill = counter.bill()
    payer, address = counter.payer(), counter.emailed(bill)
    reviewed = payer.review(address, method="bank", number=BANK_WORKS, amount="100.00", **CLEO)
    page = payer.press_submit(reviewed, mandate=False, status=422)
    assert "Tick the box to approve the withdrawal from your bank account." in page
    assert payments() == []
    payer.press_submit(page)
    assert now(bill).reserved_cents == 10_000
    assert "withdraw $100.00 once" in (the_payment().mandate_text or "")
    assert books_problems(app) == []


def test_P2_a_canadian_firm_takes_no_echeck_by_a_forged_form(counter: Counter) -> None:
    """P2 (server): not on the page, not at the review, not by a bank's token on a card's form."""
    bill = counter.bill()
    with db.transaction() as session:
        session.execute(update(Firm).values(country="CA", version=Firm.version + 1))
    payer, address = counter.payer(), counter.emailed(bill)
    page = payer.get(address)
    assert "eCheck" not in page.text
    form = payer.type_in(address, amount="100.00", **CLEO)
    token = enter(None, "bank", BANK_WORKS)
    for forged in ({"method": "bank"}, {"method": "bank", "confirmation_token": token}):
        page = payer.post(address, {**form, **forged}, htmx=True, status=422)
        assert "This firm takes no eCheck here. Please pay by card." in page
    page = payer.post(address, {**form, "confirmation_token": token}, htmx=True, status=422)
    assert "Please choose how to pay once more." in page
    assert payments() == []


def test_L2_P5_a_copied_link_stores_nothing_whatever_is_forged(
    app: Flask, counter: Counter
) -> None:
    """L2, P5 (server): no box, and a flag in the form changes nothing."""
    payer, address = counter.payer(), counter.copied(counter.bill())
    reviewed = payer.review(address, amount="100.00", store="yes", **CLEO)
    assert reviewed.select("#store") == []
    payer.press_submit(reviewed, store="yes", setup_future_usage="off_session")
    assert the_payment().store_text is None
    with db.read() as session:
        assert session.query(StoredMethod).count() == 0


def test_P1_online_payments_off_says_how_to_pay_otherwise(counter: Counter) -> None:
    """P1: the page, a review and a submission refuse in words."""
    payer, address = counter.payer(), counter.emailed(counter.bill())
    form = payer.type_in(address, amount="100.00", **CLEO)
    reviewed = payer.review(address, amount="100.00", **CLEO)
    with db.transaction() as session:
        set_online_payments(session, online=False, part_min_cents=100, by=BEN)
    words = "does not take payments online right now"
    for answer in (
        lambda: payer.http.get(address),
        lambda: payer.http.post(address, data=form),
        lambda: payer.http.post(f"{address}/submit", data={"attempt": attempt_of(reviewed)}),
    ):
        page = answer()
        assert (page.status_code, words in page.get_data(as_text=True)) == (503, True)
    assert payments() == []


def test_M4_an_account_that_is_not_connected_takes_nothing(counter: Counter) -> None:
    """M4: words, not a form."""
    payer, address = counter.payer(), counter.emailed(counter.bill())
    with db.transaction() as session:
        session.execute(update(BankAccount).values(checked_at=None))
    page = payer.http.get(address)
    assert page.status_code == 503
    assert "Online payment is not possible just now" in page.get_data(as_text=True)


@pytest.mark.parametrize(
    "name", ["José Ángel Ñuñez", "王小明", "محمد علي", "Ольга", "דוד", "นภา", "அருண்", "Zoë 😀"]
)
def test_B3_payers_names_in_every_script(counter: Counter, name: str) -> None:
    """B3, M13: kept as typed, also on the receipt."""
    payer, address = counter.payer(), counter.emailed(counter.bill())
    status = payer.pay(address, amount="100.00", name=name, email="x@payer.test")
    assert the_payment().payer_name == name
    receipt = payer.http.get(f"{status.address.split('?')[0]}/receipt.pdf")
    assert receipt.status_code == 200
    assert receipt.data.startswith(b"%PDF")


@pytest.mark.parametrize(
    "email",
    ["a@b.test, c@d.test", "a@b.test\r\nBcc: x@y.test", "a@b", "@", "a b@c.test", "x" * 99],
)
def test_P6_emails_that_cannot_be_written_to(counter: Counter, email: str) -> None:
    """P6: lists, headers and nonsense are refused beside the field."""
    payer, address = counter.payer(), counter.emailed(counter.bill())
    page = payer.review(address, amount="100.00", name="Dana", email=email, status=422)
    assert page.texts("#email-error") != []
    assert payments() == []


def test_a_payer_of_the_operating_account_is_nobody_in_trust(counter: Counter) -> None:
    """M3: a method of the operating account's fields pays nothing into trust."""
    address = counter.emailed(counter.request())
    page = Payer(counter.app).review(address, amount="500.00", status=422, **CLEO)
    assert "Your card or bank details have to be entered again." in page
    assert payments() == []
