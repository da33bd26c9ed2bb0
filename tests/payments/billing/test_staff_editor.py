"""The editor in full: discount, taxes, credits, another client, changes meanwhile, deletion."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any
from urllib.parse import quote

import pytest
from sqlalchemy import select

from payments.accounts.models import BankAccount
from payments.billing.models import Bill, BillLine, BillStatus, BillTax
from payments.billing.settings import BillingSettings
from portal.core import db
from portal.core.audit import AuditEntry
from tests.factories.billing import Office, drafted, issued
from tests.payments.billing.desk import BILLS, address, line_of, matter_key, now_asked, stored
from tests.support.cast import Cast
from tests.support.page import Page
from tests.support.rows import count

Watch = Callable[[], AbstractContextManager[None]]


def new_bill(cast: Cast, desk: Office) -> Page:
    return cast.ben.get(f"{BILLS}/new?client=contact:{desk.cleo.public_id}")


def the_bill() -> Bill:
    with db.read() as session:
        found = session.scalars(select(Bill)).one()
    return stored(found)


def saved(cast: Cast, desk: Office, status: int = 200, **typed: Any) -> Page:
    """Save a bill of 250.00 on Cleo's first matter, some fields typed over."""
    fields: dict[str, Any] = line_of(0, desk.cleo.matters[0]) | {"due_on": "2026-06-30"} | typed
    return cast.ben.submit(new_bill(cast, desk), "Save draft", status=status, **fields)


TAXES: dict[str, Any] = {
    "tax_label-0": "GST", "tax_percent-0": "5", "tax_label-1": "QST", "tax_percent-1": "9.975",
}  # fmt: skip


def test_D1_discount_and_taxes_are_saved_as_typed_and_shown(cast: Cast, desk: Office) -> None:
    page = saved(cast, desk, discount="10", **TAXES)
    bill = the_bill()
    assert (bill.subtotal_cents, bill.discount_cents) == (25_000, 2_500)
    assert [(tax.label, tax.cents) for tax in bill.taxes] == [("GST", 1_125), ("QST", 2_244)]
    assert bill.total_cents == 25_869
    figures = page.one("#bill-figures").get_text(" ", strip=True)
    assert "Subtotal $250.00 Discount 10% -$25.00 GST 5% $11.25 QST 9.975% $22.44" in figures
    form = cast.ben.get(address(bill, "/draft"))
    assert form.one("#discount")["value"] == "10"
    assert form.one("#tax_percent-1")["value"] == "9.975"
    assert form.texts("#bill-total") == ["$258.69"]


def test_a_discount_may_be_an_amount(cast: Cast, desk: Office) -> None:
    saved(cast, desk, discount="49.99", discount_kind="amount")
    bill = the_bill()
    assert (bill.discount_cents, bill.discount_percent_thousandths) == (4_999, 0)
    form = cast.ben.get(address(bill, "/draft"))
    assert form.one("#discount")["value"] == "49.99"
    assert form.one("#discount_kind option[selected]")["value"] == "amount"
    refused = saved(cast, desk, 422, discount="250.01", discount_kind="amount")
    assert "The discount is more than the lines come to." in refused


def test_totals_follow_discount_and_taxes(cast: Cast, desk: Office) -> None:
    form = line_of(0, desk.cleo.matters[0]) | TAXES | {"discount": "10"}
    form |= {"csrf_token": cast.ben.csrf_token(), "tax_percent-1": "NaN"}
    page = cast.ben.post(f"{BILLS}/totals", form, htmx=True)
    told = {str(tag["hx-swap-oob"]): tag.get_text() for tag in page.select("span")}
    assert told["innerHTML:#bill-discount"] == "-$25.00"
    assert told["innerHTML:#bill-tax"] == "$11.25"
    assert told["innerHTML:#bill-total"] == "$236.25"


def test_a_line_may_be_a_credit_while_the_bill_stays_above_nothing(
    cast: Cast, desk: Office
) -> None:
    credit = line_of(1, desk.cleo.matters[0], rate="-20.00", quantity="1")
    saved(cast, desk, **credit)
    assert the_bill().total_cents == 23_000
    assert cast.ben.get(address(the_bill(), "/draft")).one("#rate-1")["value"] == "-20.00"
    credit = line_of(1, desk.cleo.matters[0], rate="-250.01", quantity="1")
    assert "A bill cannot be below zero." in saved(cast, desk, 422, **credit)


def test_a_new_bill_begins_with_the_firms_due_days_and_taxes(cast: Cast, desk: Office) -> None:
    usual = [{"label": "HST", "percent_thousandths": 13_000}]
    before = str(new_bill(cast, desk).one("#due_on")["value"])
    with db.transaction() as session:
        session.add(BillingSettings(id=1, due_days=0, taxes=usual))
    page = new_bill(cast, desk)
    assert str(page.one("#due_on")["value"]) < before
    assert page.one("#tax_label-0")["value"] == "HST"
    assert page.one("#tax_percent-0")["value"] == "13"


def test_D1_a_draft_goes_to_another_client_and_its_matters_are_chosen_anew(
    cast: Cast, desk: Office
) -> None:
    bill = drafted(desk, desk.sol, now_asked())
    page = cast.ben.get(address(bill, "/draft"))
    page = cast.ben.get(page.link("Change client"))
    where = f"{address(bill, '/client')}?client=contact:{desk.cleo.public_id}"
    page = cast.ben.get(where)
    assert "The bill will be for Cleo Vance." in page
    assert page.select("#matter-0 option[selected]")[0]["value"] == ""
    refused = cast.ben.submit(page, "Save draft", status=422)
    assert "Choose a matter of this client." in refused
    assert stored(bill).client_id == desk.sol.id
    key: dict[str, Any] = {"matter-0": matter_key(desk.cleo.matters[1])}
    cast.ben.submit(refused, "Save draft", **key)
    assert (stored(bill).client_id, stored(bill).total_cents) == (desk.cleo.id, 10_000)


def test_a_draft_that_somebody_changed_meanwhile_is_not_written_over_unseen(
    cast: Cast, desk: Office
) -> None:
    bill = drafted(desk, desk.cleo, now_asked())
    first, second = cast.ben.get(address(bill, "/draft")), cast.ada.get(address(bill, "/draft"))
    rate: dict[str, Any] = {"rate-0": "300.00"}
    cast.ada.submit(second, "Save draft", **rate)
    rate = {"rate-0": "200.00"}
    told = cast.ben.submit(first, "Save draft", status=409, **rate)
    assert "The draft was changed meanwhile." in told
    assert told.one("#rate-0")["value"] == "200.00"
    assert stored(bill).total_cents == 30_000
    cast.ben.submit(told, "Save draft")
    assert stored(bill).total_cents == 20_000


def test_D1_a_draft_is_deleted_after_a_question_and_the_log_keeps_it(
    cast: Cast, desk: Office
) -> None:
    saved(cast, desk, **TAXES)
    bill = the_bill()
    still_open = cast.ada.get(address(bill, "/draft"))
    page = cast.ben.get(cast.ben.get(address(bill)).link("Delete draft"))
    page = cast.ben.submit(page, "Delete draft")
    assert "The draft was deleted." in page
    assert [count(table) for table in (Bill, BillLine, BillTax)] == [0, 0, 0]
    with db.read() as session:
        logged = session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
    assert logged is not None
    assert (logged.action, logged.detail) == ("bill.deleted", {"total_cents": 28_744})
    cast.ada.submit(still_open, "Save draft", status=404)
    number = issued(desk, desk.cleo).number
    assert number == 1001


def test_an_issued_bill_is_not_deleted(cast: Cast, desk: Office) -> None:
    bill = issued(desk, desk.cleo)
    token = {"csrf_token": cast.ben.csrf_token()}
    for _twice in range(2):
        page = cast.ben.post(address(bill, "/deletion"), token, status=409)
        assert "Bill 1001 was issued already." in page
    cast.ben.get(address(bill, "/client"), status=409)
    assert stored(bill).status == BillStatus.AWAITING_PAYMENT


@pytest.mark.both_databases
@pytest.mark.parametrize("client", ["\0", "contact:a\0b", "matter:\0", "a\0b"])
def test_a_client_that_no_database_can_hold_is_not_found(
    cast: Cast, desk: Office, stores_nothing: Watch, client: str
) -> None:
    bill = drafted(desk, desk.cleo, now_asked())
    form = {"csrf_token": cast.ben.csrf_token(), "client": client}
    with stores_nothing():
        cast.ben.post("/staff/bills", form, status=404)
        cast.ben.post(address(bill, "/draft"), form, status=404)
        cast.ben.ask("GET", f"/staff/bills/new?client={quote(client)}", status=200)


def test_a_bill_of_500_long_lines_in_any_script_is_saved(cast: Cast, desk: Office) -> None:
    matter = matter_key(desk.cleo.matters[0])
    form = {"csrf_token": cast.ben.csrf_token(), "client": desk.cleo.public_id}
    with db.read() as session:
        form["account"] = session.get_one(BankAccount, desk.accounts.operating.id).public_id
    form["due_on"] = "2030-01-01"
    words = ("é" * 900, "🌸" * 1_000)
    for place in range(500):
        form |= {f"matter-{place}": matter, f"worked_on-{place}": "2026-05-03"}
        form |= {f"quantity-{place}": "1", f"rate-{place}": "1.00"}
        form[f"description-{place}"] = words[place % 2]
    cast.ben.post(BILLS, form)
    assert [line.description for line in the_bill().lines[:2]] == list(words)
    assert len(the_bill().lines) == 500
