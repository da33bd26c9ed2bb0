"""Sending, reminding and copying links by the pages: what they offer, and what they refuse."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from sqlalchemy import select, update

from payments.accounts.models import BankAccount
from payments.accounts.settings import set_online_payments
from payments.billing.handed_out import Channel, DocumentLink, Sending
from payments.billing.models import Bill
from payments.billing.payables import Payable
from portal.core import clock, db
from portal.outbox.models import Delivery
from tests.factories.billing import BEN, Line, Office, drafted, issued
from tests.payments.billing.desk import address, now_asked
from tests.payments.billing.mailroom import (
    CLEO,
    HOME,
    RunJobs,
    give_emails,
    links,
    pressed,
    requested,
)
from tests.support.cast import Cast
from tests.support.outbox import Outbox

Watch = Callable[[], AbstractContextManager[None]]


def of_request(payable: Payable, task: str = "") -> str:
    return f"/staff/trust-requests/{payable.public_id}{task}"


@pytest.fixture
def connected(desk: Office) -> Office:
    """The last look at the processor found nothing wrong with any account."""
    with db.transaction() as session:
        session.execute(update(BankAccount).values(checked_at=clock.now()))
    return desk


def test_D3_a_bill_is_sent_from_its_page(
    cast: Cast, desk: Office, outbox: Outbox, run_jobs: RunJobs
) -> None:
    give_emails(desk.cleo, CLEO, HOME)
    bill = issued(desk, desk.cleo, now_asked(Line(12_345)))
    page = cast.ben.get(cast.ben.get(address(bill)).link("Send"))
    assert page.one("#portal").has_attr("disabled")
    assert "There is no client portal for this matter yet." in page
    assert [box["value"] for box in page.select("[name=addresses][checked]")] == [CLEO]
    preview = page.one("#email-preview").get_text(" ")
    assert "A bill from Harlow & Reyes" in preview
    assert "$123.45" in preview
    done = cast.ben.submit(page, "Send bill", message="With thanks")
    assert f"Bill 1001 is being emailed to {CLEO}." in done
    run_jobs()
    (email,) = outbox.emails
    assert (email.to, "With thanks" in email) == (CLEO, True)
    shown = cast.ben.get(address(bill, "/sendings"))
    assert "Sent 1 time" in shown
    assert "The mail server took it." in shown
    assert "by Ben Lindqvist" in shown


def test_D3_pressing_send_twice_sends_once(
    cast: Cast, desk: Office, outbox: Outbox, run_jobs: RunJobs
) -> None:
    give_emails(desk.cleo, CLEO)
    page = cast.ben.get(address(issued(desk, desk.cleo, now_asked()), "/sending"))
    cast.ben.submit(page, "Send bill")
    cast.ben.submit(page, "Send bill")
    run_jobs()
    assert len(outbox.emails) == 1


def test_D3_with_neither_toggle_nothing_is_sent_and_what_was_typed_is_kept(
    cast: Cast, desk: Office, stores_nothing: Watch
) -> None:
    give_emails(desk.cleo, CLEO)
    page = cast.ben.get(address(issued(desk, desk.cleo, now_asked()), "/sending"))
    with stores_nothing():
        refused = cast.ben.submit(page, "Send bill", email=None, message="Kept", status=422)
    assert "Choose how to send it." in refused.one("#email-error").get_text()
    assert refused.one("#message").get_text().strip() == "Kept"
    assert refused.title.startswith("Error:")


def test_D4_the_dialog_says_why_it_never_goes_through_the_portal(cast: Cast, desk: Office) -> None:
    give_emails(desk.cleo, CLEO)
    several = issued(desk, desk.cleo, now_asked(Line(1_000), Line(2_000, matter=1)))
    assert "Never for a bill with several matters" in cast.ben.get(address(several, "/sending"))
    whole = requested(desk, matter=False)
    page = cast.ben.get(of_request(whole, "/sending"))
    assert "Never for a trust request of the client as a whole" in page
    forged = {"csrf_token": cast.ben.csrf_token(), "nonce": "a-nonce-of-ben", "portal": "yes"}
    forged |= {"email": "yes", "addresses": CLEO}
    refused = cast.ben.post(of_request(whole, "/sending"), forged, status=422)
    why = "Never for a trust request of the client as a whole"
    assert why in refused.one("#portal-error").text


def test_D3_a_trust_request_is_sent_the_same_way(
    cast: Cast, desk: Office, outbox: Outbox, run_jobs: RunJobs
) -> None:
    give_emails(desk.cleo, CLEO)
    asked = requested(desk)
    page = cast.ben.get(cast.ben.get(of_request(asked)).link("Send"))
    done = cast.ben.submit(page, "Send trust request")
    assert "Trust request 2001 is being emailed" in done
    run_jobs()
    assert [email.subject for email in outbox.emails] == ["A trust request from Harlow & Reyes"]


def test_D3_the_preview_follows_what_is_typed(
    cast: Cast, desk: Office, stores_nothing: Watch
) -> None:
    give_emails(desk.cleo, CLEO)
    bill = issued(desk, desk.cleo, now_asked())
    typed = {"csrf_token": cast.ben.csrf_token(), "message": "<b>Bold</b> https://x.test/a"}
    with stores_nothing():
        shown = cast.ben.post(address(bill, "/sending/preview"), typed)
    assert "<b>Bold</b>" in shown
    assert not shown.select("b")
    assert shown.one("a[href]")["href"] == "https://x.test/a"
    typed |= {"message": "x" * 100_000, "reminds": "yes"}
    assert "A reminder from Harlow & Reyes" in cast.ben.post(
        address(bill, "/sending/preview"), typed
    )


def test_D3_what_cannot_be_sent_says_why_and_offers_no_button(cast: Cast, desk: Office) -> None:
    give_emails(desk.cleo, CLEO)
    draft = drafted(desk, desk.cleo, now_asked())
    page = cast.ben.get(address(draft, "/sending"))
    assert "This bill is still a draft." in page
    assert not page.select("form.send-form")
    data = {"csrf_token": cast.ben.csrf_token(), "nonce": "a-nonce-of-ben", "email": "yes"}
    data["addresses"] = CLEO
    for task in ("/sending", "/reminder"):
        assert "still a draft" in cast.ben.post(address(draft, task), data, status=409)


def test_a_client_without_an_email_is_told_before_anything_is_pressed(
    cast: Cast, desk: Office
) -> None:
    page = cast.ben.get(address(issued(desk, desk.cleo, now_asked()), "/sending"))
    assert "has no email address, so nothing can be sent." in page
    assert page.one("form.send-form button[type=submit]").has_attr("disabled")
    assert desk.cleo.public_id in page.link("Add an email address")


def test_N9_only_those_who_send_bills_may(cast: Cast, desk: Office, stores_nothing: Watch) -> None:
    """Ana has the accounts level: she sees what was sent, and sends nothing."""
    give_emails(desk.cleo, CLEO)
    bill = issued(desk, desk.cleo, now_asked())
    assert cast.ana.get(address(bill, "/sendings"))
    with stores_nothing():
        for task in ("/sending", "/reminder", "/client-link"):
            cast.ana.ask("GET", address(bill, task), status=403)
            data = {"csrf_token": cast.ana.csrf_token()}
            cast.ana.post(address(bill, task), data, status=403)


def test_D8_staff_remind_by_hand_and_see_the_reminders_before(
    cast: Cast, desk: Office, outbox: Outbox, run_jobs: RunJobs
) -> None:
    give_emails(desk.cleo, CLEO)
    bill = issued(desk, desk.cleo, now_asked())
    pressed(bill)
    run_jobs()
    page = cast.ben.get(address(bill, "/reminder"))
    assert "Nobody was reminded of this so far." in page
    assert "A reminder of Bill 1001" in cast.ben.submit(page, "Send reminder")
    run_jobs()
    assert outbox.emails[-1].subject == "A reminder from Harlow & Reyes"
    assert len(outbox.emails) == 2
    assert "Reminders so far:" in cast.ben.get(address(bill, "/reminder"))


def test_L8_a_link_is_copied_into_the_chosen_account(cast: Cast, connected: Office) -> None:
    bill = issued(connected, connected.cleo, now_asked())
    shown = cast.ben.get(address(bill, "/client-link"))
    values = [box["value"] for box in shown.select("[name=account]")]
    assert connected.accounts.operating.public_id in values
    assert connected.accounts.trust.public_id not in values
    first = cast.ben.submit(shown, "Copy link to send")
    again = cast.ben.submit(shown, "Copy link to send")
    (link,) = links(Channel.LINK)
    for page in (first, again):
        assert str(page.one("#client-link")["value"]).endswith(f"/bills/{link.token}")
    assert link.bank_account_id == connected.accounts.operating.id


def test_L8_a_forged_or_unconnected_account_makes_no_link(
    cast: Cast, desk: Office, stores_nothing: Watch
) -> None:
    bill = issued(desk, desk.cleo, now_asked())
    for chosen in (desk.accounts.trust.public_id, "unknown", ""):
        data = {"csrf_token": cast.ben.csrf_token(), "account": chosen}
        with stores_nothing():
            page = cast.ben.post(address(bill, "/client-link"), data, status=422)
        assert "Choose the account that receives the money." in page.one("#account-error").text
    with db.transaction() as session:
        session.execute(update(BankAccount).values(checked_problems=["No payouts"]))
    data = {"csrf_token": cast.ben.csrf_token(), "account": desk.accounts.operating.public_id}
    with stores_nothing():
        page = cast.ben.post(address(bill, "/client-link"), data, status=422)
    assert "Not connected: No payouts" in page
    assert page.one("#account").has_attr("disabled")


def test_P1_without_online_payments_there_is_no_link_to_copy(
    cast: Cast, desk: Office, stores_nothing: Watch
) -> None:
    bill = issued(desk, desk.cleo, now_asked())
    with db.transaction() as session:
        set_online_payments(session, online=False, part_min_cents=100, by=BEN)
    assert "Online payments are turned off" in cast.ben.get(address(bill, "/client-link"))
    data = {"csrf_token": cast.ben.csrf_token(), "account": desk.accounts.operating.public_id}
    with stores_nothing():
        cast.ben.post(address(bill, "/client-link"), data, status=409)


def test_L2_a_trust_requests_link_leads_into_its_own_account(cast: Cast, connected: Office) -> None:
    asked = requested(connected)
    page = cast.ben.get(of_request(asked, "/client-link"))
    assert [box["value"] for box in page.select("[name=account]")] == [
        connected.accounts.trust.public_id
    ]
    made = cast.ben.submit(page, "Copy link to send")
    (link,) = links(Channel.LINK)
    assert str(made.one("#client-link")["value"]).endswith(f"/trust-requests/{link.token}")


def test_D3_a_failed_email_is_sent_again_from_the_bills_page(
    cast: Cast, desk: Office, outbox: Outbox, run_jobs: RunJobs
) -> None:
    give_emails(desk.cleo, CLEO)
    bill, other = (issued(desk, desk.cleo, now_asked()) for _one in range(2))
    pressed(bill)
    run_jobs()
    outbox.clear()
    with db.transaction() as session:
        failed = {"state": "refused", "sent_at": None, "last_reply": "550 no such user"}
        session.execute(update(Delivery).values(failed))
    page = cast.ben.get(address(bill, "/sendings"))
    assert "The mail server refused it: 550 no such user" in page
    with db.read() as session:
        public_id = session.scalars(select(Delivery.public_id)).one()
    data = {"csrf_token": cast.ben.csrf_token()}
    cast.ben.post(address(other, f"/sendings/{public_id}/attempts"), data, status=404)
    assert "The email will be sent again." in cast.ben.submit(page, "Send again")
    run_jobs()
    assert len(outbox.emails) == 1


def test_a_stranger_or_another_kind_of_document_is_not_found(cast: Cast, desk: Office) -> None:
    bill = issued(desk, desk.cleo, now_asked())
    asked = requested(desk)
    for task in ("/sending", "/reminder", "/client-link", "/sendings"):
        cast.ben.ask("GET", of_request(bill, task), status=404)
        cast.ben.ask("GET", address(asked, task), status=404)  # type: ignore[arg-type]
        cast.ben.ask("GET", f"/staff/bills/unknown{task}", status=404)


@pytest.mark.parametrize("status", ["", "awaiting_payment"])
def test_L8_rows_of_the_list_offer_send_and_the_link_beside_it(
    status: str, cast: Cast, desk: Office
) -> None:
    bill = issued(desk, desk.cleo, now_asked())
    page = cast.ben.get(f"/staff/bills?status={status}")
    assert page.one(f"a[href='{address(bill, '/sending')}']")
    menu = page.one(f"a.menu-item[href='{address(bill, '/client-link')}']")
    assert menu.get_text().strip() == "Copy link to pay client balance"


def rows(table: type[db.Base]) -> list[object]:
    with db.read() as session:
        return list(session.scalars(select(table)))


def test_the_log_says_who_sent_what(cast: Cast, desk: Office) -> None:
    give_emails(desk.cleo, CLEO)
    bill = issued(desk, desk.cleo, now_asked())
    pressed(bill)
    assert len(rows(Sending)) == 1
    assert len(rows(DocumentLink)) == 2
    assert isinstance(bill, Bill)
    assert "Bill sent" in cast.ada.activity_log()
