"""Events are hints: out of order, twice, or half of them lost, the end is the same."""

import json
import random
from collections.abc import Callable
from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from payments.ledger.models import Transfer
from payments.sandbox.current import sandbox
from payments.transactions.models import Payment
from payments.transactions.states import Status
from payments.transactions.withdrawn import Withdrawal
from payments.webhooks.actions import HANDLE
from payments.webhooks.reconciler import reconcile
from portal.core import db
from portal.outbox.models import Notice
from tests.factories.payments import (
    BANK_CLOSED,
    BANK_WORKS,
    CARD_ASKS,
    Links,
    Payer,
    books_problems,
    payments,
)
from tests.factories.processor import objects
from tests.factories.unattended import only_jobs_of, pass_time
from tests.payments.webhooks.conftest import Deliver

BANK_DISPUTES, CARD_DISPUTES = "000555555559", "4000000000000259"
RunJobs = Callable[[], int]
Json = dict[str, Any]
TOLD_OF_AN_APPROVED_CARD = {"charge.succeeded", "charge.updated", "payment_intent.succeeded"}
STAGES = (timedelta(0), timedelta(days=1), timedelta(days=2, hours=1), timedelta(days=2))


def ends(payment: Payment) -> tuple[str, frozenset[Any], frozenset[str]]:
    """Where a payment ended: its status, what was booked and left, who was told; not its name."""
    with db.read() as session:
        cause = f"payment:{payment.public_id}"
        booked = session.execute(
            select(Transfer.situation, Transfer.state, Transfer.amount_cents).where(
                Transfer.cause.in_([cause, f"return:{payment.public_id}"])
            )
        )
        told = session.scalars(select(Notice.once).where(Notice.once.startswith(cause)))
        left = session.execute(
            select(Withdrawal.kind, Withdrawal.state, Withdrawal.cents)
            .where(Withdrawal.payment_id == payment.id)
            .order_by(Withdrawal.id)
        )
        return (
            payment.status,
            frozenset(tuple(row) for row in (*booked, *left)),
            frozenset(str(once).removeprefix(cause) for once in told),
        )


def approve_and_leave(app: Flask, links: Links) -> None:
    """Pay with a card whose bank asks; approve in its window and close everything."""
    payer = Payer(app)
    question = payer.press_submit(payer.review(links.operating, number=CARD_ASKS), status=200)
    payer.tell_bank(str(question.one("#submit-message")["data-client-secret"]), "approve")


def pay_by_bank(app: Flask, links: Links, number: str) -> None:
    """Pay by eCheck."""
    Payer(app).pay_unread(links.operating, method="bank", number=number)


def pay_by_a_card_that_is_disputed(app: Flask, links: Links) -> None:
    """Pay with a card whose owner complains at once."""
    Payer(app).pay_unread(links.operating, number=CARD_DISPUTES)


STORIES: dict[str, tuple[Callable[[Flask, Links], None], Status]] = {
    "card approved": (approve_and_leave, Status.COMPLETED),
    "echeck": (lambda app, links: pay_by_bank(app, links, BANK_WORKS), Status.COMPLETED),
    "returned": (lambda app, links: pay_by_bank(app, links, BANK_CLOSED), Status.RETURNED),
    "returned late": (lambda app, links: pay_by_bank(app, links, BANK_DISPUTES), Status.RETURNED),
    "disputed card": (pay_by_a_card_that_is_disputed, Status.COMPLETED),
}


@pytest.mark.slow
@pytest.mark.parametrize("story", STORIES)
def test_M11_any_order_any_number_and_any_moment_come_to_the_same_end(
    app: Flask, links: Links, deliver: Deliver, run_jobs: RunJobs, story: str
) -> None:
    """M11: sixteen payments alike, each told of in its own way, with no other job to help."""
    luck = random.Random(story)
    sandbox().webhooks.set_switches(drop_percent=100)
    begin, end = STORIES[story]
    for _ in range(16):
        begin(app, links)
    told: set[str] = set()
    for passed in STAGES:
        only_jobs_of(HANDLE)
        pass_time(passed)
        waiting = [event for event in objects("event") if event["id"] not in told]
        last = passed is STAGES[-1]
        batch = waiting if last else luck.sample(waiting, len(waiting) // 2)
        told.update(event["id"] for event in batch)
        batch = batch + luck.sample(batch, len(batch) // 3)
        luck.shuffle(batch)
        for event in batch:
            assert deliver(json.dumps(event).encode()) == 200
            if luck.random() < 0.5:
                run_jobs()
        run_jobs()
    reconcile()
    run_jobs()
    made = payments()
    assert {payment.status for payment in made} == {end}
    assert len({ends(payment) for payment in made}) == 1
    assert books_problems(app) == []


def test_M11_every_order_of_one_payments_events(
    app: Flask, links: Links, deliver: Deliver, run_jobs: RunJobs
) -> None:
    """M11: all orders of the three events of an approved card, one payment for each."""
    sandbox().webhooks.set_switches(drop_percent=100)
    orders = list(permutations(range(3)))
    for _ in orders:
        approve_and_leave(app, links)
    by_intent: dict[str, list[Json]] = {}
    for event in objects("event"):
        body = event["data"]["object"]
        if event["type"] in TOLD_OF_AN_APPROVED_CARD:
            intent = body["payment_intent"] if body["object"] == "charge" else body["id"]
            by_intent.setdefault(intent, []).append(event)
    only_jobs_of(HANDLE)
    for order, events in zip(orders, by_intent.values(), strict=True):
        assert len(events) == 3
        for place in order:
            assert deliver(json.dumps(events[place]).encode()) == 200
            run_jobs()
    made = payments()
    assert {payment.status for payment in made} == {Status.AUTHORIZED}
    assert len({ends(payment) for payment in made}) == 1
    assert books_problems(app) == []


@pytest.mark.slow
def test_M11_duplicated_reordered_and_half_lost_deliveries_come_to_the_same_end(
    app: Flask, links: Links, run_jobs: RunJobs, advance: Callable[[timedelta], int]
) -> None:
    """M11: the sandbox's own switches, all at once, with the product's jobs running as they do."""
    sandbox().webhooks.set_switches(
        duplicate_percent=40, reorder_percent=40, drop_percent=40, seed=7
    )
    for begin, _ in STORIES.values():
        for _ in range(4):
            begin(app, links)
    run_jobs()
    for _ in range(6):
        advance(timedelta(days=1))
    made = payments()
    assert [payment.status for payment in made] == [
        end for _, end in STORIES.values() for _ in range(4)
    ]
    assert len({ends(payment) for payment in made}) == len(STORIES)
    assert books_problems(app) == []
