"""Payments as a payer makes them, and what became of them in the books."""

import secrets
from datetime import timedelta

from bench.harness.firm import BenchFirm


def authorize(firm: BenchFirm, count: int) -> list[str]:
    """Make so many payments at the processor in use; answers the names of their intents."""
    from sqlalchemy import select

    from payments.transactions.models import Payment
    from portal.core import db

    made = [pay(firm, 10_000 + number) for number in range(count)]
    with db.read() as session:
        found = select(Payment.intent_id).where(Payment.id >= made[0])
        return [intent or "" for intent in session.scalars(found)]


def pay(firm: BenchFirm, cents: int) -> int:
    """Make one payment as a payer does; answers its id."""
    from payments.gateway.results import MethodKind
    from payments.transactions.actions import carry_out
    from payments.transactions.attempts import Attempt, record_attempt
    from portal.core import clock

    attempt = Attempt(
        nonce=secrets.token_urlsafe(18),
        bank_account_id=firm.account_id,
        account_link_id=None,
        amount_cents=cents,
        currency="USD",
        method=MethodKind.CARD,
        method_label="Visa •••• 4242",
        payer_name="Dana Whitfield",
        payer_email="dana@payer.test",
        paid_for="Lease review",
        payer_reference="",
        language="en_US",
        mandate_text=None,
        ip_address="192.0.2.10",
        user_agent="bench",
    )
    with clock.one_reading():
        payment_id, _is_new = record_attempt(attempt)
        carry_out(payment_id, "ctoken_bench", None, "http://localhost/")
    return payment_id


def books_are_true(completed: int) -> bool:
    """Whether so many payments are Completed, and the product's own check finds nothing."""
    from sqlalchemy import func, select

    from payments.transactions.checks import all_problems
    from payments.transactions.models import Payment
    from payments.transactions.states import Status
    from portal.core import db

    with db.read() as session:
        counted = select(func.count()).where(Payment.status == Status.COMPLETED)
        return session.scalar(counted) == completed and not all_problems(session)


def completed_within(last: int) -> timedelta:
    """From the first to the last of the newest `last` payments that became Completed."""
    from sqlalchemy import select

    from payments.transactions.models import PaymentStep
    from payments.transactions.states import Status
    from portal.core import db

    newest = select(PaymentStep.at).where(PaymentStep.became == Status.COMPLETED)
    with db.read() as session:
        times = session.scalars(newest.order_by(PaymentStep.at.desc()).limit(last)).all()
    return times[0] - times[-1]
