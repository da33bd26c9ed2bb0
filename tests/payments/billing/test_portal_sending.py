"""Sending through the client portal: what goes there, what never does, and who is told of it."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from payments.billing import sent
from payments.billing.bulk_why import Why
from payments.billing.handed_out import DocumentLink, Sending
from payments.billing.models import Bill
from payments.billing.portals import is_shared, portal_problem, portal_whys
from payments.billing.reminders import remind_by_schedule
from payments.billing.sending import ToSend, remind, send
from payments.billing.settings import BillingSettings
from portal.clients.queries import matter_by_id
from portal.core import db
from portal.core.audit import AuditEntry
from portal.core.errors import Conflict, Invalid
from portal.documents.models import Share
from portal.notifications.models import NoticeWindow
from portal.notifications.windows import WINDOW
from tests.factories.billing import Line, Office, issued
from tests.factories.portals import firm_person, opened
from tests.payments.billing.desk import address, line_of, now_asked
from tests.payments.billing.mailroom import CLEO, HOME, links, requested
from tests.payments.billing.portal_desk import DAN, PortalDesk
from tests.support.cast import BEN, Cast
from tests.support.outbox import Outbox
from tests.support.rows import count
from tests.support.statements import statements

SCHEDULE: dict[str, Any] = {
    "id": 1,
    "due_days": 30,
    "own_approval": True,
    "paper": "letter",
    "taxes": [],
    "reminders": True,
    "reminder_days": [-3],
}
Advance = Callable[[timedelta], int]
Watch = Callable[[], AbstractContextManager[None]]


@pytest.fixture
def bill(portal: PortalDesk) -> Bill:
    return issued(portal.office, portal.office.cleo, now_asked(Line(12_345)))


def test_D3_through_the_portal_alone_one_notice_tells_of_it(
    portal: PortalDesk, bill: Bill, outbox: Outbox, advance: Advance
) -> None:
    made = portal.sent(bill)
    advance(WINDOW)
    (email,) = outbox.to(CLEO)
    assert email.subject == "News from Harlow & Reyes"
    assert made.shared
    assert links() == []


def test_D3_with_both_toggles_the_client_gets_one_email_with_the_message(
    portal: PortalDesk, bill: Bill, outbox: Outbox, advance: Advance
) -> None:
    portal.sent(bill, to=[CLEO], message="With my thanks")
    advance(WINDOW)
    (email,) = outbox.to(CLEO)
    assert email.subject == "A bill from Harlow & Reyes"
    assert "With my thanks" in email


def test_D3_C5_others_who_take_part_are_told_by_the_portal(
    portal: PortalDesk, bill: Bill, outbox: Outbox, advance: Advance
) -> None:
    portal.with_dan()
    portal.sent(bill, to=[CLEO])
    advance(WINDOW)
    assert [one.subject for one in outbox.to(DAN)] == ["News from Harlow & Reyes"]
    assert len(outbox.to(CLEO)) == 1


def test_D3_what_is_shared_already_is_shared_once(
    portal: PortalDesk, bill: Bill, outbox: Outbox, advance: Advance
) -> None:
    for _press in range(2):
        assert portal.sent(bill).shared
    assert count(Share) == count(NoticeWindow) == 1
    advance(WINDOW)
    assert len(outbox.emails) == 1


def test_D3_shared_again_after_it_was_stopped(portal: PortalDesk, bill: Bill) -> None:
    portal.sent(bill)
    portal.stopped()
    portal.sent(bill)
    with db.read() as session:
        assert is_shared(session, bill)
    assert count(Share) == 2


def test_D3_pressing_twice_shares_and_sends_once(portal: PortalDesk, bill: Bill) -> None:
    wanted = ToSend("one-form-of-ben", "Hello", [CLEO], portal=True)
    with db.transaction() as session:
        first = send(session, bill, wanted, by=portal.ben.actor)
        assert send(session, bill, wanted, by=portal.ben.actor).id == first.id
    changed = ToSend("one-form-of-ben", "Hello", [CLEO], portal=False)
    with db.transaction() as session, pytest.raises(Conflict, match="client portal"):
        send(session, bill, changed, by=portal.ben.actor)
    assert count(Share) == count(DocumentLink) - 1 == 1  # the code on the PDF is a link too


def test_D4_what_cannot_go_there_is_refused_and_changes_nothing(portal: PortalDesk) -> None:
    """Forged into the route of the portal: several matters, no matter, a matter without portal."""
    office = portal.office
    several = issued(office, office.cleo, now_asked(Line(100), Line(200, matter=1)))
    without = issued(office, office.cleo, now_asked(Line(100, matter=1)))
    whole = requested(office, matter=False)
    for payable, words in (
        (several, "several matters"),
        (without, "no client portal for this matter"),
        (whole, "client as a whole"),
    ):
        for to in ((), (CLEO,)):
            with pytest.raises(Invalid, match=words) as refused:
                portal.sent(payable, to=to)
            assert refused.value.field == "portal"
    assert count(Share) == count(Sending) == count(DocumentLink) == 0


def test_D4_a_portal_without_clients_is_named(portal: PortalDesk, bill: Bill) -> None:
    portal.without_cleo()
    with db.read() as session:
        assert "No client takes part" in (portal_problem(session, bill) or "")


def test_D5_problems_of_many_are_found_in_two_selects(portal: PortalDesk) -> None:
    office = portal.office
    several = issued(office, office.cleo, now_asked(Line(100), Line(200, matter=1)))
    good = [issued(office, office.cleo, now_asked()) for _one in range(20)]
    asked = requested(office)
    with statements("SELECT") as said, db.read() as session:
        bill_ids = [one.id for one in (several, *good)]
        problems = portal_whys(session, bill_ids, {asked.id: asked.matter_id, 0: None})
    assert problems == {("bill", several.id): Why.MATTERS, ("trust-request", 0): Why.CLIENT_LEVEL}
    assert len(said) == 2


def test_X9_the_log_says_that_it_went_through_the_portal(portal: PortalDesk, bill: Bill) -> None:
    portal.sent(bill)
    with db.read() as session:
        logged = session.scalars(select(AuditEntry).filter_by(action="bill.sent")).one()
    assert (logged.detail["portal"], logged.detail["to"]) == (True, [])


def test_D3_the_dialog_offers_the_portal_and_says_who_sees_it(
    cast: Cast, portal: PortalDesk, bill: Bill
) -> None:
    portal.with_dan(joined=False)
    page = cast.ben.get(address(bill, "/sending"))
    assert not page.one("#portal").has_attr("disabled")
    assert "Cleo Vance, Dan Vance will see it" in page
    assert "Dan Vance gets an invitation first." in page
    done = cast.ben.submit(page, "Send bill", portal="yes", email=None)
    assert "Bill 1001 is shared in the client portal." in done
    assert "being emailed" not in done
    again = cast.ben.get(address(bill, "/sending"))
    assert "It is shared already." in again
    twice = cast.ben.submit(again, "Send bill", portal="yes", email=None)
    assert "was shared in the client portal already" in twice


def test_D3_C4_it_stands_in_shared_resources_until_it_is_stopped(
    cast: Cast, portal: PortalDesk, bill: Bill
) -> None:
    portal.sent(bill)
    page = cast.ben.get(portal.resources)
    assert page.link("View Bill 1001").endswith(f"/staff/bills/{bill.public_id}")
    assert "Cleo Vance" in page
    back = cast.ben.submit(cast.ben.click(page, "Stop sharing"), "Stop sharing")
    assert "“Bill 1001” is no longer shared." in back


def test_D4_forged_into_the_form_it_is_refused_with_the_reason(
    cast: Cast, portal: PortalDesk, stores_nothing: Watch
) -> None:
    office = portal.office
    several = issued(office, office.cleo, now_asked(Line(100), Line(200, matter=1)))
    page = cast.ben.get(address(several, "/sending"))
    assert page.one("#portal").has_attr("disabled")
    with stores_nothing():
        refused = cast.ben.submit(page, "Send bill", portal="yes", message="Kept", status=422)
    assert "Never for a bill with several matters" in refused.one("#portal-error").get_text()
    assert refused.one("#message").get_text().strip() == "Kept"


def test_C9_a_client_without_an_address_is_named(cast: Cast, desk: Office) -> None:
    """The portal is open, but nobody can be invited into it."""
    with db.read() as session:
        matter = matter_by_id(session, desk.cleo.matters[0])
    opened(matter, firm_person(BEN.email))
    bill = issued(desk, desk.cleo, now_asked())
    page = cast.ben.get(address(bill, "/sending"))
    assert "it can go through the portal alone" in page
    done = cast.ben.submit(page, "Send bill", portal="yes")
    assert "No invitation went to Cleo Vance" in done


def test_D3_the_history_says_that_it_went_through_the_portal(
    cast: Cast, portal: PortalDesk, bill: Bill
) -> None:
    portal.sent(bill)
    with db.read() as session:
        told = sent.history(session, bill)
    assert [one.shared for one in told.latest] == [True]
    page = cast.ben.get(address(bill, "/sendings"))
    assert "Client portal" in page
    assert "Shared" in page
    assert HOME not in page


def test_D8_what_went_through_the_portal_alone_is_reminded_of_by_email(
    portal: PortalDesk, outbox: Outbox, advance: Advance
) -> None:
    with db.transaction() as session:
        session.merge(BillingSettings(**SCHEDULE))
    bill = issued(portal.office, portal.office.cleo, now_asked(due_in_days=6))
    portal.sent(bill)
    advance(timedelta(days=2))
    remind_by_schedule()
    advance(timedelta(hours=1))
    assert [one.subject for one in outbox.to(CLEO)] == [
        "News from Harlow & Reyes",
        "A reminder from Harlow & Reyes",
    ]


def test_D4_a_change_that_names_a_second_matter_stops_sharing_and_says_so(
    cast: Cast, portal: PortalDesk, bill: Bill
) -> None:
    portal.sent(bill)
    page = cast.ben.get(address(bill, "/change"))
    added = line_of(1, portal.office.cleo.matters[1])
    done = cast.ben.submit(page, "Save changes", reason="Both matters", **added)
    assert "no longer shared in the client portal" in done
    assert "Nothing is shared yet" in cast.ben.get(portal.resources)


def test_D3_the_preview_says_what_goes_out_through_the_portal_alone(
    cast: Cast, portal: PortalDesk, bill: Bill
) -> None:
    typed = {"csrf_token": cast.ben.csrf_token(), "message": "Hello there", "portal": "yes"}
    shown = cast.ben.post(address(bill, "/sending/preview"), typed)
    assert "a notice from the client portal within five minutes" in shown
    assert "Hello there" in shown
    assert "Subject:" not in shown
    portal.sent(bill)
    again = cast.ben.post(address(bill, "/sending/preview"), typed)
    assert "No email goes out, as it is shared already." in again


def test_D8_a_reminder_goes_by_email_whatever_a_forged_form_says(portal: PortalDesk) -> None:
    bill = issued(portal.office, portal.office.cleo, now_asked())
    portal.sent(bill, to=[CLEO], portal=False)
    wanted = ToSend("12345678", email=False, portal=True)
    with pytest.raises(Invalid, match="Choose at least one"), db.transaction() as session:
        remind(session, bill, wanted, by=portal.ben.actor)
    assert count(Sending) == 1
    assert count(Share) == 0
