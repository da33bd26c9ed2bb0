"""Billing → Trust requests: the list, one request, and its way from draft to void by the pages."""

from typing import Any

import pytest
from sqlalchemy import func, select

from payments.billing import trust_actions, trust_queries
from payments.billing.applying import move_paid
from payments.billing.requested import TrustRequest
from payments.billing.settings import BillingSettings
from portal.clients.access import NOTHING_CLOSED
from portal.clients.models import Matter
from portal.core import db
from portal.web.pagination import PAGE_ROWS
from tests.factories.billing import BEN, TODAY, Office
from tests.factories.trust_requests import (
    Wanted,
    drafted_request,
    issued_request,
    kept_request,
    now_wanted,
)
from tests.support.cast import Cast
from tests.support.days import firm_day
from tests.support.page import Page

REQUESTS = "/staff/trust-requests"


def address(asked: TrustRequest, task: str = "") -> str:
    """The address of a request, or of something done with it."""
    return f"{REQUESTS}/{asked.public_id}{task}"


def newest() -> TrustRequest:
    """The request that was made last."""
    with db.read() as session:
        public_id = session.scalars(
            select(TrustRequest.public_id).order_by(TrustRequest.id.desc()).limit(1)
        ).one()
        return trust_queries.trust_request(session, public_id, NOTHING_CLOSED)


def test_D2_a_request_is_written_submitted_approved_issued_and_voided_by_the_pages(
    cast: Cast, desk: Office
) -> None:
    page = cast.ben.get(f"{REQUESTS}/new?client=contact:{desk.cleo.public_id}")
    assert "Client level: for any of their matters" in page
    page = cast.ben.submit(page, "Save draft", amount="1,500.00", note="For the appeal")
    assert "The draft was saved." in page
    assert "Client level, no one matter" in page
    page = cast.ben.submit(page, "Submit for approval")
    assert "The trust request now awaits approval." in page
    asked = newest()
    page = cast.ada.submit(cast.ada.get(address(asked)), "Approve")
    assert "Approved by Ada Okafor" in page
    page = cast.ben.get(cast.ben.get(address(asked)).link("Issue"))
    page = cast.ben.submit(page, "Issue")
    assert "Trust request 2001 was issued." in page
    assert "$1,500.00 Awaiting payment still to pay into trust" in page
    page = cast.ben.submit(cast.ben.get(page.link("Void")), "Void", reason="Sent twice")
    assert "Trust request 2001 was voided." in page
    for line in ("Trust request voided", "Reason: Sent twice", "Trust request approved"):
        assert line in page


def numbers(page: Page) -> list[str]:
    """The requests of a list, in its order."""
    return page.texts("#trust-requests-table tbody th")


def one_of_each(desk: Office) -> None:
    """A request in every state, overdue and part-paid ones too."""
    drafted_request(desk, desk.sol, now_wanted(1_000))
    waiting = drafted_request(desk, desk.cleo, now_wanted(2_000))
    issued_request(desk, desk.cleo, Wanted(4_000, due_on=TODAY))  # 2001, overdue
    later = issued_request(desk, desk.cleo, now_wanted(8_000, matter=None, due_in_days=20))
    paid = issued_request(desk, desk.sol, now_wanted(16_000))
    void = issued_request(desk, desk.sol, now_wanted(32_000))
    with db.transaction() as session:
        trust_actions.submit_for_approval(session, waiting, by=BEN)
        trust_actions.void(session, void, reason="Twice", by=BEN)
        move_paid(session, later.id, 3_000)
        move_paid(session, paid.id, 16_000)


@pytest.mark.both_databases
def test_D2_the_list_shows_each_state_on_its_tab_with_what_it_comes_to(
    cast: Cast, desk: Office
) -> None:
    assert "No trust requests yet" in cast.ana.get(REQUESTS)
    one_of_each(desk)
    page = cast.ana.get(REQUESTS)
    assert numbers(page) == ["2004", "2003", "2002", "2001", "Draft", "Draft"]
    assert "6 trust requests: $310.00 in all, $90.00 unpaid" in page
    void, paid, later, overdue, waiting, draft = page.texts("#trust-requests-table tbody tr")
    assert "Void" in void
    assert "$0.00" in void
    assert "Paid" in paid
    assert "Client level" in later
    assert "Part paid" in later
    assert "$50.00" in later
    assert "Overdue" in overdue
    assert "Awaiting approval" in waiting
    assert "Sol Nobody" in draft
    for label, expected in (
        ("Draft", ["Draft"]),
        ("Awaiting approval", ["Draft"]),
        ("Unpaid", ["2001", "2002"]),
        ("Paid", ["2003"]),
        ("Void", ["2004"]),
    ):
        assert numbers(cast.ana.get(page.link(label))) == expected, label


@pytest.mark.parametrize(
    "query, expected",
    [
        ("q=2002", ["2002"]),
        ("q=%232002", ["2002"]),
        ("q=sol", ["2004", "2003", "Draft"]),
        ("q=sol&status=paid", ["2003"]),
        ("q=sol+matter", ["2004", "2003", "Draft"]),
        ("q=nobody+here", []),
        ("q=2999", []),
        ("due=overdue", ["2001"]),
        ("due=week", ["2001"]),
        ("due=month", ["2001", "2002"]),
        ("due=month&status=void", []),
        ("status=gone", ["2004", "2003", "2002", "2001", "Draft", "Draft"]),
        ("due=never&before=x&after=9999999999999999999999", None),
    ],
)
def test_D2_the_list_is_searched_and_filtered_by_its_address(
    cast: Cast, desk: Office, query: str, expected: list[str] | None
) -> None:
    one_of_each(desk)
    page = cast.ben.get(f"{REQUESTS}?{query}")
    if expected is None:
        assert "There is no such due date, so it was left out." in page
        assert len(numbers(page)) == 6
    else:
        assert numbers(page) == expected
    if expected == []:
        assert numbers(cast.ben.click(page, "Clear filters")) != [] or "status" in query


@pytest.mark.both_databases
def test_D2_the_pages_of_the_list_turn_back_and_forth(cast: Cast, desk: Office) -> None:
    for _each in range(PAGE_ROWS + 2):
        issued_request(desk, desk.cleo, now_wanted(100))
    for query in ("", "?status=awaiting_payment"):
        first = cast.ana.get(f"{REQUESTS}{query}")
        second = cast.ana.click(first, "Next")
        assert len(numbers(first)) == PAGE_ROWS
        assert len(set(numbers(first)) | set(numbers(second))) == PAGE_ROWS + 2
        assert numbers(cast.ana.click(second, "Previous")) == numbers(first)


def test_D2_contact_and_matter_have_their_requests_on_a_tab(cast: Cast, desk: Office) -> None:
    one_of_each(desk)
    page = cast.ben.get(f"/staff/contacts/{desk.cleo.public_id}")
    page = cast.ben.get(str(page.one("main .tabs a[href$='/trust-requests']")["href"]))
    assert numbers(page) == ["2002", "2001", "Draft"]
    assert "$90.00 asked for now" in page
    with db.read() as session:
        matter = session.get_one(Matter, desk.cleo.matters[0]).public_id
    page = cast.ben.get(f"/staff/matters/{matter}/trust-requests")
    assert numbers(page) == ["2001", "Draft"], "none of those at client level"
    assert "$40.00 asked for now on this matter" in page
    page = cast.ben.get(str(page.one("a#new-trust-request")["href"]))
    assert page.one("#matter option[selected]")["value"] == matter


def test_D2_N9_who_may_not_write_reads_and_has_no_button(cast: Cast, desk: Office) -> None:
    asked = drafted_request(desk, desk.cleo)
    page = cast.ana.get(address(asked))
    for words in ("Issue", "Submit for approval", "Edit draft", "Delete draft"):
        assert words not in page.texts("a, button")
    for task in ("/issue", "/edit", "/deletion"):
        cast.ana.get(address(asked, task), status=403)
    token = {"csrf_token": cast.ana.csrf_token()}
    for task in ("/submission", "/approval", "/issue", "/deletion", "/edit"):
        cast.ana.post(address(asked, task), token, status=403)
    assert kept_request(asked).status == "draft"


def test_D2_where_the_firm_wants_a_second_person_the_page_says_so(cast: Cast, desk: Office) -> None:
    with db.transaction() as session:
        session.add(BillingSettings(id=1, own_approval=False, taxes=[], reminder_days=[]))
    page = cast.ben.get(f"{REQUESTS}/new?client=contact:{desk.cleo.public_id}")
    page = cast.ben.submit(page, "Save draft", amount="10.00")
    assert "somebody else approves it before it is issued." in page
    assert "Issue" not in page.texts("a, button")
    page = cast.ben.submit(page, "Submit for approval")
    assert "somebody else has to approve it." in page
    assert "Approve" not in page.texts("a, button")
    asked = newest()
    forged = {"csrf_token": cast.ben.csrf_token(), "version": "1"}
    refused = cast.ben.post(address(asked, "/approval"), forged, status=403)
    assert "You wrote this request, so somebody else has to approve it." in refused
    day = {**forged, "issued_on": firm_day().isoformat()}
    cast.ben.post(address(asked, "/issue"), day, status=403)
    cast.ada.submit(cast.ada.get(address(asked)), "Approve")
    assert kept_request(asked).approved_by is not None
    assert "Issue" in cast.ben.get(address(asked)).texts("a, button")


def test_D2_what_cannot_be_saved_is_told_beside_it_and_kept_as_typed(
    cast: Cast, desk: Office
) -> None:
    page = cast.ben.get(f"{REQUESTS}/new?client=contact:{desk.cleo.public_id}")
    typed: dict[str, Any] = {
        "amount": "1e9",
        "due_on": "2026-02-30",
        "note": "Kept",
        "matter": "forged",
    }
    page = cast.ben.submit(page, "Save draft", status=422, account="", **typed)
    for sentence in (
        "Enter an amount like 1,250.00.",
        "Enter the day like 2026-05-31.",
        "Choose a matter of this client, or none.",
        "Choose a trust account.",
    ):
        assert sentence in page
    assert page.one("#amount")["value"] == "1e9"
    assert "Kept" in page.one("#note").get_text()
    assert page.title.startswith("Error:")
    with db.read() as session:
        assert session.scalar(select(func.count()).select_from(TrustRequest)) == 0


def test_D2_two_people_who_edit_one_draft_do_not_overwrite_each_other_unseen(
    cast: Cast, desk: Office
) -> None:
    asked = drafted_request(desk, desk.cleo)
    mine, theirs = cast.ben.get(address(asked, "/edit")), cast.ada.get(address(asked, "/edit"))
    cast.ada.submit(theirs, "Save draft", amount="20.00")
    told = cast.ben.submit(mine, "Save draft", amount="30.00", status=409)
    assert "Somebody has saved this draft since you opened it." in told
    assert told.one("#amount")["value"] == "30.00"
    assert kept_request(asked).amount_cents == 2_000
    cast.ben.submit(told, "Save draft")
    assert kept_request(asked).amount_cents == 3_000


def test_D2_an_issued_request_is_changed_and_refuses_what_it_cannot_become(
    cast: Cast, desk: Office
) -> None:
    asked = issued_request(desk, desk.cleo, now_wanted(50_000))
    form = cast.ben.get(cast.ben.get(address(asked)).link("Change"))
    wrong = cast.ben.submit(form, "Save changes", status=422, amount="0", reason="")
    assert "Say why the request is changed." in wrong
    assert "Enter an amount from 0.01" in wrong
    page = cast.ben.submit(form, "Save changes", amount="600.00", reason="A second expert")
    assert "Trust request 2001 was changed." in page
    assert "Amount before: $500.00" in page
    stale = cast.ben.submit(form, "Save changes", amount="1.00", reason="Late", status=409)
    assert "The request was changed meanwhile." in stale
    with db.transaction() as session:
        move_paid(session, asked.id, 100)
    assert "Change" not in cast.ben.get(address(asked)).texts("a, button")
    refused = cast.ben.get(address(asked, "/void"))
    refused = cast.ben.submit(refused, "Void", reason="Wrong", status=409)
    assert "Reverse the payment to void it." in refused
    assert kept_request(asked).status == "awaiting_payment"


def test_D2_a_draft_is_deleted_after_a_question(cast: Cast, desk: Office) -> None:
    asked = drafted_request(desk, desk.cleo)
    page = cast.ben.get(cast.ben.get(address(asked)).link("Delete draft"))
    page = cast.ben.submit(page, "Delete draft")
    assert "The draft was deleted." in page
    cast.ben.get(address(asked), status=404)
    issued = issued_request(desk, desk.cleo)
    cast.ben.get(address(issued, "/deletion"), status=409)
    cast.ben.get(address(issued, "/edit"), status=409)
