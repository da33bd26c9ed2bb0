"""**Reverse**: a cheque or cash recorded by hand, and one payment on one bill, with a reason."""

import pytest

from payments.billing.models import Bill
from payments.ledger.actions import Entry, transfer
from payments.ledger.models import AccountKind
from payments.receipts import queries
from payments.receipts.models import Receipt
from portal.core import db
from tests.factories.billing import Asked, Line, Office, issued
from tests.payments.receipts.bookkeeper import key, owned
from tests.payments.receipts.desk import (
    ANA,
    figures,
    linked,
    of_cleo,
    receipts,
    received,
    rows,
    state,
)
from tests.support.cast import Cast, Person
from tests.support.page import Page


def payments_on(person: Person, bill: Bill) -> Page:
    return person.get(f"/staff/bills/{bill.public_id}/payments")


def reversal(person: Person, receipt: Receipt) -> Page:
    return person.get(f"/staff/receipts/{receipt.public_id}/reversal")


def on_bill(bill: Bill) -> str:
    with db.read() as session:
        (standing,) = queries.standing_allocations(session, bill.id)
    return f"/staff/bill-payments/{standing.public_id}/reversal"


def test_S8_a_cheque_is_reversed_from_the_ledger_with_a_reason(cast: Cast, office: Office) -> None:
    """FEATURES S8: what it paid is owed again; nothing is edited or deleted."""
    bill = issued(office, office.cleo)
    received(office, 12_000, "31", apply=True)
    page = cast.ana.click(of_cleo(cast.ana, office), "Reverse Check 31 received")
    assert "$120.00 for Cleo Vance is taken back whole." in page
    assert f"Bill {bill.number}: $100.00" in page
    after = cast.ana.submit(page, "Reverse", reason="It bounced")
    assert "Check 31 was reversed." in after
    assert rows(after)[0][0] == "Check 31 taken back It bounced"
    assert figures(after)["owed"] == "$100.00"
    assert state(bill) == ("awaiting_payment", 0)
    (kept,) = receipts()
    assert kept.undone_reason == "It bounced"
    assert "Reverse Check 31" not in after.text, "it can be reversed once"


def test_S8_without_a_reason_nothing_is_reversed(cast: Cast, office: Office) -> None:
    cheque = received(office, 500, "1")
    refused = cast.ana.submit(reversal(cast.ana, cheque), "Reverse", reason="  ", status=422)
    assert "Say why, in at most 500 characters." in refused
    assert refused.select("#reason-error")
    cast.ana.submit(reversal(cast.ana, cheque), "Reverse", reason="x" * 501, status=422)
    assert receipts()[0].undone_at is None


def test_S8_what_was_reversed_is_not_reversed_again(cast: Cast, office: Office) -> None:
    cheque = received(office, 500, "1")
    page = reversal(cast.ana, cheque)
    cast.ana.submit(page, "Reverse", reason="Twice")
    again = cast.ana.submit(page, "Reverse", reason="Twice", status=409)
    assert "This was reversed already." in again
    assert "This was reversed already." in reversal(cast.ana, cheque)


def test_S8_a_linked_payment_is_moved_by_change_link_and_not_reversed_here(
    cast: Cast, office: Office
) -> None:
    receipt = linked(office, 500, "K7QM-92TX")
    assert "Use Change link on the payment." in reversal(cast.ana, receipt)
    assert "Reverse Payment" not in of_cleo(cast.ana, office).text
    token = {"csrf_token": cast.ana.csrf_token(), "reason": "No"}
    cast.ana.post(f"/staff/receipts/{receipt.public_id}/reversal", token, status=409)
    assert receipts()[0].undone_at is None


def test_M2_trust_money_that_was_spent_is_not_taken_back(cast: Cast, office: Office) -> None:
    """FEATURES M2: the floor is the database's; the page says what that means."""
    trust = office.accounts.trust
    cheque = received(office, 500, "1", account=trust)
    with db.transaction() as session:
        held = owned(AccountKind.CLIENT_TRUST, trust.id, office.cleo.id, None)
        bank = key(AccountKind.BANK, trust.id)
        transfer(session, Entry("spent", "paid_from_trust", held, bank, 300, "test", ANA))
    page = reversal(cast.ana, cheque)
    refused = cast.ana.submit(page, "Reverse", reason="Wrong account", status=409)
    assert "Some of this money was spent or paid back" in refused
    assert figures(of_cleo(cast.ana, office))["held"] == "$2.00"


def test_S8_one_payment_is_taken_off_one_bill_and_is_credit_again(
    cast: Cast, office: Office
) -> None:
    first = issued(office, office.cleo, Asked([Line(4_000)]))
    second = issued(office, office.cleo, Asked([Line(5_000)]))
    linked(office, 9_000, "K7QM-92TX", apply=True)
    listed = payments_on(cast.ana, first)
    assert listed.is_whole, "also where the bill's page cannot fetch it"
    assert "Payment K7QM-92TX" in listed
    page = cast.ana.click(listed, "Reverse Payment K7QM-92TX")
    assert f"Take Payment K7QM-92TX off bill {first.number}" in page
    after = cast.ana.submit(page, "Reverse", reason="For the other bill")
    assert f"The payment was taken off bill {first.number}." in after
    assert state(first) == ("awaiting_payment", 0)
    assert state(second) == ("paid", 5_000)
    assert figures(of_cleo(cast.ana, office))["credit"] == "$40.00"
    assert "No payment was applied to this bill yet." in payments_on(cast.ana, first)


def test_S8_a_payment_is_taken_off_a_bill_once_and_with_a_reason(
    cast: Cast, office: Office
) -> None:
    bill = issued(office, office.cleo)
    received(office, 10_000, "1", apply=True)
    page = cast.ana.get(on_bill(bill))
    cast.ana.submit(page, "Reverse", reason="", status=422)
    assert state(bill) == ("paid", 10_000)
    cast.ana.submit(page, "Reverse", reason="Mistake")
    again = cast.ana.submit(page, "Reverse", reason="Mistake", status=409)
    assert "This was reversed already." in again


def test_N9_only_the_accounts_level_and_administrators_reverse(cast: Cast, office: Office) -> None:
    """FEATURES N9, on the server: whatever the page shows."""
    bill = issued(office, office.cleo)
    cheque = received(office, 10_000, "1", apply=True)
    addresses = (f"/staff/receipts/{cheque.public_id}/reversal", on_bill(bill))
    expected = {"ada": 200, "ana": 200, "ben": 403, "cleo": 303, "sol": 303}
    for name, person in cast.everybody.items():
        for address in addresses:
            person.ask("GET", address, follow=False, status=expected[name])
    token = {"csrf_token": cast.ben.csrf_token(), "reason": "Mine"}
    for address in addresses:
        cast.ben.post(address, token, status=403)
    assert "Reverse" not in payments_on(cast.ben, bill)
    assert state(bill) == ("paid", 10_000)


@pytest.mark.parametrize("path", ["receipts", "bill-payments"])
def test_what_does_not_exist_is_missing(path: str, cast: Cast, office: Office) -> None:
    cast.ana.get(f"/staff/{path}/nothing/reversal", status=404)
    token = {"csrf_token": cast.ana.csrf_token(), "reason": "None"}
    cast.ana.post(f"/staff/{path}/nothing/reversal", token, status=404)
    cast.ana.get("/staff/bills/nothing/payments", status=404)
