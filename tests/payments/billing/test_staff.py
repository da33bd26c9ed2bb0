"""Billing → Bills: the list and the page of one bill, as the cast reads them."""

import pytest
from sqlalchemy import update

from payments.billing import actions
from payments.billing.applying import Applied, move_applied
from payments.billing.models import Bill
from portal.core import db
from tests.factories.billing import BEN, TODAY, Asked, Client, Line, Office, drafted, issued
from tests.payments.billing.desk import BILLS, address, matter_key, now_asked, stored
from tests.support.cast import Cast
from tests.support.page import Page, words


def numbers(page: Page) -> list[str]:
    return page.texts("#bills-table tbody th")


def rows(page: Page) -> list[str]:
    return page.texts("#bills-table tbody tr")


def pay(bill: Bill, cents: int) -> None:
    share = stored(bill).shares[0]
    with db.transaction() as session:
        move_applied(session, [Applied(bill.id, share.id, cents)])


def one_of_each(desk: Office) -> dict[str, Bill]:
    """A bill in every state, overdue and part-paid ones too, by a word for it."""
    bills = {
        "draft": drafted(desk, desk.sol, now_asked(Line(1_000))),
        "waiting": drafted(desk, desk.cleo, now_asked(Line(2_000))),
        "overdue": issued(desk, desk.cleo, Asked([Line(4_000)], due_on=TODAY)),
        "due later": issued(desk, desk.cleo, now_asked(Line(8_000), due_in_days=60)),
        "paid": issued(desk, desk.sol, now_asked(Line(16_000))),
        "void": issued(desk, desk.sol, now_asked(Line(32_000))),
    }
    with db.transaction() as session:
        actions.submit_for_approval(session, bills["waiting"], by=BEN)
        actions.void(session, bills["void"], reason="Twice", by=BEN)
    pay(bills["paid"], 16_000)
    pay(bills["due later"], 3_000)
    return bills


def test_D1_the_list_shows_every_bill_newest_first_with_what_is_owed(
    cast: Cast, desk: Office
) -> None:
    one_of_each(desk)
    page = cast.ana.get(BILLS)
    assert numbers(page) == ["1004", "1003", "1002", "1001", "Draft", "Draft"]
    void, paid, later, overdue, waiting, draft = rows(page)
    assert "Sol Nobody Void" in void
    assert void.endswith("$320.00 $0.00")
    assert "Paid" in paid
    assert paid.endswith("$160.00 $0.00")
    assert "Awaiting payment Part paid" in later
    assert later.endswith("$80.00 $50.00")
    assert "Cleo Vance Overdue" in overdue
    assert "Awaiting approval –" in waiting
    assert "Sol Nobody Draft –" in draft
    assert "6 bills: $310.00 in all, $90.00 unpaid" in page


@pytest.mark.parametrize(
    "tab, shown, told",
    [
        ("Draft", ["Draft"], "1 bill: $10.00 in all, $0.00 unpaid"),
        ("Awaiting approval", ["Draft"], "1 bill: $20.00 in all, $0.00 unpaid"),
        ("Unpaid", ["1001", "1002"], "2 bills: $120.00 in all, $90.00 unpaid"),
        ("Paid", ["1003"], "1 bill: $160.00 in all, $0.00 unpaid"),
        ("Void", ["1004"], "1 bill: $0.00 in all, $0.00 unpaid"),
    ],
)
def test_a_tab_shows_one_state_and_adds_it_up(
    tab: str, shown: list[str], told: str, cast: Cast, desk: Office
) -> None:
    one_of_each(desk)
    page = cast.ana.get(cast.ana.get(BILLS).link(tab))
    assert numbers(page) == shown
    assert told in page
    (current,) = page.texts(".tabs [aria-current=page]")
    assert current == tab


def test_bills_are_found_by_number_and_by_client(cast: Cast, desk: Office) -> None:
    one_of_each(desk)
    for typed in ("1002", "#1002", " 1002 "):
        assert numbers(cast.ben.get(f"{BILLS}?q={typed.replace('#', '%23')}")) == ["1002"]
    assert numbers(cast.ben.get(f"{BILLS}?q=van+cle")) == ["1002", "1001", "Draft"]
    assert numbers(cast.ben.get(f"{BILLS}?q=Cleo&status=awaiting_payment")) == ["1001", "1002"]
    for typed in ("zebra", "9999", "100", "١٠٠١", "1002.0"):
        page = cast.ben.get(f"{BILLS}?q={typed}")
        assert numbers(page) == []
        assert "No bills match" in page


def test_a_search_is_a_fragment_for_htmx_and_its_address_holds_everything(
    cast: Cast, desk: Office
) -> None:
    one_of_each(desk)
    found = cast.ben.get(f"{BILLS}?status=awaiting_payment&q=cleo", htmx=True)
    assert not found.is_whole
    assert numbers(found) == ["1001", "1002"]
    assert found.headers["HX-Push-Url"] == f"{BILLS}?status=awaiting_payment&q=cleo"
    assert "2 bills" in words(found.one("[hx-swap-oob]").get_text())
    again = cast.ben.get(found.headers["HX-Push-Url"])
    assert str(again.one("#q")["value"]) == "cleo"
    assert str(again.one("input[name=status]")["value"]) == "awaiting_payment"


def test_what_cannot_be_understood_in_the_address_is_left_out_and_told(
    cast: Cast, desk: Office
) -> None:
    one_of_each(desk)
    page = cast.ben.get(f"{BILLS}?status=stolen")
    assert len(numbers(page)) == 6
    assert "There is no such state, so every bill is shown." in page
    for wrong in ("before=x", "after=-1", "before=" + "9" * 30, "before=999999", "after=0"):
        assert len(numbers(cast.ben.get(f"{BILLS}?{wrong}"))) == 6


def test_an_empty_list_teaches_who_may_write_bills(cast: Cast, desk: Office) -> None:
    assert cast.ben.get(BILLS).select("#first-bill")
    page = cast.ana.get(BILLS)
    assert "No bills yet" in page
    assert not page.select("#first-bill, #new-bill")
    assert "No bill is in this state now." in cast.ana.get(f"{BILLS}?status=void")


def test_N9_everybody_at_the_firm_reads_bills_and_nobody_else(cast: Cast, desk: Office) -> None:
    bill = one_of_each(desk)["overdue"]
    for name, person in cast.everybody.items():
        for where in (BILLS, address(bill)):
            inside = name in {"ada", "ben", "ana"}
            page = person.get(where, follow=False, status=200 if inside else 303)
            assert inside or "sign-in" in page.headers["Location"]


def test_N9_only_billing_and_administrators_see_what_changes_a_bill(
    cast: Cast, desk: Office
) -> None:
    bills = one_of_each(desk)
    for person, sees in ((cast.ada, True), (cast.ben, True), (cast.ana, False)):
        assert bool(person.get(BILLS).select("#new-bill")) is sees
        assert bool(person.get(address(bills["overdue"])).select("#void-bill")) is sees
        draft = person.get(address(bills["draft"]))
        assert bool(draft.select("#issue-bill")) is sees
        assert bool(draft.select("#edit-bill")) is sees


def test_D1_the_page_of_a_bill_tells_lines_shares_balance_and_the_books(
    cast: Cast, desk: Office
) -> None:
    bill = issued(desk, desk.cleo, now_asked(Line(30_000, 1), Line(10_000, 0, 1_500)))
    pay(bill, 12_000)
    page = cast.ana.get(address(bill))
    assert page.texts("h1") == ["Bill 1001"]
    assert page.texts("#bill-lines tbody tr")[1].endswith("1.5 $100.00 $150.00")
    second, first = page.texts("#bill-shares tbody tr")
    assert second.endswith("Cleo Vance, matter 2 $300.00 $120.00 $180.00")
    assert first.endswith("Cleo Vance, matter 1 $150.00 $0.00 $150.00")
    figures = page.one("#bill-figures").get_text(" ")
    assert words(figures) == "Amounts Total $450.00 Paid $120.00 Balance $330.00"
    assert page.texts("#bill-books tbody tr")[1].endswith("+$150.00 $450.00")
    assert page.texts(".figure-large") == ["$330.00"]


def test_the_page_of_a_void_bill_keeps_who_withdrew_it_and_why(cast: Cast, desk: Office) -> None:
    bill = issued(desk, desk.cleo, now_asked())
    with db.transaction() as session:
        actions.void(session, bill, reason="Billed twice", by=BEN)
    page = cast.ana.get(address(bill))
    facts = words(page.one("#bill-facts").get_text(" "))
    assert "Reason Billed twice" in facts
    assert "Bill voided: Billed twice" in page.texts("#bill-books tbody tr")[1]
    assert page.texts("#bill-books tbody tr")[1].endswith("-$100.00 $0.00")
    assert not cast.ada.get(address(bill)).select("#void-bill, #edit-bill, #issue-bill")


def test_M9_a_payment_under_way_shows_on_the_bill_and_in_the_list(cast: Cast, desk: Office) -> None:
    bill = issued(desk, desk.cleo, now_asked())
    with db.transaction() as session:
        session.execute(update(Bill).where(Bill.id == bill.id).values(reserved_cents=10_000))
    assert "Payment under way $100.00" in cast.ana.get(address(bill))
    assert "Payment under way" in cast.ana.get(BILLS)


def test_a_bill_that_does_not_exist_is_not_found(cast: Cast, desk: Office) -> None:
    for task in ("", "/draft", "/issue", "/void"):
        assert "There is no such bill." in cast.ben.get(f"{BILLS}/nothing{task}", status=404)


def test_the_tab_bills_of_a_contact_and_of_a_matter(cast: Cast, desk: Office) -> None:
    both = issued(desk, desk.cleo, now_asked(Line(30_000, 1), Line(10_000, 0)))
    drafted(desk, desk.cleo, now_asked(Line(5_000, 1)))
    issued(desk, desk.sol, now_asked(Line(7_000)))
    pay(both, 4_000)
    page = cast.ana.get(f"/staff/contacts/{desk.cleo.public_id}/bills")
    assert numbers(page) == ["Draft", "1001"]
    assert page.texts(".figure-large") == ["$360.00"]
    assert rows(page)[1].endswith("$400.00 $360.00")
    first, second = (of_matter(cast, desk.cleo, place) for place in (0, 1))
    assert (numbers(first), numbers(second)) == (["1001"], ["Draft", "1001"])
    assert rows(first)[0].endswith("$100.00 $100.00")
    assert [row.split()[-2:] for row in rows(second)] == [["$50.00", "–"], ["$300.00", "$260.00"]]
    assert second.texts(".figure-large") == ["$260.00"]


def test_an_empty_tab_leads_to_a_bill_for_this_client(cast: Cast, desk: Office) -> None:
    where = f"/staff/contacts/{desk.sol.public_id}/bills"
    written = cast.ben.get(str(cast.ben.get(where).one("#new-bill")["href"]))
    assert "Client: Sol Nobody" in written
    assert not cast.ana.get(where).select("#new-bill")
    assert "There is no such contact." in cast.ana.get("/staff/contacts/none/bills", status=404)


def of_matter(cast: Cast, client: Client, place: int) -> Page:
    return cast.ana.get(f"/staff/matters/{matter_key(client.matters[place])}/bills")


def test_L8_a_clients_tab_has_the_unpaid_alone_too(cast: Cast, desk: Office) -> None:
    one_of_each(desk)
    page = cast.ben.get(f"/staff/contacts/{desk.cleo.public_id}/bills")
    unpaid = cast.ben.get(page.link("Unpaid"))
    assert numbers(unpaid) == ["1001", "1002"]
    assert unpaid.texts(".tabs [aria-current=page]")[-1] == "Unpaid"
    assert "No bill is in this state now." in cast.ben.get(page.link("Void"))
    matter = cast.ben.get(f"/staff/matters/{matter_key(desk.cleo.matters[0])}/bills")
    assert numbers(cast.ben.get(matter.link("Draft"))) == []


def test_D1_the_list_is_sorted_by_headings_that_are_links(cast: Cast, desk: Office) -> None:
    one_of_each(desk)
    page = cast.ana.get(BILLS)
    assert not page.select("#bills-table [aria-sort]")
    page = cast.ana.get(str(page.select("#bills-table thead a")[0]["href"]))
    assert numbers(page) == ["1001", "1002", "1003", "1004"]
    assert "Drafts have no number yet" in page
    assert page.one("#bills-table [aria-sort]")["aria-sort"] == "ascending"
    page = cast.ana.get(str(page.one("#bills-table [aria-sort] a")["href"]))
    assert numbers(page) == ["1004", "1003", "1002", "1001"]
    assert page.one("#bills-table [aria-sort]")["aria-sort"] == "descending"
    by_due = numbers(cast.ana.get(f"{BILLS}?sort=due"))
    assert (by_due[0], by_due[-1], len(by_due)) == ("1001", "1002", 6)
    unpaid = cast.ana.get(f"{BILLS}?status=awaiting_payment&sort=-due")
    assert numbers(unpaid) == ["1002", "1001"]
    assert len(unpaid.select("#bills-table thead a")) == 1
    assert len(numbers(cast.ana.get(f"{BILLS}?sort=stolen"))) == 6


def test_bills_are_found_by_due_days_and_by_matter(cast: Cast, desk: Office) -> None:
    one_of_each(desk)
    overdue = cast.ana.get(f"{BILLS}?overdue=yes")
    assert numbers(overdue) == ["1001"]
    assert overdue.texts(".tabs [aria-current=page]") == ["Unpaid"]
    assert overdue.select("#overdue[checked]")
    day = TODAY.isoformat()
    assert numbers(cast.ana.get(f"{BILLS}?due_from={day}&due_to={day}")) == ["1001"]
    later = cast.ana.get(f"{BILLS}?due_from={TODAY.replace(day=TODAY.day + 1).isoformat()}")
    assert "1001" not in numbers(later)
    assert len(numbers(later)) == 5
    told = cast.ana.get(f"{BILLS}?due_from=soon&due_to=2026-01-01")
    assert "A day cannot be read, so it is left out." in told
    turned = cast.ana.get(f"{BILLS}?due_from=2026-06-02&due_to=2026-06-01")
    assert "The first day is after the last one" in turned
    assert numbers(cast.ana.get(f"{BILLS}?q={desk.sol.id:05d}-0")) == ["1004", "1003", "Draft"]
