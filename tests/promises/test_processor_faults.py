"""The processor times out, breaks, and hangs up after the work is done: nobody is charged twice."""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from payments.accounts.models import BankAccount
from payments.ledger.models import AccountKind
from payments.ledger.queries import totals
from payments.sandbox.book import PLATFORM
from payments.sandbox.making import TRUST_ACCOUNT_ID
from payments.transactions.states import Status
from portal.core import db
from tests.factories.payments import (
    BANK_CLOSED,
    BANK_WORKS,
    CARD_DECLINED,
    CARD_WORKS,
    Links,
    Payer,
    books_problems,
    payments,
    trust_payer,
)
from tests.factories.processor import charges, objects
from tests.promises.conftest import Weather

PAYMENTS = 200
PAYERS = (
    ("card", CARD_WORKS),
    ("card", CARD_WORKS),
    ("bank", BANK_WORKS),
    ("card", CARD_DECLINED),
    ("bank", BANK_CLOSED),
)
STORM = {"timeout_before": 0.1, "timeout_after": 0.1, "status_500": 0.1, "reset_after": 0.05}


def charged_twice() -> list[str]:
    """Payments for which money was taken, or is being taken, more than once."""
    counted = Counter(
        charge["metadata"]["payment_id"] for charge in charges() if charge["status"] != "failed"
    )
    return [name for name, times in counted.items() if times > 1]


def settled_cents(account: str) -> int:
    """What the processor's own book says it took for the account, fees off, all of it settled."""
    return sum(
        entry["net"]
        for entry in objects("balance_transaction", account)
        if entry["type"] in {"charge", "payment"}
    )


def booked_cents(processor_account: str | None) -> int:
    """What our books say lies at the processor for the account."""
    with db.read() as session:
        account = session.scalars(
            select(BankAccount).where(BankAccount.processor_account == processor_account)
        ).one()
        return totals(session, account.id)[AccountKind.PROCESSOR].posted_cents


@pytest.mark.slow
def test_M11_processor_faults_charge_nobody_twice_and_leave_nothing_open(
    app: Flask,
    links: Links,
    weather: Weather,
    run_jobs: Callable[[], int],
    advance: Callable[[timedelta], int],
) -> None:
    """M9, M11: 200 payments; of all attempts 20% time out, 10% answer 5xx, 5% reset when done."""
    weather.storm(20261121, **STORM)
    for number in range(PAYMENTS):
        method, test_number = PAYERS[number % len(PAYERS)]
        payer, link = (
            (trust_payer(app), links.trust) if number % 3 == 0 else (Payer(app), links.operating)
        )
        # Whoever cannot reach the review tries again, as the page says.
        while payer.pay_unread(link, method=method, number=test_number) == 503:
            continue
    for _ in range(15):
        advance(timedelta(minutes=1))
    assert weather.struck > PAYMENTS
    made = payments()
    assert len(made) == PAYMENTS
    assert charged_twice() == []
    assert [p.reference for p in made if p.status in {Status.PENDING, Status.ACTION_NEEDED}] == []
    for _ in range(6):
        advance(timedelta(days=1))
    weather.clear()
    advance(timedelta(days=1))
    assert charged_twice() == []
    assert_each_payment_stands_as_the_processor_has_it()
    assert booked_cents(None) == settled_cents(PLATFORM)
    assert booked_cents(TRUST_ACCOUNT_ID) == settled_cents(TRUST_ACCOUNT_ID)
    assert books_problems(app) == []


def assert_each_payment_stands_as_the_processor_has_it() -> None:
    """Money was taken exactly where we say so, and from nobody of whom we say otherwise."""
    paid = {str(charge["metadata"]["payment_id"]) for charge in charges(paid=True)}
    for payment in payments():
        took_money = payment.status == Status.COMPLETED
        assert took_money == (payment.public_id in paid), (payment.reference, payment.status)
        assert payment.status not in {Status.PENDING, Status.ACTION_NEEDED, Status.AUTHORIZED}
