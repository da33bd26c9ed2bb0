"""**Cancel payment**: staff call off a payment that waits for its payer (FEATURES M9, P7)."""

from dataclasses import dataclass, field

import pytest
from sqlalchemy import select, update

from payments.billing.models import Bill
from payments.gateway.current import gateway
from payments.gateway.errors import NotFound, Unavailable
from payments.gateway.results import GatewayPayment, IntentStatus, MethodKind
from payments.transactions import resolving
from payments.transactions.models import Payment, PaymentStep
from payments.transactions.states import Status
from portal.core import db
from portal.core.audit import AuditEntry
from tests.payments.transactions.conftest import Till
from tests.payments.transactions.documents import link_to, now, on
from tests.payments.transactions.practice import open_practice, problems
from tests.support.cast import Cast

LIST = "/staff/online-payments/transactions"
CENTS = 9_000


@dataclass
class Processor:
    """What Stripe shows of every payment, and which it was asked to cancel."""

    shown: dict[int, GatewayPayment] = field(default_factory=dict)
    canceled: list[str] = field(default_factory=list)
    trouble: Exception | None = None


@pytest.fixture
def stripe(till: Till, monkeypatch: pytest.MonkeyPatch) -> Processor:
    """Shows payments as the test says, and cancels those that were not paid."""
    stripe = Processor()

    def get(_self: object, _account: object, intent_id: str) -> GatewayPayment:
        if stripe.trouble is not None:
            raise stripe.trouble
        return stripe.shown[int(intent_id.removeprefix("pi_"))]

    def cancel(_self: object, _account: object, intent_id: str) -> GatewayPayment:
        stripe.canceled.append(intent_id)
        return till.snapshot(int(intent_id.removeprefix("pi_")), IntentStatus.CANCELED)

    monkeypatch.setattr(type(gateway()), "get_payment", get)
    monkeypatch.setattr(type(gateway()), "cancel_payment", cancel)
    return stripe


def on_a_bill(till: Till, status: Status, **said: MethodKind) -> tuple[int, Bill]:
    practice = open_practice(till)
    bill = practice.bill(practice.cleo, (0, CENTS))
    to = on(practice.cleo, link_to(till, bill=bill), (bill, CENTS))
    return till.bring_to(status, cents=CENTS, document=to, **said), bill


def page_of(till: Till, payment_id: int) -> str:
    return f"{LIST}/{till.payment(payment_id).public_id}"


@pytest.mark.parametrize("method", [MethodKind.CARD, MethodKind.BANK])
def test_M9_a_payment_that_waits_for_its_payer_is_canceled_and_frees_the_bill(
    cast: Cast, till: Till, stripe: Processor, method: MethodKind
) -> None:
    payment_id, bill = on_a_bill(till, Status.ACTION_NEEDED, method=method)
    stripe.shown[payment_id] = till.snapshot(payment_id, IntentStatus.NEEDS_ACTION)
    page = cast.ana.click(cast.ana.get(page_of(till, payment_id)), "Cancel payment")
    assert "has begun to pay $90.00 and has not finished" in page
    page = cast.ana.submit(page, "Cancel payment")
    assert "The payment was canceled. No money was taken." in page
    assert page.texts("#payment-life .badge")[-1] == "Canceled"
    assert "Somebody at the firm" in page
    assert page.select("#cancel-payment") == []
    assert stripe.canceled == [f"pi_{payment_id}"]
    assert now(bill).reserved_cents == 0
    with db.read() as session:
        last = select(PaymentStep.told_by).order_by(PaymentStep.id.desc()).limit(1)
        who = session.scalar(last)
        logged = select(AuditEntry.actor).where(AuditEntry.action == "payment.canceled")
        assert session.scalars(logged).all() == [who]
    assert str(who).startswith("user:")
    assert problems() == []


def test_M9_what_went_through_meanwhile_is_told_and_stays(
    cast: Cast, till: Till, stripe: Processor
) -> None:
    payment_id, bill = on_a_bill(till, Status.ACTION_NEEDED)
    asked = cast.ana.get(f"{page_of(till, payment_id)}/cancel")
    stripe.shown[payment_id] = till.snapshot(payment_id, IntentStatus.PROCESSING)
    page = cast.ana.submit(asked, "Cancel payment")
    assert "The payment went through meanwhile." in page
    assert stripe.canceled == []
    assert (till.payment(payment_id).status, now(bill).reserved_cents) == ("authorized", CENTS)


@pytest.mark.parametrize(
    ("trouble", "told"),
    [
        (Unavailable("gone", outcome_unknown=False), "Stripe cannot be reached now."),
        (NotFound("no such payment"), "Stripe does not know this payment"),
    ],
)
def test_M9_without_stripe_s_word_nothing_is_released(
    cast: Cast, till: Till, stripe: Processor, trouble: Exception, told: str
) -> None:
    payment_id, bill = on_a_bill(till, Status.PENDING)
    stripe.trouble = trouble
    asked = cast.ana.get(f"{page_of(till, payment_id)}/cancel")
    assert told in cast.ana.submit(asked, "Cancel payment", status=409)
    assert (till.payment(payment_id).status, now(bill).reserved_cents) == ("pending", CENTS)


@pytest.mark.parametrize("status", [Status.AUTHORIZED, Status.COMPLETED, Status.CANCELED])
def test_M9_only_what_waits_is_canceled(
    cast: Cast, till: Till, stripe: Processor, status: Status
) -> None:
    waiting = till.bring_to(Status.PENDING)
    asked = cast.ana.get(f"{page_of(till, waiting)}/cancel")
    over = till.bring_to(status)
    assert cast.ana.get(page_of(till, over)).select("#cancel-payment") == []
    page = cast.ana.get(f"{page_of(till, over)}/cancel")
    assert "waits for nobody any more" in page
    till.show(waiting, till.snapshot(waiting, IntentStatus.PROCESSING))
    assert "waits for nobody any more" in cast.ana.submit(asked, "Cancel payment", status=409)
    assert stripe.canceled == []


def test_X3_whoever_may_not_link_payments_cancels_none(cast: Cast, till: Till) -> None:
    payment_id = till.bring_to(Status.PENDING)
    assert cast.ben.get(page_of(till, payment_id)).select("#cancel-payment") == []
    cast.ben.get(f"{page_of(till, payment_id)}/cancel", status=403)


@pytest.mark.both_databases
def test_M9_an_attempt_without_an_intent_is_called_off_without_asking(books: Till) -> None:
    payment_id, bill = on_a_bill(books, Status.PENDING)
    with db.transaction() as session:
        session.execute(update(Payment).where(Payment.id == payment_id).values(intent_id=None))
    assert resolving.call_off(payment_id, "user:ana") is Status.CANCELED
    assert now(bill).reserved_cents == 0
    assert problems() == []
