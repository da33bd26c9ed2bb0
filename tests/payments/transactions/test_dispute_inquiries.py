"""Inquiries: a bank that only asks, and may take the money all the same (FEATURES M7)."""

from collections.abc import Callable
from datetime import timedelta

from payments.gateway.results import DisputeStatus
from payments.transactions.states import Status
from tests.factories.disputes import disputed, the_dispute
from tests.payments.transactions.conftest import Till
from tests.payments.transactions.test_dispute_pages import SEND, address, released
from tests.support.cast import Cast
from tests.support.outbox import Outbox


def test_M7_an_inquiry_is_answered_or_refunded_but_not_accepted(cast: Cast, till: Till) -> None:
    made = till.bring_to(Status.COMPLETED)
    disputed(till, made, status=DisputeStatus.INQUIRY, out_cents=0)
    page = cast.ana.get(address(made))
    assert "No money has left" in page
    assert "Accept dispute" not in page.texts("a")
    sent = {"csrf_token": cast.ana.csrf_token()}
    refused = cast.ana.post(f"{address(made)}/acceptance", sent, status=409)
    assert "refund the payment" in refused
    assert the_dispute(made).accepted_at is None


def test_M7_an_answered_inquiry_that_becomes_a_dispute_waits_for_an_answer_again(
    cast: Cast, till: Till
) -> None:
    made = till.bring_to(Status.COMPLETED)
    disputed(till, made, status=DisputeStatus.INQUIRY, out_cents=0)
    cast.ana.submit(released(cast.ana, made), SEND)
    disputed(till, made, status=DisputeStatus.REVIEW, out_cents=0)
    assert "disputes payment" not in cast.ada.get("/staff/alerts")
    disputed(till, made, due_in_days=20)
    assert "disputes payment" in cast.ada.get("/staff/alerts")
    page = cast.ana.get(address(made))
    assert "is being sent" not in page
    assert "is being sent" in cast.ana.submit(page, SEND)
    disputed(till, made, due_in_days=20)
    assert the_dispute(made).sent_at is not None


def test_M7_an_inquiry_that_becomes_a_dispute_is_asked_and_reminded_of_anew(
    cast: Cast, till: Till, advance: Callable[[timedelta], int], outbox: Outbox
) -> None:
    made = till.bring_to(Status.COMPLETED)
    disputed(till, made, status=DisputeStatus.INQUIRY, out_cents=0, due_in_days=5)
    disputed(till, made, due_in_days=20)
    alerts = cast.ada.get("/staff/alerts")
    assert "disputes payment" in alerts
    assert "No money has left" not in alerts
    advance(timedelta(days=10))
    asked = f"The dispute of payment {till.payment(made).reference} is not answered yet"
    assert asked not in [email.subject for email in outbox.to(cast.ada.email)]
    advance(timedelta(days=9))
    assert [email.subject for email in outbox.to(cast.ada.email)].count(asked) == 1
