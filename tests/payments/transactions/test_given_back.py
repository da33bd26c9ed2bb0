"""Money given back at the processor before it was available pays nothing (decision 0009)."""

from typing import Any

import pytest
from sqlalchemy import select

from payments.billing.models import BillStatus
from payments.gateway.results import GatewayPayment, IntentStatus
from payments.ledger.models import AccountKind
from payments.transactions.failures import words
from payments.transactions.states import Status
from portal.core import db
from portal.notifications.models import Alert
from portal.outbox.models import Notice
from tests.payments.transactions.conftest import Till
from tests.payments.transactions.documents import asked_now, link_to, now, on, request
from tests.payments.transactions.practice import Practice, held, open_practice, owed, problems

pytestmark = pytest.mark.both_databases


@pytest.fixture
def practice(books: Till) -> Practice:
    """Clients, matters, and a till."""
    return open_practice(books)


def alerts() -> list[tuple[str, str]]:
    with db.read() as session:
        rows = session.execute(select(Alert.kind, Alert.sentence).order_by(Alert.id))
        return [(row.kind, row.sentence) for row in rows]


def refunded(till: Till, payment_id: int, cents: int, **entry: Any) -> GatewayPayment:
    """What the processor shows of a payment of which so many cents were given back."""
    booked = till.entry(payment_id, fee_cents=0, **entry)
    return till.snapshot(
        payment_id, IntentStatus.SUCCEEDED, balance_entry=booked, refunded_cents=cents
    )


def test_M5_a_bill_s_payment_that_was_given_back_whole_ends_without_money(
    practice: Practice,
) -> None:
    till, bill = practice.till, practice.bill(practice.cleo, (0, 10_000))
    to = on(practice.cleo, link_to(till, bill=bill), (bill, 10_000))
    payment_id = till.bring_to(Status.AUTHORIZED, cents=10_000, document=to)
    for available in (False, True):
        shown = refunded(till, payment_id, 10_000, available=available)
        assert till.show(payment_id, shown) is Status.CANCELED
    assert till.payment(payment_id).failure_code == "refunded"
    assert (now(bill).status, owed(bill)) == (BillStatus.AWAITING_PAYMENT, 10_000)
    assert now(bill).reserved_cents == 0
    with db.read() as session:
        owed_notices = set(session.scalars(select(Notice.kind)))
    assert {"payment-returned-firm", "payment-failed-payer"} <= owed_notices
    assert problems() == []


@pytest.mark.parametrize("status", [Status.PENDING, Status.ACTION_NEEDED, Status.AUTHORIZED])
def test_M5_trust_money_that_was_given_back_whole_is_never_held(
    practice: Practice, status: Status
) -> None:
    till, asked = practice.till, request(practice, practice.cleo, 50_000)
    to = on(practice.cleo, link_to(till, asked=asked), (asked, 50_000))
    payment_id = till.bring_to(status, kind="trust", cents=50_000, document=to)
    assert till.show(payment_id, refunded(till, payment_id, 50_000)) is Status.CANCELED
    again = asked_now(asked)
    assert (again.status, again.paid_cents, again.reserved_cents) == ("awaiting_payment", 0, 0)
    assert held(AccountKind.CLIENT_TRUST, practice.cleo) == {}
    assert problems() == []


def test_M5_a_payment_given_back_in_part_stays_authorized_and_one_alert_names_it(
    practice: Practice,
) -> None:
    till, bill = practice.till, practice.bill(practice.cleo, (0, 10_000))
    to = on(practice.cleo, link_to(till, bill=bill), (bill, 10_000))
    payment_id = till.bring_to(Status.PENDING, cents=10_000, document=to)
    for _twice in range(2):
        assert till.show(payment_id, refunded(till, payment_id, 2_500)) is Status.AUTHORIZED
    ((kind, sentence),) = alerts()
    assert kind == "given_back_in_part"
    assert f"Payment {till.payment(payment_id).reference}: part of it (25.00 USD)" in sentence
    assert (owed(bill), now(bill).reserved_cents) == (10_000, 10_000)
    assert problems() == []
    # The refund itself failed at the processor: all of the money is there after all.
    assert till.show(payment_id, refunded(till, payment_id, 0)) is Status.COMPLETED
    assert (owed(bill), problems()) == (0, [])


def test_P7_the_payer_is_told_that_it_was_given_back(app: Any) -> None:
    with app.test_request_context():
        assert (
            words("refunded", "bank") == words("refunded", "card") == "The payment was given back."
        )
