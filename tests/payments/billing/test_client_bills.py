"""A shared bill or trust request as its client has it: as it is now, to keep, and to pay from."""

from collections.abc import Callable
from datetime import timedelta
from io import BytesIO

import pytest
from pypdf import PdfReader
from sqlalchemy import select, update

from payments.accounts.settings import set_online_payments
from payments.billing import actions
from payments.billing.changing import change_bill
from payments.billing.models import Bill, BillStatus
from payments.billing.payables import Payable
from portal.clients.models import Contact, Matter
from portal.core import db
from portal.feed.models import EventKind, FeedEvent
from portal.notifications.windows import WINDOW
from tests.factories.billing import Line, details, issued
from tests.payments.billing.desk import now_asked, stored
from tests.payments.billing.mailroom import CLEO, requested
from tests.payments.billing.portal_desk import PortalDesk
from tests.support.languages import offer
from tests.support.outbox import Outbox

Advance = Callable[[timedelta], int]
HTMX = {"HX-Request": "true"}


@pytest.fixture
def bill(portal: PortalDesk) -> Bill:
    bill = issued(portal.office, portal.office.cleo, now_asked(Line(123_456)))
    portal.sent(bill, message="Thank you for your trust.")
    return bill


def page_of(payable: Payable) -> str:
    return (
        f"/portal/{'bills' if isinstance(payable, Bill) else 'trust-requests'}/{payable.public_id}"
    )


def change(portal: PortalDesk, bill: Bill, *lines: Line) -> None:
    changed = details(portal.office, portal.office.cleo, now_asked(*lines))
    with db.transaction() as session:
        change_bill(session, stored(bill), changed, reason="More work", by=portal.ben.actor)


def openings() -> list[tuple[str, str]]:
    opened = FeedEvent.kind == EventKind.OPENED
    with db.read() as session:
        rows = session.execute(select(FeedEvent.subject_kind, FeedEvent.name).where(opened))
        return [(row.subject_kind, row.name) for row in rows]


def test_D7_the_client_opens_it_with_what_is_due_and_the_way_to_pay(
    portal: PortalDesk, bill: Bill
) -> None:
    page = portal.cleo().get(page_of(bill))
    due = page.one(".client-document-due").get_text(" ")
    assert "$1,234.56" in due
    assert "Thank you for your trust." in page
    assert "Drafting" in page.one(".paper").get_text()
    form, _button = page.form("Pay")
    assert form["action"] == f"/portal/bills/{bill.public_id}/pay"


def test_D7_it_is_downloaded_as_a_pdf(portal: PortalDesk, bill: Bill) -> None:
    cleo = portal.cleo()
    answer = cleo.http.get(f"{page_of(bill)}/bill.pdf", base_url=cleo.base_url)
    assert answer.headers["Content-Disposition"] == 'attachment; filename="Bill-1001.pdf"'
    words = " ".join(page.extract_text() for page in PdfReader(BytesIO(answer.data)).pages)
    assert "1,234.56" in words


def test_D7_a_trust_request_says_that_the_money_stays_the_clients(portal: PortalDesk) -> None:
    asked = requested(portal.office)
    portal.sent(asked)
    cleo = portal.cleo()
    page = cleo.get(page_of(asked))
    assert "The money stays yours" in page
    assert page.form("Pay")[0]["action"] == f"{page_of(asked)}/pay"
    answer = cleo.http.get(f"{page_of(asked)}/trust-request.pdf", base_url=cleo.base_url)
    assert answer.data.startswith(b"%PDF")


def test_D6_a_change_shows_at_once_also_on_an_open_page(portal: PortalDesk, bill: Bill) -> None:
    cleo = portal.cleo()
    again = str(cleo.get(page_of(bill)).one("#client-document")["hx-get"])
    assert cleo.get(again, htmx=True, status=204).text == ""
    change(portal, bill, Line(77_700))
    shown = cleo.get(again, htmx=True)
    assert "$777.00" in shown
    assert shown.one("template").find(string="This has changed. You see it as it is now.")


def test_C12_what_is_stopped_is_gone_from_page_pdf_and_an_open_page(
    portal: PortalDesk, bill: Bill
) -> None:
    cleo = portal.cleo()
    again = str(cleo.get(page_of(bill)).one("#client-document")["hx-get"])
    portal.stopped()
    assert "Ben Lindqvist stopped sharing it" in cleo.get(page_of(bill), status=404)
    assert cleo.get(f"{page_of(bill)}/bill.pdf", status=404).status == 404
    assert cleo.get(again, htmx=True, status=204).headers["HX-Refresh"] == "true"


def test_D4_a_change_to_a_second_matter_takes_it_away(portal: PortalDesk, bill: Bill) -> None:
    cleo = portal.cleo()
    cleo.get(page_of(bill))
    change(portal, bill, Line(100), Line(200, matter=1))
    cleo.get(page_of(bill), status=404)
    cleo.get(f"{page_of(bill)}/bill.pdf", status=404)


def test_C4_the_firm_sees_who_opened_it_and_when_first(portal: PortalDesk, bill: Bill) -> None:
    assert "Not opened yet" in portal.cast.ben.get(portal.resources).one(".table").get_text(" ")
    cleo = portal.cleo()
    for _visit in range(3):
        cleo.get(page_of(bill))
    assert openings() == [("bill", "Bill 1001")]
    shown = portal.cast.ben.get(portal.resources).one("[data-label=Opened]").get_text(" ")
    assert "Cleo Vance" in shown


def test_C4_its_name_in_the_feed_is_in_the_language_of_the_firm(
    portal: PortalDesk, bill: Bill
) -> None:
    offer(["en_US", "fr_CA"])
    with db.transaction() as session:
        session.execute(
            update(Contact).where(Contact.id == portal.office.cleo.id).values(language="fr_CA")
        )
    page = portal.cleo().get(page_of(bill))
    assert "Facture 1001" in page
    assert openings() == [("bill", "Bill 1001")]


@pytest.mark.parametrize("status", [BillStatus.PAID, BillStatus.VOID])
def test_D6_what_is_paid_or_withdrawn_says_so_and_asks_for_nothing(
    portal: PortalDesk, bill: Bill, status: BillStatus
) -> None:
    with db.transaction() as session:
        if status is BillStatus.VOID:
            actions.void(session, stored(bill), reason="Wrong", by=portal.ben.actor)
        else:
            paid = {"applied_cents": Bill.total_cents, "status": status}
            session.execute(update(Bill).where(Bill.id == bill.id).values(**paid))
    page = portal.cleo().get(page_of(bill))
    words = {BillStatus.PAID: "Nothing more is owed", BillStatus.VOID: "was withdrawn"}
    assert words[status] in page
    assert page.select("#pay") == []


def test_M9_what_is_being_paid_is_not_asked_for_again(portal: PortalDesk, bill: Bill) -> None:
    with db.transaction() as session:
        session.execute(
            update(Bill).where(Bill.id == bill.id).values(reserved_cents=Bill.total_cents)
        )
    page = portal.cleo().get(page_of(bill))
    assert "A payment of $1,234.56 is under way" in page
    assert page.select("#pay") == []


def test_P1_with_online_payments_off_there_is_no_button(portal: PortalDesk, bill: Bill) -> None:
    with db.transaction() as session:
        set_online_payments(session, online=False, part_min_cents=100, by=portal.ben.actor)
    page = portal.cleo().get(page_of(bill))
    assert page.select("#pay") == []
    assert "It cannot be paid online now." in page


def test_strangers_and_other_clients_find_nothing(portal: PortalDesk, bill: Bill) -> None:
    stranger = portal.cast.sol
    assert "/sign-in" in stranger.get(page_of(bill)).address
    dan = portal.with_dan()
    other = issued(portal.office, portal.office.cleo, now_asked())  # shared with nobody
    for whose in (dan.id, portal.office.cleo.id):
        portal.browser(whose).get(page_of(bill))
        portal.browser(whose).get(page_of(other), status=404)
    for nothing in ("nothing", "%00", "x" * 300):
        portal.cleo().get(f"/portal/bills/{nothing}", status=404)
    asked_as_other = page_of(bill).replace("bills", "trust-requests")
    portal.cleo().get(asked_as_other, status=404)


def test_D3_the_message_stands_in_the_one_notice(
    portal: PortalDesk, bill: Bill, outbox: Outbox, advance: Advance
) -> None:
    advance(WINDOW)
    (email,) = outbox.to(CLEO)
    assert "1 bill from Ben Lindqvist" in email
    assert "Thank you for your trust." in email
    assert "Thank you for your trust." in email.html
    assert "1,234.56" not in email.text


def test_D3_a_message_that_its_own_email_carries_is_not_said_twice(
    portal: PortalDesk, outbox: Outbox, advance: Advance
) -> None:
    """Dan is told by the portal, Cleo by the bill's email: what was written to her stays there."""
    dan = portal.with_dan()
    asked = requested(portal.office)
    portal.sent(asked, to=[CLEO], message="For you alone")
    advance(WINDOW)
    (told,) = outbox.to("dan@client.test")
    assert "1 trust request from Ben Lindqvist" in told
    assert "For you alone" not in told
    assert "For you alone" not in portal.browser(dan.id).get(page_of(asked))


def test_D3_C5_an_email_soon_after_takes_nothing_out_of_the_notice_of_the_portal(
    portal: PortalDesk, outbox: Outbox, advance: Advance
) -> None:
    """Sent through the portal alone, and by email too before the notice went out: Dan is told by
    the notice, with the message that was written for it."""
    portal.with_dan()
    asked = requested(portal.office)
    portal.sent(asked, message="Thank you for your trust.")
    portal.sent(asked, to=[CLEO], message="For you alone")
    advance(WINDOW)
    (told,) = outbox.to("dan@client.test")
    assert "Thank you for your trust." in told
    assert "For you alone" not in told


def test_D3_a_message_of_what_was_shared_before_and_stopped_is_not_said_again(
    portal: PortalDesk, bill: Bill, outbox: Outbox, advance: Advance
) -> None:
    portal.with_dan()
    advance(WINDOW)
    portal.stopped()
    portal.sent(bill, to=[CLEO], message="For you alone")
    advance(WINDOW)
    told = outbox.to("dan@client.test")[-1]
    assert "1 bill from Ben Lindqvist" in told
    assert "Thank you for your trust." not in told


def test_D6_it_stands_among_what_is_shared_with_them(portal: PortalDesk, bill: Bill) -> None:
    cleo = portal.cleo()
    with db.read() as session:
        public_id = session.get_one(Matter, portal.matter_id).public_id
    documents = f"/portal/matters/{public_id}/documents"
    (row,) = cleo.get(documents).select("[aria-labelledby=others-heading] li")
    shown = row.get_text(" ")
    assert all(words in shown for words in ("Bill 1001", "$1,234.56 due", "New"))
    cleo.click(cleo.get(documents), "Open Bill 1001")
    assert "New" not in cleo.get(documents).one("[aria-labelledby=others-heading]").get_text(" ")
    portal.stopped()
    assert cleo.get(documents).select("#others-heading") == []
