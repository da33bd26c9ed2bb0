"""Drafting, issuing and voiding bills, and what is booked for it."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from payments.accounts.actions import add_account
from payments.accounts.models import AccountKind as BankAccountKind
from payments.billing import actions, queries
from payments.billing.actions import HasAllocations
from payments.billing.models import Bill, BillStatus
from payments.ledger import queries as ledger
from payments.ledger.accounts import AccountKey
from payments.ledger.models import AccountKind, Transfer
from portal.clients.access import NOTHING_CLOSED
from portal.core import db
from portal.core.audit import AuditEntry
from portal.core.errors import Conflict, Invalid
from tests.factories.billing import BEN, TODAY, Asked, Line, Office, details, drafted, issued
from tests.support.rows import count

TWO_MATTERS = Asked([Line(30_000, 1), Line(10_000, 0), Line(5_050, 1, thousandths=1_500)])


def stored(bill: Bill) -> Bill:
    with db.read() as session:
        return queries.bill(session, bill.public_id, NOTHING_CLOSED)


def booked(office: Office, kind: AccountKind, **key: int) -> int:
    account = AccountKey(kind, office.accounts.operating.id, "USD", **key)
    with db.read() as session:
        return ledger.balance(session, account).posted_cents


def issue(bill: Bill, **how: Any) -> Bill:
    with db.transaction() as session:
        return actions.issue(session, bill, **{"on": TODAY, "by": BEN, **how})


def void(bill: Bill, reason: str = "Wrong client") -> Bill:
    with db.transaction() as session:
        return actions.void(session, bill, reason=reason, by=BEN)


def set_cents(bill: Bill, **cents: int) -> None:
    with db.transaction() as session:
        session.execute(update(Bill).where(Bill.id == bill.id).values(**cents))


def test_D1_a_draft_has_no_number_and_books_nothing(office: Office) -> None:
    bill = stored(drafted(office, office.cleo, TWO_MATTERS))
    assert (bill.status, bill.number, bill.issued_on) == (BillStatus.DRAFT, None, None)
    assert bill.total_cents == 30_000 + 10_000 + 7_575
    assert [line.amount_cents for line in bill.lines] == [30_000, 10_000, 7_575]
    assert count(Transfer) == 0


def test_an_amount_is_quantity_times_rate_half_a_cent_rounded_up(office: Office) -> None:
    rows = [Line(1, thousandths=500), Line(1, thousandths=499), Line(333, thousandths=1_500)]
    bill = stored(drafted(office, office.cleo, Asked(rows)))
    assert [line.amount_cents for line in bill.lines] == [1, 0, 500]


@pytest.mark.both_databases
def test_D1_issuing_numbers_the_bill_freezes_the_shares_and_books_the_receivable(
    office: Office,
) -> None:
    bill = stored(issued(office, office.cleo, TWO_MATTERS))
    assert (bill.status, bill.number) == (BillStatus.AWAITING_PAYMENT, 1001)
    assert (bill.issued_on, bill.issued_by) == (TODAY, BEN)
    first, second = office.cleo.matters
    shares = [(share.matter_id, share.position, share.total_cents) for share in bill.shares]
    assert shares == [(second, 0, 37_575), (first, 1, 10_000)]
    key = {"client_id": office.cleo.id, "bill_id": bill.id}
    assert booked(office, AccountKind.RECEIVABLE, matter_id=second, **key) == 37_575
    assert booked(office, AccountKind.RECEIVABLE, matter_id=first, **key) == 10_000
    assert booked(office, AccountKind.INCOME) == 47_575


def test_D1_numbers_follow_each_other_also_over_void_bills(office: Office) -> None:
    numbers = [issued(office, office.cleo).number, issued(office, office.sol).number]
    void(issued(office, office.sol))
    drafted(office, office.cleo)
    assert [*numbers, issued(office, office.cleo).number] == [1001, 1002, 1004]


def test_a_first_number_counts_only_while_there_is_none(office: Office) -> None:
    first = issue(drafted(office, office.cleo), first_number=1029)
    second = issue(drafted(office, office.cleo), first_number=5)
    assert (first.number, second.number) == (1029, 1030)


def test_D1_a_bill_is_issued_once(office: Office) -> None:
    bill = issued(office, office.cleo)
    with pytest.raises(Conflict, match="Bill 1001 was issued already"):
        issue(bill)
    assert count(Transfer) == 1


@pytest.mark.parametrize(
    "changes, how, sentence, field",
    [
        ({}, {"on": TODAY + timedelta(days=31)}, "due before it is issued", "due_on"),
        ({}, {"on": date(1999, 12, 31)}, "between 2000 and 2100", "issued_on"),
        ({"lines": [Line(0)]}, {}, "comes to nothing", "lines"),
        ({"lines": [Line(100), Line(0, 1)]}, {}, "One matter's lines come to nothing", "lines"),
        ({"lines": [Line(300), Line(100, 1), Line(-100, 1)]}, {}, "One matter's lines", "lines"),
    ],
)
def test_a_bill_that_makes_no_sense_is_not_issued(
    office: Office, changes: dict[str, Any], how: dict[str, Any], sentence: str, field: str
) -> None:
    bill = drafted(office, office.cleo, replace(Asked(), **changes))
    with pytest.raises(Invalid, match=sentence) as refused:
        issue(bill, **how)
    assert refused.value.field == field
    assert stored(bill).status == BillStatus.DRAFT
    assert count(Transfer) == 0


@pytest.mark.parametrize(
    "changes, sentence, field",
    [
        ({"lines": []}, "at least one line", "lines"),
        ({"lines": [Line(100)] * 501}, "500 lines at most", "lines"),
        ({"lines": [Line(100, thousandths=0)]}, "quantity from 0.001", "quantity-0"),
        ({"lines": [Line(100), Line(100, thousandths=-1)]}, "quantity from", "quantity-1"),
        ({"lines": [Line(100, thousandths=10**12)]}, "to 100,000", "quantity-0"),
        ({"lines": [Line(100), Line(-101)]}, "cannot be below zero", "lines"),
        ({"lines": [Line(10**12)]}, "rate up to", "rate-0"),
        ({"lines": [Line(-(10**12))]}, "rate up to", "rate-0"),
        ({"lines": [Line(10**9, thousandths=100_000)]}, "100,000,000.00 at most", "lines"),
        ({"due_on": date(1, 1, 1)}, "between 2000 and 2100", "due_on"),
        ({"issued_on": date(9999, 1, 1)}, "between 2000 and 2100", "worked_on-0"),
    ],
)
def test_what_cannot_be_a_bill_is_refused_beside_its_field(
    office: Office, changes: dict[str, Any], sentence: str, field: str
) -> None:
    with pytest.raises(Invalid, match=sentence) as refused:
        drafted(office, office.cleo, replace(Asked(), **changes))
    assert refused.value.field == field
    assert count(Bill) == 0


def test_a_line_is_on_a_matter_of_the_bills_own_client(office: Office) -> None:
    wanted = details(office, office.cleo, Asked([Line(100), Line(200)]))
    foreign = replace(wanted.lines[1], matter_id=office.sol.matters[0])
    wanted = replace(wanted, lines=[wanted.lines[0], foreign])
    with pytest.raises(Invalid, match="of this client") as refused, db.transaction() as session:
        actions.draft_bill(session, wanted, by=BEN)
    assert refused.value.field == "matter-1"
    assert count(Bill) == 0


def test_a_line_says_what_was_done(office: Office) -> None:
    wanted = details(office, office.cleo)
    for description, sentence in ((" \n", "Say what was done"), ("x" * 1_001, "too long")):
        lines = [replace(wanted.lines[0], description=description)]
        with pytest.raises(Invalid, match=sentence), db.transaction() as session:
            actions.draft_bill(session, replace(wanted, lines=lines), by=BEN)


def test_a_bill_needs_a_client_and_an_operating_account_in_the_firms_currency(
    office: Office,
) -> None:
    wanted = details(office, office.cleo)
    with db.transaction() as session:
        canadian = add_account(
            session,
            name="Compte",
            public_label="Compte",
            kind=BankAccountKind.OPERATING,
            currency="CAD",
            statement_suffix="HR",
        ).id
    for changes, field in (
        ({"client_id": 999}, "client"),
        ({"bank_account_id": 999}, "account"),
        ({"bank_account_id": office.accounts.trust.id}, "account"),
        ({"bank_account_id": canadian}, "account"),
    ):
        with pytest.raises(Invalid) as refused, db.transaction() as session:
            actions.draft_bill(session, replace(wanted, **changes), by=BEN)
        assert refused.value.field == field


@pytest.mark.both_databases
def test_a_draft_is_edited_and_submitted_for_approval(office: Office) -> None:
    bill = drafted(office, office.cleo, TWO_MATTERS)
    with db.transaction() as session:
        actions.submit_for_approval(session, bill, by=BEN)
    assert stored(bill).status == BillStatus.AWAITING_APPROVAL
    with pytest.raises(Conflict, match="no longer a draft"), db.transaction() as session:
        actions.submit_for_approval(session, bill, by=BEN)
    with db.transaction() as session:
        actions.edit_draft(session, bill, details(office, office.sol), by=BEN)
    edited = stored(bill)
    assert (edited.status, edited.client.name) == (BillStatus.DRAFT, "Sol Nobody")
    assert (edited.total_cents, len(edited.lines)) == (10_000, 1)


def test_an_issued_bill_is_not_edited(office: Office) -> None:
    bill = issued(office, office.cleo)
    with pytest.raises(Conflict, match="issued already"), db.transaction() as session:
        actions.edit_draft(session, bill, details(office, office.sol), by=BEN)
    assert stored(bill).client.name == "Cleo Vance"


@pytest.mark.both_databases
def test_D1_voiding_reverses_what_was_booked_and_is_final(office: Office) -> None:
    bill = void(issued(office, office.cleo, TWO_MATTERS), " Billed twice ")
    found = stored(bill)
    assert (found.status, found.void_reason, found.voided_by) == ("void", "Billed twice", BEN)
    assert found.balance.cents == 0
    assert booked(office, AccountKind.INCOME) == 0
    with db.read() as session:
        kept = [kept for _key, kept, _sum in ledger.recompute(session)]
    assert {balance and balance.posted_cents for balance in kept} == {0}
    with pytest.raises(Conflict, match="voided already"):
        void(bill)
    with pytest.raises(Conflict, match="issued already"):
        issue(bill)
    assert count(Transfer) == 4


def test_voiding_needs_a_reason(office: Office) -> None:
    bill = issued(office, office.cleo)
    for reason, sentence in ((" ", "Say why"), ("x" * 501, "under 500")):
        with pytest.raises(Invalid, match=sentence) as refused:
            void(bill, reason)
        assert refused.value.field == "reason"
    assert stored(bill).status == BillStatus.AWAITING_PAYMENT


def test_a_draft_is_not_voided(office: Office) -> None:
    with pytest.raises(Conflict, match="not issued yet"):
        void(drafted(office, office.cleo))


def test_D1_a_bill_with_a_payment_on_it_is_not_voided(office: Office) -> None:
    bill = issued(office, office.cleo)
    set_cents(bill, applied_cents=4_000)
    with pytest.raises(HasAllocations, match=r"Reverse the payments of \$40.00 on this bill first"):
        void(bill)
    set_cents(bill, applied_cents=0, reserved_cents=4_000)
    with pytest.raises(Conflict, match="under way"):
        void(bill)
    assert stored(bill).status == BillStatus.AWAITING_PAYMENT
    assert count(Transfer) == 1


@pytest.mark.both_databases
def test_M9_the_database_refuses_more_than_the_total(office: Office) -> None:
    bill = issued(office, office.cleo)
    for cents in (
        {"applied_cents": 10_001},
        {"applied_cents": 9_000, "reserved_cents": 1_001},
        {"reserved_cents": -1},
    ):
        with pytest.raises(IntegrityError):
            set_cents(bill, **cents)


def test_each_change_stands_in_the_log_with_its_actor(office: Office) -> None:
    bill = drafted(office, office.cleo)
    with db.transaction() as session:
        actions.edit_draft(session, bill, details(office, office.cleo), by=BEN)
        actions.submit_for_approval(session, bill, by=BEN)
        actions.send_back(session, bill, reason="The rate", by=BEN)
        actions.issue(session, bill, on=TODAY, by=BEN)
        actions.void(session, bill, reason="Twice", by=BEN)
    with db.read() as session:
        rows = session.execute(
            select(AuditEntry.action, AuditEntry.actor)
            .where(AuditEntry.subject == f"bill:{bill.public_id}")
            .order_by(AuditEntry.id)
        ).all()
    steps = ["drafted", "edited", "submitted", "sent_back", "issued", "voided"]
    assert [tuple(row) for row in rows] == [(f"bill.{step}", BEN) for step in steps]
