"""Paying by eCheck: the mandate, the days it takes, the banks that send it back, test deposits."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask

from payments.sandbox.numbers import BANK_ACCOUNTS
from payments.transactions.states import Status
from tests.factories.payments import (
    BANK_NEVER,
    BANK_WORKS,
    Links,
    Payer,
    books_problems,
    the_payment,
)
from tests.factories.processor import charges, objects
from tests.support.outbox import Outbox
from tests.support.page import Page

Advance = Callable[[timedelta], int]
RunJobs = Callable[[], int]
DAY = timedelta(days=1)
FIRM, DANA = "ada@harlow.test", "dana@payer.test"
FAILING = [account.number for account in BANK_ACCOUNTS.values() if account.failure_code]
BANK_WORDS = {
    "000111111113": "Your bank says that this account is closed.",
    "000111111116": "Your bank could not find this account.",
    "000222222227": "There was not enough money in the bank account.",
    "000333333335": "Your bank says that this account does not allow the withdrawal.",
    "000777777771": "This payment is over the weekly limit for eCheck.",
}


@pytest.fixture
def reviewed(payer: Payer, links: Links) -> Page:
    """A review of an eCheck from an account that works."""
    return payer.review(links.operating, method="bank", number=BANK_WORKS)


def test_P4_the_review_shows_the_bank_and_the_mandate(reviewed: Page) -> None:
    """P4: bank name and last four digits; a box, unticked, beside the whole authorization."""
    assert "Northfield Test Bank •••• 6789" in reviewed
    assert "It can take up to four business days." in reviewed
    box = reviewed.one("input[name=mandate]")
    assert not box.has_attr("checked")
    assert "I approve this withdrawal from my bank account" in reviewed
    (mandate,) = reviewed.texts(".mandate > p")
    for part in ("Harlow & Reyes LLP", "$125.00", "Northfield Test Bank •••• 6789"):
        assert part in mandate, part


def test_P4_without_the_box_nothing_is_withdrawn(
    payer: Payer, reviewed: Page, stores_nothing: Callable[[], object]
) -> None:
    """P4 (server): the review comes back with a sentence, and can then be submitted."""
    with stores_nothing():  # type: ignore[attr-defined]
        page = payer.press_submit(reviewed, mandate=False, status=422)
    assert "Tick the box to approve the withdrawal from your bank account." in page
    assert objects("payment_intent") == []
    payer.press_submit(page)
    assert the_payment().status == Status.AUTHORIZED


def test_P4_the_words_approved_are_kept_and_proved(payer: Payer, reviewed: Page) -> None:
    """P4 (Nacha): text, address and browser are kept; the processor gets the same proof."""
    (shown,) = reviewed.texts(".mandate > p")
    payer.press_submit(reviewed)
    payment = the_payment()
    assert payment.mandate_text == shown
    assert (payment.mandate_ip, payment.mandate_agent) == (payer.ip_address, "Test browser")
    (mandate,) = objects("mandate")
    assert mandate["customer_acceptance"]["online"] == {
        "ip_address": payer.ip_address,
        "user_agent": "Test browser",
    }


def test_a_card_payment_keeps_no_mandate(payer: Payer, links: Links) -> None:
    payer.pay(links.operating, mandate="on")
    payment = the_payment()
    assert (payment.mandate_text, payment.mandate_ip, payment.mandate_agent) == (None,) * 3


def test_P4_a_browser_that_says_nothing_of_itself_can_pay(payer: Payer, links: Links) -> None:
    """P4: the processor wants a word there; a missing header must not fail the payment."""
    payer.http.environ_base["HTTP_USER_AGENT"] = ""
    payer.pay(links.operating, method="bank", number=BANK_WORKS)
    assert the_payment().status == Status.AUTHORIZED


def test_S1_an_echeck_is_authorized_then_completed_within_four_business_days(
    app: Flask, payer: Payer, reviewed: Page, outbox: Outbox, advance: Advance
) -> None:
    """S1, P6: the date is told at once; both are emailed twice."""
    status = payer.get(payer.press_submit(reviewed).headers["HX-Redirect"])
    assert "Authorized" in status
    assert re.search(r"We expect the money to arrive by \w+day, \w+ \d+, \d{4}", status.text)
    for day in range(1, 5):
        assert the_payment().status == Status.AUTHORIZED, f"day {day}"
        advance(DAY)
    advance(timedelta(hours=1))
    assert the_payment().status == Status.COMPLETED
    assert "Your payment is complete" in payer.get(status.address)
    assert len(outbox.to(FIRM)) == len(outbox.to(DANA)) == 2
    assert books_problems(app) == []


def test_an_echeck_whose_bank_never_answers_stays_authorized(
    app: Flask, payer: Payer, links: Links, advance: Advance
) -> None:
    """M5: nothing is guessed: no answer is neither Completed nor Returned."""
    payer.pay(links.operating, method="bank", number=BANK_NEVER)
    for _ in range(10):
        advance(DAY)
    assert the_payment().status == Status.AUTHORIZED
    assert books_problems(app) == []


@pytest.mark.parametrize("number", FAILING)
def test_M5_a_bank_that_sends_it_back_is_told_in_words(
    app: Flask, payer: Payer, links: Links, outbox: Outbox, advance: Advance, number: str
) -> None:
    """M5, M7: Returned, with why, on the page and by email to both; the books hold nothing."""
    status = payer.pay(links.operating, method="bank", number=number)
    advance(timedelta(days=2, minutes=1))
    assert the_payment().status == Status.RETURNED
    page = payer.get(status.address)
    assert "Your bank returned this payment" in page
    assert BANK_WORDS[number] in page
    assert str(the_payment().failure_code) not in page.text
    assert len(outbox.to(FIRM)) == len(outbox.to(DANA)) == 2
    assert BANK_WORDS[number] in outbox.to(DANA)[-1]
    assert charges(paid=True) == []
    assert books_problems(app) == []


class TestByNumber:
    """P4: routing and account number, typed into the processor's fields, may need test deposits."""

    @pytest.fixture
    def status(self, payer: Payer, links: Links) -> Page:
        """The status page that the payer is led to after submitting."""
        form = payer.type_in(links.operating, method="bank")
        form["confirmation_token"] = payer.type_bank_numbers()
        answer = payer.press_submit(payer.post(links.operating, form, htmx=True))
        return payer.get(answer.headers["HX-Redirect"])

    def test_P4_page_and_email_say_how(
        self, app: Flask, status: Page, outbox: Outbox, run_jobs: RunJobs
    ) -> None:
        """P4: Action needed, until the two deposits are confirmed."""
        assert the_payment().status == Status.ACTION_NEEDED
        assert "two very small deposits" in status
        run_jobs()
        (email,) = outbox.emails
        assert email.to == DANA
        assert "deposit" in email.text
        assert books_problems(app) == []

    def test_P4_confirmed_the_payment_goes_its_way(
        self, app: Flask, payer: Payer, status: Page, run_jobs: RunJobs, advance: Advance
    ) -> None:
        """P4: wrong amounts change nothing; the right ones let the withdrawal begin."""
        verify = status.link("Continue")
        advance(DAY)
        payer.post(verify, {"first": "11", "second": "12"}, status=422)
        run_jobs()
        assert the_payment().status == Status.ACTION_NEEDED
        payer.post(verify, {"first": "32", "second": "45"})
        run_jobs()
        assert the_payment().status == Status.AUTHORIZED
        advance(timedelta(days=4, hours=1))
        assert the_payment().status == Status.COMPLETED
        assert books_problems(app) == []

    def test_P4_never_confirmed_it_fails_in_words(
        self, app: Flask, payer: Payer, status: Page, outbox: Outbox, advance: Advance
    ) -> None:
        """P4, P7: half an hour is not too long here; after ten days it has failed."""
        advance(DAY)
        assert the_payment().status == Status.ACTION_NEEDED
        advance(timedelta(days=10))
        assert the_payment().status == Status.FAILED
        page = payer.get(status.address)
        assert "No money has been taken." in page
        assert "microdeposit" not in page.text
        assert len(outbox.to(DANA)) == 2
        assert books_problems(app) == []
