"""**Pay from trust**, its receipt and its reversal, as the firm's people find them (S9)."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from payments.billing.models import Bill
from payments.receipts.from_trust import TrustTransfer
from payments.receipts.queries import standing_allocations
from portal.clients.actions import edit_contact
from portal.clients.details import ContactDetails, EmailDetails
from portal.clients.queries import contact
from portal.core import db
from tests.factories.billing import Asked, Line, Office, drafted, issued
from tests.payments.receipts.desk import of_cleo, rows, state, trust_section
from tests.payments.receipts.trust_desk import held, of, pay, problems, shown
from tests.support.cast import Cast, Person
from tests.support.outbox import Outbox
from tests.support.page import Page

BUTTON = "Pay from trust"


def address(bill: Bill) -> str:
    return f"/staff/bills/{bill.public_id}/pay-from-trust"


def transfers() -> list[TrustTransfer]:
    with db.read() as session:
        return list(session.scalars(select(TrustTransfer).order_by(TrustTransfer.id)))


def write_to(office: Office, email: str, language: str | None = None) -> None:
    """Cleo has this address, and reads this language."""
    with db.transaction() as session:
        cleo = contact(session, office.cleo.public_id)
        details = ContactDetails(cleo.name, emails=(EmailDetails(email),), language=language)
        edit_contact(session, cleo, details, by="user:ana")


def previewed(person: Person, bill: Bill, **typed: Any) -> Page:
    """The form with these fields typed and its preview, without script."""
    return person.submit(person.get(address(bill)), "Show what it pays", **typed)


def test_N9_S9_the_button_stands_on_unpaid_bills_for_the_accounts_level(
    cast: Cast, office: Office
) -> None:
    bill, draft = issued(office, office.cleo), drafted(office, office.cleo)
    for name, offered in (("ana", True), ("ada", True), ("ben", False)):
        page = getattr(cast, name).get(f"/staff/bills/{bill.public_id}")
        assert (BUTTON in page.texts("#bill-actions a")) is offered, name
    assert BUTTON not in cast.ana.get(f"/staff/bills/{draft.public_id}").texts("a")
    for name in ("ben", "cleo", "sol"):
        person = getattr(cast, name)
        for method in ("GET", "POST"):
            answer = person.ask(method, address(bill), status=None, follow=False)
            assert answer.status in {302, 303, 400, 403}, name
    assert transfers() == []


def test_S9_without_trust_money_the_page_says_what_to_do(cast: Cast, office: Office) -> None:
    bill = issued(office, office.cleo)
    page = cast.ana.get(address(bill))
    assert "No trust money for this bill" in page
    assert "Send the client a trust request" in page
    assert "New trust request" not in page.texts("main a")  # Ana may not write one, Ada may
    way = cast.ada.get(address(bill)).one("main .empty-state a")["href"]
    asked = cast.ada.get(str(way))
    assert office.cleo.name in asked
    held(office, 7_000, 1)
    page = cast.ana.get(address(bill))
    assert "$70.00 is held for other matters of this client." in page


def test_S9_the_page_offers_the_most_and_shows_both_sides(cast: Cast, office: Office) -> None:
    bill = issued(office, office.cleo, Asked([Line(40_000), Line(5_000, 1)]))
    held(office, 30_000)
    held(office, 9_000, 1)
    page = cast.ana.get(address(bill))
    assert page.one("#amount")["value"] == "300.00"
    assert page.texts(".choice label") == [
        "IOLTA Trust $300.00 available. Paying $300.00 leaves $0.00.",
        f"IOLTA Trust, {of(bill).ledgers[1].matter} $90.00 available. Paying $50.00 leaves $40.00.",
    ]
    page = previewed(cast.ana, bill, amount="100")
    assert [row.split()[-3:] for row in page.texts("#trust-plan tbody tr")] == [
        ["$450.00", "−$100.00", "$350.00"],
        ["$300.00", "−$100.00", "$200.00"],
    ]
    assert "$350.00 stays owed, and $200.00 stays in trust." in page


def test_X1_the_preview_follows_what_is_typed(cast: Cast, office: Office) -> None:
    bill = issued(office, office.cleo)
    held(office, 30_000)
    key = of(bill).ledgers[0].key
    for amount, said in (
        ("100", "$100.00 pays bill 1001 in full. $200.00 stays in trust."),
        ("100.01", "Only $100.00 of this bill can be paid from it."),
        ("a lot", "Enter an amount like 1,250.00."),
        ("0", "Enter an amount above zero."),
    ):
        query = {"ledger": key, "amount": amount}
        part = cast.ana.get(f"{address(bill)}/preview", query_string=query, htmx=True)
        assert not part.is_whole
        assert part.texts(".preview-sum") == [said]
        assert part.texts("#preview-announced") == [said]
        assert bool(part.select("[name=expected]")) is (amount == "100")
    assert state(bill) == ("awaiting_payment", 0)


def test_S9_paying_shows_on_the_bill_in_the_ledger_and_on_its_own_page(
    cast: Cast, office: Office
) -> None:
    bill = issued(office, office.cleo)
    held(office, 30_000)
    page = previewed(cast.ana, bill, amount="100.00", note="Asked by phone")
    done = cast.ana.submit(page, BUTTON)
    assert "$100.00 was paid from trust." in done
    assert "Paid" in done.texts(".badge")
    assert BUTTON not in done.texts("#bill-actions a")
    payments = cast.ana.get(f"/staff/bills/{bill.public_id}/payments")
    assert "Payment from trust" in payments
    receipt = cast.ana.click(payments, "Payment from trust")
    for words in ("IOLTA Trust", "Harlow & Reyes Operating", "Ana Moreau", "Asked by phone"):
        assert words in receipt
    ledger = of_cleo(cast.ana, office)
    assert rows(ledger, trust_section(office))[0][0] == "Paid from trust: bill 1001"
    assert ledger.link("Paid from trust: bill 1001") == receipt.address
    told = [row[0] for row in rows(of_cleo(cast.ana, office))][:2]
    assert sorted(told) == ["Payment from trust applied to bill 1001", "Received from trust"]
    assert problems() == []


def test_S8_S9_it_is_reversed_with_a_reason(cast: Cast, office: Office) -> None:
    bill = issued(office, office.cleo)
    held(office, 30_000)
    pay(bill, 10_000)
    page = cast.ana.get(f"/staff/bills/{bill.public_id}/payments")
    page = cast.ana.click(page, "Reverse Payment from trust")
    assert "$100.00 goes back from Harlow & Reyes Operating into IOLTA Trust" in page
    page = cast.ana.submit(page, "Reverse", status=422)
    assert "Say why" in page
    done = cast.ana.submit(page, "Reverse", reason="The client objects")
    assert "The payment from trust was taken off bill 1001." in done
    assert state(bill) == ("awaiting_payment", 0)
    (one,) = transfers()
    own = cast.ana.get(f"/staff/trust-transfers/{one.public_id}")
    assert "Reversed" in own
    assert "The client objects" in own
    assert "Reverse" not in own.texts("main a")
    again = cast.ana.get(f"/staff/trust-transfers/{one.public_id}/reversal")
    assert "This was reversed already." in again
    told = rows(of_cleo(cast.ana, office), trust_section(office))[0][0]
    assert told == "Payment from trust reversed The client objects"


def test_S8_S9_neither_half_can_be_reversed_by_itself(cast: Cast, office: Office) -> None:
    """FEATURES M3: forged addresses of the pages that undo other payments change nothing."""
    bill = issued(office, office.cleo)
    held(office, 30_000)
    pay(bill, 10_000)
    with db.read() as session:
        (allocation,) = standing_allocations(session, bill.id)
        receipt = allocation.receipt
    for path in (
        f"/staff/bill-payments/{allocation.public_id}/reversal",
        f"/staff/receipts/{receipt.public_id}/reversal",
    ):
        page = cast.ana.get(path)
        assert "Reverse it as a payment from trust." in page
        data = {"csrf_token": cast.ana.csrf_token(), "reason": "No"}
        assert "Reverse it as a payment" in cast.ana.post(path, data, status=409)
    assert state(bill) == ("paid", 10_000)


def test_S9_what_changed_meanwhile_is_shown_again(cast: Cast, office: Office) -> None:
    bill = issued(office, office.cleo)
    held(office, 30_000)
    page = previewed(cast.ana, bill, amount="60")
    pay(bill, 3_000)
    page = cast.ana.submit(page, BUTTON, status=409)
    assert "Nothing was paid yet." in page
    assert page.one("#amount")["value"] == "60"
    done = cast.ana.submit(page, BUTTON)
    assert "$60.00 was paid from trust." in done
    assert state(bill) == ("awaiting_payment", 9_000)


def test_S9_an_amount_that_was_not_previewed_is_shown_first(cast: Cast, office: Office) -> None:
    bill = issued(office, office.cleo)
    held(office, 30_000)
    page = cast.ana.submit(cast.ana.get(address(bill)), BUTTON, status=409, amount="40")
    assert "$60.00 stays owed, and $260.00 stays in trust." in page
    assert state(bill) == ("awaiting_payment", 0)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"amount": "300.01"}, "Only $300.00 is available"),
        ({"amount": "1e9"}, "Enter an amount like"),
        ({"amount": "-5"}, "Enter an amount like"),
        ({"amount": ""}, "Enter an amount like"),
        ({"amount": "9" * 400}, "Enter an amount like"),
        ({"ledger": "acct:nobody"}, "Choose the trust ledger"),
        ({"note": "x" * 201}, "at most 200"),
    ],
)
def test_S9_bad_input_is_kept_and_said(
    typed: dict[str, Any], said: str, cast: Cast, office: Office
) -> None:
    bill = issued(office, office.cleo, Asked([Line(90_000)]))
    held(office, 30_000)
    page = cast.ana.submit(cast.ana.get(address(bill)), BUTTON, status=422, **typed)
    assert said in page
    assert page.title.startswith("Error:")
    if "amount" in typed:
        assert page.one("#amount")["value"] == typed["amount"]
    assert transfers() == []


def test_M9_a_form_sent_twice_pays_once(cast: Cast, office: Office) -> None:
    bill = issued(office, office.cleo)
    held(office, 30_000)
    page = previewed(cast.ana, bill, amount="50")
    cast.ana.submit(page, BUTTON)
    again = cast.ana.submit(page, BUTTON)
    assert "This was paid already. It was paid once." in again
    assert len(transfers()) == 1


def test_S9_a_bill_that_is_not_open_says_why(cast: Cast, office: Office) -> None:
    held(office, 30_000)
    paid = issued(office, office.cleo)
    seen = previewed(cast.ana, paid, amount="100")
    pay(paid, 10_000)
    assert "This bill is paid already." in cast.ana.get(address(paid))
    page = cast.ana.submit(seen, BUTTON, status=409)
    assert "This bill is paid already." in page
    assert "not issued yet" in cast.ana.get(address(drafted(office, office.cleo)))
    cast.ana.get("/staff/bills/nobody/pay-from-trust", status=404)


def test_S9_the_client_is_emailed_what_was_paid_and_what_is_left(
    cast: Cast, office: Office, outbox: Outbox, run_jobs: Callable[[], int]
) -> None:
    """FEATURES S9, M13: a subject without a matter; the balances of that moment."""
    write_to(office, "cleo@client.test")
    bill = issued(office, office.cleo)
    held(office, 30_000)
    page = previewed(cast.ana, bill, amount="40")
    done = cast.ana.submit(page, BUTTON)
    assert "The client is emailed at cleo@client.test." in done
    pay(bill, 1_000)
    run_jobs()
    first, second = outbox.to("cleo@client.test")
    assert first.subject == "Part of your bill from Harlow & Reyes was paid"
    assert "We paid $40.00 of bill 1001 from the money that we hold for you in trust." in first
    assert "Still owed on this bill: $60.00" in first
    assert "Held for you in trust after this: $260.00" in first
    assert "Held for you in trust after this: $250.00" in second
    for sent in (first, second):
        assert "matter" not in sent.subject + sent.text + sent.html
    assert "$40.00" in first.html


def test_S9_a_client_without_a_primary_email_is_not_emailed_and_staff_are_told(
    cast: Cast, office: Office, outbox: Outbox, run_jobs: Callable[[], int]
) -> None:
    bill = issued(office, office.cleo)
    held(office, 30_000)
    done = cast.ana.submit(previewed(cast.ana, bill, amount="40"), BUTTON)
    assert "The client was not emailed: they have no primary email address." in done
    run_jobs()
    assert outbox.emails == []


def test_X9_the_log_names_the_bill(cast: Cast, office: Office) -> None:
    bill = issued(office, office.cleo)
    held(office, 30_000)
    pay(bill, 4_000)
    log = cast.ada.activity_log()
    assert "Bill paid from trust" in log
    assert "of bill 1001" in log
    assert shown(bill, 6_000).cents == 6_000
