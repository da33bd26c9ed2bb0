"""**Charge stored method** on the page of a bill or trust request (FEATURES P8, N9)."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from payments.billing.models import Bill
from payments.methods.actions import delete
from payments.transactions.models import Origin, Payment
from payments.transactions.states import Status
from portal.clients.models import Contact
from portal.core import db
from portal.core.audit import AuditEntry
from tests.factories.methods import Wallet
from tests.payments.transactions.conftest import Till
from tests.payments.transactions.documents import now, request
from tests.payments.transactions.practice import Practice, open_practice
from tests.support.cast import Cast
from tests.support.outbox import Outbox
from tests.support.page import Page

REASON = "As agreed by phone"


@pytest.fixture
def practice(till: Till) -> Practice:
    return open_practice(till)


@pytest.fixture
def wallet(practice: Practice, till: Till) -> Wallet:
    with db.read() as session:
        client = session.get_one(Contact, practice.cleo.id)
    return Wallet(client, till.accounts["operating"])


@pytest.fixture
def bill(practice: Practice) -> Bill:
    return practice.bill(practice.cleo, (0, 10_000))


def address(bill: Bill) -> str:
    return f"/staff/bills/{bill.public_id}/charge"


def opened(cast: Cast, bill: Bill) -> Page:
    return cast.ana.get(address(bill))


def payments() -> list[Payment]:
    with db.read() as session:
        return list(session.scalars(select(Payment)))


def test_P8_ana_charges_what_is_owed_from_the_bill(
    cast: Cast, bill: Bill, wallet: Wallet, outbox: Outbox, run_jobs: Callable[[], int]
) -> None:
    wallet.stored()
    page = cast.ana.get(f"/staff/bills/{bill.public_id}")
    assert "Charge stored method" in page
    page = opened(cast, bill)
    page = cast.ana.submit(page, "Charge stored method", reason=REASON)
    assert "Visa •••• 4242 was charged. The client is emailed." in page
    assert REASON in page
    assert "The firm charged the stored method." in page
    (payment,) = payments()
    assert (payment.status, payment.amount_cents) == (Status.AUTHORIZED, 10_000)
    assert now(bill).reserved_cents == 10_000
    outbox.clear()
    run_jobs()
    subjects = [email.subject for email in outbox.emails]
    assert "Your payment to Harlow & Reyes was submitted" in subjects, subjects
    with db.read() as session:
        entry = session.scalars(
            select(AuditEntry).where(AuditEntry.action == "payment.attempted")
        ).one()
    assert entry.detail["reason"] == REASON


@pytest.mark.parametrize("amount", ["40.00", "100.00"])
def test_P8_pressed_twice_it_charges_once_and_shows_it_twice(
    cast: Cast, bill: Bill, wallet: Wallet, amount: str
) -> None:
    wallet.stored()
    page = opened(cast, bill)
    for _press in range(2):
        shown = cast.ana.submit(page, "Charge stored method", reason=REASON, amount=amount)
        assert "The firm charged the stored method." in shown
    assert [one.amount_cents for one in payments()] == [int(amount.replace(".", ""))]


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"reason": " "}, "Say why it is charged"),
        ({"reason": "x" * 501}, "under 500 characters"),
        ({"amount": "100.01"}, "more than is still owed"),
        ({"amount": "0.49"}, "The least that can be charged is 0.50"),
        ({"amount": "0"}, "The least that can be charged is 0.50"),
        ({"amount": "-5"}, "Enter an amount like"),
        ({"amount": "99.80"}, "the rest would be too small"),
        ({"method": "nobodys"}, "Choose the payment method"),
        ({"nonce": ""}, "cannot be used any more"),
        ({"version": "99"}, "was changed since"),
    ],
)
def test_P8_bad_input_is_told_beside_its_field_and_charges_nothing(
    cast: Cast, bill: Bill, wallet: Wallet, typed: dict[str, str], sentence: str
) -> None:
    wallet.stored()
    page = opened(cast, bill)
    status = 409 if "version" in typed else 422
    fields: dict[str, Any] = {"reason": REASON} | typed
    page = cast.ana.submit(page, "Charge stored method", status=status, **fields)
    assert sentence in page
    assert payments() == []
    if "reason" not in typed:
        assert REASON in page  # what was typed is kept


def test_P8_a_method_deleted_while_the_form_was_open_is_not_charged(
    cast: Cast, bill: Bill, wallet: Wallet
) -> None:
    method = wallet.stored()
    page = opened(cast, bill)
    with db.transaction() as session:
        delete(session, method.id, by="payer")
    page = cast.ana.submit(page, "Charge stored method", status=422, reason=REASON)
    assert "has stored no payment method" in page
    assert payments() == []


def test_P8_a_client_without_a_method_can_be_asked_for_one(cast: Cast, bill: Bill) -> None:
    page = opened(cast, bill)
    assert "has stored no payment method" in page
    assert "to store one" in page


def test_P8_a_trust_request_takes_what_was_stored_for_trust_alone(
    cast: Cast, practice: Practice, wallet: Wallet, till: Till
) -> None:
    wallet.stored()
    asked = request(practice, practice.cleo, 7_500, 0)
    path = f"/staff/trust-requests/{asked.public_id}/charge"
    assert "has stored no payment method" in cast.ana.get(path)
    trust = Wallet(wallet.client, till.accounts["trust"]).stored_bank_account()
    page = cast.ana.get(path)
    cast.ana.submit(page, "Charge stored method", reason=REASON)
    (payment,) = payments()
    assert (payment.stored_method_id, payment.origin) == (trust.id, Origin.STAFF)


def test_N9_only_the_accounts_level_charges(cast: Cast, bill: Bill, wallet: Wallet) -> None:
    wallet.stored()
    assert "Charge stored method" not in cast.ben.get(f"/staff/bills/{bill.public_id}")
    cast.ben.get(address(bill), status=403)
    cast.sol.ask("GET", address(bill), status=303, follow=False)
    assert payments() == []
