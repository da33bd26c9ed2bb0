"""Approval by pages: who approved, sending back, a second person, and changing what was issued."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from sqlalchemy import update

from payments.billing import actions
from payments.billing.models import Bill, BillStatus
from payments.billing.settings import BillingSettings
from payments.billing.writing import OwnApproval
from portal.core import db
from tests.factories.billing import BEN, TODAY, Asked, Line, Office, details, drafted, issued
from tests.payments.billing.desk import address, line_of, now_asked, stored
from tests.payments.billing.test_staff_editor import new_bill
from tests.support.cast import Cast

Watch = Callable[[], AbstractContextManager[None]]


def want_a_second_person() -> None:
    with db.transaction() as session:
        session.add(BillingSettings(id=1, own_approval=False))


def bens_draft(cast: Cast, desk: Office) -> Bill:
    page = new_bill(cast, desk)
    fields = line_of(0, desk.cleo.matters[0])
    page = cast.ben.submit(page, "Save draft", **fields)
    public_id = page.link("Edit draft").split("/")[-2]
    with db.read() as session:
        found = session.query(Bill).filter_by(public_id=public_id).one()
    return stored(found)


def test_D1_who_approved_and_when_is_kept_and_shown(cast: Cast, desk: Office) -> None:
    bill = bens_draft(cast, desk)
    cast.ben.submit(cast.ben.get(address(bill)), "Submit for approval")
    page = cast.ada.get(cast.ada.get(address(bill)).link("Approve and issue"))
    page = cast.ada.submit(page, "Approve and issue")
    found = stored(bill)
    assert found.approved_by == found.issued_by != found.made_by
    assert found.approved_at is not None
    facts = page.one("#bill-facts").get_text(" ", strip=True)
    assert "Drafted by Ben Lindqvist" in facts
    assert "Approved by Ada Okafor" in facts


def test_D1_whoever_approves_sends_it_back_with_a_reason(cast: Cast, desk: Office) -> None:
    bill = bens_draft(cast, desk)
    cast.ben.submit(cast.ben.get(address(bill)), "Submit for approval")
    page = cast.ada.get(cast.ada.get(address(bill)).link("Send back"))
    assert "Say what should be changed." in cast.ada.submit(page, "Send back", status=422)
    long = cast.ada.submit(page, "Send back", status=422, reason="x" * 501)
    assert "under 500" in long
    page = cast.ada.submit(page, "Send back", reason="The rate is wrong")
    assert stored(bill).status == BillStatus.DRAFT
    told = cast.ben.get(address(bill)).one("#sent-back").get_text(" ", strip=True)
    assert told == "Sent back by Ada Okafor The rate is wrong"
    cast.ben.submit(cast.ben.get(address(bill, "/draft")), "Save draft")
    assert not cast.ben.get(address(bill)).select("#sent-back")
    token = {"csrf_token": cast.ada.csrf_token(), "reason": "Late"}
    again = cast.ada.post(address(bill, "/sending-back"), token, status=409)
    assert "does not await approval any more" in again


def test_D1_where_the_firm_forbids_it_nobody_approves_what_they_wrote(
    cast: Cast, desk: Office, stores_nothing: Watch
) -> None:
    bill = bens_draft(cast, desk)
    want_a_second_person()
    page = cast.ben.get(address(bill))
    assert "somebody else approves it" in page
    assert page.select("#bill-actions button[disabled]")
    assert not page.select("#issue-bill")
    form = {"csrf_token": cast.ben.csrf_token(), "issued_on": "2026-05-04"}
    with stores_nothing():
        refused = cast.ben.post(address(bill, "/issue"), form, status=403)
    assert "Somebody else has to approve this bill" in refused
    cast.ada.submit(cast.ada.get(address(bill, "/draft")), "Save draft")
    form = {"csrf_token": cast.ada.csrf_token(), "issued_on": "2026-05-04"}
    for person in (cast.ada, cast.ben):  # one wrote it, the other changed it last
        form["csrf_token"] = person.csrf_token()
        person.post(address(bill, "/issue"), form, status=403)
    assert stored(bill).number is None


def test_D1_who_edited_between_the_first_and_the_last_wrote_it_too(office: Office) -> None:
    want_a_second_person()
    bill = drafted(office, office.cleo)
    writers = [BEN, "user:ada", "user:ana"]
    for by in writers[1:]:
        with db.transaction() as session:
            asked = Asked([Line(9_900)])
            kept = session.get_one(Bill, bill.id)
            actions.edit_draft(session, kept, details(office, office.cleo, asked), by=by)
    for by in writers:
        with pytest.raises(OwnApproval), db.transaction() as session:
            actions.issue(session, session.get_one(Bill, bill.id), on=TODAY, by=by)
    with db.transaction() as session:
        done = actions.issue(session, session.get_one(Bill, bill.id), on=TODAY, by="user:ivy")
    assert done.approved_by == "user:ivy"


def test_D1_the_second_person_issues_it(cast: Cast, desk: Office) -> None:
    bill = bens_draft(cast, desk)
    want_a_second_person()
    cast.ben.submit(cast.ben.get(address(bill)), "Submit for approval")
    page = cast.ada.submit(cast.ada.get(address(bill, "/issue")), "Approve and issue")
    assert "Bill 1001 was issued." in page
    assert "Change bill" not in page
    form = {"csrf_token": cast.ada.csrf_token()} | line_of(0, desk.cleo.matters[0])
    form |= {"client": desk.cleo.public_id, "due_on": "2099-06-30", "reason": "Typo"}
    form |= {"account": desk.accounts.operating.public_id}
    refused = cast.ada.post(address(bill, "/change"), form, status=403)
    assert "Void this one instead." in refused


def test_D1_an_issued_bill_is_changed_with_a_reason_and_its_versions_are_read(
    cast: Cast, desk: Office
) -> None:
    bill = issued(desk, desk.cleo, now_asked(Line(10_000), Line(5_000, 1)))
    page = cast.ben.get(cast.ben.get(address(bill)).link("Change bill"))
    rate: dict[str, Any] = {"rate-0": "80.00"}
    missing = cast.ben.submit(page, "Save changes", status=422, **rate)
    assert "Say why the bill is changed." in missing.one("#reason-error").get_text()
    page = cast.ben.submit(missing, "Save changes", reason="Fewer hours")
    assert "Bill 1001 was changed." in page
    assert stored(bill).total_cents == 13_000
    assert "Version 2" in page.one("#bill-facts").get_text(" ", strip=True)
    assert "Fewer hours" in page.one("#bill-versions").get_text()
    old = cast.ana.get(page.link("Version 1"))
    assert "It no longer holds." in old
    assert "Fewer hours" in old
    assert "$150.00" in old.one("#version-figures").get_text()
    assert not old.select("main form")
    cast.ana.get(address(bill, "/versions/2"), status=404)
    books = page.one("#bill-books").get_text(" ", strip=True)
    assert "Bill changed: Fewer hours" in books


def test_D1_a_part_paid_bill_refuses_a_change_with_what_to_do(cast: Cast, desk: Office) -> None:
    bill = issued(desk, desk.cleo, now_asked())
    open_page = cast.ben.get(address(bill, "/change"))
    for cents, sentence in (
        ({"applied_cents": 4_000}, "Reverse the payments of $40.00 on this bill first."),
        ({"applied_cents": 0, "reserved_cents": 1}, "A payment on this bill is under way."),
    ):
        with db.transaction() as session:
            session.execute(update(Bill).where(Bill.id == bill.id).values(**cents))
        assert sentence in cast.ben.submit(open_page, "Save changes", status=409, reason="Typo")
        assert sentence in cast.ben.get(address(bill, "/change"), status=409)
    assert stored(bill).version == 1


def test_an_issued_bill_stays_with_client_and_account_also_by_a_forged_form(
    cast: Cast, desk: Office
) -> None:
    bill = issued(desk, desk.cleo, now_asked())
    page = cast.ben.get(address(bill, "/change"))
    theirs: dict[str, Any] = {
        "client": desk.sol.public_id,
        "account": desk.accounts.trust.public_id,
    }
    refused = cast.ben.submit(page, "Save changes", status=422, reason="Typo", **theirs)
    assert "Choose an operating account." in refused
    assert stored(bill).client_id == desk.cleo.id


def test_who_began_to_change_an_older_version_reads_that_first(cast: Cast, desk: Office) -> None:
    bill = drafted(desk, desk.cleo, now_asked())
    cast.ben.submit(cast.ben.get(address(bill, "/issue")), "Issue")
    first, second = cast.ben.get(address(bill, "/change")), cast.ada.get(address(bill, "/change"))
    rate: dict[str, Any] = {"rate-0": "90.00", "reason": "Agreed"}
    cast.ada.submit(second, "Save changes", **rate)
    told = cast.ben.submit(first, "Save changes", status=409, reason="Typo")
    assert "The bill was changed meanwhile." in told
    cast.ben.submit(told, "Save changes")
    assert (stored(bill).version, stored(bill).total_cents) == (3, 10_000)


def test_D1_the_same_amount_of_other_hours_at_another_rate_is_looked_at_again(
    cast: Cast, desk: Office
) -> None:
    bill = bens_draft(cast, desk)
    amount = stored(bill).total_cents
    cast.ben.submit(cast.ben.get(address(bill)), "Submit for approval")
    seen = cast.ada.get(cast.ada.get(address(bill)).link("Approve and issue"))
    draft = cast.ben.get(address(bill, "/draft"))
    hours, rate = (draft.one(f"[name={name}-0]")["value"] for name in ("quantity", "rate"))
    other: dict[str, Any] = {
        "quantity-0": f"{float(str(hours)) * 10:g}",
        "rate-0": f"{float(str(rate)) / 10:.2f}",
    }
    cast.ben.submit(draft, "Save draft", **other)
    assert stored(bill).total_cents == amount
    cast.ada.submit(seen, "Approve and issue", status=409)
    assert stored(bill).number is None
