"""Sending and reminding once more by the pages: an old form, and what was never sent at all."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest

from tests.factories.billing import Office, issued
from tests.payments.billing.desk import address, now_asked
from tests.payments.billing.mailroom import CLEO, HOME, RunJobs, give_emails, pressed, requested
from tests.payments.billing.test_staff_sending import of_request
from tests.support.cast import Cast
from tests.support.outbox import Outbox

Watch = Callable[[], AbstractContextManager[None]]


@pytest.mark.parametrize("task", ["sending", "reminder"])
def test_D3_a_form_that_was_pressed_before_does_not_pretend_to_have_sent_something_else(
    cast: Cast, desk: Office, outbox: Outbox, run_jobs: RunJobs, task: str
) -> None:
    give_emails(desk.cleo, CLEO, HOME)
    bill = issued(desk, desk.cleo, now_asked())
    if task == "reminder":
        pressed(bill)
    button = "Send bill" if task == "sending" else "Send reminder"
    page = cast.ben.get(address(bill, f"/{task}"))
    cast.ben.submit(page, button, message="One")
    changes: list[dict[str, Any]] = [{"message": "Two"}, {"message": "One", "addresses": HOME}]
    for changed in changes:
        told = cast.ben.submit(page, button, status=409, **changed)
        assert f"sent already, to {CLEO}." in told
        assert told.one("#message").get_text().strip() == changed["message"]
        ticked = [box["value"] for box in told.select("[name=addresses][checked]")]
        assert ticked == [changed.get("addresses", CLEO)]
    run_jobs()
    assert {email.to for email in outbox.emails} == {CLEO}
    assert not any("Two" in email for email in outbox.emails)


def test_D8_nobody_first_hears_of_a_bill_by_a_reminder_by_hand(
    cast: Cast, desk: Office, stores_nothing: Watch
) -> None:
    give_emails(desk.cleo, CLEO)
    bill, asked = issued(desk, desk.cleo, now_asked()), requested(desk)
    for place in (address(bill, "/reminder"), of_request(asked, "/reminder")):
        page = cast.ben.get(place)
        assert "Send it first." in page
        assert not page.select(".send-form")
        form = {"csrf_token": cast.ben.csrf_token(), "addresses": CLEO, "email": "yes"}
        form["nonce"] = "a-nonce-of-ben"
        with stores_nothing():
            refused = cast.ben.post(place, form, status=409)
        assert "Send it first." in refused
