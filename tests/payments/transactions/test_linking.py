"""Linking a completed payment: to whom, applied or not, moved, taken back (FEATURES S)."""

import pytest

from payments.billing import actions as billing
from payments.billing.models import Bill, BillStatus
from payments.gateway.results import MethodKind
from payments.ledger.models import AccountKind
from payments.receipts.actions import PlanChanged
from payments.receipts.models import ReceiptSource
from payments.transactions import linking
from payments.transactions.linking import Target
from payments.transactions.states import Status
from portal.clients.access import NOTHING_CLOSED
from portal.core import db
from portal.core.errors import Conflict, Invalid, Missing
from tests.payments.transactions.conftest import Till
from tests.payments.transactions.practice import (
    ANA,
    Practice,
    held,
    open_practice,
    owed,
    paid,
    problems,
    shares,
    void,
)


@pytest.fixture
def practice(books: Till) -> Practice:
    """Clients, matters, and a till."""
    return open_practice(books)


def completed(practice: Practice, cents: int, **said: str) -> int:
    return practice.till.bring_to(Status.COMPLETED, cents=cents, **said)


@pytest.mark.both_databases
def test_S3_a_clients_money_pays_all_their_bills_oldest_due_first(practice: Practice) -> None:
    later = practice.bill(practice.cleo, (0, 10_000), due=30)
    first = practice.bill(practice.cleo, (1, 20_000), due=5)
    second = practice.bill(practice.cleo, (0, 5_000), (1, 5_000), due=10)
    strangers = practice.bill(practice.sol, (0, 9_000), due=1)
    receipt = practice.link(completed(practice, 27_000), practice.target(practice.cleo))
    assert paid(receipt) == [(first.number, 20_000), (second.number, 7_000)]
    assert shares(second) == [5_000, 2_000]
    assert [owed(bill) for bill in (first, second, later, strangers)] == [0, 3_000, 10_000, 9_000]
    with db.read() as session:
        assert session.get_one(Bill, first.id).status == BillStatus.PAID
        assert session.get_one(Bill, second.id).status == BillStatus.AWAITING_PAYMENT
    assert held(AccountKind.CLIENT_CREDIT, practice.cleo) == {}
    assert problems() == []


def test_S3_bills_due_the_same_day_are_paid_in_the_order_of_their_numbers(
    practice: Practice,
) -> None:
    bills = [practice.bill(practice.cleo, (0, 1_000)) for _ in range(3)]
    receipt = practice.link(completed(practice, 1_500), practice.target(practice.cleo))
    assert paid(receipt) == [(bills[0].number, 1_000), (bills[1].number, 500)]


@pytest.mark.both_databases
def test_S3_a_matters_money_pays_only_that_matters_share(practice: Practice) -> None:
    both = practice.bill(practice.cleo, (0, 5_000), (1, 7_000))
    other = practice.bill(practice.cleo, (0, 4_000), due=1)
    receipt = practice.link(completed(practice, 9_000), practice.target(practice.cleo, 1))
    assert paid(receipt) == [(both.number, 7_000)]
    assert shares(both) == [0, 7_000]
    assert owed(other) == 4_000
    assert held(AccountKind.CLIENT_CREDIT, practice.cleo) == {practice.cleo.matters[1]: 2_000}
    assert problems() == []


@pytest.mark.both_databases
def test_S5_unticked_the_money_stays_as_credit_and_is_applied_later(practice: Practice) -> None:
    bill = practice.bill(practice.cleo, (0, 6_000))
    practice.link(completed(practice, 10_000), practice.target(practice.cleo, 0), apply=False)
    assert owed(bill) == 6_000
    assert held(AccountKind.CLIENT_CREDIT, practice.cleo) == {practice.cleo.matters[0]: 10_000}
    with pytest.raises(Invalid, match="at most the credit"):  # it is the matter's, not the client's
        practice.apply_credit(practice.cleo, 1_000)
    assert practice.apply_credit(practice.cleo, 10_000, nth=0) == 6_000
    assert owed(bill) == 0
    assert held(AccountKind.CLIENT_CREDIT, practice.cleo) == {practice.cleo.matters[0]: 4_000}
    assert problems() == []


def test_S4_S6_what_is_more_than_owed_stays_as_the_clients_credit(practice: Practice) -> None:
    practice.bill(practice.cleo, (0, 6_000))
    receipt = practice.link(completed(practice, 10_000), practice.target(practice.cleo))
    assert receipt.left.cents == 4_000
    assert held(AccountKind.CLIENT_CREDIT, practice.cleo) == {None: 4_000}
    assert problems() == []


@pytest.mark.both_databases
def test_S7_trust_money_is_held_for_the_client_and_pays_no_bill(practice: Practice) -> None:
    bill = practice.bill(practice.cleo, (0, 6_000))
    payment_id = completed(practice, 10_000, kind="trust")
    payment = practice.till.payment(payment_id)
    forged = Target(practice.target(practice.cleo).client)
    with pytest.raises(Invalid, match="only through Pay from trust"), db.transaction() as session:
        linking.link(session, payment.public_id, forged, apply=True, expected=None, by=ANA)
    assert practice.till.payment(payment_id).receipt_id is None
    practice.link(payment_id, practice.target(practice.cleo, 0))
    assert owed(bill) == 6_000
    assert held(AccountKind.CLIENT_TRUST, practice.cleo) == {practice.cleo.matters[0]: 10_000}
    assert held(AccountKind.CLIENT_CREDIT, practice.cleo) == {}
    assert problems() == []


@pytest.mark.both_databases
def test_S8_a_changed_link_reverses_and_posts_again(practice: Practice) -> None:
    cleos = practice.bill(practice.cleo, (0, 6_000))
    sols = practice.bill(practice.sol, (0, 8_000))
    payment_id = completed(practice, 10_000)
    before = practice.link(payment_id, practice.target(practice.cleo))
    after = practice.change(payment_id, practice.target(practice.sol))
    assert after is not None
    assert paid(after) == [(sols.number, 8_000)]
    assert (owed(cleos), owed(sols)) == (6_000, 0)
    assert held(AccountKind.CLIENT_CREDIT, practice.cleo) == {}
    assert held(AccountKind.CLIENT_CREDIT, practice.sol) == {None: 2_000}
    with db.read() as session:
        undone = session.get_one(type(before), before.id)
        assert (undone.undone_by, undone.undone_reason) == (ANA, "Wrong client")
    assert problems() == []


def test_S8_money_that_was_applied_long_after_the_link_is_taken_back_too(
    practice: Practice,
) -> None:
    payment_id = completed(practice, 10_000)
    practice.link(payment_id, practice.target(practice.cleo))
    bill = practice.bill(practice.cleo, (0, 7_000))
    practice.apply_credit(practice.cleo, 10_000)
    assert owed(bill) == 0
    assert practice.change(payment_id, None) is None
    assert owed(bill) == 7_000
    assert practice.till.payment(payment_id).receipt_id is None
    practice.link(payment_id, practice.target(practice.sol))
    assert held(AccountKind.CLIENT_CREDIT, practice.sol) == {None: 10_000}
    assert problems() == []


def test_S8_moved_from_client_to_matter_the_preview_counts_what_it_pays_now_as_free(
    practice: Practice,
) -> None:
    practice.bill(practice.cleo, (0, 6_000))
    matters = practice.bill(practice.cleo, (1, 9_000))
    payment_id = completed(practice, 10_000)
    practice.link(payment_id, practice.target(practice.cleo))
    assert owed(matters) == 5_000
    after = practice.change(payment_id, practice.target(practice.cleo, 1))
    assert after is not None
    assert paid(after) == [(matters.number, 9_000)]
    again = practice.change(payment_id, practice.target(practice.cleo))
    assert again is not None
    assert [cents for _number, cents in paid(again)] == [6_000, 4_000]
    assert problems() == []


@pytest.mark.both_databases
def test_M7_a_linked_echeck_that_comes_back_leaves_its_bills(practice: Practice) -> None:
    bill = practice.bill(practice.cleo, (0, 6_000))
    for kind in ("operating", "trust"):
        payment_id = completed(practice, 10_000, kind=kind, method=MethodKind.BANK)
        practice.link(payment_id, practice.target(practice.cleo), apply=kind == "operating")
        assert practice.till.fail(payment_id) is Status.RETURNED
        assert practice.till.payment(payment_id).withdrawn_cents == 10_000
        with pytest.raises(Conflict, match="nothing to link"):
            practice.change(payment_id, practice.target(practice.sol))
    assert owed(bill) == 6_000
    assert held(AccountKind.CLIENT_CREDIT, practice.cleo) == {}
    assert held(AccountKind.CLIENT_TRUST, practice.cleo) == {}
    assert problems() == []


REFUSED = {
    Status.PENDING: "not completed yet",
    Status.ACTION_NEEDED: "not completed yet",
    Status.AUTHORIZED: "not completed yet",
    Status.FAILED: "nothing to link",
    Status.CANCELED: "nothing to link",
    Status.RETURNED: "nothing to link",
}


@pytest.mark.parametrize("status", list(REFUSED))
def test_S2_only_a_completed_payment_is_linked(practice: Practice, status: Status) -> None:
    payment_id = practice.till.bring_to(status)
    with pytest.raises(Conflict, match=REFUSED[status]):
        practice.link(payment_id, practice.target(practice.cleo))
    assert practice.till.payment(payment_id).receipt_id is None
    assert problems() == []


def test_S2_linking_twice_is_refused_and_changes_nothing(practice: Practice) -> None:
    payment_id = completed(practice, 10_000)
    receipt = practice.link(payment_id, practice.target(practice.cleo))
    with pytest.raises(Conflict, match="linked already"):
        practice.link(payment_id, practice.target(practice.sol))
    assert practice.till.payment(payment_id).receipt_id == receipt.id
    assert problems() == []


def test_S2_another_clients_matter_is_refused(practice: Practice) -> None:
    payment_id = completed(practice, 10_000)
    forged = Target(practice.target(practice.cleo).client, practice.target(practice.sol, 0).matter)
    with pytest.raises(Invalid, match="not one of this client's"):
        practice.link(payment_id, forged)
    assert practice.till.payment(payment_id).receipt_id is None
    assert problems() == []


def test_S3_a_preview_that_is_out_of_date_posts_nothing(practice: Practice) -> None:
    practice.bill(practice.cleo, (0, 6_000))
    payment_id = completed(practice, 10_000)
    payment, to = practice.till.payment(payment_id), practice.target(practice.cleo)
    with db.read() as session:
        shown = linking.preview(session, payment, to, apply=True)
    assert shown is not None
    practice.bill(practice.cleo, (0, 3_000), due=1)
    with pytest.raises(PlanChanged), db.transaction() as session:
        linking.link(session, payment.public_id, to, apply=True, expected=shown.fingerprint, by=ANA)
    assert practice.till.payment(payment_id).receipt_id is None
    assert problems() == []


@pytest.mark.parametrize("typed", ["", "contact:", "contact:nobody", "matter:1", "bill:5", "x"])
def test_S2_a_client_who_does_not_exist_is_refused(practice: Practice, typed: str) -> None:
    with pytest.raises((Missing, Invalid)), db.read() as session:
        linking.target(session, typed, NOTHING_CLOSED)


def test_D1_a_bill_with_a_payment_on_it_is_not_voided_until_that_is_reversed(
    practice: Practice,
) -> None:
    bill = practice.bill(practice.cleo, (0, 6_000))
    payment_id = completed(practice, 6_000)
    practice.link(payment_id, practice.target(practice.cleo))
    with pytest.raises(billing.HasAllocations, match="Reverse the payments of"):
        void(bill)
    assert owed(bill) == 0
    practice.change(payment_id, None)
    void(bill)
    assert owed(bill) == 0
    assert problems() == []


def test_M1_a_receipt_knows_the_payment_it_was(practice: Practice) -> None:
    payment_id = completed(practice, 10_000)
    payment = practice.till.payment(payment_id)
    receipt = practice.link(payment_id, practice.target(practice.cleo))
    told = (receipt.source, receipt.cause, receipt.note, receipt.amount_cents)
    cause = f"payment:{payment.public_id}"
    assert told == (ReceiptSource.PAYMENT, cause, payment.reference, 10_000)
