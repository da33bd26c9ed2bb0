"""Lost webhooks do not matter: the reconciler alone reaches the same books."""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask

from payments.gateway.current import gateway
from payments.gateway.results import ProcessorAccount
from payments.sandbox.current import sandbox
from payments.transactions.models import Payment
from payments.transactions.observing import status_shown
from payments.transactions.states import Status
from payments.webhooks.actions import HANDLE
from payments.webhooks.reconciler import reconcile
from tests.factories.payments import (
    BANK_CLOSED,
    BANK_WORKS,
    CARD_ASKS,
    CARD_WORKS,
    Links,
    Payer,
    books_problems,
    payments,
    trust_payer,
)
from tests.factories.unattended import only_jobs_of, pass_time

DAY = timedelta(days=1)
CARDS, BANKS, RETURNS, LEFT = 40, 25, 15, 20


@pytest.mark.slow
def test_M11_a_day_of_lost_webhooks_is_made_up_for_in_one_cycle(
    app: Flask, links: Links, run_jobs: Callable[[], int]
) -> None:
    """M11: 100 payments change while every webhook is lost and no other job looks; one reading."""
    webhooks = sandbox().webhooks
    for number in range(BANKS + RETURNS):
        bank = BANK_WORKS if number < BANKS else BANK_CLOSED
        Payer(app).pay_unread(links.operating, method="bank", number=bank)
    run_jobs()
    pass_time(2 * DAY)
    reconcile()
    run_jobs()
    webhooks.set_switches(drop_percent=100)
    for _ in range(CARDS):
        trust_payer(app).pay_unread(links.trust, number=CARD_WORKS)
    for _ in range(LEFT):
        payer = Payer(app)
        question = payer.press_submit(payer.review(links.operating, number=CARD_ASKS), status=200)
        payer.tell_bank(str(question.one("#submit-message")["data-client-secret"]), "approve")
    before = Counter(payment.status for payment in payments())
    pass_time(DAY + timedelta(hours=1))
    only_jobs_of(HANDLE)
    reconcile()
    only_jobs_of(HANDLE)
    run_jobs()
    assert [p.reference for p in payments() if p.status != at_the_processor(p)] == []
    after = Counter(payment.status for payment in payments())
    assert before[Status.ACTION_NEEDED] == LEFT
    assert after[Status.RETURNED] == RETURNS
    assert after.total() == CARDS + BANKS + RETURNS + LEFT
    assert books_problems(app) == []
    pass_time(3 * DAY)
    only_jobs_of(HANDLE)
    reconcile()
    assert Counter(payment.status for payment in payments()) == {
        Status.COMPLETED: CARDS + BANKS + LEFT,
        Status.RETURNED: RETURNS,
    }
    assert books_problems(app) == []


def at_the_processor(payment: Payment) -> Status | None:
    """What the processor's own record stands for now, of a payment that was under way."""
    account = ProcessorAccount(payment.bank_account.processor_account)
    snapshot = gateway().get_payment(account, str(payment.intent_id))
    return status_shown(snapshot, Status.AUTHORIZED, payment.method)
