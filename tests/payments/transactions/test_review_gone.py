"""Money that leaves a payment twice, as it can at the processor: the books end as it ends (M6, M7).

A payer's bank may take a payment back while a refund of it is on its way; one of the two fails
later, or the dispute is won (https://docs.stripe.com/payments/ach-direct-debit#refunds).
"""

from dataclasses import replace

import pytest
from sqlalchemy import select

from payments.gateway.results import (
    DisputeStatus,
    GatewayDispute,
    GatewayRefund,
    IntentStatus,
    MethodKind,
    RefundStatus,
)
from payments.ledger.models import AccountKind
from payments.transactions.models import Payment
from payments.transactions.refunded import Refund
from payments.transactions.states import Status
from portal.core import db
from tests.payments.transactions.conftest import Till
from tests.payments.transactions.practice import Practice, held, open_practice, owed, problems
from tests.payments.transactions.shown import dispute, refund
from tests.payments.transactions.test_refunding import ask
from tests.payments.transactions.withdrawals import of_books

pytestmark = pytest.mark.both_databases
CENTS, GIVEN = 10_000, 4_000
PENDING, FAILED = RefundStatus.PENDING, RefundStatus.FAILED


@pytest.fixture
def practice(books: Till) -> Practice:
    """Clients, matters, and a till."""
    return open_practice(books)


def show(
    practice: Practice, payment_id: int, refunds: list[GatewayRefund], *disputes: GatewayDispute
) -> Payment:
    """Let the payment be seen with these, twice: the second time is no news."""
    till = practice.till
    entry = till.entry(payment_id, fee_cents=till.payment(payment_id).fee_cents or 0)
    shown = till.snapshot(payment_id, IntentStatus.SUCCEEDED, balance_entry=entry)
    shown = replace(shown, refunds=tuple(refunds), disputes=disputes, disputed=bool(disputes))
    for _twice in range(2):
        till.show(payment_id, shown)
        assert problems() == []
    return till.payment(payment_id)


def name_of(refund_id: int) -> str:
    with db.read() as session:
        return session.get_one(Refund, refund_id).public_id


def refunds() -> list[tuple[str, int]]:
    with db.read() as session:
        rows = session.scalars(select(Refund).order_by(Refund.id))
        return [(one.state, one.cents) for one in rows]


@pytest.mark.parametrize("kind", ["operating", "trust"])
def test_M6_M7_a_return_takes_the_rest_when_a_refund_that_was_on_its_way_fails(
    practice: Practice, kind: str
) -> None:
    payment_id = practice.till.bring_to(
        Status.COMPLETED, kind=kind, cents=CENTS, method=MethodKind.BANK
    )
    practice.link(payment_id, practice.target(practice.cleo, 0), apply=False)
    show(practice, payment_id, [refund("re_1", GIVEN, PENDING)])
    late = dispute("pdp_1", CENTS, DisputeStatus.LOST)
    show(practice, payment_id, [refund("re_1", GIVEN, PENDING)], late)
    payment = show(practice, payment_id, [refund("re_1", GIVEN, FAILED)], late)
    assert payment.status == Status.RETURNED
    assert payment.withdrawn_cents == CENTS
    whose = AccountKind.CLIENT_TRUST if kind == "trust" else AccountKind.CLIENT_CREDIT
    assert held(whose, practice.cleo) == {}


def test_M6_M7_a_dispute_takes_the_rest_when_a_refund_that_was_on_its_way_fails(
    practice: Practice,
) -> None:
    bill = practice.bill(practice.cleo, (0, CENTS))
    payment_id = practice.till.bring_to(Status.COMPLETED, cents=CENTS)
    practice.link(payment_id, practice.target(practice.cleo, 0))
    show(practice, payment_id, [refund("re_1", GIVEN, PENDING)])
    show(practice, payment_id, [refund("re_1", GIVEN, PENDING)], dispute("du_1", CENTS))
    payment = show(practice, payment_id, [refund("re_1", GIVEN, FAILED)], dispute("du_1", CENTS))
    assert (payment.withdrawn_cents, owed(bill)) == (CENTS, CENTS)
    won = dispute("du_1", CENTS, DisputeStatus.WON, 0)
    payment = show(practice, payment_id, [refund("re_1", GIVEN, FAILED)], won)
    assert (payment.withdrawn_cents, owed(bill)) == (0, 0)


@pytest.mark.parametrize("out", [CENTS, 7_000], ids=["all", "most"])
def test_M6_M7_a_refund_that_found_no_room_is_booked_when_the_dispute_is_won(
    practice: Practice, out: int
) -> None:
    """It was made, its answer was lost, and a dispute came in between: both took the money."""
    payment_id = practice.till.bring_to(Status.COMPLETED, cents=CENTS)
    practice.link(payment_id, practice.target(practice.cleo, 0), apply=False)
    ours = refund("re_1", GIVEN, ours=name_of(ask(payment_id, GIVEN)))
    payment = show(practice, payment_id, [ours], dispute("du_1", CENTS, out_cents=out))
    assert payment.withdrawn_cents == CENTS
    won = dispute("du_1", CENTS, DisputeStatus.WON, 0)
    payment = show(practice, payment_id, [ours], won)
    assert payment.withdrawn_cents == GIVEN
    assert refunds() == [("succeeded", GIVEN)]
    assert of_books(practice, "operating")["client_credit"] == CENTS - GIVEN


def test_M6_M7_a_refund_past_us_that_found_little_room_is_booked_whole_when_there_is_some(
    practice: Practice,
) -> None:
    payment_id = practice.till.bring_to(Status.COMPLETED, cents=CENTS)
    show(practice, payment_id, [], dispute("du_1", 7_000))
    elsewhere = refund("re_1", GIVEN)
    payment = show(practice, payment_id, [elsewhere], dispute("du_1", 7_000))
    assert payment.withdrawn_cents == CENTS
    won = dispute("du_1", 7_000, DisputeStatus.WON, 0)
    payment = show(practice, payment_id, [elsewhere], won)
    assert payment.withdrawn_cents == GIVEN
    assert refunds() == [("succeeded", GIVEN)]
