"""The rules of a bill's states, refused by the database itself whatever the code does (D1)."""

from typing import Any

import pytest
from sqlalchemy import update
from sqlalchemy.exc import DatabaseError, IntegrityError

from payments.billing import actions
from payments.billing.models import Bill, BillLine, BillTax
from portal.core import clock, db
from tests.factories.billing import BEN, TODAY, Office, drafted, issued
from tests.payments.billing.desk import stored

pytestmark = pytest.mark.both_databases


def refused(bill: Bill, **values: Any) -> None:
    before = stored(bill)
    with pytest.raises(DatabaseError), db.transaction() as session:
        session.execute(update(Bill).where(Bill.id == bill.id).values(**values))
    after = stored(bill)
    assert (after.status, after.number) == (before.status, before.number)


def test_D1_void_is_final(office: Office) -> None:
    bill = issued(office, office.cleo)
    with db.transaction() as session:
        actions.void(session, bill, reason="Twice", by=BEN)
    for status in ("draft", "awaiting_approval", "awaiting_payment", "paid"):
        refused(bill, status=status, voided_at=None)
    refused(bill, applied_cents=1)
    refused(bill, reserved_cents=1)


def test_D1_a_number_once_given_never_changes(office: Office) -> None:
    bill = issued(office, office.cleo)
    refused(bill, number=9_999)
    refused(bill, number=None)
    other = issued(office, office.sol)
    refused(other, number=bill.number)


def test_D1_what_was_issued_is_never_a_draft_again(office: Office) -> None:
    bill = issued(office, office.cleo)
    for status in ("draft", "awaiting_approval"):
        refused(bill, status=status, number=None, issued_on=None)


def test_D1_a_draft_is_neither_paid_nor_numbered_nor_void(office: Office) -> None:
    bill = drafted(office, office.cleo)
    refused(bill, applied_cents=1)
    refused(bill, reserved_cents=1)
    refused(bill, status="paid")
    refused(bill, status="void", voided_at=clock.now())
    refused(bill, number=1001)
    refused(bill, status="awaiting_payment", number=1001)  # without a day of issue
    refused(bill, status="lost")


def test_D1_an_issued_bill_owes_something_by_a_day(office: Office) -> None:
    bill = issued(office, office.cleo)
    refused(bill, total_cents=0, subtotal_cents=0)
    refused(bill, due_on=None)
    refused(bill, status="paid")
    refused(bill, applied_cents=10_000)  # paid whole, but said to be unpaid
    refused(bill, approved_by=None)
    assert stored(bill).issued_on == TODAY


def test_D1_a_bill_adds_up(office: Office) -> None:
    for bill in (drafted(office, office.cleo), issued(office, office.cleo)):
        refused(bill, total_cents=9_999)
        refused(bill, discount_cents=-1, subtotal_cents=9_999)
        refused(bill, discount_percent_thousandths=100_001)
        refused(bill, tax_cents=-1, total_cents=9_999)


def test_D1_a_line_has_a_quantity_and_a_tax_a_percentage(office: Office) -> None:
    bill = drafted(office, office.cleo)
    with pytest.raises(IntegrityError), db.transaction() as session:
        session.execute(update(BillLine).values(quantity_thousandths=0))
    for wrong in ({"percent_thousandths": 0, "cents": 0}, {"percent_thousandths": 1, "cents": -1}):
        with pytest.raises(IntegrityError), db.transaction() as session:
            session.add(BillTax(bill_id=bill.id, position=0, label="Tax", **wrong))
