"""Disputes as the processor shows them: off the bills, and back when they are won (M7)."""

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from payments.billing.models import Bill
from payments.gateway.results import (
    DisputeStatus,
    GatewayDispute,
    GatewayRefund,
    IntentStatus,
    MethodKind,
    RefundStatus,
)
from payments.ledger.models import AccountKind
from payments.ledger.queries import totals
from payments.transactions import replenishing
from payments.transactions.disputed import Dispute
from payments.transactions.replenished import Replenishment
from payments.transactions.states import Status
from portal.core import db
from portal.notifications.models import Alert
from tests.payments.transactions.conftest import Till
from tests.payments.transactions.practice import ANA, Practice, held, open_practice, owed, problems
from tests.payments.transactions.shown import dispute, refund
from tests.support.days import firm_day

pytestmark = pytest.mark.both_databases
CENTS, BILLED, FEE = 10_000, 6_000, 1_500


@pytest.fixture
def practice(books: Till) -> Practice:
    """Clients, matters, and a till."""
    return open_practice(books)


@pytest.fixture
def bill(practice: Practice) -> Bill:
    """What Cleo owes."""
    return practice.bill(practice.cleo, (0, BILLED))


@pytest.fixture
def paid(practice: Practice, bill: Bill) -> int:
    """A card payment that has paid the bill; the rest is credit."""
    payment_id = practice.till.bring_to(Status.COMPLETED, cents=CENTS)
    practice.link(payment_id, practice.target(practice.cleo, 0))
    assert owed(bill) == 0
    return payment_id


def show(
    practice: Practice,
    payment_id: int,
    *disputes: GatewayDispute,
    refunds: tuple[GatewayRefund, ...] = (),
    **differs: Any,
) -> Status:
    """Let the payment be seen with these, twice: the second time is no news."""
    till = practice.till
    fee = till.payment(payment_id).fee_cents or 0
    values = {"balance_entry": till.entry(payment_id, fee_cents=fee), **differs}
    shown = till.snapshot(payment_id, IntentStatus.SUCCEEDED, **values)
    shown = replace(shown, disputed=bool(disputes), disputes=disputes, refunds=refunds)
    status = till.show(payment_id, shown)
    assert till.show(payment_id, shown) is status
    assert problems() == []
    return status


def the_dispute() -> Dispute:
    with db.read() as session:
        return session.scalars(select(Dispute)).one()


def told() -> dict[str, str]:
    with db.read() as session:
        return {one.kind: one.sentence for one in session.scalars(select(Alert))}


def stands(practice: Practice, kind: AccountKind, account: str = "operating") -> int:
    with db.read() as session:
        found = totals(session, practice.till.accounts[account].id)
    return found[kind].posted_cents if kind in found else 0


def test_M7_a_disputed_payment_leaves_its_bill_and_is_on_it_again_when_it_is_won(
    practice: Practice, bill: Bill, paid: int
) -> None:
    assert show(practice, paid, dispute("du_1", CENTS, fee_cents=FEE)) is Status.COMPLETED
    assert owed(bill) == BILLED
    assert held(AccountKind.CLIENT_CREDIT, practice.cleo) == {}
    assert f"bill {bill.number}" in told()["unpaid_again"]
    assert stands(practice, AccountKind.FEES) == 755 + FEE
    won = dispute("du_1", CENTS, DisputeStatus.WON, 0)
    show(practice, paid, won)
    assert owed(bill) == 0
    assert set(held(AccountKind.CLIENT_CREDIT, practice.cleo).values()) == {CENTS - BILLED}
    assert stands(practice, AccountKind.FEES) == 755
    assert the_dispute().state == "won"
    # A look that is older than the end brings nothing back.
    show(practice, paid, dispute("du_1", CENTS, fee_cents=FEE))
    assert (owed(bill), the_dispute().state) == (0, "won")


def test_M7_a_lost_dispute_leaves_the_bill_unpaid_and_the_fee_with_the_firm(
    practice: Practice, bill: Bill, paid: int
) -> None:
    show(practice, paid, dispute("du_1", CENTS, DisputeStatus.LOST, fee_cents=FEE))
    assert owed(bill) == BILLED
    assert stands(practice, AccountKind.FEES) == 755 + FEE
    assert the_dispute().closed_at is not None


def test_M7_an_inquiry_moves_no_money_until_it_becomes_a_dispute(
    practice: Practice, bill: Bill, paid: int
) -> None:
    show(practice, paid, dispute("du_1", CENTS, DisputeStatus.INQUIRY, 0))
    assert (owed(bill), the_dispute().withdrawal_id) == (0, None)
    show(practice, paid, dispute("du_1", CENTS))
    assert owed(bill) == BILLED
    assert the_dispute().state == "open"


def test_M7_it_is_won_only_when_the_money_is_back(
    practice: Practice, bill: Bill, paid: int
) -> None:
    show(practice, paid, dispute("du_1", CENTS, DisputeStatus.WON, CENTS, fee_cents=FEE))
    assert (owed(bill), the_dispute().state) == (BILLED, "review")
    show(practice, paid, dispute("du_1", CENTS, DisputeStatus.WON, 0))
    assert (owed(bill), the_dispute().state) == (0, "won")


def test_M7_a_dispute_before_the_payment_has_completed_takes_it_when_it_does(
    practice: Practice,
) -> None:
    payment_id = practice.till.bring_to(Status.AUTHORIZED, cents=CENTS)
    early = dispute("du_1", CENTS)
    assert show(practice, payment_id, early, balance_entry=None) is Status.AUTHORIZED
    assert (the_dispute().state, the_dispute().withdrawal_id) == ("open", None)
    entry = practice.till.entry(payment_id, fee_cents=755)
    assert show(practice, payment_id, early, balance_entry=entry) is Status.COMPLETED
    assert practice.till.payment(payment_id).withdrawn_cents == CENTS
    assert stands(practice, AccountKind.UNLINKED) == 0


def test_M6_M7_what_came_back_makes_room_for_what_left_when_both_are_seen_at_once(
    practice: Practice, bill: Bill, paid: int
) -> None:
    show(practice, paid, refunds=(refund("re_1", 4_000),))
    failed = refund("re_1", 4_000, RefundStatus.FAILED, failure="expired_or_canceled_card")
    show(practice, paid, dispute("du_1", CENTS), refunds=(failed,))
    assert practice.till.payment(paid).withdrawn_cents == CENTS
    show(
        practice,
        paid,
        dispute("du_1", CENTS, DisputeStatus.WON, 0),
        refunds=(failed, refund("re_2", CENTS)),
    )
    assert practice.till.payment(paid).withdrawn_cents == CENTS
    assert owed(bill) == BILLED
    assert "more_gone_than_paid" not in told()


def test_M6_M7_a_dispute_won_after_a_refund_brings_back_what_was_left(
    practice: Practice, bill: Bill, paid: int
) -> None:
    given = refund("re_1", 5_000)
    show(practice, paid, refunds=(given,))
    assert owed(bill) == 1_000
    rest = CENTS - 5_000
    show(practice, paid, dispute("du_1", rest), refunds=(given,))
    assert (owed(bill), practice.till.payment(paid).withdrawn_cents) == (BILLED, CENTS)
    won = dispute("du_1", rest, DisputeStatus.WON, 0)
    show(practice, paid, won, refunds=(given,))
    assert (owed(bill), practice.till.payment(paid).withdrawn_cents) == (1_000, 5_000)


def test_M4_M7_a_dispute_fee_on_trust_is_the_firm_s_and_its_own_again_when_it_is_won(
    practice: Practice,
) -> None:
    payment_id = practice.till.bring_to(Status.COMPLETED, kind="trust", cents=CENTS)
    practice.link(payment_id, practice.target(practice.cleo, 0), apply=False)
    show(practice, payment_id, dispute("du_1", CENTS, fee_cents=FEE))
    assert stands(practice, AccountKind.FIRM_COVER, "trust") == FEE
    with db.transaction() as session:
        (task,) = session.scalars(select(Replenishment))
        replenishing.done(session, task.public_id, firm_day(), "WIRE 7", by=ANA)
    show(practice, payment_id, dispute("du_1", CENTS, DisputeStatus.WON, 0))
    assert stands(practice, AccountKind.FIRM_COVER, "trust") == -FEE
    assert held(AccountKind.CLIENT_TRUST, practice.cleo) == {practice.cleo.matters[0]: CENTS}
    with db.read() as session:
        reasons = list(session.scalars(select(Replenishment.reason).order_by(Replenishment.id)))
    assert reasons == ["dispute_fee", "surplus"]


@pytest.mark.parametrize("status", [Status.AUTHORIZED, Status.COMPLETED])
def test_M7_a_disputed_echeck_is_a_return_with_its_reason_and_its_fee(
    practice: Practice, status: Status
) -> None:
    payment_id = practice.till.bring_to(status, cents=CENTS, method=MethodKind.BANK)
    returned = replace(
        dispute("pdp_1", CENTS, DisputeStatus.LOST, fee_cents=400),
        reason="debit_not_authorized",
        network_code="R10",
    )
    entry = practice.till.entry(payment_id, fee_cents=755, available=status is Status.COMPLETED)
    assert show(practice, payment_id, returned, balance_entry=entry) is Status.RETURNED
    payment = practice.till.payment(payment_id)
    assert (payment.failure_code, payment.network_code) == ("debit_not_authorized", "R10")
    assert stands(practice, AccountKind.FEES) == 755 + 400
    assert stands(practice, AccountKind.PROCESSOR) == -755 - 400
    assert stands(practice, AccountKind.UNLINKED) == 0
    with db.read() as session:
        assert session.scalars(select(Dispute)).all() == []


def test_M6_M7_a_return_after_a_refund_takes_the_rest(practice: Practice, bill: Bill) -> None:
    payment_id = practice.till.bring_to(Status.COMPLETED, cents=CENTS, method=MethodKind.BANK)
    practice.link(payment_id, practice.target(practice.cleo, 0))
    given = refund("pyr_1", 3_000)
    show(practice, payment_id, refunds=(given,))
    assert owed(bill) == 0
    late = dispute("pdp_1", CENTS - 3_000, DisputeStatus.LOST)
    assert show(practice, payment_id, late, refunds=(given,)) is Status.RETURNED
    assert practice.till.payment(payment_id).withdrawn_cents == CENTS
    assert owed(bill) == BILLED
    assert held(AccountKind.CLIENT_CREDIT, practice.cleo) == {}
