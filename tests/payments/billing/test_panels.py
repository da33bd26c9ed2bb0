"""Buttons that other features add to bills: on the page, in rows, and in the menu of another."""

from dataclasses import replace

import pytest

from payments.billing.models import BillStatus
from payments.billing.panels import ON_BILLS, Action, Told
from portal.web.permissions import RECORD_PAYMENTS, WRITE_BILLS
from tests.factories.billing import Office, drafted, issued
from tests.payments.billing.desk import BILLS, address
from tests.support.cast import Cast


def unpaid(bill: Told) -> bool:
    return bill.status == BillStatus.AWAITING_PAYMENT


MAIL = Action("Post it", "bills.confirm_void", WRITE_BILLS, unpaid, listed=True, dialog=True)
COPY = replace(MAIL, label="Copy it", endpoint="bills.confirm_issue", menu_of=MAIL.endpoint)
PAGE_ONLY = replace(MAIL, label="Look into it", endpoint="bills.edit", listed=False, dialog=False)


@pytest.fixture(autouse=True)
def added(desk: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only these, once the product has added its own; added twice, one shows once."""
    monkeypatch.setattr(ON_BILLS, "_actions", [])
    for action in (MAIL, COPY, PAGE_ONLY, MAIL):
        ON_BILLS.add_action(action)
    return


def test_L8_each_row_of_the_list_has_the_button_and_the_menu_beside_it(
    cast: Cast, desk: Office
) -> None:
    bill = issued(desk, desk.cleo)
    drafted(desk, desk.cleo)
    page = cast.ben.get(f"{BILLS}?status=awaiting_payment")
    assert page.texts("#bills-table tbody td .split-button > a") == ["Post it"]
    assert page.texts("#bills-table .menu-panel a") == ["Copy it"]
    button = page.one("#bills-table tbody td .split-button > a")
    assert button["aria-label"] == f"Post it bill {bill.number}"
    assert (button["href"], button["hx-target"]) == (address(bill, "/void"), "#task")
    assert "Look into it" not in page
    assert page.one("#task").get_text() == ""
    contacts = cast.ben.get(f"/staff/contacts/{desk.cleo.public_id}/bills")
    assert len(contacts.select("#bills-table .split-button")) == 1
    assert contacts.select("#task")


def test_a_bills_page_has_every_button_that_fits_it(cast: Cast, desk: Office) -> None:
    bill, draft = issued(desk, desk.cleo), drafted(desk, desk.cleo)
    assert cast.ben.get(address(bill)).texts("#bill-actions a") == [
        "Post it", "Copy it", "Look into it", "Change bill", "Void",
    ]  # fmt: skip
    assert "Post it" not in cast.ben.get(address(draft))


def test_N9_a_button_is_for_those_who_may_press_it(
    cast: Cast, desk: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ON_BILLS, "_actions", [replace(MAIL, needs=RECORD_PAYMENTS)])
    issued(desk, desk.cleo)
    assert cast.ana.get(BILLS).select("#bills-table .cell-actions a")
    assert not cast.ben.get(BILLS).select("#bills-table .cell-actions")
