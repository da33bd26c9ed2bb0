"""Writing a bill: as typed it comes back, wrong it is told, right it is saved."""

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from sqlalchemy import select

from payments.billing.models import Bill, BillStatus
from portal.core import db
from tests.factories.billing import Line, Office, drafted, issued, make_client
from tests.payments.billing.desk import (
    BILLS,
    address,
    line_of,
    matter_key,
    now_asked,
    stored,
)
from tests.support.cast import Cast
from tests.support.page import Page

Watch = Callable[[], AbstractContextManager[None]]
MANY = "1" * 40
TOO_LONG_SECONDS = 10  # a tenth of it on an idle machine


def the_bill() -> Bill:
    with db.read() as session:
        found = session.scalars(select(Bill)).one()
    return stored(found)


def new_bill(cast: Cast, desk: Office) -> Page:
    return cast.ben.get(f"{BILLS}/new?client=contact:{desk.cleo.public_id}")


def saved(cast: Cast, desk: Office, *, status: int = 422, **typed: Any) -> Page:
    """Press **Save draft** on a new bill for Cleo, one good line on it, some fields typed over."""
    fields: dict[str, Any] = line_of(0, desk.cleo.matters[0])
    fields |= {"due_on": "2026-06-30"} | typed
    return cast.ben.submit(new_bill(cast, desk), "Save draft", status=status, **fields)


def test_D1_a_bill_is_written_for_a_client_found_by_name(cast: Cast, desk: Office) -> None:
    asked = cast.ben.get(f"{BILLS}/new")
    found = cast.ben.submit(asked, "Search", client_typed="cleo", client=None)
    chosen = str(found.select("input[type=radio]")[0]["value"])
    nobody = cast.ben.submit(asked, "Continue", status=422)
    assert "Choose a client or a matter." in nobody
    written = cast.ben.submit(found, "Continue", client=chosen)
    assert "Client: Cleo Vance" in written
    line = line_of(0, desk.cleo.matters[1], quantity="1.75", rate="1,200.10")
    page = cast.ben.submit(written, "Save draft", note=" For May ", due_on="2026-06-30", **line)
    assert "The draft was saved." in page
    assert page.texts("h1") == ["Draft bill"]
    bill = the_bill()
    assert (bill.status, bill.number, bill.total_cents) == (BillStatus.DRAFT, None, 210_018)
    assert (bill.note, str(bill.due_on)) == ("For May", "2026-06-30")
    assert bill.lines[0].matter_id == desk.cleo.matters[1]


def test_a_bill_begun_from_a_matter_is_for_its_client_and_on_that_matter(
    cast: Cast, desk: Office
) -> None:
    for matter in (matter_key(one) for one in desk.cleo.matters):
        page = cast.ben.get(f"{BILLS}/new?client=matter:{matter}")
        assert "Client: Cleo Vance" in page
        assert page.one("#matter-0 option[selected]")["value"] == matter


def test_a_client_who_does_not_exist_is_asked_for_again(cast: Cast, desk: Office) -> None:
    for key in ("contact:nobody", "matter:none", "x"):
        page = cast.ben.get(f"{BILLS}/new?client={key}")
        assert "There is no such client or matter." in page
        assert page.select("#client")
    form = {"client": "nobody", "csrf_token": cast.ben.csrf_token()}
    assert "There is no such contact." in cast.ben.post(BILLS, form, status=404)


def test_lines_come_and_go_without_script_and_keep_what_was_typed(cast: Cast, desk: Office) -> None:
    first = line_of(0, desk.cleo.matters[0], description="Kept", rate="oops")
    page = cast.ben.submit(new_bill(cast, desk), "Add line", note="Kept too", **first)
    assert [str(field["value"]) for field in page.select("[name^=rate-]")] == ["oops", ""]
    assert page.one("#description-0").get_text().strip() == "Kept"
    assert page.one("#matter-1 option[selected]")["value"] == matter_key(desk.cleo.matters[0])
    second = line_of(1, desk.cleo.matters[1], description="Second", rate="10.00", quantity="3")
    page = cast.ben.submit(page, "Remove line 1", **second)
    assert page.one("#description-0").get_text().strip() == "Second"
    assert page.one("#note").get_text().strip() == "Kept too"
    assert page.texts("#bill-total") == ["$30.00"]
    with db.read() as session:
        assert session.scalars(select(Bill)).all() == []


def test_lines_come_and_go_in_place_with_the_focus_where_work_goes_on(
    cast: Cast, desk: Office
) -> None:
    form = line_of(0, desk.cleo.matters[0]) | {"client": desk.cleo.public_id}
    form |= {"csrf_token": cast.ben.csrf_token()}
    added = cast.ben.post(BILLS, {**form, "add_line": "yes"}, htmx=True)
    assert not added.is_whole
    assert [str(tag["id"]) for tag in added.select("[data-focus]")] == ["matter-1"]
    removed = cast.ben.post(BILLS, {**form, "remove_line": "0"}, htmx=True)
    assert [str(tag["id"]) for tag in removed.select("[data-focus]")] == ["add-line"]
    assert removed.select("[name^=rate-]") == []


def test_totals_follow_while_somebody_types_and_nothing_is_saved(
    cast: Cast, desk: Office, stores_nothing: Watch
) -> None:
    form = line_of(0, desk.cleo.matters[0], quantity="1.5", rate="99.99")
    form |= line_of(1, desk.cleo.matters[0], rate="NaN")
    form |= {"csrf_token": cast.ben.csrf_token()}
    with stores_nothing():
        page = cast.ben.post(f"{BILLS}/totals", form, htmx=True)
    told = {str(tag["hx-swap-oob"]): tag.get_text() for tag in page.select("span")}
    assert told == {
        "innerHTML:#amount-0": "$149.99",
        "innerHTML:#amount-1": "–",
        "innerHTML:#bill-subtotal": "$149.99",
        "innerHTML:#bill-discount": "$0.00",
        "innerHTML:#bill-tax": "$0.00",
        "innerHTML:#bill-total": "$149.99",
    }


WRONG: dict[str, dict[Any, str]] = {
    "due_on": {
        "": "Enter the day like 2026-05-31.",
        "2026-02-30": "Enter the day like 2026-05-31.",
        "31/12/2026": "Enter the day like 2026-05-31.",
        "0001-01-01": "Enter a due date between 2000 and 2100.",
    },
    "account": {"nothing": "Choose an operating account."},
    "note": {"x" * 2_001: "The note is too long."},
    "matter-0": dict.fromkeys(("", "nothing", "'"), "Choose a matter of this client."),
    "worked_on-0": {
        "yesterday": "Enter the day like 2026-05-31.",
        "1999-12-31": "Enter a date between 2000 and 2100.",
    },
    "description-0": {
        " ": "Say what was done.",
        "\x00\x1b": "Say what was done.",
        "x" * 1_001: "The description is too long.",
    },
    "quantity-0": dict.fromkeys(
        ("", "-1", "1e9", "NaN", "1.2345", "1,5", "٣", MANY), "Enter a quantity like 1.5."
    )
    | dict.fromkeys(("0", "0.000", "100000.001"), "Enter a quantity from 0.001 to 100,000."),
    "rate-0": dict.fromkeys(
        ("", "--5.00", "- 1e9", "1e9", "Infinity", "12.345", "0x10", MANY),
        "Enter an amount like 250.00.",
    )
    | {"10000000.01": "Enter a rate up to 10,000,000.00."},
    "discount": dict.fromkeys(
        ("-1", "1e9", "NaN", "٥", "10%", "1.2345"), "Enter a percentage like 8.25."
    )
    | {"100.001": "Enter a discount from 0 to 100 percent."},
    "tax_percent-0": dict.fromkeys(("", "-1", "NaN", "5,5"), "Enter a percentage like 8.25.")
    | dict.fromkeys(("0", "100.001"), "Enter a tax from 0.001 to 100 percent."),
    "tax_label-0": {
        " ": "Say what the tax is called.",
        "x" * 41: "Keep the tax's name under 40 characters.",
    },
}


@pytest.mark.parametrize("field", WRONG)
def test_bad_input_is_told_beside_its_field_and_everything_typed_is_kept(
    field: str, cast: Cast, desk: Office, stores_nothing: Watch
) -> None:
    empty = new_bill(cast, desk)
    for typed, sentence in WRONG[field].items():
        fields = line_of(0, desk.cleo.matters[0], description="Kept", rate="77.00")
        fields |= {"due_on": "2026-06-30"}
        if field.startswith("tax_"):
            fields |= {"tax_label-0": "GST", "tax_percent-0": "5"}
        fields[field] = typed
        with stores_nothing():
            page = cast.ben.submit(empty, "Save draft", status=422, **fields)
        assert page.title.startswith("Error:")
        assert sentence in page.one(f"#{field}-error").get_text()
        links = page.select("#error-summary a")
        assert [str(link["href"]) for link in links] == [f"#{field}"]
        if field not in {"rate-0", "description-0"}:
            assert page.one("#description-0").get_text().strip() == "Kept"
            assert page.one("#rate-0")["value"] == "77.00"
        if field in {"rate-0", "quantity-0", "due_on"}:
            assert page.one(f"#{field}")["value"] == typed


def test_everything_that_is_wrong_is_told_at_once_in_the_order_of_the_page(
    cast: Cast, desk: Office
) -> None:
    wrong = line_of(1, desk.sol.matters[0], quantity="0", description="")
    wrong |= {"due_on": "soon", "quantity-0": "many", "account": "x"}
    page = saved(cast, desk, **wrong)
    assert [str(link["href"]) for link in page.select("#error-summary a")] == [
        "#due_on",
        "#account",
        "#quantity-0",
        "#matter-1",
        "#quantity-1",
        "#description-1",
    ]


def test_a_line_on_another_clients_matter_is_refused_also_by_a_forged_form(
    cast: Cast, desk: Office, stores_nothing: Watch
) -> None:
    theirs = matter_key(desk.sol.matters[0])
    page = new_bill(cast, desk)
    with stores_nothing():
        fields = line_of(0, desk.cleo.matters[0], matter=theirs)
        page = cast.ben.submit(page, "Save draft", status=422, **fields)
    assert "Choose a matter of this client." in page


def test_S7_a_trust_account_is_refused_also_by_a_forged_form(cast: Cast, desk: Office) -> None:
    page = saved(cast, desk, account=desk.accounts.trust.public_id)
    assert "Choose an operating account. Trust money never pays a bill." in page


def test_a_bill_without_lines_is_refused_and_blank_lines_are_left_out(
    cast: Cast, desk: Office
) -> None:
    blank: dict[str, Any] = {"description-0": "", "rate-0": "", "quantity-0": "1"}
    assert "A bill needs at least one line." in saved(cast, desk, **blank)
    good = line_of(1, desk.cleo.matters[0])
    saved(cast, desk, status=200, **blank, **good)
    assert len(the_bill().lines) == 1


def test_more_lines_than_a_bill_may_have_are_refused(cast: Cast, desk: Office) -> None:
    form = {"client": desk.cleo.public_id, "csrf_token": cast.ben.csrf_token()}
    form |= {"due_on": "2026-06-30", "account": desk.accounts.operating.public_id}
    key = matter_key(desk.cleo.matters[0])
    for place in range(10_000):
        form |= {f"matter-{place}": key, f"rate-{place}": "1.00", f"quantity-{place}": "1"}
        form |= {f"description-{place}": "x", f"worked_on-{place}": "2026-05-03"}
    began = time.process_time()
    page = cast.ben.post(BILLS, form, status=422)
    assert time.process_time() - began < TOO_LONG_SECONDS
    assert "A bill can have 500 lines at most. Split it in two." in page


def test_a_draft_is_changed_and_one_that_awaited_approval_is_a_draft_again(
    cast: Cast, desk: Office
) -> None:
    bill = drafted(desk, desk.cleo, now_asked(Line(12_345, 1, 1_500)))
    cast.ben.submit(cast.ben.get(address(bill)), "Submit for approval")
    assert stored(bill).status == BillStatus.AWAITING_APPROVAL
    page = cast.ada.get(address(bill, "/draft"))
    assert page.one("#quantity-0")["value"] == "1.5"
    assert page.one("#rate-0")["value"] == "123.45"
    rate: dict[str, Any] = {"rate-0": "200.00"}
    page = cast.ada.submit(page, "Save draft", **rate)
    assert "The draft was saved." in page
    changed = stored(bill)
    assert (changed.status, changed.total_cents) == (BillStatus.DRAFT, 30_000)


def test_an_issued_bill_is_not_changed_by_a_page_that_was_still_open(
    cast: Cast, desk: Office
) -> None:
    bill = drafted(desk, desk.cleo, now_asked())
    still_open = cast.ben.get(address(bill, "/draft"))
    cast.ada.submit(cast.ada.get(address(bill, "/issue")), "Issue")
    rate: dict[str, Any] = {"rate-0": "1.00"}
    refused = cast.ben.submit(still_open, "Save draft", status=409, **rate)
    assert "Bill 1001 was issued already." in refused
    assert stored(bill).total_cents == 10_000
    assert "was issued already" in cast.ben.get(address(bill, "/draft"), status=409)


def test_N9_only_billing_and_administrators_write_bills(
    cast: Cast, desk: Office, stores_nothing: Watch
) -> None:
    bill, paid = drafted(desk, desk.cleo), issued(desk, desk.sol)
    token, _ben = cast.ana.csrf_token(), cast.ben
    with stores_nothing():
        for where in (f"{BILLS}/new", address(bill, "/draft")):
            assert "Your permission level does not cover this" in cast.ana.get(where, status=403)
        for where in (BILLS, f"{BILLS}/totals", address(bill, "/draft"), address(paid, "/draft")):
            cast.ana.post(where, {"csrf_token": token}, status=403)
            for stranger in (cast.cleo, cast.sol):
                page = stranger.post(where, follow=False, status=303)
                assert "sign-in" in page.headers["Location"]
        cast.ben.post(BILLS, {}, status=400)


def test_a_client_without_matters_is_told_to_have_one_first(cast: Cast, desk: Office) -> None:
    with db.transaction() as session:
        lonely = make_client(session, "Lone Client", matters=0)
    page = cast.ben.get(f"{BILLS}/new?client=contact:{lonely.public_id}")
    assert "Lone Client has no matter yet." in page
