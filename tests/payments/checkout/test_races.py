"""Two presses, two tabs, an impatient job: real threads, on both databases."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier, Event

import pytest
from flask import Flask

from payments.transactions import attempts
from payments.transactions.states import Status
from portal.core.jobs.worker import run_due_jobs
from tests.factories.payments import Links, Payer, attempt_of, books_problems, payments
from tests.factories.processor import charges, objects
from tests.support.page import Page

ROUNDS = 50
MEDDLED = 20
PRESSES = 3


@pytest.mark.slow
@pytest.mark.both_databases
def test_M9_pressed_at_the_same_moment_it_is_one_payment_and_one_charge(
    app: Flask, links: Links, run_jobs: Callable[[], int], database_kind: str
) -> None:
    """M9: three tabs press **Submit payment** of one review at once, fifty times."""
    gun = Barrier(PRESSES)

    def press(payer: Payer, reviewed: Page) -> str:
        action = str(reviewed.one("#submit-form")["action"])
        gun.wait()
        answer = payer.post(action, {"attempt": attempt_of(reviewed)}, htmx=True, status=204)
        return str(answer.headers["HX-Redirect"])

    with ThreadPoolExecutor(PRESSES) as pool:
        for _ in range(ROUNDS):
            reviewed = Payer(app).review(links.operating)
            tabs = [Payer(app) for _ in range(PRESSES)]
            answers = set(pool.map(press, tabs, [reviewed] * PRESSES))
            assert len(answers) == 1, answers
    run_jobs()
    made = payments()
    assert len(made) == len(charges()) == len(objects("payment_intent")) == ROUNDS
    assert {payment.status for payment in made} == {Status.AUTHORIZED}
    assert books_problems(app) == []


@pytest.mark.slow
@pytest.mark.both_databases
def test_a_job_that_looks_too_early_never_makes_a_charge_nobody_knows_of(
    app: Flask, links: Links, monkeypatch: pytest.MonkeyPatch, database_kind: str
) -> None:
    """M11: resolving an attempt while it is being carried out cancels it whole, or not at all."""
    monkeypatch.setattr(attempts, "RESOLVE_AFTER", timedelta(0))
    done = Event()

    def meddle() -> None:
        while not done.is_set():
            run_due_jobs(app.app_context)
            time.sleep(0.001)

    with ThreadPoolExecutor(4) as pool:
        meddler = pool.submit(meddle)
        list(pool.map(lambda _: Payer(app).pay_unread(links.operating), range(MEDDLED)))
        done.set()
        meddler.result()
    run_due_jobs(app.app_context)
    paid = {str(charge["metadata"]["payment_id"]) for charge in charges(paid=True)}
    for payment in payments():
        expected = Status.AUTHORIZED if payment.public_id in paid else Status.CANCELED
        assert payment.status == expected, payment.reference
    assert len(payments()) == MEDDLED
    assert books_problems(app) == []
