"""Payments on bills and trust requests reserve, pay by themselves, give back (M9, L9, D2)."""

import pytest
from sqlalchemy import Update, select, update

from payments.billing.models import Bill, BillStatus
from payments.billing.requested import TrustRequest
from payments.gateway.results import MethodKind
from payments.ledger.models import AccountKind
from payments.receipts.queries import by_id
from payments.transactions.models import Payment, Reservation
from payments.transactions.reserving import NotPayable
from payments.transactions.states import Status
from portal.core import clock, db
from tests.payments.transactions.conftest import Till
from tests.payments.transactions.documents import asked_now, link_to, now, on, pay, request
from tests.payments.transactions.practice import (
    Practice,
    held,
    open_practice,
    owed,
    problems,
)

pytestmark = pytest.mark.both_databases


@pytest.fixture
def practice(books: Till) -> Practice:
    """Clients, matters, and a till."""
    return open_practice(books)


def test_M9_L9_a_payment_on_a_bill_reserves_it_and_pays_it_when_it_completes(
    practice: Practice,
) -> None:
    bill = practice.bill(practice.cleo, (0, 10_000))
    payment_id = pay(practice, on(practice.cleo, link_to(practice.till, bill=bill), (bill, 10_000)))
    assert (now(bill).reserved_cents, now(bill).status) == (10_000, BillStatus.AWAITING_PAYMENT)
    practice.till.authorize(payment_id)
    assert now(bill).reserved_cents == 10_000
    practice.till.complete(payment_id)
    paid = now(bill)
    assert (paid.status, paid.applied_cents, paid.reserved_cents) == (BillStatus.PAID, 10_000, 0)
    with db.read() as session:
        assert session.get_one(Payment, payment_id).receipt_id is not None
        assert session.scalars(select(Reservation.became)).all() == ["applied"]
    assert problems() == []


def test_M9_a_payment_that_fails_gives_the_bill_back(practice: Practice) -> None:
    bill = practice.bill(practice.cleo, (0, 10_000))
    link_id = link_to(practice.till, bill=bill)
    first = pay(practice, on(practice.cleo, link_id, (bill, 10_000)))
    practice.till.fail(first, "card_declined")
    assert now(bill).reserved_cents == 0
    second = pay(practice, on(practice.cleo, link_id, (bill, 10_000)))
    practice.till.authorize(second)
    practice.till.fail(second)
    assert (owed(bill), now(bill).reserved_cents) == (10_000, 0)
    assert problems() == []


def test_P4_an_authorization_that_is_abandoned_gives_the_bill_back(practice: Practice) -> None:
    bill = practice.bill(practice.cleo, (0, 5_000))
    to = on(practice.cleo, link_to(practice.till, bill=bill), (bill, 5_000))
    practice.till.bring_to(Status.CANCELED, cents=5_000, document=to)
    assert now(bill).reserved_cents == 0
    assert problems() == []


def test_M9_what_is_reserved_is_refused_to_the_next_and_the_rest_is_not(practice: Practice) -> None:
    bill = practice.bill(practice.cleo, (0, 10_000))
    link_id = link_to(practice.till, bill=bill)
    pay(practice, on(practice.cleo, link_id, (bill, 6_000)))
    with pytest.raises(NotPayable) as refused:
        pay(practice, on(practice.cleo, link_id, (bill, 6_000)))
    assert refused.value.reason == "under_way"
    pay(practice, on(practice.cleo, link_id, (bill, 4_000)))
    assert now(bill).reserved_cents == 10_000
    with db.read() as session:
        assert len(session.scalars(select(Payment.id)).all()) == 2


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"version": 2}, "changed"),
        ({"status": "paid", "applied_cents": 10_000}, "paid"),
        ({"status": "void", "voided_at": "now"}, "void"),
    ],
)
def test_L10_a_bill_that_became_another_since_it_was_reviewed_is_not_paid(
    practice: Practice, changed: dict[str, object], reason: str
) -> None:
    bill = practice.bill(practice.cleo, (0, 10_000))
    to = on(practice.cleo, link_to(practice.till, bill=bill), (bill, 10_000))
    values = {name: clock.now() if value == "now" else value for name, value in changed.items()}
    with db.transaction() as session:
        session.execute(update(Bill).where(Bill.id == bill.id).values(values))
    with pytest.raises(NotPayable) as refused:
        pay(practice, to)
    assert refused.value.reason == reason
    with db.read() as session:
        assert session.scalars(select(Payment.id)).all() == []


def test_P2_more_than_is_owed_is_refused(practice: Practice) -> None:
    bill = practice.bill(practice.cleo, (0, 10_000))
    with pytest.raises(NotPayable) as refused:
        pay(practice, on(practice.cleo, link_to(practice.till, bill=bill), (bill, 10_001)))
    assert refused.value.reason == "too_much"
    assert now(bill).reserved_cents == 0


def test_L9_the_whole_balance_pays_several_bills_of_several_matters(practice: Practice) -> None:
    first = practice.bill(practice.cleo, (0, 4_000), (1, 2_000), due=10)
    second = practice.bill(practice.cleo, (1, 3_000), due=20)
    to = on(practice.cleo, link_to(practice.till, bill=first), (first, 6_000), (second, 1_000))
    payment_id = pay(practice, to)
    practice.till.complete(payment_id)
    assert (owed(first), owed(second)) == (0, 2_000)
    assert held(AccountKind.CLIENT_CREDIT, practice.cleo) in ({}, {None: 0})
    assert problems() == []


def test_L9_a_payment_of_one_matter_s_bill_is_that_matter_s_money(practice: Practice) -> None:
    bill = practice.bill(practice.cleo, (1, 4_000))
    to = on(practice.cleo, link_to(practice.till, bill=bill), (bill, 4_000))
    payment_id = practice.till.bring_to(Status.COMPLETED, cents=4_000, document=to)
    with db.read() as session:
        receipt_id = session.get_one(Payment, payment_id).receipt_id
        assert receipt_id is not None
        assert by_id(session, receipt_id).matter_id == practice.cleo.matters[1]


def test_M7_an_echeck_that_comes_back_leaves_the_bill_unpaid_again(practice: Practice) -> None:
    bill = practice.bill(practice.cleo, (0, 8_000))
    to = on(practice.cleo, link_to(practice.till, bill=bill), (bill, 8_000))
    payment_id = practice.till.bring_to(
        Status.COMPLETED, cents=8_000, method=MethodKind.BANK, document=to
    )
    assert now(bill).status == BillStatus.PAID
    practice.till.fail(payment_id)
    assert (now(bill).status, owed(bill)) == (BillStatus.AWAITING_PAYMENT, 8_000)
    assert problems() == []


@pytest.mark.parametrize("nth", [None, 0])
def test_D2_a_trust_request_paid_in_two_parts_credits_its_own_trust_ledger(
    practice: Practice, nth: int | None
) -> None:
    asked = request(practice, practice.cleo, 50_000, nth)
    link_id = link_to(practice.till, asked=asked)
    for cents, status in ((20_000, BillStatus.AWAITING_PAYMENT), (30_000, BillStatus.PAID)):
        payment_id = pay(practice, on(practice.cleo, link_id, (asked, cents)), kind="trust")
        assert asked_now(asked).reserved_cents == cents
        practice.till.complete(payment_id)
        assert asked_now(asked).status == status
    assert (asked_now(asked).paid_cents, asked_now(asked).reserved_cents) == (50_000, 0)
    where = None if nth is None else practice.cleo.matters[nth]
    assert held(AccountKind.CLIENT_TRUST, practice.cleo) == {where: 50_000}
    assert problems() == []


def test_D2_S8_a_trust_payment_that_is_taken_off_its_client_is_asked_for_again(
    practice: Practice,
) -> None:
    asked = request(practice, practice.cleo, 50_000)
    to = on(practice.cleo, link_to(practice.till, asked=asked), (asked, 50_000))
    payment_id = practice.till.bring_to(Status.COMPLETED, kind="trust", cents=50_000, document=to)
    practice.change(payment_id, practice.target(practice.sol), apply=False)
    again = asked_now(asked)
    assert (again.status, again.paid_cents) == (BillStatus.AWAITING_PAYMENT, 0)
    assert held(AccountKind.CLIENT_TRUST, practice.sol) == {None: 50_000}
    assert problems() == []


@pytest.mark.parametrize("nth", [None, 0])
def test_D2_S8_money_that_is_moved_back_counts_on_its_trust_request_again(
    practice: Practice, nth: int | None
) -> None:
    asked = request(practice, practice.cleo, 50_000, nth)
    to = on(practice.cleo, link_to(practice.till, asked=asked), (asked, 50_000))
    payment_id = practice.till.bring_to(Status.COMPLETED, kind="trust", cents=50_000, document=to)
    elsewhere = practice.target(practice.cleo, 1)
    for away in (practice.target(practice.sol), elsewhere, None):
        practice.change(payment_id, away, apply=False)
        assert asked_now(asked).paid_cents == 0
        back = practice.target(practice.cleo, nth)
        if away is None:
            practice.link(payment_id, back, apply=False)
        else:
            practice.change(payment_id, back, apply=False)
        again = asked_now(asked)
        assert (again.status, again.paid_cents) == (BillStatus.PAID, 50_000)
        assert problems() == []


def test_D2_S8_money_moved_back_counts_on_no_request_that_asks_for_less_now(
    practice: Practice,
) -> None:
    asked = request(practice, practice.cleo, 50_000)
    link_id = link_to(practice.till, asked=asked)
    to = on(practice.cleo, link_id, (asked, 50_000))
    payment_id = practice.till.bring_to(Status.COMPLETED, kind="trust", cents=50_000, document=to)
    practice.change(payment_id, practice.target(practice.sol), apply=False)
    pay(practice, on(practice.cleo, link_id, (asked, 10_000)), kind="trust")
    practice.change(payment_id, practice.target(practice.cleo), apply=False)
    assert (asked_now(asked).paid_cents, asked_now(asked).reserved_cents) == (0, 10_000)
    assert held(AccountKind.CLIENT_TRUST, practice.cleo) == {None: 50_000}
    assert problems() == []


@pytest.mark.parametrize(
    ("spoilt", "told"),
    [
        (update(Bill).values(reserved_cents=1), "reserved, payments under way"),
        (update(Reservation).values(became="released"), "reservations are not where it stands"),
        (update(Reservation).values(cents=9_999), "has reserved 9999"),
        (update(TrustRequest).values(paid_cents=7), "trust request 2001: 7 cents are paid"),
        (update(TrustRequest).values(reserved_cents=7), "trust request 2001: 7 cents are reserved"),
    ],
)
def test_M1_check_books_finds_reservations_that_do_not_fit(
    practice: Practice, spoilt: Update, told: str
) -> None:
    bill = practice.bill(practice.cleo, (0, 10_000))
    request(practice, practice.cleo, 50_000)
    pay(practice, on(practice.cleo, link_to(practice.till, bill=bill), (bill, 10_000)))
    assert problems() == []
    with db.transaction() as session:
        session.execute(spoilt)
    assert any(told in sentence for sentence in problems())
