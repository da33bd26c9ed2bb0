"""Submitting, issuing and voiding by the pages: each a sentence, nothing twice."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from payments.billing import actions, queries
from payments.billing.models import Bill, BillStatus
from payments.ledger.models import Transfer
from portal.clients.access import NOTHING_CLOSED
from portal.core import db
from tests.factories.billing import Line, Office, details, drafted, issued
from tests.payments.billing.desk import address, now_asked, stored
from tests.support.cast import Cast
from tests.support.days import firm_day

Watch = Callable[[], AbstractContextManager[None]]


def transfers() -> int:
    with db.read() as session:
        return session.scalar(select(func.count()).select_from(Transfer)) or 0


def test_D1_a_draft_is_issued_on_the_day_that_was_asked_for(cast: Cast, desk: Office) -> None:
    bill = drafted(desk, desk.cleo, now_asked(Line(12_000)))
    page = cast.ben.get(address(bill, "/issue"))
    assert "From then on Cleo Vance owes $120.00" in page
    day = firm_day() - timedelta(days=5)
    page = cast.ben.submit(page, "Issue", issued_on=day.isoformat())
    assert "Bill 1001 was issued." in page
    found = stored(bill)
    assert (found.status, found.issued_on) == (BillStatus.AWAITING_PAYMENT, day)
    assert "Issued by Ben Lindqvist" in page


def test_D1_a_bill_awaits_approval_and_is_approved_and_issued_by_another(
    cast: Cast, desk: Office
) -> None:
    bill = drafted(desk, desk.cleo, now_asked())
    page = cast.ben.submit(cast.ben.get(address(bill)), "Submit for approval")
    assert "The bill now awaits approval." in page
    page = cast.ada.get(cast.ada.get(address(bill)).link("Approve and issue"))
    page = cast.ada.submit(page, "Approve and issue")
    assert "Issued by Ada Okafor" in page
    again = cast.ben.post(
        address(bill, "/approval"), {"csrf_token": cast.ben.csrf_token()}, status=409
    )
    assert "This bill is no longer a draft." in again


@pytest.mark.parametrize(
    "typed, sentence",
    [
        ("", "Enter the day like 2026-05-31."),
        ("2026-13-01", "Enter the day like 2026-05-31."),
        ("9999-01-01", "A bill cannot be issued ahead of today."),
        ("1999-12-31", "Enter an issue date between 2000 and 2100."),
    ],
)
def test_a_bill_is_not_issued_on_an_impossible_day(
    typed: str, sentence: str, cast: Cast, desk: Office, stores_nothing: Watch
) -> None:
    page = cast.ben.get(address(drafted(desk, desk.cleo, now_asked()), "/issue"))
    with stores_nothing():
        page = cast.ben.submit(page, "Issue", issued_on=typed, status=422)
    assert sentence in page.one("#issued_on-error").get_text()
    assert page.title.startswith("Error:")
    assert page.one("#issued_on")["value"] == typed


def test_a_bill_that_would_be_due_before_its_issue_or_owes_nothing_is_not_issued(
    cast: Cast, desk: Office, stores_nothing: Watch
) -> None:
    past = cast.ben.get(address(drafted(desk, desk.cleo, now_asked(due_in_days=-5)), "/issue"))
    free = cast.ben.get(address(drafted(desk, desk.cleo, now_asked(Line(0))), "/issue"))
    with stores_nothing():
        assert "due before it is issued" in cast.ben.submit(past, "Issue", status=422)
        assert "The bill comes to nothing." in cast.ben.submit(free, "Issue", status=422)


def test_D1_pressing_issue_twice_issues_once(cast: Cast, desk: Office) -> None:
    page = cast.ben.get(address(drafted(desk, desk.cleo, now_asked()), "/issue"))
    cast.ben.submit(page, "Issue")
    again = cast.ben.submit(page, "Issue", status=409)
    assert "Bill 1001 was issued already." in again
    assert transfers() == 1


def test_D1_a_draft_that_was_changed_after_it_was_shown_is_shown_again(
    cast: Cast, desk: Office
) -> None:
    """Ben looks at 120.00; somebody makes it 9,000.00; his button must not issue that unseen."""
    bill = drafted(desk, desk.cleo, now_asked(Line(12_000)))
    page = cast.ben.get(address(bill, "/issue"))
    with db.transaction() as session:
        again = queries.bill(session, bill.public_id, NOTHING_CLOSED)
        changed = details(desk, desk.cleo, now_asked(Line(900_000)))
        actions.edit_draft(session, again, changed, by="user:somebody")
    shown = cast.ben.submit(page, "Issue", status=409)
    assert "The draft was changed meanwhile." in shown
    assert "owes $9,000.00" in shown
    assert transfers() == 0
    assert "Bill 1001 was issued." in cast.ben.submit(shown, "Issue")


def test_D1_a_bill_is_voided_for_a_reason_and_only_once(cast: Cast, desk: Office) -> None:
    bill = issued(desk, desk.cleo, now_asked())
    page = cast.ben.get(cast.ben.get(address(bill)).link("Void"))
    assert "its number is not used again. This cannot be undone." in page
    refused = cast.ben.submit(page, "Void", reason="  ", status=422)
    assert "Say why the bill is voided." in refused.one("#reason-error").get_text()
    done = cast.ben.submit(page, "Void", reason="Wrong <b>client</b>")
    assert "Bill 1001 was voided." in done
    assert "Wrong <b>client</b>" in done
    assert not done.select("main b")
    again = cast.ben.submit(page, "Void", reason="Again", status=409)
    assert "Bill 1001 was voided already." in again
    assert transfers() == 2


def test_D1_a_bill_with_a_payment_on_it_says_what_to_reverse_first(
    cast: Cast, desk: Office, stores_nothing: Watch
) -> None:
    bill = issued(desk, desk.cleo, now_asked())
    page = cast.ben.get(address(bill, "/void"))
    sentences = {
        "applied_cents": "Reverse the payments of $40.00 on this bill first.",
        "reserved_cents": "A payment on this bill is under way.",
    }
    for column, sentence in sentences.items():
        with db.transaction() as session:
            none = {"applied_cents": 0, "reserved_cents": 0}
            session.execute(update(Bill).where(Bill.id == bill.id).values(none | {column: 4_000}))
        with stores_nothing():
            refused = cast.ben.submit(page, "Void", reason="Kept reason", status=409)
        assert sentence in refused
        assert refused.one("#reason").get_text().strip() == "Kept reason"


def test_a_draft_has_nothing_to_void(cast: Cast, desk: Office) -> None:
    bill = drafted(desk, desk.cleo)
    assert "There is nothing to void on this bill." in cast.ben.get(address(bill, "/void"))
    form = {"csrf_token": cast.ben.csrf_token(), "reason": "Because"}
    assert "was not issued yet" in cast.ben.post(address(bill, "/void"), form, status=409)


def test_a_task_is_a_dialog_for_htmx_and_a_page_otherwise(cast: Cast, desk: Office) -> None:
    bill = issued(desk, desk.cleo, now_asked())
    dialog = cast.ben.http.get(
        address(bill, "/void"), headers={"HX-Request": "true"}, base_url=cast.ben.base_url
    ).get_data(as_text=True)
    assert "<dialog" in dialog
    assert "<html" not in dialog
    assert cast.ben.get(address(bill, "/void")).is_whole


def test_N9_only_billing_and_administrators_submit_issue_and_void(
    cast: Cast, desk: Office, stores_nothing: Watch
) -> None:
    draft, bill = drafted(desk, desk.cleo), issued(desk, desk.cleo)
    token, _ben = cast.ana.csrf_token(), cast.ben
    with stores_nothing():
        for one, task in ((draft, "/approval"), (draft, "/issue"), (bill, "/void")):
            cast.ana.post(address(one, task), {"csrf_token": token, "reason": "x"}, status=403)
            cast.sol.post(address(one, task), follow=False, status=303)
            cast.ben.post(address(one, task), {"reason": "no token"}, status=400)
