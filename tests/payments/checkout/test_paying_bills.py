"""Paying a bill or a trust request by the address it was handed out by (FEATURES P, L9)."""

import gzip
from collections.abc import Callable
from datetime import timedelta

from flask import Flask

from payments.billing.models import Bill, BillStatus
from payments.transactions.states import Status
from portal.core import db
from tests.factories.payments import CARD_DECLINED, books_problems, payments, the_payment
from tests.payments.checkout.documents import CLEO, Counter, now, told

Advance = Callable[[timedelta], int]
RunJobs = Callable[[], int]


def test_P2_the_page_shows_what_is_owed_and_needs_no_name_from_who_was_emailed(
    counter: Counter,
) -> None:
    """P2, P3, M13: all of it preselected, the recipient known; nothing of the matter."""
    bill = counter.bill(123_450)
    page = counter.payer().get(counter.emailed(bill))
    assert f"Bill {bill.number}" in page
    assert "$1,234.50" in page
    assert "The firm's operating account" in page
    assert page.one("#amount")["value"] == "1234.50"
    assert page.one("#name")["value"] == CLEO["name"]
    assert page.one("#email")["value"] == CLEO["email"]
    assert page.texts("h2")[:2] == ["Pay by Credit Card", "Pay by eCheck"]
    assert "matter 1" not in page.text
    assert "Drafting" not in page.text
    assert f"Bill {bill.number}" in page.texts("title")[0]


def test_P3_L9_L10_a_card_pays_a_bill_whole(
    app: Flask, counter: Counter, run_jobs: RunJobs, advance: Advance
) -> None:
    """P3, L9, M9: reserved while Authorized, Paid when Completed, without linking."""
    bill = counter.bill()
    address, payer = counter.emailed(bill), counter.payer()
    status = payer.pay(address, amount="100.00", **CLEO)
    assert "Thank you. Your payment is submitted" in status
    assert f"Bill {bill.number}" in status
    reserved = payer.get(address)
    assert f"Bill {bill.number} is being paid" in reserved.texts("h1")
    assert "A payment of $100.00 is under way" in reserved
    assert reserved.select("#pay-form") == []
    advance(timedelta(days=3))
    run_jobs()
    assert now(bill).status == BillStatus.PAID
    paid = payer.get(address)
    assert f"Bill {bill.number} is paid" in paid.texts("h1")
    assert the_payment().reference in paid.text
    assert "Visa •••• 4242" in paid.text.replace("\u00a0", " ")
    assert the_payment().receipt_id is not None
    assert books_problems(app) == []


def test_D2_L10_a_trust_request_is_paid_into_trust(
    app: Flask, counter: Counter, run_jobs: RunJobs, advance: Advance
) -> None:
    """D2, S7: held for the client; no operating word on the way."""
    asked = counter.request()
    address, payer = counter.emailed(asked), counter.trust_payer()
    page = payer.get(address)
    assert "Trust request 71" in page
    assert "Held for you in the firm's trust account." in page
    assert "operating" not in page.text
    payer.pay(address, amount="500.00", **CLEO)
    advance(timedelta(days=3))
    run_jobs()
    assert now(asked).status == BillStatus.PAID
    paid = payer.get(address)
    assert "Trust request 71 is paid" in paid.texts("h1")
    assert "$500.00" in paid
    assert the_payment().reference in paid
    assert books_problems(app) == []


def test_L9_L10_a_part_leaves_the_rest_to_pay(
    app: Flask, counter: Counter, run_jobs: RunJobs, advance: Advance
) -> None:
    """P2, L9, M9: two parts pay the bill; the page tells of the first while it is under way, and
    in the end of both."""
    bill = counter.bill()
    address, payer = counter.emailed(bill), counter.payer()
    first = payer.review(address, amount="30.00", **CLEO)
    assert "$70.00" in first
    status = payer.get(payer.press_submit(first).headers["HX-Redirect"])
    assert "$70.00" in status
    page = payer.get(address)
    assert "A payment of $30.00 is under way" in page
    assert page.one("#amount")["value"] == "70.00"
    assert told(payer.review(address, amount="70.01", status=422, **CLEO)) == (
        "There is $70.00 left to pay. Enter that amount or less."
    )
    payer.pay(address, amount="70.00", **CLEO)
    advance(timedelta(days=3))
    run_jobs()
    assert now(bill).status == BillStatus.PAID
    amounts = payer.get(address).texts(".sheet dl > :first-child dd")
    assert amounts == ["$30.00", "$70.00"]
    assert books_problems(app) == []


def test_P7_a_decline_on_a_bill_gives_it_back_and_keeps_what_was_typed(
    app: Flask, counter: Counter, run_jobs: RunJobs
) -> None:
    """P7, M9: no money taken, nothing reserved, another card pays."""
    bill = counter.bill()
    address, payer = counter.emailed(bill), counter.payer()
    reviewed = payer.review(address, number=CARD_DECLINED, amount="60.00", **CLEO)
    declined = payer.press_submit(reviewed, status=422)
    assert told(declined).endswith("No money has been taken.")
    assert declined.one("#amount")["value"] == "60.00"
    assert now(bill).reserved_cents == 0
    payer.pay(address, amount="60.00", **CLEO)
    assert [one.status for one in payments()] == [Status.FAILED, Status.AUTHORIZED]
    assert now(bill).reserved_cents == 6_000
    assert books_problems(app) == []


def test_P2_a_rest_below_the_firms_minimum_is_paid_whole(counter: Counter) -> None:
    """P2: the least part is the firm's; a smaller rest can still be paid."""
    bill = counter.bill(50)
    payer, address = counter.payer(), counter.emailed(bill)
    problem = told(payer.review(address, amount="0.49", status=422, **CLEO))
    assert problem == "The smallest amount you can pay here is $0.50."
    assert "$0.50" in payer.review(address, amount="0.50", **CLEO)
    with db.read() as session:
        assert session.get_one(Bill, bill.id).reserved_cents == 0


def test_P2_the_bill_page_is_light_and_readable_after_three_requests(counter: Counter) -> None:
    """P2: at most 24 kB of ours, compressed, and three requests until it can be read."""
    counter.bill()
    payer, address = counter.payer(), counter.emailed(counter.bill())
    page = payer.get(address)
    pictures = [str(one["src"]) for one in page.select("img[src]")]
    sheets = [str(one["href"]) for one in page.select("link[rel=stylesheet]")]
    scripts = [str(one["src"]) for one in page.select("script[src]")]
    assert len([address, *pictures, *sheets]) <= 3
    weights: dict[str, int] = {}
    for part in (address, *pictures, *sheets, *scripts):
        with payer.http.get(part) as answer:
            weights[part] = len(gzip.compress(answer.data, 9))
    assert sum(weights.values()) <= 24_000, weights
    assert all(one.has_attr("defer") for one in page.select("script[src]"))
