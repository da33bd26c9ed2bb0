"""The reconciler also ends what nobody is at any more."""

from collections.abc import Callable
from datetime import timedelta

from flask import Flask
from sqlalchemy import update

from payments.transactions.observing import RESOLVE
from payments.transactions.states import Status
from payments.webhooks.reconciler import read_open_payments
from portal.core import db
from portal.core.jobs import Job, JobState
from tests.factories.payments import CARD_ASKS, Payer, make_links, the_payment
from tests.support.cast import Cast


def test_M11_an_abandoned_authentication_ends_though_its_own_job_was_given_up(
    app: Flask, cast: Cast, advance: Callable[[timedelta], int], run_jobs: Callable[[], int]
) -> None:
    payer = Payer(app)
    payer.press_submit(payer.review(make_links().operating, number=CARD_ASKS), status=200)
    assert the_payment().status == Status.ACTION_NEEDED
    with db.transaction() as session:
        session.execute(update(Job).where(Job.kind == RESOLVE).values(state=JobState.DEAD))
    advance(timedelta(hours=7))
    assert the_payment().status == Status.ACTION_NEEDED
    assert read_open_payments([]) == 1
    run_jobs()
    assert the_payment().status == Status.CANCELED
