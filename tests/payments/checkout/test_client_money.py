"""Money in the client portal: due, paid, held in trust (C16)."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from payments.accounts.models import PaymentSettings
from portal.access.actions import remove_participant
from portal.access.queries import participants
from portal.core import db
from tests.factories.payments import Payer, the_payment
from tests.factories.trust_requests import Wanted, issued_request
from tests.payments.checkout.documents import Counter
from tests.payments.checkout.portal import PortalPayer, Till, open_till, pay_page
from tests.payments.checkout.test_portal_paying import TYPED
from tests.support.statements import statements

PANEL, BILLS = "/portal/money", "/portal/bills"
PAYMENTS, TRUST = "/portal/payments", "/portal/trust"


@pytest.fixture
def till(counter: Counter) -> Till:
    return open_till(counter)


@pytest.fixture
def cleo(till: Till) -> PortalPayer:
    return till.browser()


def pay(payer: PortalPayer, address: str, amount: str = "100.00") -> None:
    """Pay a document of the portal by a card that works."""
    payer.press_submit(payer.review(pay_page(payer, address), **{**TYPED, "amount": amount}))


def test_C16_home_fetches_one_panel_which_leads_on_without_script(
    till: Till, cleo: PortalPayer
) -> None:
    (panel,) = cleo.get("/portal/").select(".home-panel")
    assert panel["hx-get"] == PANEL
    assert panel.select("a")[0]["href"] == PANEL
    answer = cleo.get(PANEL, status=303, follow=False)
    assert answer.headers["Location"] == BILLS


def test_C16_a_client_to_whom_nothing_was_shared_reads_so(till: Till, cleo: PortalPayer) -> None:
    till.counter.bill()  # emailed perhaps, but not shared
    panel = cleo.get(PANEL, htmx=True)
    assert "No bills yet" in panel.text
    assert panel.one("#due-now").text == "$0.00"
    assert "You’re up to date" in panel.text
    assert "Nothing is due" in cleo.get(BILLS).text
    assert "Nothing is paid yet" in cleo.get(f"{BILLS}?tab=paid").text
    assert "No payments yet" in cleo.get(PAYMENTS).text
    assert "Nothing is held in trust yet" in cleo.get(TRUST).text


def test_D4_C16_a_client_who_owes_by_email_alone_does_not_read_that_nothing_is_owed(
    till: Till, cleo: PortalPayer
) -> None:
    bill = till.counter.bill(7_000)
    till.counter.emailed(bill)
    for place in (PANEL, BILLS):
        page = cleo.get(place, htmx=place == PANEL)
        assert "One bill that came to you by email is not counted here: $70.00." in page
        assert "up to date" not in page
    assert cleo.get(PANEL, htmx=True).select("#up-to-date-heading") == []
    assert "came to you by email" not in till.browser(till.dan().id).get(BILLS)
    till.share(bill)
    assert cleo.get(BILLS).select("#only-emailed") == []
    till.bill()
    assert "Pay the whole balance: $170.00" in cleo.get(BILLS)


def test_C16_what_is_due_stands_with_its_matter_and_pay(till: Till, cleo: PortalPayer) -> None:
    bill, address = till.bill()
    asked, _address = till.request()
    for place in (PANEL, BILLS):
        page = cleo.get(place, htmx=place == PANEL)
        assert page.one("#due-now").text == "$600.00"
        row = page.one(f"#due-{bill.public_id}")
        assert f"Bill {bill.number} Cleo Vance, matter 1" in " ".join(row.get_text(" ").split())
        assert row.select("form")[0]["action"] == f"{address}/pay"
        assert page.one(f"#due-{asked.public_id}").select("form") != []
        assert "You’re up to date" not in page.text


def test_C16_several_matters_stand_side_by_side(till: Till, cleo: PortalPayer) -> None:
    till.bill()
    other = issued_request(till.counter.office, till.cleo, Wanted(7_000, matter=1))
    till.share(other, 1)
    page = cleo.get(BILLS)
    assert "Cleo Vance, matter 1" in page.text
    assert "Cleo Vance, matter 2" in page.text


def test_C16_a_shared_document_tells_what_was_paid_on_it_each_with_its_receipt(
    till: Till, cleo: PortalPayer, advance: Callable[[timedelta], int]
) -> None:
    bill, address = till.bill()
    _asked, request = till.request()
    for document in (address, request):
        assert cleo.get(document).select("#paid-on") == []
    pay(cleo, address, "40.00")
    payment = the_payment()
    advance(timedelta(days=5))
    row = cleo.get(address).one("#paid-on .money-row")
    assert row.select(".money-sum")[0].get_text(strip=True) == "$40.00"
    assert payment.reference in row.get_text()
    receipt = cleo.get(str(row.select("a")[-1]["href"]))
    assert str(bill.number) in receipt
    assert cleo.get(request).select("#paid-on") == []
    pay(till.browser(trust=True), request, "500.00")
    advance(timedelta(days=5))
    assert cleo.get(request).texts("#paid-on .money-sum") == ["$500.00"]


def test_C16_the_panel_holds_three_rows_however_much_is_due(till: Till, cleo: PortalPayer) -> None:
    for _ in range(5):
        till.bill()
    assert len(cleo.get(PANEL, htmx=True).select(".money-row")) == 3
    assert len(cleo.get(BILLS).select(".money-row")) == 5


def test_C16_the_whole_balance_is_what_its_pay_page_asks(till: Till, cleo: PortalPayer) -> None:
    """C16, L9: offered to the client whose bills they are, from two bills on."""
    till.counter.bill(7_000)
    assert cleo.get(BILLS).select("#pay-balance") == []
    _bill, address = till.bill()
    page = cleo.get(BILLS)
    assert "Pay the whole balance: $170.00" in page.text
    assert "It pays your 2 open bills, oldest first." in page
    assert "One of them is not shown here, but on the next page." in page
    opened = cleo.submit(page, "Pay the whole balance: $170.00")
    assert opened.one("input[name=amount]")["value"] == "170.00"
    dan = till.browser(till.dan().id)
    assert dan.get(BILLS).select("#pay-balance") == []
    assert dan.get(BILLS).select(f"form[action='{address}/pay']") != []


def test_C16_a_payment_stands_in_the_history_with_its_receipt(
    till: Till, cleo: PortalPayer, advance: Callable[[timedelta], int]
) -> None:
    bill, address = till.bill()
    pay(cleo, address)
    page = cleo.get(PAYMENTS)
    assert "On their way" in page.text
    assert f"#due-{bill.public_id}" not in page.body
    advance(timedelta(days=5))
    page = cleo.get(PAYMENTS)
    payment = the_payment()
    assert page.texts("#received-heading") == ["Received"]
    assert payment.reference in page.text
    receipt = cleo.get(page.link(f"Receipt {payment.reference}"))
    assert f"Bill {bill.number}" in receipt.text
    assert receipt.select("[data-print]") != []
    paid = cleo.get(f"{BILLS}?tab=paid")
    assert f"Bill {bill.number}" in paid.text
    assert "Paid" in paid.texts(".badge")
    assert payment.reference in cleo.get(PANEL, htmx=True).text


def test_C16_trust_money_is_told_with_its_history(
    till: Till, advance: Callable[[timedelta], int]
) -> None:
    cleo = till.browser(trust=True)
    _asked, address = till.request()
    pay(cleo, address, "500.00")
    assert cleo.get(TRUST).one("#held-total").text == "$0.00"
    advance(timedelta(days=5))
    page = cleo.get(TRUST)
    assert page.one("#held-total").text == "$500.00"
    assert f"Payment {the_payment().reference} received" in page.text
    assert "In trust after this: $500.00" in page.text
    assert "Cleo Vance, matter 1" in page.text
    assert cleo.get(PANEL, htmx=True).one("#held-now").text == "$500.00"


def test_C16_trust_money_of_a_matter_whose_portal_they_left_is_not_told(
    till: Till, advance: Callable[[timedelta], int]
) -> None:
    """C16, C14: a matter's money is seen with the matter."""
    cleo = till.browser(trust=True)
    _asked, address = till.request()
    pay(cleo, address, "500.00")
    advance(timedelta(days=5))
    with db.transaction() as session:
        here = participants(session, till.cleo.matters[0])
        theirs = next(one for one in here if one.contact_id == till.cleo.id)
        remove_participant(session, theirs, till.ben)
    cleo = till.browser()
    for place in (TRUST, PAYMENTS):
        page = cleo.get(place)
        assert the_payment().reference not in page.text
        assert "Cleo Vance, matter 1" not in page.text
    assert cleo.get(PANEL, htmx=True).one("#held-now").text == "$0.00"


def test_C16_somebody_beside_the_client_sees_what_is_shared_and_no_money_of_hers(
    till: Till, advance: Callable[[timedelta], int]
) -> None:
    cleo = till.browser(trust=True)
    _asked, address = till.request()
    bill, _address = till.bill()
    pay(cleo, address, "500.00")
    advance(timedelta(days=5))
    dan = till.browser(till.dan().id)
    assert f"Bill {bill.number}" in dan.get(BILLS).text
    assert "$500.00" not in dan.get(TRUST).text
    assert the_payment().reference not in dan.get(PAYMENTS).text


def test_C16_a_stranger_sees_nothing_and_is_led_to_sign_in(till: Till) -> None:
    _bill, address = till.bill()
    stranger = Payer(till.app)
    for place in (BILLS, PAYMENTS, TRUST, PANEL):
        answer = stranger.ask("GET", place, follow=False, status=303)
        assert answer.headers["Location"].startswith("/sign-in")
    stranger.ask("POST", f"{address}/pay", follow=False, status=303)
    cleo = till.browser()
    cleo.post(f"{address}/pay", {}, status=400)  # without the form's own token


def test_C12_a_bill_no_longer_shared_leaves_the_list(till: Till, cleo: PortalPayer) -> None:
    bill, _address = till.bill()
    till.stop_sharing(bill)
    assert f"Bill {bill.number}" not in cleo.get(BILLS).text


def test_P1_while_online_payments_are_off_nothing_leads_to_pay(
    till: Till, cleo: PortalPayer
) -> None:
    till.bill()
    with db.transaction() as session:
        session.add(PaymentSettings(id=1, online=False, part_min_cents=100))
    for place in (PANEL, BILLS):
        page = cleo.get(place, htmx=place == PANEL)
        assert page.select(".money-pay button") == []
        assert "Online payments are turned off" in page.text


def test_bad_places_in_lists_show_the_first_page(till: Till, cleo: PortalPayer) -> None:
    till.bill()
    for place in (
        f"{BILLS}?tab=paid&before=x",
        f"{BILLS}?tab=paid&before=2026-05-04_bill_%C2%B2",
        f"{BILLS}?tab=\0&before=9999-99-99_bill_1",
        f"{PAYMENTS}?before=%C2%B2",
        f"{PAYMENTS}?before={'9' * 40}",
        f"{TRUST}?page=forged",
    ):
        cleo.get(place)


def test_C16_many_bills_cost_as_many_statements_as_one(till: Till, cleo: PortalPayer) -> None:
    def selects(place: str) -> int:
        cleo.get(place, htmx=True)
        with statements() as asked:
            cleo.get(place, htmx=True)
        return len([one for one, _values in asked if "SELECT" in one])

    till.bill()
    till.bill()
    before = [selects(place) for place in (PANEL, BILLS, PAYMENTS, TRUST)]
    for _ in range(10):
        till.bill()
    assert [selects(place) for place in (PANEL, BILLS, PAYMENTS, TRUST)] == before
    assert max(before) <= 12
