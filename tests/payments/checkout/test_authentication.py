"""Cards whose bank asks the payer first (3-D Secure)."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask

from payments.transactions.states import Status
from tests.factories.payments import CARD_ASKS, Links, Payer, books_problems, the_payment
from tests.factories.processor import charges, objects
from tests.support.outbox import Outbox
from tests.support.page import Page

Advance = Callable[[timedelta], int]
RunJobs = Callable[[], int]


@pytest.fixture
def question(payer: Payer, links: Links) -> Page:
    """The bank's question, after **Submit payment**."""
    return payer.press_submit(payer.review(links.operating, number=CARD_ASKS), status=200)


def test_M5_the_payment_waits_for_the_payers_answer(payer: Payer, question: Page) -> None:
    """M5, P6: Action needed; the status page says so and that nothing is taken yet."""
    assert the_payment().status == Status.ACTION_NEEDED
    status = payer.get(str(question.one("#submit-message")["data-status-url"]))
    assert "One more step to finish your payment" in status
    assert "Action needed" in status
    assert charges() == []


def test_approved_it_is_authorized(
    app: Flask, payer: Payer, question: Page, run_jobs: RunJobs
) -> None:
    """P3: after the bank's window the script goes on, and the status page opens."""
    answer = payer.answer_bank(question, "approve")
    assert answer.status == 204
    assert "Authorized" in payer.get(answer.headers["HX-Redirect"])
    run_jobs()
    assert the_payment().status == Status.AUTHORIZED
    assert len(charges(paid=True)) == 1
    assert books_problems(app) == []


def test_P7_refused_it_failed_in_words(
    app: Flask, payer: Payer, question: Page, run_jobs: RunJobs
) -> None:
    """P7: the pay page is still open with everything in it; the words are put into it."""
    answer = payer.answer_bank(question, "refuse")
    assert answer.status == 422
    assert answer.texts("#pay-problem li") == [
        "Your bank could not confirm that it was you. Please try again, or use another card. "
        "No money has been taken."
    ]
    assert answer.texts("#pay-review") == [""]
    run_jobs()
    assert the_payment().status == Status.FAILED
    assert charges(paid=True) == []
    # The browser still holds the secret by which another card could confirm the same intent.
    assert [intent["status"] for intent in objects("payment_intent")] == ["canceled"]
    assert books_problems(app) == []


def test_a_window_closed_after_approving_is_found_without_the_payer(
    app: Flask, payer: Payer, question: Page, run_jobs: RunJobs, outbox: Outbox
) -> None:
    """M11: the payer went away; the processor's word is enough."""
    payer.tell_bank(str(question.one("#submit-message")["data-client-secret"]), "approve")
    run_jobs()
    assert the_payment().status == Status.AUTHORIZED
    assert len(outbox.to("dana@payer.test")) == 1
    assert books_problems(app) == []


def test_going_on_before_answering_changes_nothing(payer: Payer, question: Page) -> None:
    """The browser's word is never trusted: the payment is read at the processor."""
    asked = question.one("#submit-message")
    again = payer.ask("POST", str(asked["data-continue-url"]), htmx=True, status=204)
    assert again.headers["HX-Redirect"] == asked["data-status-url"]
    assert the_payment().status == Status.ACTION_NEEDED


def test_abandoned_it_is_canceled_after_half_an_hour(
    app: Flask, payer: Payer, question: Page, advance: Advance
) -> None:
    """M5: at the processor too, so that no late answer takes money; the page offers another try."""
    advance(timedelta(minutes=29))
    assert the_payment().status == Status.ACTION_NEEDED
    advance(timedelta(minutes=2))
    assert the_payment().status == Status.CANCELED
    assert [intent["status"] for intent in objects("payment_intent")] == ["canceled"]
    status = payer.get(str(question.one("#submit-message")["data-status-url"]))
    assert "This payment was canceled" in status
    assert "No money has been taken." in status
    payer.click(status, "Try again")
    assert charges() == []
    assert books_problems(app) == []


def test_without_script_the_payer_is_led_to_the_status_page(payer: Payer, links: Links) -> None:
    """X1: the question cannot be shown; the page says what will happen."""
    reviewed = payer.review(links.operating, number=CARD_ASKS)
    sent = {"attempt": str(reviewed.one("input[name=attempt]")["value"])}
    status = payer.post(str(reviewed.one("#submit-form")["action"]), sent)
    assert "One more step to finish your payment" in status


def test_the_clients_secret_is_told_to_nobody_else(
    payer: Payer, question: Page, links: Links
) -> None:
    """It lets its bearer pay: it stands in the one answer to the payer, not on the status page."""
    asked = question.one("#submit-message")
    status = payer.get(str(asked["data-status-url"]))
    assert str(asked["data-client-secret"]) not in status.body
