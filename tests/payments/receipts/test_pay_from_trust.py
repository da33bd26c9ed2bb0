"""**Pay from trust**: what it books, what it refuses, and what its reversal gives back (S9)."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from payments.billing.actions import void
from payments.billing.applying import move_reserved
from payments.billing.models import Bill, BillShare
from payments.ledger.accounts import AccountKey
from payments.ledger.actions import Entry, hold, transfer, transfer_all
from payments.ledger.models import AccountKind, Transfer
from payments.receipts import actions, paying_from_trust, queries, recording
from payments.receipts.actions import PlanChanged
from payments.receipts.from_trust import TrustTransfer
from payments.receipts.models import Receipt
from portal.clients.access import NOTHING_CLOSED
from portal.core import db
from portal.core.audit import AuditEntry
from portal.core.errors import Conflict, Invalid, Missing
from tests.factories.billing import Asked, Line, Office, drafted, issued
from tests.payments.receipts.desk import ANA, linked, state
from tests.payments.receipts.trust_desk import (
    Shown,
    confirm,
    held,
    of,
    pay,
    problems,
    reverse,
    shown,
    stands,
)


def two_matters(office: Office) -> Bill:
    """100.00 on Cleo's first matter, 50.00 on her second."""
    return issued(office, office.cleo, Asked([Line(10_000), Line(5_000, 1)]))


def test_S9_trust_money_pays_a_bill_and_both_banks_are_booked(office: Office) -> None:
    """FEATURES S9, M3: two transfers with one cause, neither with a foot in both accounts."""
    bill = two_matters(office)
    held(office, 30_000)
    paid = pay(bill, 12_000, note="Asked by phone")
    assert state(bill) == ("awaiting_payment", 12_000)
    trust, operating, cleo = office.accounts.trust, office.accounts.operating, office.cleo.id
    assert stands(AccountKind.CLIENT_TRUST, trust, client_id=cleo) == 18_000
    assert stands(AccountKind.BANK, trust) == 18_000
    assert stands(AccountKind.BANK, operating) == 12_000
    assert stands(AccountKind.CLIENT_CREDIT, operating, client_id=cleo) == 0
    with db.read() as session:
        cause = f"trust_transfer:{paid.public_id}"
        booked = session.scalars(select(Transfer.situation).where(Transfer.cause == cause)).all()
        receipt = session.get_one(Receipt, paid.receipt_id)
    assert sorted(booked) == ["applied", "applied", "paid_from_trust", "received_from_trust"]
    assert (receipt.source, receipt.cause, receipt.left.cents) == ("trust", cause, 0)
    assert (paid.amount.cents, paid.note, paid.made_by) == (12_000, "Asked by phone", ANA)
    assert problems() == []


def test_S9_the_rest_pays_the_bill_in_full(office: Office) -> None:
    bill = two_matters(office)
    held(office, 15_000)
    pay(bill, 10_000)
    pay(bill, 5_000)
    assert state(bill) == ("paid", 15_000)
    assert of(bill).ledgers == []


def test_S9_a_matters_trust_money_pays_only_that_matters_share(office: Office) -> None:
    bill = two_matters(office)
    held(office, 30_000, 1)
    (one,) = of(bill).ledgers
    assert (one.available_cents, one.payable_cents) == (30_000, 5_000)
    with pytest.raises(Invalid, match=r"Only \$50.00 of this bill"):
        shown(bill, 5_001)
    pay(bill, 5_000)
    with db.read() as session:
        shares = session.scalars(
            select(BillShare).where(BillShare.bill_id == bill.id).order_by(BillShare.position)
        )
        assert [share.applied_cents for share in shares] == [0, 5_000]
    assert problems() == []


def test_S9_money_held_for_another_matter_is_told_and_not_offered(office: Office) -> None:
    bill = issued(office, office.cleo, Asked([Line(10_000)]))
    held(office, 7_000, 1)
    held(office, 2_000)
    found = of(bill)
    assert [one.matter_id for one in found.ledgers] == [None]
    assert found.elsewhere_cents == 7_000


@pytest.mark.parametrize(
    ("cents", "sentence"),
    [
        (None, "Enter an amount like"),
        (0, "above zero"),
        (-1, "above zero"),
        (8_001, r"Only \$80.00 is available in this trust ledger"),
        (10**15, "is available"),
    ],
)
def test_S9_never_more_than_is_available(cents: int | None, sentence: str, office: Office) -> None:
    bill = issued(office, office.cleo)
    held(office, 8_000)
    good = shown(bill, 1_000)
    with pytest.raises(Invalid, match=sentence):
        confirm(replace(good, cents=cents))
    assert state(bill) == ("awaiting_payment", 0)


def test_S9_what_a_refund_under_way_holds_is_not_available(office: Office) -> None:
    bill = issued(office, office.cleo)
    held(office, 8_000)
    key = AccountKey(
        AccountKind.CLIENT_TRUST, office.accounts.trust.id, "USD", client_id=office.cleo.id
    )
    away = AccountKey(AccountKind.PROCESSOR, office.accounts.trust.id, "USD")
    with db.transaction() as session:
        hold(session, Entry("refund:1", "refund_begun", key, away, 3_000, "test", "test"))
    assert of(bill).ledgers[0].available_cents == 5_000


def test_S9_money_paid_online_counts_and_the_plan_says_that_the_bank_may_lack_it(
    office: Office,
) -> None:
    """Payouts are not booked one by one: what came online is told before it is moved."""
    bill = issued(office, office.cleo)
    held(office, 3_000)
    trust = office.accounts.trust
    with db.transaction() as session:
        unlinked = AccountKey(AccountKind.UNLINKED, trust.id, "USD")
        way, there = (
            AccountKey(kind, trust.id, "USD")
            for kind in (AccountKind.IN_TRANSIT, AccountKind.PROCESSOR)
        )
        transfer_all(
            session,
            [
                Entry("in:1", "completed", way, unlinked, 5_000, "test", "test"),
                Entry("in:2", "settled", there, way, 5_000, "test", "test"),
            ],
        )
    linked(office, 5_000, "K7QM-92TX", account=trust, again=True)
    (one,) = of(bill).ledgers
    assert (one.available_cents, one.at_bank_cents) == (8_000, 3_000)
    with db.read() as session:
        now = session.get_one(Bill, bill.id)
    choice = of(bill)
    assert paying_from_trust.planned(now, choice, one.key, 3_000).beyond_bank_cents == 0
    assert paying_from_trust.planned(now, choice, one.key, 8_000).beyond_bank_cents == 5_000
    paid = pay(bill, 8_000)
    with db.read() as session:
        detail = session.scalar(
            select(AuditEntry.detail).where(
                AuditEntry.subject == f"trust_transfer:{paid.public_id}",
                AuditEntry.action == "trust.paid_bill",
            )
        )
    assert detail is not None
    assert detail["beyond_bank_cents"] == 5_000


def test_S9_money_that_is_only_on_its_way_is_not_available(office: Office) -> None:
    bill = issued(office, office.cleo)
    trust = office.accounts.trust
    with db.transaction() as session:
        way = AccountKey(AccountKind.IN_TRANSIT, trust.id, "USD")
        unlinked = AccountKey(AccountKind.UNLINKED, trust.id, "USD")
        transfer(session, Entry("in:1", "completed", way, unlinked, 5_000, "test", "test"))
    linked(office, 5_000, "K7QM-92TX", account=trust, again=True)
    assert of(bill).ledgers == []


def test_M9_what_a_payment_under_way_has_reserved_is_left_to_it(office: Office) -> None:
    bill = issued(office, office.cleo)
    held(office, 20_000)
    with db.transaction() as session:
        move_reserved(session, Bill, bill.id, 4_000)
    assert of(bill).ledgers[0].payable_cents == 6_000
    with pytest.raises(Invalid, match=r"Only \$60.00 of this bill"):
        shown(bill, 6_001)
    pay(bill, 6_000)
    with pytest.raises(Conflict, match="under way covers all"):
        confirm(replace_bill(office, bill))


def replace_bill(office: Office, bill: Bill) -> Shown:
    """A confirmation of something seen on another bill, sent for this one."""
    other = shown(issued(office, office.cleo), 1_000)
    return replace(other, bill=bill.public_id)


def test_S9_drafts_void_and_paid_bills_are_refused_in_words(office: Office) -> None:
    held(office, 50_000)
    draft, withdrawn, done = (
        drafted(office, office.cleo),
        issued(office, office.cleo),
        issued(office, office.cleo),
    )
    with db.transaction() as session:
        void(session, session.get_one(Bill, withdrawn.id), reason="Wrong", by=ANA)
    pay(done, 10_000)
    for bill, words in ((draft, "not issued"), (withdrawn, "voided"), (done, "paid already")):
        with pytest.raises(Conflict, match=words):
            confirm(replace_bill(office, bill))
    assert problems() == []


def test_S9_another_clients_trust_money_pays_nothing(office: Office) -> None:
    held(office, 50_000)
    good = shown(issued(office, office.cleo), 1_000)
    sols = issued(office, office.sol)
    with pytest.raises(Invalid, match="Choose the trust ledger"):
        confirm(replace(good, bill=sols.public_id))
    with pytest.raises(Missing):
        confirm(replace(good, bill="nobody"))


def test_S9_nobody_confirms_what_they_have_not_seen(office: Office) -> None:
    bill = issued(office, office.cleo)
    held(office, 20_000)
    first, second = shown(bill, 3_000), shown(bill, 3_000)
    for mark in ("", "0" * 16):
        with pytest.raises(PlanChanged):
            confirm(replace(first, mark=mark))
    confirm(first)
    with pytest.raises(PlanChanged):
        confirm(second)
    assert state(bill) == ("awaiting_payment", 3_000)


def test_S8_S9_a_reversal_puts_the_money_back_into_the_same_ledger(office: Office) -> None:
    bill = two_matters(office)
    held(office, 5_000, 1)
    paid = pay(bill, 5_000)
    reverse(paid, "The client objects")
    assert state(bill) == ("awaiting_payment", 0)
    trust, owner = office.accounts.trust, office.cleo
    place = {"client_id": owner.id, "matter_id": owner.matters[1]}
    assert stands(AccountKind.CLIENT_TRUST, trust, **place) == 5_000
    assert stands(AccountKind.CLIENT_CREDIT, office.accounts.operating, **place) == 0
    assert stands(AccountKind.BANK, office.accounts.operating) == 0
    with db.read() as session:
        now = session.get_one(TrustTransfer, paid.id)
    assert (now.undone_by, now.undone_reason) == (ANA, "The client objects")
    with pytest.raises(Conflict, match="reversed already"):
        reverse(paid)
    pay(bill, 5_000)
    assert problems() == []


@pytest.mark.parametrize("reason", ["", "  ", "x" * 501])
def test_S8_S9_a_reversal_needs_a_reason(reason: str, office: Office) -> None:
    bill = issued(office, office.cleo)
    held(office, 5_000)
    paid = pay(bill, 5_000)
    with pytest.raises(Invalid, match="Say why"):
        reverse(paid, reason)
    assert state(bill) == ("awaiting_payment", 5_000)


def test_S9_trust_money_never_becomes_credit(office: Office) -> None:
    """FEATURES M3: neither the payment on the bill nor its receipt is undone by itself."""
    bill = issued(office, office.cleo)
    held(office, 5_000)
    paid = pay(bill, 5_000)
    with db.read() as session:
        (allocation,) = queries.standing_allocations(session, bill.id)
    with pytest.raises(Conflict, match="paid from trust"), db.transaction() as session:
        actions.reverse_allocation(session, allocation.public_id, reason="No", by=ANA)
    with pytest.raises(Conflict, match="paid from trust"), db.transaction() as session:
        receipt = session.get_one(Receipt, paid.receipt_id)
        recording.reverse(session, receipt, reason="No", by=ANA)
    with db.read() as session:
        assert queries.credits(session, office.cleo.id, NOTHING_CLOSED) == []
